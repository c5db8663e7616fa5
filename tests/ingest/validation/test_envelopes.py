"""An event inside something else is named with its place, and judged there; the verdict is that of
what was sent. tests/samples/field_reports/envelopes.json has the cases from practice."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.dialects import BY_NAME
from ingest.problems import render_problem
from ingest.validation.envelopes import explain_refusal
from ingest.validation.validate_event import judge_of
from ingest.values import Refusal
from tests.support.validating import API_KEY, NOW, faults, judge

EVENTS: dict[str, dict[str, Any]] = {
    name: dialect.example(NOW, API_KEY) for name, dialect in BY_NAME.items()
}
FORM = {b"content-type": b"application/x-www-form-urlencoded"}
parts = some.sampled_from([*EVENTS.values(), *map(json.dumps, EVENTS.values()), "{", "eyJ" * 8, 1])
names = some.sampled_from(["batch", "events", "log", "0", "1", "event", "data", "index", "_id", ""])
envelopes = some.recursive(
    parts,
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def said(dialect: str, body: Any, **more: Any) -> list[str]:
    [judged] = judge(dialect, body, **more).events
    return faults(judged.problems)


def words(dialect: str, body: Any) -> list[str]:
    [judged] = judge(dialect, body).events
    rendered = [render_problem(problem) for problem in judged.problems]
    return [f"{one['message']} {one['hint']}" for one in rendered]


@pytest.mark.parametrize("dialect", BY_NAME)
@pytest.mark.parametrize(
    ("envelope", "code", "path"),
    [
        (lambda event: {"event": event, "time": 1.5}, "event-in-object", "/event"),
        (lambda event: {"a": {"b": event}}, "event-in-object", "/a/b"),
        (lambda event: {"batch": [event, event]}, "events-in-object", "/batch"),
        (lambda event: {"log": json.dumps(event)}, "event-in-text", "/log"),
        (lambda event: {"events": [json.dumps(event)]}, "events-in-text", "/events"),
        (lambda event: {"0": event, "1": event}, "numbered-events", ""),
        (lambda event: dict(enumerate(json.dumps(event))), "spread-text", ""),
    ],
    ids=range(7),
)
def test_one_problem_replaces_the_list_of_missing_fields(dialect, envelope, code, path):
    assert said(dialect, envelope(EVENTS[dialect])) == [f"error {code} {path}".strip()]
    [text] = words(dialect, envelope(EVENTS[dialect]))
    assert (
        "On its own, the event is valid." in text or "On their own, the events are valid." in text
    )


@pytest.mark.parametrize("dialect", BY_NAME)
def test_the_verdict_and_the_reply_are_those_of_what_was_sent(dialect):
    judged = judge(dialect, {"batch": [EVENTS[dialect]]})
    assert [event.verdict for event in judged.events] == ["invalid"]
    assert judged.reply.status == (200 if dialect == "natero" else 400)


@pytest.mark.parametrize(
    ("dialect", "hint"),
    [
        ("natero", "Send each event on a line of its own"),
        ("usermaven", "Send the array of events itself as the body"),
        ("eventbunker", "Send each event in a request of its own"),
    ],
)
def test_the_hint_says_how_the_vendor_takes_several(dialect, hint):
    assert hint in words(dialect, {"batch": [EVENTS[dialect]] * 2})[0]


def test_problems_inside_have_the_place_in_what_was_sent():
    good = EVENTS["natero"]
    body = {"batch": [good, good | {"userId": 5}]}
    assert said("natero", body)[1:] == ["error string-as-number /batch/1/userId"]
    assert words("natero", body)[1].startswith("Inside “batch[1]”: “userId” is a number")
    text = {"log": json.dumps(good | {"userId": 5})}
    assert said("natero", text)[1:] == ["error string-as-number /log"]


def test_an_event_with_fields_of_its_own_is_no_envelope():
    event = {"customer_identifier": "u-17", "event": {"event_name": "paid"}}
    assert said("eventbunker", event) == ["error misplaced-field /event_name"]
    own = EVENTS["eventbunker"] | {"batch": "b-1", "log": json.dumps(EVENTS["eventbunker"])}
    assert said("eventbunker", own) == []


@pytest.mark.parametrize(
    "value", [{"items": [{"sku": 1}]}, {"data": {"plan": "pro"}}, {"log": "x"}]
)
def test_other_objects_are_no_envelopes(value):
    assert "error missing-field /event_name" in said("eventbunker", value)


def test_an_envelope_of_other_events_is_named_too():
    texts = words("usermaven", {"batch": [{"type": "track", "event": "x"}], "sentAt": "2026"})
    assert "One object is inside “batch”" in texts[0]
    assert "Segment" in texts[0]
    assert "Inside “batch[0]”: “event_type” is missing." in texts[1]


def test_an_empty_envelope_is_named():
    assert said("usermaven", {"batch": []}) == ["error no-events-inside /batch"]


def test_json_that_is_cut_off_inside_a_string_is_diagnosed():
    found = said("natero", {"log": json.dumps(EVENTS["natero"])[:-20], "stream": "stdout"})
    assert found[0] == "error broken-in-text /log"
    assert {fault.split()[2] for fault in found} == {"/log"}


def test_a_bulk_body_is_named():
    event = json.dumps(EVENTS["natero"])
    lines = judge("natero", f'{{"index":{{}}}}\n{event}'.encode()).events
    assert [line.verdict for line in lines] == ["invalid", "valid"]
    assert faults(lines[0].problems) == ["error bulk-action"]
    body = b'{"index":{}}\n' + json.dumps(EVENTS["eventbunker"]).encode()
    assert said("eventbunker", body) == ["error bulk-format"]


def multipart(content: str) -> bytes:
    head = '--X7\r\nContent-Disposition: form-data; name="event"\r\n\r\n'
    return f"{head}{content}\r\n--X7--\r\n".encode()


def test_a_multipart_body_is_named():
    assert said("usermaven", multipart('{"event_type": "paid", "api_key": "KEY"}')) == [
        "error multipart",
        "error missing-field",
    ]
    lines = judge("natero", multipart(json.dumps(EVENTS["natero"]))).events
    assert [line.verdict for line in lines] == ["malformed", "malformed", "valid", "malformed"]
    assert faults(lines[0].problems) == ["error multipart-line"]
    spread = multipart(json.dumps(EVENTS["natero"], indent=1))
    assert said("natero", spread) == ["error multipart"]


def test_gzip_in_a_form_has_a_remedy_for_forms():
    data = base64.b64encode(gzip.compress(json.dumps(EVENTS["usermaven"]).encode())).decode()
    body = urlencode({"data": data}).encode()
    assert said("usermaven", body, headers=FORM) == ["error gzip-in-form"]


@pytest.mark.parametrize(
    ("form", "code", "part"),
    [
        ({"payload": json.dumps(EVENTS["usermaven"])}, "json-in-form-field", "the event is valid"),
        ({"payload": '{"user": {"id": "u"}}'}, "json-in-form-field", "“event_type” is missing"),
        ({json.dumps(EVENTS["usermaven"]): ""}, "json-is-form-name", "the event is valid"),
        ({"event": "paid"}, "form-without-data", "needs a field “data”"),
    ],
)
def test_a_refused_form_names_the_field_with_the_json(form, code, part):
    refusal = explain_refusal(
        Refusal("form-without-data", status=400),
        urlencode(form).encode(),
        judge_of(BY_NAME["usermaven"], NOW, API_KEY),
    )
    assert refusal.code == code
    assert part in render_problem(refusal.problem())["message"]
    assert refusal.status == 400


def test_other_refusals_stay():
    refusal = Refusal("empty-body", status=400)
    assert explain_refusal(refusal, b"payload={}", lambda _: []) is refusal


def test_an_array_that_was_encoded_twice_is_named():
    body = json.dumps(json.dumps([EVENTS["usermaven"]])).encode()
    assert said("usermaven", body) == ["error array-encoded-twice"]
    assert "of one event" in words("usermaven", body)[0]


def test_few_problems_inside_are_listed():
    texts = words("usermaven", {"batch": [{"event_type": 5}] * 500})
    assert "500 events are inside" in texts[0] or "500 objects are inside" in texts[0]
    assert len(texts) == 21


@pytest.mark.parametrize("dialect", BY_NAME)
@given(body=envelopes)
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_raises_and_every_message_has_its_arguments(dialect, body):
    for event in judge(dialect, body).events:
        assert event.verdict in ("valid", "warning", "invalid", "malformed")
        faults(event.problems)
        for problem in event.problems:
            assert "…" not in render_problem(problem)["message"].replace("name=value&…", "")
