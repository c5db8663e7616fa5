"""A team's own rules: the problems that a plan reports in an event."""

from __future__ import annotations

import json

import pytest

from ingest.problems import Problem
from ingest.tracking_plan import plan_parser
from ingest.tracking_plan.plan_parser import PlanUnreadable
from ingest.tracking_plan.rules import MAX_PROBLEMS, TrackingPlan, without_plan
from ingest.values import IndexedFields, ValidatedEvent
from tests.support.validating import faults

SCHEMA = {
    "required": ["total", "module"],
    "properties": {
        "total": {"type": "integer", "minimum": 1},
        "module": {"enum": ["Dashboard", "Reports"]},
        "colour": {"type": "string", "x-severity": "warning"},
    },
}
PLAN = {"unknown_names": "error", "required_names": ["signed_up"], "events": {"paid": SCHEMA}}


def judged(
    plan: dict, value: object, name: str | None = "paid", *problems: Problem
) -> ValidatedEvent:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    verdict = "invalid" if any(p.severity == "error" for p in problems) else "valid"
    return TrackingPlan(1, plan).validate(
        ValidatedEvent(1, verdict, IndexedFields(name), problems, raw, len(raw))
    )


def found(plan: dict, value: object, name: str | None = "paid") -> list[str]:
    event = judged(plan, value, name)
    assert {problem.basis for problem in event.problems} <= {"plan"}
    return faults(event.problems)


def test_a_conforming_event_is_unchanged():
    event = judged(PLAN, {"total": 3, "module": "Reports", "other": 1})
    assert (event.verdict, event.problems) == ("valid", ())


CASES = [
    ({"total": 3}, ["error missing-field /module"]),
    ({"total": "3", "module": "Reports"}, ["error number-as-string /total"]),
    ({"total": 0, "module": "x"}, ["error broken-rule /total", "error broken-rule /module"]),
    ({"total": 1, "module": "Reports", "colour": 5}, ["warning string-as-number /colour"]),
    ({"total": 1, "Module": "Reports"}, ["error misnamed-field /module"]),
]


@pytest.mark.parametrize(("value", "problems"), CASES)
def test_its_problems_are_reported_like_the_dialects_own(value, problems):
    assert sorted(found(PLAN, value)) == sorted(problems)
    severities = {problem.split()[0] for problem in problems}
    expected = "invalid" if "error" in severities else "warning"
    assert judged(PLAN, value).verdict == expected


def test_names_missing_from_the_plan():
    assert found(PLAN, {}, "payd") == ["error unplanned-name"]
    assert judged(PLAN, {}, "payd").problems[0].args["did_you_mean"] == " Did you mean “paid”?"
    assert found(PLAN, {}, "signed_up") == []
    assert found(PLAN | {"unknown_names": "warning"}, {}, "x") == ["warning unplanned-name"]
    assert found(PLAN | {"unknown_names": "allowed"}, {}, "x") == []
    assert found(PLAN, {}, None) == []  # a missing name is reported by the dialect


def test_an_error_of_the_dialect_is_not_repeated():
    own = Problem("wrong-type", path="/total")
    event = judged(PLAN, {"total": [], "module": "Reports"}, "paid", own)
    assert event.problems == (own,)
    hint = Problem("lookalike-field", "warning", "/total")
    event = judged(PLAN, {"total": [], "module": "Reports"}, "paid", hint)
    assert [problem.basis for problem in event.problems] == ["plan", "documented"]
    assert without_plan(event.problems) == [hint]


def test_malformed_text_is_not_checked_by_a_plan():
    event = ValidatedEvent(1, "malformed", IndexedFields(), (Problem("not-json"),), b"{", 1)
    assert TrackingPlan(1, PLAN).validate(event) is event


def test_problems_are_bounded():
    plan = {"events": {"paid": {"additionalProperties": False}}}
    problems = judged(plan, {f"f{n}": n for n in range(200)}).problems
    assert len(problems) == MAX_PROBLEMS
    assert (problems[-1].code, problems[-1].args) == ("more-problems", {"count": "151"})


def test_a_schema_can_refer_to_its_own_parts_and_to_itself():
    tree = {"properties": {"left": {"$ref": "#"}, "value": {"$ref": "#/$defs/value"}}}
    plan = {"events": {"paid": {**tree, "$defs": {"value": {"type": "number"}}}}}
    assert found(plan, {"left": {"left": {"value": "x"}}}) == ["error wrong-type /left/left/value"]


