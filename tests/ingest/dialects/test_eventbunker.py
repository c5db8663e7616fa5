"""Every rule of the dialect page `eventbunker`, by its statements."""

from __future__ import annotations

import json
import re

import pytest

from ingest.timestamps import parse_date
from tests.support.http import post, request, send_raw
from tests.support.javascript_dates import dates_of_node
from tests.support.stored_data import faults_of, last_delivery, text_of, verdicts_of
from tests.support.validating import NOW, faults, judge

MOMENT = 1_633_877_280_000  # 2021-10-10T14:48:00Z


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("eventbunker")


def judge_one(**fields) -> tuple[int, str, list[str]]:
    """The status, the verdict and the problems of an event with these fields."""
    judged = judge("eventbunker", {"event_name": "signed_in"} | fields)
    (event,) = judged.events
    return judged.reply.status, event.verdict, sorted(faults(event.problems))


VALID = (200, "valid", [])

# -- fields --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a", "my_first_event", "My.Event-2", "0", "x" * 500])
def test_a_name_of_the_allowed_characters(name):
    assert judge_one(event_name=name) == VALID


@pytest.mark.parametrize("name", ["invoice paid", "é", "a/b", "a\n", "a\u0000b"])
def test_a_name_with_another_character(name):
    assert judge_one(event_name=name) == (400, "invalid", ["error name-characters /event_name"])


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "empty-field"), (5, "string-as-number"), (None, "null-field"), (["a"], "wrong-type")],
)
def test_the_name_is_a_string_that_is_not_empty(value, code):
    assert judge_one(event_name=value) == (400, "invalid", [f"error {code} /event_name"])


def test_the_name_is_required():
    (event,) = judge("eventbunker", {"customer_identifier": "c"}).events
    assert faults(event.problems) == ["error missing-field /event_name"]


@pytest.mark.parametrize("field", ["customer_identifier", "metric_name"])
def test_optional_strings(field):
    assert judge_one(**{field: "x"}) == VALID
    assert judge_one(**{field: 5}) == (400, "invalid", [f"error string-as-number /{field}"])
    assert judge_one(**{field: ["x"]}) == (400, "invalid", [f"error wrong-type /{field}"])


@pytest.mark.parametrize(
    "value",
    ["s", "", 1, 1.5, True, None, ["a"], [1, 2.5], [True, False], {"a": "s", "b": [1], "c": None}],
)
def test_any_other_field_that_is_allowed(value):
    assert judge_one(own=value) == VALID


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        (["a", 1], "mixed-array /own"),
        ([1, True], "mixed-array /own"),
        ({"list": ["a", False]}, "mixed-array /own/list"),
        ({"inner": {}}, "object-in-object /own/inner"),
        ({"inner": {"deep": {"deeper": 1}}}, "object-in-object /own/inner"),
        ([{"a": 1}], "object-in-array /own/0"),
        ({"list": [{}]}, "object-in-array /own/list/0"),
    ],
)
def test_any_other_field_that_is_an_error(value, fault):
    assert judge_one(own=value) == (400, "invalid", [f"error {fault}"])


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ([], "empty-container /own"),
        ({}, "empty-container /own"),
        ({"list": []}, "empty-container /own/list"),
        (["a", None], "null-in-array /own/1"),
        ([None], "null-in-array /own/0"),
    ],
)
def test_an_unknown_field_is_a_rebuilt_warning(value, fault):
    assert judge_one(own=value) == (200, "warning", [f"warning {fault}"])
    (event,) = judge("eventbunker", {"event_name": "a", "own": value}).events
    assert {problem.basis for problem in event.problems} == {"rebuilt"}


@pytest.mark.parametrize("value", [NOW, NOW / 1000])
def test_a_numeric_timestamp_is_an_error(value):
    assert judge_one(timestamp=value) == (400, "invalid", ["error time-as-number /timestamp"])


# -- timestamp: what JavaScript's Date parses -----------------------------------------------

DATES = [
    "2021-10-10T14:48:00",
    "2021-10-10T14:48:00.000",
    "2021-10-10T14:48:00.000+09:00",
    "2021-10-10T14:48:00Z",
    "2021-10-10T14:48:00.123456789Z",
    "2021-10-10T14:48",
    "2021-10-10",
    "2021-10",
    "2021",
    "2021-10-10 14:48:00",
    "2021-10-10T24:00:00Z",
    "Sun, 10 Oct 2021 14:48:00 GMT",
    "Sun Oct 10 2021 14:48:00 GMT+0000 (Coordinated Universal Time)",
    "October 10, 2021 14:48:00",
    "Oct 10, 2021",
    "10/10/2021",
    "2021-10-10T14:48:00.1239Z",
    "2021-10-10 14:48:00 UTC",
    "2021/10/10 14:48:00",
    "2021-1-1",
    "10/10/2021, 2:48:00 PM",
    "Sun Oct 10 2021",
]
NO_DATES = [
    "",
    "now",
    "yesterday",
    "20211010T144800Z",
    "2021-W40-1",
    "2021-13-01",
    "1801010112345",
    "2021-10-10T14:48:00,123Z",
    "2021-10-10T14:48:00+25:00",
    "２０２１",
]


