"""Requests of real clients, sent to a socket unchanged. The expected replies were derived from the
dialect pages."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from ingest.auth import key_pairs
from ingest.models import Delivery, Event, KeyPair
from tests.support.http import Answer, send_raw
from tests.support.stored_data import faults_of, last_delivery, problems_of

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
_number = count(1)

Sent = tuple[Answer, Delivery, list[Event]]


@pytest.fixture
def send(server, stored) -> Callable[..., Sent]:
    """Send a file with valid keys; return the reply and the stored delivery."""

    def send_file(name: str, api_key: str, auth_key: str) -> Sent:
        pair = pair_with(name.split("/")[0], api_key, auth_key)
        answer = send_raw(server.port, (SAMPLES / name).read_bytes())
        delivery = last_delivery(pair)
        events = Event.objects.filter(keypair=pair, delivery=delivery.number).order_by("seq")
        return answer, delivery, list(events)

    return send_file


def pair_with(dialect: str, api_key: str, auth_key: str) -> KeyPair:
    """One pair per API key; three samples share one, with different tokens."""
    pair = KeyPair.objects.filter(dialect=dialect, api_key=api_key).first()
    if pair is None:
        pair = key_pairs.create_key_pair(f"sample {next(_number)}", dialect, api_key)
    pair.auth_key = auth_key  # can be shorter than a new pair allows
    pair.save(update_fields=["auth_key"])
    return pair


def judged(events: list[Event]) -> list[tuple[str, list[str]]]:
    return [(event.verdict, faults_of(event)) for event in events]


def body_of(name: str) -> bytes:
    return (SAMPLES / name).read_bytes().split(b"\r\n\r\n", 1)[1]


def test_natero_upload_with_curl(send):
    name = "natero/curl-upload.http"
    answer, delivery, events = send(name, "apikey01", "authkey01")
    assert (answer.status, answer.body) == (200, b"")
    assert judged(events) == [("valid", [])] * 3
    assert [event.name for event in events] == ["sessionSync", "moduleEnd", "feature"]
    assert [bytes(event.raw) for event in events] == body_of(name).splitlines()
    assert (delivery.events, delivery.refused, delivery.problems) == (3, False, "")


def test_natero_one_object_without_newline_and_session(send):
    name = "natero/java-one-object-no-newline.http"
    answer, _, events = send(name, "apikey01", "authkey01")
    assert (answer.status, answer.body) == (200, b"")
    assert judged(events) == [("invalid", ["error missing-session /sessionId"])]
    assert bytes(events[0].raw) == body_of(name)


def test_natero_form_encoded(send):
    answer, _, events = send("natero/ruby-form-encoded.http", "apikey01", "authkey01")
    assert (answer.status, answer.body) == (200, b"")
    assert judged(events) == [("malformed", ["error form-encoded"])]
    assert [(p.offset, p.column) for p in problems_of(events[0])] == [(0, 1)]


def test_usermaven_page_view_of_a_browser(send):
    name = "usermaven/browser-1.5.15-pageview.http"
    answer, delivery, events = send(name, "UMapikey01", "server-token-uuid")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:18110"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert judged(events) == [("valid", [])]
    assert (events[0].name, events[0].user) == ("pageview", "1z4u5a1r4p")
    assert faults_of(delivery) == []


def test_usermaven_preflight_of_a_browser(server):
    preflight = (SAMPLES / "usermaven/browser-1.5.15-preflight.http").read_bytes()
    answer = send_raw(server.port, preflight)
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "http://127.0.0.1:18110"
    assert answer.headers["access-control-allow-credentials"] == "true"
    assert answer.headers["access-control-max-age"] == "86400"
    allowed = answer.headers["access-control-allow-headers"].split(", ")
    assert {"content-type", "authorization", "x-auth-token"} <= set(allowed)


def test_usermaven_client_for_node(send):
    answer, delivery, events = send("usermaven/node-1.4.0.http", "UMapikey01", "server-token-uuid")
    assert answer.status == 400
    assert answer.body.startswith(b"Request decoding error: JSON payload is invalid: ")
    nothing_there = [
        "error missing-field /event_type",
        "error missing-field /user",
        "warning missing-field /api_key",
    ]
    assert judged(events) == [("valid", [])] * 3 + [("invalid", nothing_there)]
    assert [event.account for event in events] == ["c1", "c1", "c1", None]
    assert faults_of(delivery) == ["error batch-refused"]


def test_usermaven_batch_of_the_python_client(send):
    token = "3f9d1c7e-1111-2222-3333-444455556666"
    answer, delivery, events = send("usermaven/python-0.1.2-batch.http", "UMapikey01", token)
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    numeric = ["warning integer-id /company/id", "warning integer-id /user/id"]
    assert [(verdict, sorted(found)) for verdict, found in judged(events)] == [
        ("valid", []),
        ("valid", []),
        ("warning", numeric),
    ]
    assert [event.user for event in events] == ["lzL24K3kYw", "lzL24K3kYw", "42"]
    assert faults_of(delivery) == []


def test_usermaven_single_event_of_the_python_client(send):
    answer, _, events = send("usermaven/python-0.1.2-single.http", "UMapikey01", "tok")
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    assert judged(events) == [("valid", [])]
    assert events[0].name == "sync event with spaces"


def test_eventbunker_curl_as_printed(send):
    name = "eventbunker/curl-missing-comma.http"
    answer, _, events = send(name, "<YOUR-WRITE-API-KEY>", "query-key-1")
    assert answer.status == 400
    assert answer.headers["x-problem"] == "missing-comma"
    reply = json.loads(answer.body)
    assert reply["message"] == "Body JSON validation failed."
    assert len(reply["errors"]) == 1
    assert judged(events) == [("malformed", ["error missing-comma"])]
    place = body_of(name).index(b'"dog"]') + len('"dog"]')
    assert [(p.offset, p.column) for p in problems_of(events[0])] == [(place, place + 1)]


def test_eventbunker_curl_with_its_comma(send):
    answer, _, events = send("eventbunker/curl.http", "wk_test", "query-key-2")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    reply = rb'{"unique_req_id":"[0-9a-f]{32}","time_recorded":1624718880000}'
    assert re.fullmatch(reply, answer.body)
    assert judged(events) == [("valid", [])]
    shown = (events[0].name, events[0].user, events[0].occurred_at)
    assert shown == ("my_first_event_name", "your_app_customer_id", 1_624_718_880_000)


def test_every_sample_has_its_test():
    tested = set(re.findall(r"(\w+/[\w.-]+\.http)", Path(__file__).read_text()))
    assert {str(path.relative_to(SAMPLES)) for path in SAMPLES.rglob("*.http")} == tested
