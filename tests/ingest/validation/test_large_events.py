"""Very large events are explained in part and quickly, with the verdict of the whole event."""

from __future__ import annotations

import time

import pytest

from ingest.dialects import BY_NAME
from ingest.schema.chunking import MAX_MEMBERS, needs_chunking, split_into_chunks
from ingest.validation.history.type_drift import TypeDriftDetector
from ingest.validation.validate_event import MAX_PROBLEMS
from tests.support.validating import faults, judge

MANY = 100_000 // 16  # short fields of a line of 100 KB
SOON = 0.15  # seconds of CPU; explaining each field took more than 0.5
USER = {"event_type": "e", "api_key": "KEY"}


def check(dialect: str, event: dict[str, object]):
    (judged,) = judge(dialect, event).events
    return judged


def fields(count: int, value: object, name: str = "k") -> dict[str, object]:
    return {f"{name}{number}": value for number in range(count)}


def test_small_events_are_explained_to_the_last_field():
    event = check("eventbunker", {"event_name": "e"} | fields(99, {}))
    assert faults(event.problems) == [f"warning empty-container /k{n}" for n in range(99)]


def test_the_first_of_very_many_faults_are_listed_and_the_others_not_counted():
    event = check("eventbunker", {"event_name": "e"} | fields(MANY, {}))
    assert len(event.problems) == MAX_PROBLEMS
    *listed, more = event.problems
    assert [problem.path for problem in listed] == [f"/k{n}" for n in range(MAX_PROBLEMS - 1)]
    assert more.code == "more-problems"
    assert more.args["count"].startswith("At least ")
    assert event.verdict == "warning"


@pytest.mark.parametrize(
    ("dialect", "event", "found"),
    [
        ("eventbunker", {"event_name": "e"} | fields(MANY, 1) | {"z": {"z": {}}}, "/z/z"),
        ("natero", fields(MANY, 1), "/accountId"),
        ("usermaven", USER | fields(MANY, 1) | {"user": {"id": [5]}}, "/user/id"),
        ("usermaven", USER | {"user": fields(MANY, 1) | {"id": [5]}}, "/user/id"),
    ],
)
def test_a_fault_after_very_many_fields_is_found(dialect, event, found):
    judged = check(dialect, event)
    assert judged.verdict == "invalid"
    assert found in [problem.path for problem in judged.problems]


@pytest.mark.parametrize(
    "event",
    [
        {"own": fields(MANY, 1) | {"z": {}}},
        {"own": [1] * MANY + ["a"]},
        {"own": [1] * MANY + [{}]},
        fields(MANY, {}) | {"z": {"z": {}}},
    ],
)
def test_an_error_beyond_the_explained_part_still_makes_it_invalid(event):
    judged = check("eventbunker", {"event_name": "e"} | event)
    assert judged.verdict == "invalid"
    assert "error explained-in-part" in faults(judged.problems)


def test_warnings_beyond_the_explained_part_make_no_error():
    judged = check("eventbunker", {"event_name": "e", "own": [1] * MANY + [None]})
    assert faults(judged.problems) == ["warning explained-in-part"]
    assert judged.verdict == "warning"


def test_a_large_event_without_faults_is_valid():
    assert check("eventbunker", {"event_name": "e"} | fields(MANY, 1)).problems == ()
    assert check("eventbunker", {"event_name": "e", "own": [1] * MANY}).problems == ()


@pytest.mark.alone
@pytest.mark.parametrize("dialect", BY_NAME)
@pytest.mark.parametrize(
    "event",
    [
        fields(MANY, {"a": {}}),
        fields(MANY, {}),
        {"user": fields(MANY, {})},
        {"own": fields(MANY, {}), "user": [{}] * MANY},
        {"own": fields(40, fields(MANY // 40, {}))},
    ],
)
def test_it_is_explained_quickly(dialect, event):
    began = time.process_time()
    assert check(dialect, event).problems
    assert time.process_time() - began < SOON


def test_chunks_contain_every_field_that_rules_refer_to():
    event = {"user": {"id": "u"}} | fields(1_000, {"a": [1]})
    assert needs_chunking(event)
    parts = list(split_into_chunks(event, frozenset({"user", "id"})))
    assert all(part["user"] == {"id": "u"} and len(part) <= MAX_MEMBERS for part, _ in parts)
    assert {name for part, _ in parts for name in part} == set(event)
    assert not any(is_cut for _, is_cut in parts)
    (whole,) = split_into_chunks({"user": {}, "k": 1}, frozenset({"user"}))
    assert whole == ({"user": {}, "k": 1}, False)


def test_truncation_never_empties_a_value():
    (part, is_cut), *_ = split_into_chunks(
        {"a": [[[1], [2]]] * 1_000, "b": {"c": [1]}}, frozenset()
    )
    assert is_cut
    assert len(part["a"]) < MAX_MEMBERS
    assert all(all(inner) for inner in part["a"])


def test_types_are_remembered_by_hashes_however_long_the_names():
    kinds = TypeDriftDetector()
    for number in range(50):
        assert kinds.compare(1, frozenset(), "e", {f"{number}" + "k" * 100_000: 1}) == []
    assert {type(key) for key in (*kinds._kinds, *kinds._shapes)} == {int}
    (changed,) = kinds.compare(1, frozenset(), "e", {"7" + "k" * 100_000: "text"})
    assert changed.code == "type-changed"