@pytest.fixture(scope="module")
def date() -> dict[str, int | None]:
    """The result of a real JavaScript engine's Date for each text, in UTC."""
    return dict(zip(DATES + NO_DATES, dates_of_node(DATES + NO_DATES), strict=True))


@pytest.mark.parametrize("text", DATES)
def test_a_timestamp_is_parsed_as_in_javascript(date, text):
    assert date[text] is not None
    assert parse_date(text) == date[text]
    assert judge_one(timestamp=text) == VALID


@pytest.mark.parametrize("text", NO_DATES)
def test_a_timestamp_that_javascript_cannot_parse_is_an_error(date, text):
    assert date[text] is None
    status, verdict, [problem] = judge_one(timestamp=text)
    assert (status, verdict) == (400, "invalid")
    assert problem in ("error time-not-read /timestamp", "error time-misspelled /timestamp")


def test_the_list_columns():
    event = {"event_name": "e", "customer_identifier": "c", "timestamp": "2021-10-10T14:48:00"}
    assert judge("eventbunker", event).events[0].columns == ("e", None, "c", None, MOMENT)


# -- bodies and replies ---------------------------------------------------------------------


def send(server, pair, body: bytes, *headers: str):
    key = f"x-eventbunker-write-key: {pair.api_key}"
    return send_raw(server.port, post("/post", body, key, *headers))


def test_time_recorded_is_the_events_own_or_the_time_of_arrival(server, pair):
    own = send(server, pair, b'{"event_name":"a","timestamp":"2021-10-10T14:48:00"}')
    none = send(server, pair, b'{"event_name":"a"}')
    pattern = rb'\{"unique_req_id":"[0-9a-f]{32}","time_recorded":(\d+)\}'
    recorded = [int(re.fullmatch(pattern, answer.body).group(1)) for answer in (own, none)]
    assert recorded == [MOMENT, last_delivery(pair).received_at]
    assert own.body[:50] != none.body[:50]


@pytest.mark.parametrize(
    ("body", "verdict"),
    [
        (b'{"event_name":"a b"}', "invalid"),
        (b'{"event_name":"a"', "malformed"),
        (b'[{"event_name":"a"}]', "malformed"),
        (b'{"event_name":"a"}\n{"event_name":"b"}', "malformed"),
        (b"5", "malformed"),
    ],
)
def test_an_invalid_event_gets_400_and_is_stored(server, pair, body, verdict):
    answer = send(server, pair, body)
    assert (answer.status, answer.headers["content-type"]) == (400, "application/json")
    reply = json.loads(answer.body)
    assert reply["message"] == "Body JSON validation failed."
    assert [sorted(error) for error in reply["errors"]] == [["message", "path"]]
    assert verdicts_of(pair) == [verdict]


def test_no_body_at_all(server, pair):
    answer = send(server, pair, b"")
    assert (answer.status, answer.headers["x-problem"]) == (400, "empty-body")
    assert json.loads(answer.body)["message"] == "Body JSON validation failed."
    assert faults_of(last_delivery(pair)) == ["error empty-body"]


def test_the_key_in_the_url_or_as_a_bearer_token_is_ignored_and_not_stored(server, stored, pair):
    head = f"Authorization: Bearer {pair.api_key}"
    answer = send_raw(server.port, post(f"/post?key={pair.api_key}", b"{}", head))
    assert (answer.status, answer.headers["x-problem"]) == (401, "key-misplaced")
    assert json.loads(answer.body)["message"] == "Invalid x-eventbunker-write-key"
    assert "x-eventbunker-write-key" in answer.headers["x-problem-detail"]
    assert pair.api_key.encode() not in text_of(last_delivery(pair))


def test_the_content_type_is_not_enforced(server, pair):
    assert send(server, pair, b'{"event_name":"a"}', "Content-Type: text/plain").status == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method_is_refused(server, pair, method):
    key = f"x-eventbunker-write-key: {pair.api_key}"
    answer = send_raw(server.port, request(method, "/post", key))
    assert (answer.status, answer.headers["x-problem"]) == (405, "wrong-method")
    assert faults_of(last_delivery(pair)) == ["error wrong-method"]
