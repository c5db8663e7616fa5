from __future__ import annotations

import json
import socket
import struct
from urllib.parse import quote

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection

from tests.support.http import post, send_raw
from tests.support.load import Load
from tests.support.visitor import Visitor, next_frame, sign_in, stranger

LINE = b'{"accountId":"a","userId":"u%d","createdAt":1795227547189,"action":"feature"}'


@pytest.fixture(scope="module")
def visitors(daphne, uvicorn) -> dict[str, Visitor]:
    return {server.kind: sign_in(server) for server in (daphne, uvicorn)}


@pytest.fixture
def visitor(server, visitors) -> Visitor:
    return visitors[server.kind]


def send(server, pair, *numbers: int) -> None:
    body = b"\n".join(LINE % number for number in numbers)
    assert send_raw(server.port, post(f"/v1/{pair.auth_key}/{pair.api_key}", body)).status == 200


def close_code(feed: ClientConnection) -> int:
    with pytest.raises(ConnectionClosed) as closed:
        feed.recv(timeout=5)
    return closed.value.rcvd.code


def test_the_current_state_comes_first_even_when_it_is_empty(visitor, new_pair):
    with visitor.feed(new_pair("natero").pk) as feed:
        frame = next_frame(feed)
    assert frame["type"] == "events"
    assert (frame["events"], frame["last"], frame["skipped"]) == ([], 0, 0)
    assert frame["balance"]["received"] == 0


def test_an_event_arrives_on_an_open_feed(server, visitor, new_pair):
    pair = new_pair("natero")
    with visitor.feed(pair.pk) as feed:
        next_frame(feed)
        send(server, pair, 1)
        frame = next_frame(feed)
    (event,) = frame["events"]
    assert (event["seq"], event["user"], event["verdict"]) == (1, "u1", "invalid")
    assert frame["balance"]["received"] == frame["balance"]["invalid"] == 1


def test_a_feed_resumes_after_its_cursor(server, visitor, new_pair):
    pair = new_pair("natero")
    send(server, pair, *range(10))
    with visitor.feed(pair.pk, after=7) as feed:
        frame = next_frame(feed)
    assert [event["seq"] for event in frame["events"]] == [8, 9, 10]
    assert frame["skipped"] == 0


def test_events_over_the_frame_limit_are_counted(server, visitor, new_pair):
    pair = new_pair("natero")
    send(server, pair, *range(1200))
    with visitor.feed(pair.pk, after=100) as feed:
        frame = next_frame(feed)
    assert frame["last"] == frame["events"][-1]["seq"] == 1200
    assert frame["skipped"] == 1200 - 100 - len(frame["events"])


def test_frames_are_contiguous(server, visitor, new_pair):
    pair = new_pair("natero")
    seen: list[int] = []
    with visitor.feed(pair.pk) as feed:
        for number in range(30):
            send(server, pair, number)
        while not seen or seen[-1] < 30:
            seen += [event["seq"] for event in next_frame(feed)["events"]]
    assert seen == list(range(1, 31))


def test_a_cursor_from_before_a_reset_starts_over(server, visitor, new_pair):
    pair = new_pair("natero")
    send(server, pair, 1)
    with visitor.feed(pair.pk, after=999) as feed:
        frame = next_frame(feed)
    assert (frame["last"], frame["events"]) == (1, [])


def test_a_query_filters_the_feed(server, visitor, new_pair):
    pair = new_pair("natero")
    send(server, pair, 1, 2, 3)
    with visitor.feed(pair.pk, q="user:u2") as feed:
        frame = next_frame(feed)
    assert [event["seq"] for event in frame["events"]] == [2]
    assert frame["balance"]["received"] == 3


def test_a_query_counts_the_omitted_events(server, visitor, new_pair):
    pair = new_pair("natero")
    send(server, pair, *([1, 2] * 600))
    with visitor.feed(pair.pk, after=100, q="user:u2") as feed:
        frame = next_frame(feed)
    assert (frame["after"], frame["last"]) == (100, 1200)
    assert {event["user"] for event in frame["events"]} == {"u2"}
    assert frame["skipped"] == 550 - len(frame["events"]) > 0


def test_a_highlight_returns_all_events_and_marks_matches(server, visitor, new_pair):
    pair = new_pair("natero")
    send(server, pair, 1, 2, 3)
    with visitor.feed(pair.pk, q="user:u2", mode="highlight") as feed:
        frame = next_frame(feed)
    assert [event["matches"] for event in frame["events"]] == [False, True, False]
    assert frame["skipped"] == 0


@pytest.mark.parametrize(
    "q", ["user:u1*", "-u3 seq>2", "user:u2 OR user:u11", "createdAt>5 nothing"]
)
def test_feed_and_rest_find_the_same(server, visitor, new_pair, q):
    pair = new_pair("natero")
    send(server, pair, *range(20))
    with visitor.feed(pair.pk, q=quote(q)) as feed:
        events = next_frame(feed)["events"]
    assert visitor.get("/api/events", pair=pair.pk, q=q).json()["events"] == events


def test_a_refused_request_is_in_the_balance(server, visitor, new_pair):
    pair = new_pair("natero")
    with visitor.feed(pair.pk) as feed:
        next_frame(feed)
        send_raw(server.port, post(f"/v1/wrong-key/{pair.api_key}", b"{}"))
        assert next_frame(feed)["balance"]["refused"] == 1


def test_an_error_in_the_query_is_reported(visitor, new_pair):
    with visitor.feed(new_pair("natero").pk, q="verdict:odd") as feed:
        frame = next_frame(feed)
        assert (frame["type"], frame["at"]) == ("error", 8)
        assert "no verdict" in frame["message"]
        assert close_code(feed) == 4400


def test_a_stranger_gets_nothing(server, new_pair):
    pair = new_pair("natero")
    send(server, pair, 1)
    with pytest.raises(InvalidStatus) as refused, stranger(server).feed(pair.pk):
        pass
    assert refused.value.response.status_code == 403


def test_another_site_gets_no_connection(visitor, new_pair):
    pair = new_pair("natero")
    for origin in ("http://evil.example", f"http://127.0.0.1:{visitor.server.port + 1}"):
        with pytest.raises(InvalidStatus), visitor.feed(pair.pk, origin=origin):
            pass


def test_long_lines_are_left_out_of_frames_and_loaded_alone(server, visitor, new_pair):
    pair = new_pair("natero")
    line = json.dumps({"userId": "x" * 5000}).encode()
    send_raw(server.port, post(f"/v1/{pair.auth_key}/{pair.api_key}", line))
    with visitor.feed(pair.pk) as feed:
        (event,) = next_frame(feed)["events"]
    assert (event["raw"], event["size"]) == (None, len(line))
    assert visitor.get("/api/events/1", pair=pair.pk).json()["raw"] == line.decode()


def test_an_abrupt_disconnect_is_no_error(server, visitor, new_pair):
    pair = new_pair("natero")
    with Load(server.port, vars(pair), "u"):
        for _ in range(20):
            with visitor.feed(pair.pk) as feed:
                for _ in range(3):
                    next_frame(feed)
                feed.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                feed.socket.close()
    assert f"the feed of key pair {pair.pk} ended" not in server.log
