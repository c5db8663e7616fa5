"""The pages of one visitor do not delay other visitors, however many they are and whatever they
query."""

from __future__ import annotations

import contextlib
import json
import time
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.security.bystander import MAX_RESIDENT, MAX_WAIT, Bystander, resident
from tests.support.http import post, send_raw
from tests.support.server import running
from tests.support.visitor import next_frame, stranger
from tests.support.visitors import holder
from viewer.live.broadcast import KEPT_BYTES, FeedQuestion, FrameTurn, SharedFeed
from viewer.live.open_pages import OF_SESSION, SEARCHING_OF_PAIR, SEARCHING_OF_SESSION

LINE = b'{"accountId":"a","userId":"u","createdAt":1795227547189,"action":"feature"}'


def send(server, pair, body: bytes = LINE) -> None:
    answer = send_raw(server.port, post(f"/v1/{pair.auth_key}/{pair.api_key}", body), 60)
    assert answer.status == 200


def ended(feed: ClientConnection) -> tuple[int, str]:
    """Code and reason of a connection that the server closes."""
    message = ""
    while True:
        try:
            frame = next_frame(feed)
        except ConnectionClosed as closed:
            return closed.rcvd.code, message
        message = frame.get("message", message)


def test_a_stranger_is_refused_in_the_handshake(server, new_pair):
    pair = new_pair("natero")
    for someone in (stranger(server), holder(server, new_pair("natero"))):
        for query in ("", "verdict:odd"):
            with pytest.raises(InvalidStatus) as refused, someone.feed(pair.pk, q=query):
                pass
            assert refused.value.response.status_code == 403


@pytest.mark.parametrize(
    "path", ["pairs/" + "9" * 40 + "/", "pairs/" + "9" * 5000 + "/", "nowhere"]
)
def test_an_unknown_address_is_refused_without_an_error(server, path):
    from websockets.sync.client import connect

    logged = len(server.log)
    with pytest.raises(InvalidStatus), connect(f"ws://127.0.0.1:{server.port}/ws/{path}"):
        pass
    assert "Traceback" not in server.log[logged:]


@pytest.mark.parametrize("message", ["", "x", b"", b"\0" * 1000])
def test_the_first_message_of_a_page_ends_it(server, new_pair, message):
    pair = new_pair("natero")
    logged = len(server.log)
    with holder(server, pair).feed(pair.pk) as feed:
        next_frame(feed)
        feed.send(message)
        with contextlib.suppress(ConnectionClosed):
            feed.send(message)
        assert ended(feed)[0] == 4405
    assert "Traceback" not in server.log[logged:]


def test_too_many_pages_with_a_query_get_an_explanation(uvicorn, new_pair):
    pair = new_pair("natero")
    someone, another = holder(uvicorn, pair), holder(uvicorn, pair)
    with contextlib.ExitStack() as pages:
        for number in range(SEARCHING_OF_SESSION):
            next_frame(pages.enter_context(someone.feed(pair.pk, q=f"x{number}")))
        with someone.feed(pair.pk, q="y") as feed:
            code, message = ended(feed)
        assert (code, str(SEARCHING_OF_SESSION) in message) == (4429, True)
        # without a query, and with other visitors
        for one, query in (
            (someone, ""),
            (another, "y"),
        ):
            with one.feed(pair.pk, q=query) as feed:
                assert next_frame(feed)["type"] == "events"
    with someone.feed(pair.pk, q="y") as feed:  # the other feeds are closed
        assert next_frame(feed)["type"] == "events"


def test_too_many_pages_of_a_key_pair_and_of_a_session_get_an_explanation():
    from viewer.live.open_pages import OpenPage, TooManyPages, register_page

    with contextlib.ExitStack() as pages:
        for number in range(SEARCHING_OF_PAIR):
            pages.enter_context(register_page(OpenPage(1, f"s{number}", f"a{number}", True)))
        with (
            pytest.raises(TooManyPages, match="for this key pair"),
            register_page(OpenPage(1, "t", "b", True)),
        ):
            pass
        with (
            register_page(OpenPage(2, "t", "b", True)),
            register_page(OpenPage(1, "t", "b", False)),
        ):
            pass
    with contextlib.ExitStack() as pages:
        for number in range(OF_SESSION):
            pages.enter_context(register_page(OpenPage(number, "s", "a", False)))
        with pytest.raises(TooManyPages, match=f"{OF_SESSION} live pages"):
            pages.enter_context(register_page(OpenPage(1, "s", "a", False)))
        pages.enter_context(register_page(OpenPage(1, "t", "a", False)))


