"""A team's own rules: the problems that a plan reports in an event."""

from __future__ import annotations

import json

import pytest

from ingest.dialects import BY_NAME
from ingest.problems import Problem, render_problem
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
    plan: dict,
    value: object,
    name: str | None = "paid",
    *problems: Problem,
    dialect: str = "eventbunker",
) -> ValidatedEvent:
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    verdict = "invalid" if any(p.severity == "error" for p in problems) else "valid"
    return TrackingPlan(1, plan, BY_NAME[dialect]).validate(
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
    assert TrackingPlan(1, PLAN, BY_NAME["eventbunker"]).validate(event) is event


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


# -- values in hints -------------------------------------------------------------------------


def words(schema: object, value: object, dialect: str = "eventbunker") -> list[tuple[str, str]]:
    """Code and sentences of each problem."""
    event = judged({"events": {"paid": schema}}, value, dialect=dialect)
    shown = map(render_problem, event.problems)
    return [(one["code"], f"{one['message']} {one['hint']}") for one in shown]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"enum": ["free", "pro"]}, '(one of "free", "pro")'),
        ({"type": "string", "enum": ["free"]}, '("free")'),
        ({"enum": list(range(9))}, "(one of 0, 1, 2, 3, 4, …)"),
        ({"const": 5}, "(5)"),
        ({"type": ["string", "integer"]}, "(a string or a whole number)"),
        ({"minimum": 1}, "(a value that fits the plan)"),
        ({}, "(any value)"),
    ],
)
def test_a_hint_names_only_values_that_the_plan_allows(rule, expected):
    ((code, text),) = words({"required": ["plan"], "properties": {"plan": rule}}, {"total": 1})
    assert code == "missing-field"
    assert expected in text


def test_a_field_required_on_a_condition_has_the_values_of_its_rule():
    schema = {
        "properties": {"plan": {"enum": ["pro"]}},
        "if": {"required": ["seats"]},
        "then": {"required": ["plan"]},
    }
    ((_, text),) = words(schema, {"seats": 5})
    assert '("pro")' in text


def test_a_value_of_a_wrong_type_is_not_to_be_put_in_quotes_if_others_are_allowed():
    schema = {"properties": {"plan": {"type": "string", "enum": ["free", "pro"]}}}
    texts = [text for _, text in words(schema, {"plan": 5})]
    assert '“plan” is a number, but must be one of "free", "pro".' in texts[0]
    assert not any("in quotes" in text for text in texts)


# -- faults of the plan itself -----------------------------------------------------------------

PRO = {"required": ["plan"], "properties": {"plan": {"enum": ["free", "pro"]}}}
SENT = {"event_type": "paid", "user": {"id": "u-1", "email": "a@b.example"}}


@pytest.mark.parametrize("name", ["plan", "Plan"])
def test_a_property_is_not_to_be_moved_from_where_the_vendor_reads_it(name):
    event = SENT | {"user": {"plan": "pro"}, "event_attributes": {name: "pro"}}
    assert words(PRO, event, "usermaven") == [
        (
            "misplaced-in-plan",
            f"The plan expects “plan” at the top level; the event has “{name}” inside "
            "“event_attributes”, where the vendor reads properties. Change the plan, not the "
            f"event: describe the field as properties.event_attributes.properties.{name}.",
        )
    ]


def test_details_carry_the_properties_of_some_events_of_natero():
    event = {"action": "identifyUser", "details": {"plan": "pro"}}
    assert words(PRO, event, "natero")[0][0] == "misplaced-in-plan"
    assert words(PRO, {"action": "identifyUser"}, "natero")[0][0] == "wrong-level-in-plan"
    assert words(PRO, {"action": "feature"}, "natero")[0][0] == "missing-field"


def test_a_vendor_that_reads_properties_at_the_top_level_leaves_the_plan_right():
    ((code, text),) = words(PRO, {"event_name": "paid", "event_attributes": {"plan": "pro"}})
    assert code == "misplaced-field"
    assert 'Move it here, as “plan” (one of "free", "pro").' in text


def test_a_field_that_the_vendor_reads_at_the_top_level_is_to_be_moved_there():
    event = SENT | {"event_attributes": {"url": "https://example.com/"}}
    ((code, text),) = words({"required": ["url"]}, event, "usermaven")
    assert code == "misplaced-field"
    assert "Move it here" in text


def test_a_property_that_is_nowhere_is_to_be_described_where_the_vendor_reads_it():
    ((code, text),) = words(PRO, SENT, "usermaven")
    assert code == "wrong-level-in-plan"
    assert "properties.event_attributes.properties.plan" in text
    assert '(one of "free", "pro")' in text


def test_a_nested_field_of_the_vendor_stays_where_it_is():
    ((code, text),) = words({"required": ["email"]}, SENT, "usermaven")
    assert code == "misplaced-in-plan"
    assert "inside “user”, where the vendor reads it. " in text
    assert text.endswith("describe the field as properties.user.properties.email.")


def test_a_field_at_the_top_level_where_the_vendor_reads_it_stays_there():
    nested = {"properties": {"event_attributes": {"required": ["page_title"]}}}
    event = SENT | {"event_attributes": {}, "page_title": "Home"}
    ((code, text),) = words(nested, event, "usermaven")
    assert code == "misplaced-in-plan"
    assert "inside “event_attributes”; the event has “page_title” at the top level" in text
    assert text.endswith("describe the field as properties.page_title.")


def test_a_name_of_the_vendor_is_not_to_be_renamed():
    ((code, text),) = words({"required": ["user_id"]}, {"userId": "u-17"}, "natero")
    assert code == "misnamed-in-plan"
    assert "write “userId” in the plan" in text


def test_a_field_of_the_vendor_is_not_to_be_left_out():
    schema = {"additionalProperties": False, "properties": {"user": {}}}
    event = {"event_type": "paid", "user": {}, "colour": "green"}
    texts = sorted(text for _, text in words(schema, event, "usermaven"))
    assert "leave it out" in texts[0]
    assert (
        texts[1]
        == "“event_type” is not in the plan. Add it to the plan: the vendor reads this field."
    )


def test_a_type_that_the_vendor_requires_is_not_to_be_changed():
    schema = {"properties": {"createdAt": {"type": "string"}, "total": {"type": "integer"}}}
    found = words(schema, {"createdAt": 1795227547189, "total": "x"}, "natero")
    assert [code for code, _ in found] == ["wrong-type-in-plan", "wrong-type"]
    assert "the plan expects a string, but the vendor a number" in found[0][1]


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
