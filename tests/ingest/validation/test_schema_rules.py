"""Findings of a schema → problems, each with its exact location."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.dialects import BY_NAME
from ingest.schema.fuzzy_names import closest_match
from ingest.schema.schema_rules import truncate
from tests.support.validating import faults, judge

MISSING = {
    "misnamed-field",
    "misplaced-field",
    "missing-field",
    "missing-session",
    "missing-own-field",
    "expected-field",
}
odd_names = some.sampled_from(
    ["", "/", "~", "~1", "0", "a b", "é", "user", "id", "own", "properties"]
)
values = some.recursive(
    some.none() | some.booleans() | some.integers(0, 9) | some.just("x"),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(odd_names, inner, max_size=3),
    max_leaves=6,
)
fields = some.sampled_from(
    [name for d in BY_NAME.values() for name in d.rules.schema["properties"]]
)


def value_at(event: Any, path: str) -> Any:
    """The value at a JSON Pointer. Raises LookupError."""
    for part in path.split("/")[1:]:
        name = part.replace("~1", "/").replace("~0", "~")
        event = event[int(name)] if isinstance(event, list) else event[name]
    return event


@given(event=some.dictionaries(odd_names | fields, values, max_size=5))
@pytest.mark.parametrize("dialect", BY_NAME)
@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
def test_every_problem_points_to_its_location(dialect, event):
    for problem in judge(dialect, event).events[0].problems:
        if problem.code in MISSING:
            parent, _, name = problem.path.rpartition("/")
            assert name not in value_at(event, parent)
        else:
            value_at(event, problem.path)


@pytest.mark.parametrize(
    ("event", "fault"),
    [
        ({"": {"a": {}}}, "error object-in-object //a"),
        ({"own": {"": {}}}, "error object-in-object /own/"),
        ({"": {"": {}}}, "error object-in-object //"),
        ({"own": {"": [{}]}}, "error object-in-array /own//0"),
        ({"": [1, "a"]}, "error mixed-array /"),
        ({"a/b": {"~": {}}}, "error object-in-object /a~1b/~0"),
        ({"0": {"1": {}}}, "error object-in-object /0/1"),
    ],
)
def test_an_odd_name_is_part_of_the_path(event, fault):
    (judged,) = judge("eventbunker", {"event_name": "e"} | event).events
    assert faults(judged.problems) == [fault]


def test_an_empty_name_is_lost_like_any_other():
    user = {"id": "u", "": 1}
    (event,) = judge("usermaven", {"event_type": "e", "api_key": "KEY", "user": user}).events
    assert faults(event.problems) == ["warning lost-attribute /user/"]


def test_equal_findings_at_one_location_are_reported_once():
    (event,) = judge("usermaven", {"event_type": "e", "user": 5, "api_key": "KEY"}).events
    assert faults(event.problems) == ["error wrong-type /user"]


@pytest.mark.parametrize(
    ("name", "near"),
    [("UserID", "userId"), ("user-id", "userId"), ("user id", "userId"), ("xyz", ""), ("", "")],
)
def test_the_nearest_known_name(name, near):
    assert closest_match(name, ("accountId", "userId", "action")) == near


@pytest.mark.parametrize(
    ("value", "shown"),
    [("x", "x"), (5, "5"), (True, "true"), (None, "null"), ([1], "an array"), ({}, "an object")],
)
def test_a_value_in_a_message(value, shown):
    assert truncate(value) == shown


@pytest.mark.parametrize("value", ["x" * 1000, 10**1000, "é" * 61])
def test_a_long_value_is_cut(value):
    assert len(truncate(value)) == 60
    assert truncate(value).endswith("…")
    assert json.dumps(truncate(value))
