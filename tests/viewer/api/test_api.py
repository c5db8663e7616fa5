from __future__ import annotations

import json
import threading
import time

import pytest
import requests

from tests.support.http import post, send_raw
from tests.support.visitor import sign_in

VALID = (
    b'{"accountId":"acme","userId":"u-1","createdAt":%d,"action":"sessionSync",'
    b'"sessionId":"s","activeDuration":1}'
)


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def api(uvicorn, pair):
    def get(path: str, **parameters):
        return requests.get(
            uvicorn.url + path,
            params=parameters,
            auth=(pair.api_key, pair.auth_key),
            timeout=30,
        )

    return get


def send(server, pair, *lines: bytes) -> None:
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    assert send_raw(server.port, post(path, b"\n".join(lines))).status == 200


def valid() -> bytes:
    return VALID % (time.time() * 1000)


def test_an_event_has_the_documented_shape(uvicorn, pair, api):
    send(uvicorn, pair, valid())
    answer = api("/api/events").json()
    (event,) = answer["events"]
    assert answer["last"] == 1
    assert ",".join(event) == (
        "seq,received_at,occurred_at,name,verdict,problems,account,user,session,"
        "raw,size,line,delivery,status"
    )
    assert event["received_at"].endswith("Z")
    assert (event["account"], event["user"], event["session"]) == ("acme", "u-1", "s")


def test_events_are_listed_in_either_direction(uvicorn, pair, api):
    send(uvicorn, pair, *[valid()] * 5)

    def seqs(**parameters):
        return [event["seq"] for event in api("/api/events", **parameters).json()["events"]]

    assert seqs(after=2) == [3, 4, 5]
    assert seqs(after=2, limit=1) == [3]
    assert seqs(before=3) == [1, 2]
    assert seqs(order="desc", limit=2) == [5, 4]


def test_queries_filter(uvicorn, pair, api):
    send(uvicorn, pair, valid(), b'{"action":"feature"}', b"{", b'{"action":"features"}')

    def seqs(q):
        return [event["seq"] for event in api("/api/events", q=q).json()["events"]]

    assert seqs("verdict:valid") == [1]
    assert seqs("name:feature") == [2]
    assert seqs("name:feature*") == [2, 4]
    assert seqs("-verdict:valid") == [2, 3, 4]
    assert seqs("verdict:invalid -name:features") == [2]
    assert seqs('user:"u-1"') == [1]
    assert seqs("-name:feature") == [1, 3, 4]


def test_a_highlight_returns_all_events_and_marks_matches(uvicorn, pair, api):
    send(uvicorn, pair, valid(), b"{", b'{"action":"feature"}')
    answer = api("/api/events", q="-verdict:malformed", mode="highlight").json()
    assert [event["matches"] for event in answer["events"]] == [True, False, True]
    assert "matches" not in api("/api/events", mode="highlight").json()["events"][0]


@pytest.mark.parametrize(
    ("q", "at"), [("verdict:wrong", 8), ("colour>red", 7), ("name:a (b)", 7), ("-", 0)]
)
def test_an_error_in_a_query_is_shown_with_its_location(api, q, at):
    answer = api("/api/events", q=q)
    assert (answer.status_code, answer.json()["at"]) == (400, at)


@pytest.mark.parametrize(
    "bad", [{"limit": "0"}, {"limit": "many"}, {"wait": 61}, {"order": "up"}, {"mode": "x"}]
)
def test_an_invalid_parameter_is_named(api, bad):
    answer = api("/api/events", **bad)
    assert answer.status_code == 400
    assert next(iter(bad)) in answer.json()["error"]


def test_wait_answers_as_soon_as_an_event_matches(uvicorn, pair, api):
    send(uvicorn, pair, b"{")
    timer = threading.Timer(0.5, send, (uvicorn, pair, valid()))
    timer.start()
    began = time.monotonic()
    answer = api("/api/events", q="verdict:valid", wait=20).json()
    timer.join()
    assert [event["seq"] for event in answer["events"]] == [2]
    assert 0.3 < time.monotonic() - began < 5


def test_wait_answers_when_it_times_out(api):
    began = time.monotonic()
    assert api("/api/events", wait=1).json() == {"events": [], "last": 0}
    assert 0.9 < time.monotonic() - began < 5


def test_the_summary_balances(uvicorn, pair, api):
    send(uvicorn, pair, valid(), b'{"action":"feature"}', b"{", b"[]")
    send_raw(uvicorn.port, post(f"/v1/{pair.auth_key}x/{pair.api_key}", b"{}"))
    summary = api("/api/summary").json()
    balance = summary["balance"]
    assert balance == {
        "received": 4, "valid": 1, "warning": 0, "invalid": 1, "malformed": 2, "refused": 1
    }  # fmt: skip
    assert sum(tally["count"] for tally in summary["tallies"]) == 4
    assert {problem["code"] for problem in summary["top_problems"]} >= {"missing-field"}
    assert summary["first_seen"] <= summary["last_seen"]
    assert summary["rate"] > 0