@pytest.mark.parametrize("kind", ["date-time", "email", "uri", "uuid"])
def test_formats_are_checked(kind):
    plan = {"events": {"paid": {"properties": {"a": {"format": kind}}}}}
    assert found(plan, {"a": "x x"}) == ["error broken-rule /a"]


def test_a_field_whose_name_is_empty_has_rules_too():
    plan = {"events": {"paid": {"properties": {"": {"type": "string"}}}}}
    assert found(plan, {"": "x"}) == []
    assert len(found(plan, {"": 5})) == 1


def test_annotations_other_than_severity_have_no_effect():
    odd = {"type": "string", "x-code": "none", "x-basis": "rebuilt", "x-args": 5, "x-refuses": True}
    (problem,) = judged({"events": {"paid": {"properties": {"a": odd}}}}, {"a": []}).problems
    assert (problem.code, problem.basis, problem.refuses) == ("wrong-type", "plan", False)


# -- parsing a plan --------------------------------------------------------------------------


def mistakes(plan: object) -> list[tuple[str, str]]:
    body = plan if isinstance(plan, bytes) else json.dumps(plan).encode()
    with pytest.raises(PlanUnreadable) as raised:
        plan_parser.parse_plan(body)
    return [(mistake.path, mistake.message) for mistake in raised.value.mistakes]


def events(schema: object) -> dict:
    return {"events": {"a/b": schema}}


BAD = [
    ([], "", "not an array"),
    ({"event": {}}, "/event", "Did you mean “events”?"),
    ({"unknown_names": True}, "/unknown_names", "allowed, warning, error"),
    ({"required_names": "x"}, "/required_names", "array"),
    ({"required_names": ["x", 5]}, "/required_names/1", "text"),
    ({"required_names": ["x", "x"]}, "/required_names/1", "already"),
    ({"events": []}, "/events", "object"),
    ({"events": {"": {}}}, "/events/", "1 to 200"),
    (events(5), "/events/a~1b", "no JSON Schema"),
    (events({"properties": {"a": {"type": "strin"}}}), "/events/a~1b/properties/a/type", "string"),
    (events({"minimum": "1"}), "/events/a~1b/minimum", "no JSON Schema"),
    (
        events({"properties": {"a": {"pattern": "["}}}),
        "/events/a~1b/properties/a/pattern",
        "pattern",
    ),
    (
        events({"properties": {"a": {"pattern": "(?=a)"}}}),
        "/events/a~1b/properties/a/pattern",
        "look",
    ),
    (events({"$ref": "#/$defs/none"}), "/events/a~1b", "does not exist"),
    (events({"$ref": "http://127.0.0.1:1/x"}), "/events/a~1b", "cannot fetch"),
    (events({"$ref": "file:///etc/passwd"}), "/events/a~1b", "cannot fetch"),
    (events({"x-severity": "odd"}), "/events/a~1b/x-severity", "error or warning"),
]


@pytest.mark.parametrize(("plan", "path", "words"), BAD)
def test_an_error_is_reported_with_its_location(plan, path, words):
    (found_mistake,) = mistakes(plan)
    assert found_mistake[0] == path
    assert words in found_mistake[1]


def test_all_errors_are_reported_together():
    plan = {"unknown_names": 5, "events": {"a": {"type": 5, "minimum": "x"}, "b": {"enum": 5}}}
    paths = [path for path, _ in mistakes(plan)]
    assert sorted(paths) == [
        "/events/a/minimum",
        "/events/a/type",
        "/events/b/enum",
        "/unknown_names",
    ]


def test_malformed_json_is_reported_at_its_character():
    with pytest.raises(PlanUnreadable) as raised:
        plan_parser.parse_plan('{"events": {"é": {} "b": {}}}'.encode())
    (mistake,) = raised.value.mistakes
    assert (mistake.offset, mistake.path) == (19, "")


def test_a_field_can_have_the_name_of_an_annotation():
    plan = events({"properties": {"x-severity": {"type": "string"}}})
    assert plan_parser.parse_plan(json.dumps(plan).encode())["events"] == plan["events"]


@pytest.mark.parametrize(
    "body", [b"[" * 100_000, b'{"a":' * 2_000 + b"1" + b"}" * 2_000, b"x" * 300_000]
)
def test_a_plan_that_is_too_large_or_too_deep_is_refused(body):
    assert mistakes(body)


def test_omitted_parts_have_no_effect():
    assert plan_parser.parse_plan(b"{}") == {
        "unknown_names": "allowed",
        "required_names": [],
        "events": {},
    }
