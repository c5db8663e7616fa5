"""What visitors ask over REST: bounded in numbers, in turns and in time, and only as long as they
may ask it."""

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

from tests.deposits import deposit, judged
from tests.http import post, request, send_raw
from tests.security.bystander import MAX_WAIT, Bystander
from tests.server import ROOT, running
from tests.visitors import holder, member
from viewer.access.permissions import Right
from viewer.export import csv_table
from viewer.workload import unread_answers, visitor_queries
from viewer.workload.thread_pools import TooBusy
from viewer.workload.visitor_queries import MAX_HELD

LINE = b'{"accountId":"a","userId":"secret-%d","createdAt":1795227547189,"action":"feature"}'
DEPTH = 900  # as deep as an event may be


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
        "events?limit=%D9%A1",  # a digit, though not an ASCII one
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
def test_a_number_of_any_length_is_no_server_error(uvicorn, pair, path, digits):
    assert ask(uvicorn, pair, path + "9" * digits).status_code in (200, 400, 404, 405)


# -- answers that are held back -------------------------------------------------------------------


def end_of_right(server, pair, how: str) -> tuple[dict, object]:
    """How somebody asks, and what takes the right away."""
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
def test_a_held_answer_ends_with_the_right_to_it(uvicorn, pair, kind, how):
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


def test_an_event_after_the_end_of_the_right_is_not_told(uvicorn, pair):
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


def test_so_many_answers_are_held_back_for_one(uvicorn, pair, new_pair):
    other = new_pair("natero")
    member_of_both = member(uvicorn, f"vera {pair.pk}", other, "view")
    stop = threading.Event()

    basic = b64encode(f"{pair.api_key}:{pair.auth_key}".encode()).decode()
    waiting = request("GET", "/api/events?wait=60", f"Authorization: Basic {basic}")

    def wait_for_events() -> None:
        """Again where it is refused: a try below may take the place of one."""
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


def test_an_export_breaks_off_when_its_reader_may_see_no_more(uvicorn, pair, store):
    from ingest.auth import key_pairs

    raw = b'"' + b"x" * 500_000 + b'"'
    for _ in range(6):
        store.append([deposit(pair, [judged()._replace(raw=raw, size=len(raw))] * 10)])
    answer = ask(uvicorn, pair, "export?format=raw", stream=True)
    parts = answer.iter_content(100_000)
    next(parts)
    key_pairs.rotate_keys(pair, 0)
    time.sleep(1.5)
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        for _ in parts:
            pass


# -- large answers --------------------------------------------------------------------------------


def test_what_a_visitor_does_not_read_is_bounded(stored):
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


def test_what_visitors_of_one_pair_do_not_read_leaves_room_for_others(stored):
    held = [hold_some(f"network {n}", 1, 8) for n in range(4)]
    with pytest.raises(TooBusy, match="about this key pair"):
        hold_some("network 5", 1, 1)
    assert hold_some("a visitor of another", 2, 8)
    held.clear()
    assert hold_some("network 5", 1, 1)


def test_who_holds_nothing_has_room_when_many_pairs_do_not_read(stored):
    held = [hold_some(f"visitor {n}", n, 28) for n in range(4)]  # all but the room of newcomers
    with pytest.raises(TooBusy, match="as the server may hold"):
        hold_some("visitor 0", 0, 1)
    for number in range(unread_answers.OF_NEWCOMERS // 2**20):
        held.append(hold_some(f"newcomer {number}", 100 + number, 1))
        with pytest.raises(TooBusy):  # it holds something now
            hold_some(f"newcomer {number}", 100 + number, 1)
    with pytest.raises(TooBusy, match="as the server may hold"):  # bounded all the same
        hold_some("a late newcomer", 200, 1)
    held.clear()
    assert not unread_answers._of_visitor
    assert not unread_answers._of_pair


def test_unread_exports_of_one_pair_refuse_nobody_elses(uvicorn, pair, new_pair, store):
    other = new_pair("natero")
    raw = b'"' + b"x" * (2**20 - 2) + b'"'
    store.append([deposit(pair, [judged()._replace(raw=raw, size=len(raw))] * 12)])
    send(uvicorn, other, LINE % 1)
    basic = b64encode(f"{pair.api_key}:{pair.auth_key}".encode()).decode()
    wanted = request("GET", "/api/export?format=raw", f"Authorization: Basic {basic}")
    with contextlib.ExitStack() as lines:
        for number in range(40):  # of five networks
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


def test_an_answer_that_was_sent_takes_no_memory(stored):
    answer = HttpResponse(b"x" * 2**20)
    unread_answers.hold_response(answer, "somebody", 1)
    answer.close()
    assert answer.content == b""


def test_an_answer_has_a_bound_of_bytes(uvicorn, pair, store):
    raw = b'"' + b"x" * (2**20 - 2) + b'"'
    store.append([deposit(pair, [judged()._replace(raw=raw, size=len(raw))] * 20)])
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
def test_no_read_breaks_on_a_deep_event(uvicorn, pair, details):
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


def test_a_place_in_an_array_may_be_any_number():
    for place in ("0000000001", "0" * 150 + "1", "1" * 199, "\u0661"):
        csv_table.get_path([1, 2], place)
    assert csv_table.get_path([1, 2], "1") == 2
    assert csv_table.get_path({"a": 1}, '"\\x"') is csv_table.MISSING


# -- turns ----------------------------------------------------------------------------------------


@pytest.mark.alone
def test_reports_of_one_keep_nobody_else_from_anything(tmp_path):
    """A plan whose fields take for ever to list, as far as the deadline allows."""
    with running("uvicorn", tmp_path) as server:
        pair, other = (_pair(server, name) for name in ("evil", "good"))
        refs = [{"$ref": "#/$defs/a"}] * 20
        schema = {"$defs": {"a": {"properties": {"p": {}}, "allOf": refs}}, "$ref": "#/$defs/a"}
        ask(server, pair, "plan", "PUT", json={"events": {"feature": schema}})
        ask(server, pair, "runs", "POST", json={"name": "r"})
        with ThreadPoolExecutor(8) as threads:
            for _ in range(8):
                threads.submit(leave_after, 1, server, pair, "runs/report?name=r")
        path = f"/v1/{other.auth_key}/{other.api_key}"
        css = next((ROOT / ".static/css").glob("base.*.css")).name
        with (
            Bystander(server.url, f"/static/css/{css}") as static,
            Bystander(server.url, path, LINE % 1) as sender,
        ):
            time.sleep(2)
            assert ask(server, other, "summary").status_code == 200
            send(server, other, b"\n".join([b"x" * 100_000] * 8))
    assert (sender.failures, static.failures) == ([], [])
    assert sender.worst < MAX_WAIT
    assert static.worst < MAX_WAIT


def leave_after(seconds: float, server, pair, path: str) -> None:
    with contextlib.suppress(requests.RequestException):
        ask(server, pair, path, timeout=seconds)


def _pair(server, name: str) -> SimpleNamespace:
    unique = f"{name} {time.time_ns()}"  # servers may share a database
    words = ("keypair", "add", unique, "--dialect", "natero", "--json")
    return SimpleNamespace(**json.loads(server.manage(*words)))


@pytest.mark.slow
def test_a_question_that_waited_for_its_turn_is_not_answered_when_the_right_is_gone(
    stored, monkeypatch
):
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
def test_expectations_of_many_terms_are_refused_at_once(server, pair, path):
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
