"""The rules of the dialect page `usermaven` for requests: paths, credentials, bodies, replies."""

from __future__ import annotations

import base64
import json
from urllib.parse import urlencode

import pytest

from tests.support.http import post, request, send_raw
from tests.support.stored_data import faults_of, last_delivery, last_unmatched, text_of, verdicts_of
from tests.support.validating import API_KEY, faults, judge

BASE = {"api_key": API_KEY, "event_type": "plan_purchased", "user": {"id": "u-17"}}
EVENT = b'{"api_key":null,"event_type":"lead","user":{"id":"u"}}'
UNREADABLE = b"Request decoding error: JSON payload is invalid: "
SERVER_PATHS = ["/api/v1/s2s/event", "/api/v1/s2s/events", "/api/v1/s2s/event/"]
BROWSER_PATHS = ["/api/v1/event", "/api/v1/events"]


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("usermaven")


# -- paths and credentials -----------------------------------------------------------------

WAYS = {
    "token": ("?token={key}.{token}", ()),
    "token of a browser": ("?token={key}", ()),
    "api_key": ("?api_key={key}", ()),
    "p_": ("?p_x7={key}", ()),
    "bearer": ("", ("Authorization: Bearer {key}.{token}",)),
    "x-auth-token": ("", ("X-Auth-Token: {key}.{token}",)),
    "x-auth-token of a browser": ("?utm=1", ("X-Auth-Token: {key}",)),
}


@pytest.mark.parametrize("way", WAYS)
def test_every_way_to_pass_the_key_on_every_path(server, pair, way):
    query, headers = WAYS[way]
    keys = {"key": pair.api_key, "token": pair.auth_key}
    for path in SERVER_PATHS + BROWSER_PATHS:
        head = [header.format(**keys) for header in headers]
        answer = send_raw(server.port, post(path + query.format(**keys), EVENT, *head))
        assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
        assert answer.headers["content-type"] == "application/json"
        half = path in SERVER_PATHS and "{token}" not in query + "".join(headers)
        assert faults_of(last_delivery(pair)) == ["warning no-server-token"] * half
    assert verdicts_of(pair) == ["valid"] * 5


@pytest.mark.parametrize("value", ["{key}", "{key}.{token}"])
@pytest.mark.parametrize("shape", [b"%s", b"[%s]"])
def test_the_key_in_the_body_alone(server, pair, value, shape):
    value = value.format(key=pair.api_key, token=pair.auth_key)
    body = shape % EVENT.replace(b"null", f'"{value}"'.encode())
    assert send_raw(server.port, post("/api/v1/s2s/event", body)).status == 200
    assert verdicts_of(pair) == ["valid"]


def test_the_randomised_path_of_the_browser_sdk(server, pair):
    answer = send_raw(server.port, post(f"/api.q8z1?p_q8z1={pair.api_key}", EVENT))
    assert (answer.status, answer.body) == (200, b'{"status":"ok"}')


@pytest.mark.parametrize("path", ["/api/v1/unknown", "/api/v1/", "/api/v1/s2s", "/api.q8z1"])
def test_no_other_path_is_accepted(server, pair, path):
    answer = send_raw(server.port, post(f"{path}?token={pair.api_key}.{pair.auth_key}", EVENT))
    assert (answer.status, answer.headers["x-problem"]) == (404, "wrong-path")
    assert faults_of(last_delivery(pair)) == ["error wrong-path"]


@pytest.mark.parametrize("path", [SERVER_PATHS[0], BROWSER_PATHS[0]])
def test_no_credential_at_all(server, stored, path):
    answer = send_raw(server.port, post(path, EVENT))
    assert (answer.status, answer.body) == (401, b"API key is not valid")
    assert answer.headers["content-type"].startswith("text/plain")
    assert faults_of(last_unmatched()) == ["error no-keys"]


@pytest.mark.parametrize(
    ("token", "code"),
    [
        ("{token}", "token-alone"),
        ("{key}:{token}", "wrong-joint"),
        ("{key}%20{token}", "wrong-joint"),
        ("{key}_{token}", "wrong-joint"),
        ("{key}-{token}", "wrong-joint"),
        ("{key},{token}", "wrong-joint"),
        ("{key}/{token}", "wrong-joint"),
        ("{token}.{key}", "keys-swapped"),
        ("{key}.", "missing-half"),
    ],
)
def test_mistakes_with_the_token_are_named(server, pair, token, code):
    token = token.format(key=pair.api_key, token=pair.auth_key)
    answer = send_raw(server.port, post(f"/api/v1/s2s/event?token={token}", EVENT))
    assert (answer.status, answer.body) == (401, b"API key is not valid")
    assert answer.headers["x-problem"] == code
    stored = text_of(last_delivery(pair))
    assert pair.api_key.encode() not in stored
    assert pair.auth_key.encode() not in stored


