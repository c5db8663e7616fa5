"""Remedies work: after all hints on the structure of an event are followed, nothing is wrong that
was not named before. Times and malformed text have tests of their own."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.dialects import BY_NAME
from ingest.problems import Problem, pointer_parts, render_problem
from tests.support.validating import API_KEY, NOW, judge

Json = dict[str, Any]

EVENTS: dict[str, Json] = {
    "natero": {
        "accountId": "acme",
        "userId": "u-17",
        "sessionId": "s-901",
        "createdAt": NOW,
        "action": "feature",
        "module": "Dashboard",
        "feature": "Add widget",
        "total": 1,
        "details": {"plan": "pro"},
    },
    "usermaven": {
        "api_key": API_KEY,
        "event_type": "user_identify",
        "event_id": "e-1",
        "user": {"anonymous_id": "a", "id": "u-17", "email": "a@b.c", "created_at": "2026-01-20"},
        "company": {"id": "acme", "name": "Acme", "created_at": "2026-01-20"},
        "event_attributes": {"plan": "pro"},
        "url": "https://example.com",
    },
    "eventbunker": {
        "event_name": "paid",
        "customer_identifier": "u-17",
        "metric_name": "price",
        "tags": ["a", "b"],
        "plan": {"price": 9},
    },
}
SAYS_WHERE = {
    "event-in-object",
    "event-in-text",
    "events-in-object",
    "events-in-text",
    "numbered-events",
}
KINDS_OF_TIME = ("time-", "date-")
OTHER_TYPES = (5, 19.5, "7", "007", "1e3", True, None, [], {}, ["a"], {"a": 1})
SPELLINGS: tuple[Callable[[str], str], ...] = (
    str.upper,
    lambda name: name.replace("_", "-"),
    lambda name: "".join(f"_{c.lower()}" if c.isupper() else c for c in name),
    lambda name: name.replace("_i", "I").replace("_n", "N").replace("_t", "T"),
    lambda name: name[:-2] + name[:-3:-1],  # the last two characters swapped
)


# -- faults ------------------------------------------------------------------------------------


def respelled(event: Json, name: str, number: int) -> Json:
    other = SPELLINGS[number % len(SPELLINGS)](name)
    return {other if key == name else key: value for key, value in event.items()}


def nested(event: Json, name: str, number: int) -> Json:
    outer = ("details", "properties", "data", "user", "custom")[number % 5]
    rest = {key: value for key, value in event.items() if key != name}
    inner = rest.get(outer)
    if name == outer or not isinstance(inner, dict | None):
        return event
    return rest | {outer: {**(inner or {}), name: event[name]}}


def retyped(event: Json, name: str, number: int) -> Json:
    return event | {name: OTHER_TYPES[number % len(OTHER_TYPES)]}


def dropped(event: Json, name: str, number: int) -> Json:
    return {key: value for key, value in event.items() if key != name}


def inner_respelled(event: Json, name: str, number: int) -> Json:
    inner = event[name]
    if not isinstance(inner, dict) or not inner:
        return event
    return event | {name: respelled(inner, list(inner)[number % len(inner)], number)}


def raised(event: Json, name: str, number: int) -> Json:
    """The members of an object, one level above."""
    inner = event[name]
    return dropped(event, name, 0) | {name: {}} | inner if isinstance(inner, dict) else event


FAULTS = (respelled, nested, retyped, dropped, inner_respelled, raised)
ENVELOPES: tuple[Callable[[Json], Json], ...] = (
    lambda event: {"time": 1.5, "event": event},
    lambda event: {"batch": [event]},
    lambda event: {"log": json.dumps(event) + "\n", "stream": "stdout"},
    lambda event: {"records": [{"data": base64.b64encode(json.dumps(event).encode()).decode()}]},
    lambda event: {"message": {"data": base64.b64encode(json.dumps(event).encode()).decode()}},
    lambda event: {"0": event},
)


@some.composite
def faulty(draw: Any, dialect: str) -> Json:
    event = copy.deepcopy(EVENTS[dialect])
    for _ in range(draw(some.integers(1, 3))):
        name = draw(some.sampled_from(sorted(event)))
        event = draw(some.sampled_from(FAULTS))(event, name, draw(some.integers(0, 20)))
        if not event:
            return EVENTS[dialect]
    return event


# -- remedies ----------------------------------------------------------------------------------


def parent_of(event: Json, path: str) -> tuple[Json, str]:
    *parents, name = pointer_parts(path)
    for part in parents:
        event = event[part]
    return event, name


def rename(event: Json, path: str, found: str, name: str) -> None:
    parent, _ = parent_of(event, path)
    if found in parent and name not in parent:
        parent[name] = parent.pop(found)


def move(event: Json, problem: Problem) -> None:
    args = problem.args or {}
    here, name = parent_of(event, problem.path)
    above = args["place"] == "one level above"
    outer = args["place"].removeprefix("inside “").removesuffix("”")
    source = event if above else here[outer]
    if args["found"] in source and name not in here:
        here[name] = source.pop(args["found"])
    if not above and not source:
        del here[outer]


def put(event: Json, path: str, value: Any) -> None:
    parent, name = parent_of(event, path)
    parent[name] = value


def leave_out(event: Json, path: str) -> None:
    """An object that becomes empty is left out as well."""
    parent, name = parent_of(event, path)
    parent.pop(name, None)
    outer = path.rpartition("/")[0]
    if outer and not parent:
        leave_out(event, outer)


def lost(event: Json, problem: Problem) -> None:
    parent, name = parent_of(event, problem.path)
    if suggestion := (problem.args or {}).get("suggestion"):
        rename(event, problem.path, name, suggestion)
    elif isinstance(parent.setdefault("custom", {}), dict):
        parent["custom"][name] = parent.pop(name)


def follow(event: Json, problem: Problem) -> None:
    """Do what the hint says, if it proposes a name, a place or a value."""
    remedy = REMEDIES.get(problem.code)
    if remedy:
        remedy(event, problem, problem.args or {}, render_problem(problem)["hint"])


def rename_to(event: Json, problem: Problem, name: str) -> None:
    rename(event, problem.path, pointer_parts(problem.path)[-1], name)


def correct_name(event: Json, problem: Problem, args: Json, hint: str) -> None:
    if args["suggestion"]:
        rename_to(event, problem, args["suggestion"])
    else:
        leave_out(event, problem.path)


def leave_out_if_said(event: Json, problem: Problem, args: Json, hint: str) -> None:
    if "leave the field out" in hint.lower():
        leave_out(event, problem.path)


def put_suggestion(event: Json, problem: Problem, args: Json, hint: str) -> None:
    if args["suggestion"]:
        put(event, problem.path, args["suggestion"])


REMEDIES: dict[str, Callable[[Json, Problem, Json, str], None]] = {
    "misnamed-field": lambda event, problem, args, hint: rename(
        event, problem.path, args["found"], pointer_parts(problem.path)[-1]
    ),
    "misplaced-field": lambda event, problem, args, hint: move(event, problem),
    "lookalike-field": lambda event, problem, args, hint: rename_to(
        event, problem, args["suggestion"]
    ),
    "unknown-field": correct_name,
    "lookalike-name": put_suggestion,
    "wrong-name": put_suggestion,
    "unknown-name": put_suggestion,
    "string-as-number": lambda event, problem, args, hint: put(
        event, problem.path, hint.split('"')[1]
    ),
    "integer-id": lambda event, problem, args, hint: put(event, problem.path, hint.split('"')[1]),
    "number-as-string": lambda event, problem, args, hint: put(
        event, problem.path, json.loads(hint.removeprefix("Send ").split(" ")[0])
    ),
    "null-field": leave_out_if_said,
    "empty-container": leave_out_if_said,
    "lost-attribute": lambda event, problem, args, hint: lost(event, problem),
}


def followed(event: Json, problems: list[Problem]) -> Json:
    event = copy.deepcopy(event)
    for problem in problems:
        try:
            follow(event, problem)
        except (KeyError, TypeError, AttributeError):
            continue  # another remedy moved it
    return event


def is_of_time(problem: Problem) -> bool:
    return problem.code.startswith(KINDS_OF_TIME)


def problems_of(dialect: str, event: Json) -> list[Problem]:
    [judged] = judge(dialect, event).events
    # no hint can know the right key
    problems = [problem for problem in judged.problems if problem.code != "other-api-key"]
    return [problem for problem in problems if not is_of_time(problem)]


def is_named(problem: Problem, before: list[Problem]) -> bool:
    """Whether an earlier problem says the same of the field, or what value it must have."""
    *_, field = pointer_parts(problem.path)
    names = {field}
    for earlier in before:
        args, last = earlier.args or {}, pointer_parts(earlier.path)[-1]
        if last == field and "found" in args:
            names.add(args["found"])
        if args.get("suggestion") == field:
            names.add(last)
    phrase = f"({(problem.args or {}).get('expected', '')})"
    return any(
        names & {*pointer_parts(earlier.path)[-1:]}
        and (earlier.code == problem.code or phrase in render_problem(earlier)["hint"])
        for earlier in before
    )


@pytest.mark.parametrize("dialect", BY_NAME)
@given(data=some.data())
@settings(max_examples=200)
def test_what_is_wrong_after_all_remedies_was_named_before(dialect, data):
    event = data.draw(faulty(dialect))
    before = problems_of(dialect, event)
    for problem in problems_of(dialect, followed(event, before)):
        assert is_named(problem, before), (
            problem,
            [render_problem(one)["message"] for one in before],
        )


@pytest.mark.parametrize("dialect", BY_NAME)
@given(data=some.data())
@settings(max_examples=50)
def test_no_remedy_asks_for_any_value(dialect, data):
    for problem in problems_of(dialect, data.draw(faulty(dialect))):
        words = render_problem(problem)
        assert "any value" not in words["hint"]
        assert "…" not in words["message"] + words["hint"]


@pytest.mark.parametrize("wrap", ENVELOPES)
@pytest.mark.parametrize("dialect", BY_NAME)
@given(data=some.data())
@settings(max_examples=20)
def test_an_event_inside_has_the_problems_that_it_has_alone(dialect, wrap, data):
    event = data.draw(faulty(dialect))
    if set(event) != set(EVENTS[dialect]):
        event = EVENTS[dialect] | event
    alone = judge(dialect, event).events[0].problems
    envelope, *inside = judge(dialect, wrap(event)).events[0].problems
    assert envelope.code in SAYS_WHERE
    assert [problem.code for problem in inside] == [problem.code for problem in alone]
    assert ("valid" in render_problem(envelope)["message"]) == (not alone)
