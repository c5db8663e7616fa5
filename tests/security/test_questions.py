"""Queries over REST are bounded in number, concurrency and time, and end with the right to make
them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import threading
import time
from base64 import b64encode
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
import requests
from django.http import HttpResponse

from tests.security.bystander import MAX_WAIT, Bystander
from tests.support.http import post, request, send_raw
from tests.support.server import ROOT, running
from tests.support.visitors import holder, member
from tests.support.write_requests import judged, write_request
from viewer.access.permissions import Right
from viewer.export import csv_table
from viewer.workload import unread_answers, visitor_queries
from viewer.workload.thread_pools import TooBusy
from viewer.workload.visitor_queries import MAX_HELD

LINE = b'{"accountId":"a","userId":"secret-%d","createdAt":1795227547189,"action":"feature"}'
DEPTH = 900  # maximum depth of an event


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def send(server, pair, body: bytes) -> None:
    assert send_raw(server.port, post(f"/v1/{pair.auth_key}/{pair.api_key}", body)).status == 200


def ask(server, pair, path: str, method: str = "GET", **options) -> requests.Response:
    options = {"auth": (pair.api_key, pair.auth_key), "timeout": 70} | options
    return requests.request(method, f"{server.url}/api/{path}", **options)


# -- numbers --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "events?limit=00000000000000000001000000",
        "events?after=99999999999&wait=000000000000000000600000",
        f"events?after={'0' * 5000}",
        f"events?before={'9' * 19}",
        f"events?before={'9' * 4301}",
        f"runs?limit={'0' * 19}1999",
        f"deliveries?limit={'0' * 19}1001",
        f"chart?count={'0' * 19}1{'9' * 15}",
        f"chart?until={'9' * 40}",
        f"plan?version={'9' * 5000}",
        f"runs/report?name=r&wait={'0' * 30}999",
        "events?limit=%D9%A1",  # a digit, but not an ASCII one
    ],
)
def test_a_number_is_bounded_as_a_whole(uvicorn, pair, path):
    answer = ask(uvicorn, pair, path)
    assert answer.status_code == 400
    assert "must be a whole number" in answer.json()["error"]


@pytest.mark.parametrize("digits", [20, 40, 4301, 6000])
@pytest.mark.parametrize(
    "path", ["events/", "deliveries/", "runs/", "events?q=seq:", "events?q=x>"]
)
def test_a_number_of_any_length_causes_no_server_error(uvicorn, pair, path, digits):
    assert ask(uvicorn, pair, path + "9" * digits).status_code in (200, 400, 404, 405)


# -- long polls -----------------------------------------------------------------------------------


def end_of_right(server, pair, how: str) -> tuple[dict, object]:
    """A way to query, and the action that ends the right to do so."""
    from ingest.auth import key_pairs
    from viewer.models import Member

    if how == "keys":
        return {}, lambda: key_pairs.rotate_keys(pair, 0)
    if how == "holder":
        someone = holder(server, pair)

        def end() -> None:
            key_pairs.rotate_keys(pair, 0)

    else:
        someone = member(server, f"vera {pair.pk}", pair, "view")
        end = (
            (lambda: Member.objects.filter(keypair=pair).delete())
            if how == "member"
            else (lambda: someone.post("/sign-out/"))
        )
    cookies = dict(someone.http.cookies)
    return {"auth": None, "cookies": cookies, "headers": {"Origin": server.url}}, end


HELD = {
    "events": ("GET", "events?wait=60&pair={pk}", None),
    "expect": (
        "POST",
        "expect?pair={pk}",
        {"expect": [{"match": "name:*", "at_least": 9}], "wait": 60},
    ),
    "report": ("GET", "runs/report?name=r&wait=60&stamp={stamp}&pair={pk}", None),
}


@pytest.mark.parametrize("kind", HELD)
@pytest.mark.parametrize("how", ["keys", "holder", "member", "sign-out"])
def test_a_long_poll_ends_with_the_right_to_it(uvicorn, pair, kind, how):
    method, path, body = HELD[kind]
    assert ask(uvicorn, pair, "runs", "POST", json={"name": "r"}).status_code == 201
    stamp = ask(uvicorn, pair, "runs/report?name=r").json()["stamp"]
    options, end = end_of_right(uvicorn, pair, how)
    path = path.format(pk=pair.pk, stamp=stamp)
    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(ask, uvicorn, pair, path, method, json=body, **options)
        time.sleep(0.5)
        end()
        began = time.monotonic()
        answer = asked.result(30)
    assert time.monotonic() - began < 5
    assert answer.status_code in (401, 404)


def test_an_event_after_the_end_of_the_right_is_not_sent(uvicorn, pair):
    from ingest.auth import key_pairs

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(ask, uvicorn, pair, "events?wait=60")
        time.sleep(0.5)
        key_pairs.rotate_keys(pair, 0)
        pair.refresh_from_db()
        time.sleep(0.1)
        send(uvicorn, pair, LINE % 1)
        answer = asked.result(30)
    assert (answer.status_code, "secret-1" in answer.text) == (401, False)


def test_one_visitor_has_a_limited_number_of_long_polls(uvicorn, pair, new_pair):
    other = new_pair("natero")
    member_of_both = member(uvicorn, f"vera {pair.pk}", other, "view")
    stop = threading.Event()

    word = basic(pair)["Authorization"]
    waiting = request("GET", "/api/events?wait=60", f"Authorization: {word}")

    def wait_for_events() -> None:
        """Retry if it is refused: an earlier attempt can still hold the slot."""
        while not stop.is_set():
            with contextlib.closing(socket.create_connection(("127.0.0.1", uvicorn.port))) as line:
                line.sendall(waiting)
                line.settimeout(0.2)
                while not stop.is_set():
                    with contextlib.suppress(TimeoutError):
                        line.recv(4096)
                        break

    with ThreadPoolExecutor(MAX_HELD) as threads:
        for _ in range(MAX_HELD):
            threads.submit(wait_for_events)
        deadline = time.monotonic() + 20
        while ask(uvicorn, pair, "events?wait=1").status_code != 429:
            assert time.monotonic() < deadline
        refused = ask(uvicorn, pair, "events?wait=1")
        assert (refused.status_code, refused.headers["Retry-After"]) == (429, "1")
        assert "Wait for its answers" in refused.json()["error"]
        assert ask(uvicorn, pair, "events").status_code == 200
        answer = member_of_both.get("/api/events", pair=other.pk, wait=1)
        assert answer.status_code == 200
        stop.set()


def test_an_export_stops_when_its_reader_loses_the_right(uvicorn, pair, store):
    from ingest.auth import key_pairs

    raw = b'"' + b"x" * 500_000 + b'"'
    for _ in range(6):
        store.append([write_request(pair, [judged()._replace(raw=raw, size=len(raw))] * 10)])
    answer = ask(uvicorn, pair, "export?format=raw", stream=True)
    parts = answer.iter_content(100_000)
    next(parts)
    key_pairs.rotate_keys(pair, 0)
    time.sleep(1.5)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for _ in parts:
            pass


# -- large replies --------------------------------------------------------------------------------


def test_replies_unread_by_a_visitor_are_bounded(stored):
    answers = [HttpResponse(b"x" * 2**20) for _ in range(unread_answers.OF_VISITOR // 2**20)]
    for answer in answers:
        unread_answers.hold_response(answer, "a slow one", 1)
    with pytest.raises(TooBusy, match="that you asked for are not read"):
        unread_answers.hold_response(HttpResponse(b"x" * 2**20), "a slow one", 2)
    unread_answers.hold_response(HttpResponse(b"x" * 2**20), "another", 2)
    unread_answers.hold_response(HttpResponse(b"x"), "a slow one", 1)
    for answer in answers:
        answer.close()
    unread_answers.hold_response(HttpResponse(b"x" * 2**20), "a slow one", 1)


def hold_some(visitor: str, pair: int, mebibytes: int) -> list[HttpResponse]:
    answers = [HttpResponse(b"x" * 2**20) for _ in range(mebibytes)]
    for answer in answers:
        unread_answers.hold_response(answer, visitor, pair)
    return answers


def test_unread_replies_of_one_pair_leave_room_for_others(stored):
    held = [hold_some(f"network {n}", 1, 8) for n in range(4)]
    with pytest.raises(TooBusy, match="about this key pair"):
        hold_some("network 5", 1, 1)
    assert hold_some("a visitor of another", 2, 8)
    held.clear()
    assert hold_some("network 5", 1, 1)


def test_visitors_without_pending_replies_have_room_despite_many_pairs(stored):
    # everything but the share reserved for other visitors
    held = [hold_some(f"visitor {n}", n, 28) for n in range(4)]
    with pytest.raises(TooBusy, match="as the server may hold"):
        hold_some("visitor 0", 0, 1)
    for number in range(unread_answers.OF_NEWCOMERS // 2**20):
        held.append(hold_some(f"newcomer {number}", 100 + number, 1))
        with pytest.raises(TooBusy):  # its share is in use
            hold_some(f"newcomer {number}", 100 + number, 1)
    with pytest.raises(TooBusy, match="as the server may hold"):  # the total limit still applies
        hold_some("a late newcomer", 200, 1)
    held.clear()
    assert not unread_answers._of_visitor
    assert not unread_answers._of_pair


def test_unread_exports_of_one_pair_block_no_others(uvicorn, pair, new_pair, store):
    other = new_pair("natero")
    raw = b'"' + b"x" * (2**20 - 2) + b'"'
    store.append([write_request(pair, [judged()._replace(raw=raw, size=len(raw))] * 12)])
    send(uvicorn, other, LINE % 1)
    word = basic(pair)["Authorization"]
    wanted = request("GET", "/api/export?format=raw", f"Authorization: {word}")
    with contextlib.ExitStack() as lines:
        for number in range(40):  # from five networks
            line = lines.enter_context(contextlib.closing(socket.socket()))
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            line.bind((f"127.0.0.{20 + number // 8}", 0))
            line.connect(("127.0.0.1", uvicorn.port))
            line.sendall(wanted)
        deadline = time.monotonic() + 20
        while (refused := ask(uvicorn, pair, "export?format=raw", stream=True)).status_code != 429:
            refused.close()
            assert time.monotonic() < deadline
        assert "about this key pair" in refused.json()["error"]
        assert ask(uvicorn, other, "export?format=raw").status_code == 200


def test_a_sent_reply_releases_its_memory(stored):
    answer = HttpResponse(b"x" * 2**20)
    unread_answers.hold_response(answer, "somebody", 1)
    answer.close()
    assert answer.content == b""


def test_a_reply_is_bounded_in_bytes(uvicorn, pair, store):
    raw = b'"' + b"x" * (2**20 - 2) + b'"'
    store.append([write_request(pair, [judged()._replace(raw=raw, size=len(raw))] * 20)])
    answer = ask(uvicorn, pair, "events?limit=1000")
    assert 0 < len(answer.json()["events"]) < 20
    assert len(answer.content) < 8 * 2**20


# -- deep events ----------------------------------------------------------------------------------


def valid_with(server, pair, details: str) -> bytes:
    sample = ask(server, pair, "keys", "POST").json()["samples"]["valid"]
    return f'{sample.rstrip()[:-1]},"details":{{"d":{details}}}}}'.encode()


@pytest.mark.parametrize(
    "details",
    ["[" * DEPTH + "]" * DEPTH, '{"a":' * DEPTH + "1" + "}" * DEPTH],
    ids=["list", "dict"],
)
def test_no_read_fails_on_a_deep_event(uvicorn, pair, details):
    ask(uvicorn, pair, "runs", "POST", json={"name": "r", "expect": [{"match": ".details.d:2"}]})
    send(uvicorn, pair, valid_with(uvicorn, pair, details))
    assert ask(uvicorn, pair, "events/1").json()["verdict"] in ("valid", "warning")
    for path in (
        "plan/inferred",
        "fields",
        "summary",
        "coverage",
        "checklist",
        "runs/report?name=r",
        "runs/report?name=r&format=html",
        "chart?q=.details.d.a:1",
        "events?q=.details.d.a:1",
        "export?format=json",
    ):
        assert ask(uvicorn, pair, path).status_code == 200, path
    csv = ask(uvicorn, pair, "export?format=csv&columns=details,details.d").text
    assert csv.count(details.replace('"', '""')) == 2
    expected = ask(uvicorn, pair, "expect", "POST", json={"expect": [{"match": ".details.d:2"}]})
    assert expected.status_code == 412
    assert "RecursionError" not in uvicorn.log


@pytest.mark.parametrize(
    "value", ["[]", "{}", "[1,[2,[]],{}]", '{"a":{"b":[1.50,"x\\u00e9"]},"c":null}']
)
def test_json_is_written_as_it_was_read(value):
    read = json.loads(value, parse_int=csv_table.exact_digits, parse_float=csv_table.exact_digits)
    written = csv_table.as_json(read)
    assert json.loads(written) == json.loads(value)
    assert " " not in written
    assert ("1.50" in written) == ("1.50" in value)


def test_an_array_index_can_be_any_number():
    for place in ("0000000001", "0" * 150 + "1", "1" * 199, "\u0661"):
        csv_table.get_path([1, 2], place)
    assert csv_table.get_path([1, 2], "1") == 2
    assert csv_table.get_path({"a": 1}, '"\\x"') is csv_table.MISSING


# -- queueing -------------------------------------------------------------------------------------


@pytest.mark.alone
def test_reports_of_one_visitor_block_no_others(tmp_path):
    """The plan's fields take until the deadline to list, and so do expectations of large events."""
    with running("uvicorn", tmp_path) as server:
        pair, other = (_pair(server, name) for name in ("evil", "good"))
        refs = [{"$ref": "#/$defs/a"}] * 20
        schema = {"$defs": {"a": {"properties": {"p": {}}, "allOf": refs}}, "$ref": "#/$defs/a"}
        ask(server, pair, "plan", "PUT", json={"events": {"feature": schema}})
        slow = [{"match": " ".join(["y>0"] * 50)}] * 8
        begun = ask(server, pair, "runs", "POST", json={"name": "r", "expect": slow})
        assert begun.status_code == 201
        long = b'{"x":"' + b"a " * 500_000 + b'","y":1}'
        for _ in range(5):
            send(server, pair, b"\n".join([long] * 8))
        path = f"/v1/{other.auth_key}/{other.api_key}"
        css = next((ROOT / ".static/css").glob("base.*.css")).name
        with (
            Bystander(server.url, f"/static/css/{css}") as static,
            Bystander(server.url, path, LINE % 1) as sender,
            Bystander(
                server.url, "/api/summary", headers=basic(other), source="127.0.8.1"
            ) as asker,
            ThreadPoolExecutor(12) as threads,
        ):
            reports = [
                threads.submit(leave_after, 4, server, pair, "runs/report?name=r")
                for _ in range(12)
            ]
            send(server, other, b"\n".join([b"x" * 100_000] * 8))
            time.sleep(1)
            assert not all(report.done() for report in reports)
    assert asker.failures == []
    assert asker.worst < MAX_WAIT
    assert (sender.failures, static.failures) == ([], [])
    assert sender.worst < MAX_WAIT
    assert static.worst < MAX_WAIT


