"""Requests whose body has no certain end are refused, explained, and never read."""

from __future__ import annotations

import pytest

from ingest.receiving.framing_faults import framing_refusal
from tests.security.connections import connect
from tests.support.http import post, read_answer, request
from tests.support.stored_data import events_of, faults_of, last_delivery
from tests.support.vendors import NATERO


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def path_of(pair) -> str:
    return f"/v1/{pair.auth_key}/{pair.api_key}"


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ([(b"content-length", b"5"), (b"transfer-encoding", b"chunked")], "both-lengths"),
        ([(b"content-length", b"5"), (b"content-length", b"5")], "two-lengths"),
        ([(b"content-length", b"5, 5")], "length-not-a-number"),
        ([(b"content-length", b"NaN")], "length-not-a-number"),
        ([(b"content-length", b"-1")], "length-not-a-number"),
        ([(b"transfer-encoding", b"gzip")], "transfer-encoding-not-read"),
        ([(b"transfer-encoding", b"chunked")] * 2, "transfer-encoding-not-read"),
    ],
)
def test_each_fault_is_named(headers, code):
    refusal = framing_refusal([(b"host", b"x"), *headers])
    assert refusal is not None
    assert (refusal.code, refusal.status) == (code, 400)


@pytest.mark.parametrize(
    "header", [(b"content-length", b"005"), (b"transfer-encoding", b"Chunked")]
)
def test_a_body_with_a_certain_end_has_no_fault(header):
    assert framing_refusal([header]) is None
    assert framing_refusal([]) is None


def answers_of(server, data: bytes, *more: bytes) -> bytes:
    """Everything that the server sends before it closes the connection."""
    with connect(server) as connection:
        for part in (data, *more):
            connection.sendall(part)
        return b"".join(iter(lambda: connection.recv(65_536), b""))


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        (["Content-Length: 4", "Transfer-Encoding: chunked"], "both-lengths"),
        (["Transfer-Encoding: chunked", "Content-Length: 4"], "both-lengths"),
        (["Content-Length: 4", "Content-Length: 40"], "two-lengths"),
        (["Content-Length: four"], "length-not-a-number"),
        (["Transfer-Encoding: gzip"], "transfer-encoding-not-read"),
    ],
)
def test_no_request_can_hide_in_such_a_body(server, pair, headers, code):
    hidden = post(path_of(pair), NATERO.good)
    data = request("POST", path_of(pair), *headers, body=b"0\r\n\r\n" + hidden)
    answer = answers_of(server, data, hidden)
    assert answer.startswith(b"HTTP/1.1 400")
    assert answer.count(b"HTTP/1.1") == 1
    assert f"x-problem: {code}".encode() in answer.lower()
    assert b"connection: close" in answer.lower()
    delivery = last_delivery(pair)
    assert (faults_of(delivery), delivery.wire_size) == ([f"error {code}"], 0)
    assert events_of(pair) == []


def test_a_body_that_is_longer_than_declared_gets_its_reply(server, pair):
    body = NATERO.good
    declared, sent = b"Content-Length: %d" % (len(body) - 2), b"Content-Length: %d" % len(body)
    with connect(server) as connection:
        connection.sendall(post(path_of(pair), body).replace(sent, declared))
        assert read_answer(connection).status == 200
    assert len(events_of(pair)) == 1


@pytest.mark.parametrize("path", ["/sign-in/", "/healthz", "/api/events"])
def test_our_own_pages_are_never_called(server, path):
    answer = answers_of(
        server, request("POST", path, "Content-Length: 4", "Transfer-Encoding: chunked")
    )
    assert answer.startswith(b"HTTP/1.1 400")
    assert b"connection: close" in answer.lower()


def test_a_pipelined_request_before_it_is_answered_first(server, pair):
    first = post(path_of(pair), NATERO.good)
    second = request("POST", path_of(pair), "Content-Length: 4", "Transfer-Encoding: chunked")
    assert answers_of(server, first + second).startswith(b"HTTP/1.1 200")
    assert len(events_of(pair)) == 1


def test_a_large_body_does_not_hold_the_connection(server, pair):
    data = request("POST", path_of(pair), "Content-Length: 4", "Transfer-Encoding: chunked")
    assert answers_of(server, data, b"x" * 100_000).startswith(b"HTTP/1.1 400")


def test_a_websocket_cannot_begin_with_such_a_request(server):
    headers = ["Connection: Upgrade", "Upgrade: websocket", "Content-Length: 4"]
    data = request("GET", "/ws/pairs/1/", *headers, "Transfer-Encoding: chunked")
    assert answers_of(server, data).startswith(b"HTTP/1.1 400")
