"""Listing the fields of a tracking plan takes a bounded number of steps."""

from __future__ import annotations

import time

import pytest

from viewer.tracking_plans.schema_fields import (
    MAX_CHARACTERS_OF_PLAN,
    MAX_COUNT,
    MAX_PATH_LENGTH,
    StepBudget,
    schema_fields,
)

A = {"$ref": "#/$defs/a"}
MANY = [f"p{n}" for n in range(5_000)]


@pytest.mark.parametrize(
    "schema",
    [
        {"$defs": {"a": {"properties": {"p": {}}, "allOf": [A] * 20}}, **A},
        {"properties": {f"p{n}": {"$ref": "#"} for n in range(300)}},
        {
            "properties": {f"p{n}": {} for n in range(5_000)},
            "required": [f"p{n}" for n in range(5_000)],
        },
        {
            "$defs": {f"a{n}": {"anyOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 20} for n in range(20)},
            "$ref": "#/$defs/a0",
        },
    ],
)
def test_the_fields_of_a_schema_are_listed_quickly(schema):
    began = time.process_time()
    assert len(schema_fields(schema)) <= MAX_COUNT
    assert time.process_time() - began < 0.1


def test_the_steps_of_a_plan_are_the_sum_of_all_its_schemas():
    steps = StepBudget(1_500)
    wide = {"properties": {name: {} for name in MANY}}
    assert [len(schema_fields(wide, steps)) for _ in range(3)] == [MAX_COUNT, 250, 0]


def test_the_characters_of_all_paths_are_bounded():
    long = {"x" * 900: {"$ref": "#"}, "y" * 2 * MAX_PATH_LENGTH: {"$ref": "#"}}
    schema = {"properties": {f"p{n}": {} for n in range(100)} | long}
    steps = StepBudget()
    paths = [place.path for _ in range(30) for place in schema_fields(schema, steps)]
    assert max(map(len, paths)) <= MAX_PATH_LENGTH
    assert sum(map(len, paths)) <= MAX_CHARACTERS_OF_PLAN
    assert "/p99" in paths