@pytest.mark.parametrize(
    ("query", "shape"),
    [
        ("", b'{"api_key":"unknown-key","key":"%s","user":'),
        ("?token=unknown-key", b'{"api_key":"%s","user":'),
        ("?token=unknown-key", b'[{},{"api_key" : "%s"}]'),
    ],
)
def test_keys_in_force_are_masked_in_a_refused_body(server, pair, query, shape):
    """The request does not present them as credentials: the body is not JSON, or the head has
    other ones."""
    body = shape % f"{pair.api_key}.{pair.auth_key}".encode()
    answer = send_raw(server.port, post(f"/api/v1/event{query}", body))
    assert (answer.status, answer.body) == (401, b"API key is not valid")
    assert pair.api_key.encode() not in text_of(last_unmatched())
    assert pair.auth_key.encode() not in text_of(last_unmatched())


def test_a_browser_page_with_a_wrong_token_is_refused(server, pair):
    answer = send_raw(server.port, post(f"/api/v1/event?token={pair.api_key}.wrong", EVENT))
    assert (answer.status, answer.headers["x-problem"]) == (401, "wrong-auth-key")


@pytest.mark.parametrize("value", ["unknown-key-0123456789", "{key}.wrong-token-0123456789"])
def test_a_refused_key_of_the_body_is_masked_too(server, pair, value):
    value = value.format(key=pair.api_key)
    body = EVENT.replace(b"null", f'"{value}"'.encode())
    answer = send_raw(server.port, post("/api/v1/event", body))
    assert (answer.status, answer.body) == (401, b"API key is not valid")
    row = last_delivery(pair) if value.startswith(pair.api_key) else last_unmatched()
    assert [part for part in value.split(".") if part.encode() in text_of(row)] == []


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS"])
def test_another_method_gets_405(server, pair, method):
    path = f"/api/v1/s2s/event?token={pair.api_key}.{pair.auth_key}"
    answer = send_raw(server.port, request(method, path))
    assert (answer.status, answer.headers["x-problem"]) == (405, "wrong-method")
    assert "POST" in answer.headers["allow"]
    assert faults_of(last_delivery(pair)) == ["error wrong-method"]


def test_a_refused_batch_is_reported_and_keeps_its_events(server, pair):
    path = f"/api/v1/event?token={pair.api_key}"
    body = b"[%s,{},%s]" % (EVENT, EVENT)
    answer = send_raw(server.port, post(path, body, "Origin: https://a.example"))
    assert (answer.status, answer.body[: len(UNREADABLE)]) == (400, UNREADABLE)
    assert answer.headers["content-type"].startswith("text/plain")
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    assert answer.headers["x-problem"] == "missing-field"
    assert verdicts_of(pair) == ["valid", "invalid", "valid"]
    delivery = last_delivery(pair)
    assert (faults_of(delivery), delivery.refused) == (["error batch-refused"], False)


# -- bodies --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code"), [("Token KEY.TOKEN", "other-scheme"), ("KEY.TOKEN", "scheme-missing")]
)
def test_an_unread_header_beside_the_key_of_the_body_is_a_warning(value, code):
    headers = {b"authorization": value.encode()}
    judged = judge("usermaven", BASE, SERVER_PATHS[0], headers=headers)
    assert (judged.reply.status, faults(judged.problems)) == (200, [f"warning {code}"])


def test_an_object_and_an_array_are_both_accepted():
    assert judge("usermaven", BASE).reply.body == b'{"status":"ok"}'
    assert len(judge("usermaven", [BASE, BASE]).events) == 2


def test_items_are_stored_as_sent_and_numbered():
    items = [b'{"a": 1.0, "a":2}', b' {"b":"\\u00e9,]"} ', b'[ ]', b'5']  # fmt: skip
    events = judge("usermaven", b"[" + b",\n".join(items) + b" ]").events
    assert [(event.line, bytes(event.raw)) for event in events] == list(
        enumerate([item.strip() for item in items], 1)
    )


def test_one_bad_event_fails_the_array_and_every_event_has_its_own_verdict():
    judged = judge("usermaven", [BASE, BASE | {"url": 5}, BASE])
    assert [event.verdict for event in judged.events] == ["valid", "invalid", "valid"]
    assert judged.reply.status == 400
    assert judged.reply.body.startswith(UNREADABLE)


def test_a_body_that_is_not_json():
    judged = judge("usermaven", b'[{"event_type":"x"')
    assert (judged.reply.status, judged.reply.body[: len(UNREADABLE)]) == (400, UNREADABLE)
    assert faults(judged.events[0].problems) == ["error unclosed-bracket"]


@pytest.mark.parametrize("body", [b"[]", b" [ ]\n"])
def test_an_empty_array(body):
    assert judge("usermaven", body).reply[::2] == (400, b"No events in batch")


def test_from_2_mib_on_the_delivery_warns():
    event = BASE | {"event_attributes": {"text": "x" * 700_000}}
    assert faults(judge("usermaven", [event] * 2).problems) == []
    assert faults(judge("usermaven", [event] * 3).problems) == ["warning vendor-size-limit"]


def test_a_form_with_data_is_base64_of_the_json():
    form = urlencode({"v": 1, "data": base64.b64encode(json.dumps([BASE]).encode())}).encode()
    headers = {b"content-type": b"application/x-www-form-urlencoded; charset=UTF-8"}
    judged = judge("usermaven", form, headers=headers)
    assert [event.verdict for event in judged.events] == ["valid"]


def test_json_declared_as_a_form_is_json():
    headers = {b"content-type": b"application/x-www-form-urlencoded"}
    assert judge("usermaven", BASE, headers=headers).events[0].verdict == "valid"