def basic(pair) -> dict[str, str]:
    word = b64encode(f"{pair.api_key}:{pair.auth_key}".encode()).decode()
    return {"Authorization": f"Basic {word}"}


def leave_after(seconds: float, server, pair, path: str) -> None:
    with contextlib.suppress(requests.RequestException):
        ask(server, pair, path, timeout=seconds)


def _pair(server, name: str) -> SimpleNamespace:
    unique = f"{name} {time.time_ns()}"  # servers can share a database
    words = ("keypair", "add", unique, "--dialect", "natero", "--json")
    return SimpleNamespace(**json.loads(server.manage(*words)))


@pytest.mark.slow
def test_a_queued_query_is_not_answered_after_the_right_has_ended(stored, monkeypatch):
    def answer(seconds: float, *, is_allowed: bool) -> str:
        monkeypatch.setattr(visitor_queries.Asker, "may_still", lambda _: is_allowed)
        asker = visitor_queries.Asker(1, Right.SEE, "visitor", "127.0.0.1")
        return asyncio.run(
            visitor_queries.run_query(asker, lambda: time.sleep(seconds) or "secret")
        )

    slow = visitor_queries.RIGHTS_EVERY + 0.1
    assert answer(0, is_allowed=False) == "secret"
    assert answer(slow, is_allowed=True) == "secret"
    with pytest.raises(visitor_queries.RightEnded):
        answer(slow, is_allowed=False)


# -- expectations -----------------------------------------------------------------------------


@pytest.mark.alone
@pytest.mark.parametrize("path", ["expect", "runs"])
def test_expectations_of_too_many_terms_are_refused_immediately(server, pair, path):
    query = " ".join(["é/"] * 50)
    body = {"expect": [{"order": [query] * 10}] * 50} | ({"name": "r"} if path == "runs" else {})
    with Bystander(server.url) as bystander, ThreadPoolExecutor(4) as threads:
        sent = [threads.submit(ask, server, pair, path, "POST", json=body) for _ in range(8)]
        answers = [one.result() for one in sent]
    for answer in answers:
        assert answer.status_code in (400, 429)
        if answer.status_code == 400:
            assert "more than 500 terms" in answer.json()["error"]
    assert bystander.worst < MAX_WAIT