def test_the_top_problems_name_types_and_places_but_no_values(uvicorn, pair, api):
    wrong = {**json.loads(valid()), "accountId": {"secret": 1}, "total": "918273"}
    send(uvicorn, pair, json.dumps(wrong).encode())
    messages = [problem["message"] for problem in api("/api/summary").json()["top_problems"]]
    assert "“accountId” is an object, but must be a string." in messages
    assert not [text for text in messages if "…" in text or "918273" in text]


def test_deliveries_show_the_request_without_its_secrets(uvicorn, pair, api):
    send(uvicorn, pair, valid(), valid())
    answer = api("/api/deliveries")
    (delivery,) = answer.json()["deliveries"]
    assert (delivery["events"], delivery["first_seq"], delivery["status"]) == (2, 1, 200)
    assert pair.auth_key not in answer.text
    assert pair.api_key not in answer.text
    single = api(f"/api/deliveries/{delivery['id']}").json()
    assert {name: single[name] for name in delivery} == delivery


def test_refused_deliveries_can_be_listed_separately(uvicorn, pair, api):
    send(uvicorn, pair, valid())
    send_raw(uvicorn.port, post(f"/v1/not-the-key/{pair.api_key}", b"{}"))
    (delivery,) = api("/api/deliveries", refused=1).json()["deliveries"]
    assert delivery["problems"][0]["code"] == "wrong-auth-key"


def test_a_missing_resource_is_a_404_in_json(api):
    for path in ("/api/events/7", "/api/deliveries/7", "/api/nothing"):
        answer = api(path)
        assert answer.status_code == 404
        assert answer.json()["error"]


def test_without_keys_or_session_nothing_is_shown(uvicorn, pair):
    for path in ("/api/events", "/api/events/1", "/api/summary", "/api/deliveries"):
        assert requests.get(f"{uvicorn.url}{path}?pair={pair.pk}", timeout=10).status_code == 401


def test_keys_open_only_their_own_pair(uvicorn, pair, new_pair, api):
    other = new_pair("natero")
    send(uvicorn, other, valid())
    assert api("/api/events", pair=other.pk).json() == {"events": [], "last": 0}
    crossed = requests.get(
        f"{uvicorn.url}/api/events", auth=(pair.api_key, other.auth_key), timeout=10
    )
    assert crossed.status_code == 401


def test_a_session_must_name_the_pair(uvicorn, pair):
    send(uvicorn, pair, valid())
    visitor = sign_in(uvicorn)
    assert visitor.get("/api/events", pair=pair.pk).json()["last"] == 1
    assert visitor.get("/api/events", pair=999_999).status_code == 404


def test_only_get_is_allowed(uvicorn, pair):
    answer = requests.post(f"{uvicorn.url}/api/summary", timeout=10)
    assert answer.status_code in (403, 405)


def test_health(server):
    assert requests.get(f"{server.url}/healthz", timeout=10).text == "alive\n"
    assert requests.get(f"{server.url}/readyz", timeout=10).text == "ready\n"


ODD_TIMES = [10**15, 1_795_227_547_189_000, -(10**15), 8.64e15, 253_402_300_800_000, 1e308, -1e308]


@pytest.mark.parametrize("time_given", ODD_TIMES)
def test_no_time_sent_by_a_client_breaks_reading(uvicorn, pair, api, time_given):
    send(uvicorn, pair, VALID.replace(b"%d", b"%r" % time_given))
    (event,) = api("/api/events").json()["events"]
    assert (event["verdict"], event["occurred_at"]) == ("invalid", None)
    assert api("/api/events/1").status_code == 200


@pytest.mark.parametrize("field", ["timestamp", "_timestamp"])
@pytest.mark.parametrize("time_given", [*ODD_TIMES, 999_999_999_999, -1, 0, 0.5])
def test_no_time_in_a_usermaven_event_does_either(uvicorn, new_pair, field, time_given):
    pair = new_pair("usermaven")
    path = f"/api/v1/s2s/event?token={pair.api_key}.{pair.auth_key}"
    body = b'{"event_type":"x","user":{"id":"u"},"%s":%r}' % (field.encode(), time_given)
    assert send_raw(uvicorn.port, post(path, body)).status == 200
    answer = requests.get(
        f"{uvicorn.url}/api/events", auth=(pair.api_key, pair.auth_key), timeout=30
    )
    assert [event["seq"] for event in answer.json()["events"]] == [1]


@pytest.mark.parametrize(
    "time_given", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "9999-12-31T24:00"]
)
def test_nor_does_a_date_beyond_the_supported_years(uvicorn, new_pair, time_given):
    """JavaScript reads these dates, which Python does not have."""
    pair = new_pair("eventbunker")
    body = b'{"event_name":"x","timestamp":"%s"}' % time_given.encode()
    key = f"x-eventbunker-write-key: {pair.api_key}"
    assert send_raw(uvicorn.port, post("/post", body, key)).status == 200
    answer = requests.get(
        f"{uvicorn.url}/api/events", auth=(pair.api_key, pair.auth_key), timeout=30
    )
    assert [event["verdict"] for event in answer.json()["events"]] == ["warning"]