def test_frames_are_retained_for_others_only_and_bounded_in_bytes():
    from viewer.query import parse_query

    chain = SharedFeed(FeedQuestion(1, parse_query("x"), False))
    for pages, text, most in ((1, "x", 1), (5, "x", 8), (5, "x" * (KEPT_BYTES // 3), 3)):
        chain.pages = pages
        for number in range(20):
            chain._turns.append(FrameTurn(number, number, text))
            chain._drop_old()
        assert len(chain._turns) == most


def test_a_page_whose_query_takes_too_long_gets_an_explanation(uvicorn, new_pair, store):
    from tests.support.write_requests import judged, write_request

    pair = new_pair("natero")
    raw = b'{"x":"' + b"a " * 500_000 + b'","y":1}'
    store.append([write_request(pair, [judged()._replace(raw=raw, size=len(raw))] * 40)])
    with holder(uvicorn, pair).feed(pair.pk, q=quote(" ".join(["y>0"] * 50))) as feed:
        began = time.monotonic()
        code, message = ended_or_answered(feed)
    assert time.monotonic() - began < 12
    assert (code, "longer than" in message) in ((4429, True), (0, False))


def ended_or_answered(feed: ClientConnection) -> tuple[int, str]:
    """The code of the closed connection; 0 if a frame says how far it searched."""
    frame = next_frame(feed, 20)
    if frame["type"] == "events":
        assert frame["searched_to"]
        return 0, ""
    return ended(feed)[0], frame["message"]


@pytest.mark.alone
def test_slow_queries_of_one_visitor_hold_no_other_page_up(tmp_path):
    with running("uvicorn", tmp_path) as server:
        evil, good = (_pair(server, name) for name in ("evil", "good"))
        someone, victim = holder(server, evil), holder(server, good)
        long = b'{"x":"' + b"a " * 500_000 + b'","y":1}'
        for _ in range(5):
            send(server, evil, b"\n".join([long] * 8))
        with contextlib.ExitStack() as pages:
            seeing = pages.enter_context(victim.feed(good.pk))
            next_frame(seeing)
            for number in range(4):
                query = quote(" ".join(["y>0"] * 49 + [f"y>-{number}"]))
                pages.enter_context(someone.feed(evil.pk, q=query))
            behind = []
            for number in range(5):
                began = time.monotonic()
                send(server, good, b'{"userId":"marked %d"}' % number)
                while not any(
                    e["user"] == f"marked {number}" for e in next_frame(seeing, 20)["events"]
                ):
                    pass
                behind.append(time.monotonic() - began)
                time.sleep(0.3)
    assert max(behind) < 2 * MAX_WAIT  # to be stored, and to be shown


@pytest.mark.alone
@pytest.mark.long
def test_300_pages_of_one_visitor_delay_no_others(tmp_path):
    with running("uvicorn", tmp_path) as server:
        evil, good = (_pair(server, name) for name in ("evil", "good"))
        someone, victim = holder(server, evil), holder(server, good)
        for _ in range(4):
            send(server, evil, b"\n".join([LINE] * 5_000))
        path = f"/v1/{good.auth_key}/{good.api_key}"
        with contextlib.ExitStack() as pages:
            seeing = pages.enter_context(victim.feed(good.pk))
            next_frame(seeing)
            for number in range(300):
                query = quote(f"-x{number} time>-{number + 1}h")
                pages.enter_context(someone.feed(evil.pk, q=query, after=10**9))
            with Bystander(server.url, path, LINE) as sender:
                behind = []
                for _ in range(20):
                    send(server, evil, b"\n".join([LINE] * 200))
                    began = time.monotonic()
                    send(server, good, b'{"userId":"marked"}')
                    while not any(e["user"] == "marked" for e in next_frame(seeing)["events"]):
                        pass
                    behind.append(time.monotonic() - began)
            memory = resident(server.process.pid)
    assert max(behind) < 2 * MAX_WAIT  # to be stored, and to be shown
    assert (sender.failures, sender.worst < MAX_WAIT, memory < MAX_RESIDENT) == ([], True, True)


class _Keys:
    def __init__(self, **keys: object) -> None:
        self.__dict__.update(keys)
        self.pk = keys["id"]


def _pair(server, name: str) -> _Keys:
    unique = f"{name} {time.time_ns()}"  # servers can share a database
    words = ("keypair", "add", unique, "--dialect", "natero", "--json")
    return _Keys(**json.loads(server.manage(*words)))
