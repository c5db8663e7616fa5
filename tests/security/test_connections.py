"""The resources of a server that one connection can use before it has presented a key."""

from __future__ import annotations

import contextlib
import json
import resource
import socket
import time

import pytest

from tests.security.bystander import MAX_WAIT, Bystander, resident
from tests.security.connections import (
    BINARY,
    PING,
    TEXT,
    connect,
    frame,
    open_websocket,
    seconds_until_closed,
    send_until_cut,
    status_of,
)
from tests.support.http import post, read_answer, request, send_raw
from tests.support.server import Server, running
from tests.support.visitor import sign_in
from viewer.server.limits import HEAD_LINES

MIB = 2**20
HEAD = 32 * 1024  # maximum size of a head, in bytes


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def own(request, tmp_path_factory):
    """A server for this test only, because the test measures its memory."""
    with running(request.param, tmp_path_factory.mktemp("own")) as server:
        yield server


def assert_little_memory(server: Server, before: int, most: int = 30) -> None:
    assert resident(server.process.pid) - before < most


# -- heads -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/v1/aaaaaaaa/bbbbbbbb", "/sign-in/", "/healthz", "/nope"])
def test_a_head_over_the_limit_is_refused_everywhere(server, path):
    answer = send_raw(server.port, post(path, b"{}", f"X-A: {'v' * HEAD}"))
    assert answer.status == 431
    assert b"32768 bytes" in answer.body.replace(b",", b"")
    assert answer.headers["connection"] == "close"


def test_many_headers_and_a_long_query_count_together(server):
    parts = [f"X-{number}: {'v' * 900}" for number in range(20)]
    with connect(server) as connection:
        connection.sendall(request("GET", f"/healthz?{'q' * 20_000}", *parts) * 2)
        answers = b"".join(iter(lambda: connection.recv(4096), b""))
    assert answers.startswith(b"HTTP/1.1 431 ")
    assert answers.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("path", ["/v1/aaaaaaaa/bbbbbbbb", "/sign-in/", "/healthz"])
def test_a_head_of_many_headers_is_refused_everywhere(server, path):
    few, many = ([f"X-{number}: v" for number in range(count)] for count in (90, HEAD_LINES + 1))
    assert send_raw(server.port, request("GET", path, *few)).status != 431
    for headers in (many, [f"{number}:{number}" for number in range(3_900)]):
        answer = send_raw(server.port, request("GET", path, *headers))
        assert answer.status == 431
        assert b"more than 100 headers" in answer.body


def test_a_head_of_many_headers_without_end_is_refused(server):
    with connect(server) as connection:
        head = request("GET", "/healthz", *[f"X-{n}: v" for n in range(2 * HEAD_LINES)])
        connection.sendall(head.removesuffix(b"\r\n"))
        assert read_answer(connection).status == 431


@pytest.mark.long
@pytest.mark.parametrize("length", [10, 0])
def test_the_heads_of_all_connections_are_bounded(own, length):
    """Covers requests whose body does not arrive, and idle connections."""
    headers = [f"X-{number:02}: {'v' * 310}" for number in range(95)]
    head = request("POST", "/v1/aaaaaaaa/bbbbbbbb", f"Content-Length: {length}", *headers)
    with contextlib.ExitStack() as stack:
        for number in range(2_500):
            source = (f"127.9.0.{number % 8}", 0)
            address = ("127.0.0.1", own.port)
            with contextlib.suppress(OSError):
                connection = socket.create_connection(address, 5, source)
                stack.enter_context(connection).sendall(head)
        time.sleep(3)
        assert resident(own.process.pid) < 330  # includes memory that earlier tests used
        assert send_raw(own.port, request("GET", "/healthz")).status == 200


def test_a_head_just_below_the_limit_is_accepted(server):
    assert send_raw(server.port, request("GET", f"/healthz?{'q' * 30_000}")).status == 200


@pytest.mark.parametrize(
    "part", [b"X-A: " + b"v" * 900 + b"\r\n", b"v" * 4096], ids=["many headers", "one header"]
)
def test_a_head_without_end_is_not_buffered(own, part):
    before = resident(own.process.pid)
    with connect(own) as connection:
        connection.sendall(b"POST /v1/aaaaaaaa/bbbbbbbb HTTP/1.1\r\nHost: x\r\nX-B: ")
        assert send_until_cut(connection, part * 64, 60 * MIB) < 30 * MIB
    assert_little_memory(own, before)


def test_trailers_without_end_are_not_buffered(own):
    before = resident(own.process.pid)
    with connect(own) as connection:
        head = request("POST", "/v1/aaaaaaaa/bbbbbbbb", "Transfer-Encoding: chunked")
        connection.sendall(head + b"1\r\nx\r\n0\r\n")
        sent = send_until_cut(connection, (b"X-A: " + b"v" * 900 + b"\r\n") * 64, 60 * MIB)
    assert sent < 30 * MIB
    assert_little_memory(own, before)


def test_pipelined_requests_are_not_buffered(own):
    # load the modules that every page needs
    with (
        contextlib.suppress(OSError),
        connect(own) as first,
    ):
        send_until_cut(first, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 100, 1)
    time.sleep(0.5)
    before = resident(own.process.pid)
    with contextlib.ExitStack() as stack:
        for _ in range(20):
            connection = stack.enter_context(connect(own))
            send_until_cut(connection, b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 6_000, 1)
        for _ in range(20):
            assert_little_memory(own, before)
            time.sleep(0.1)


def test_many_requests_in_small_parts_on_one_connection_are_allowed(server):
    """The limits count each request separately."""
    head = request("POST", "/v1/ping", "Content-Length: 4", f"X-A: {'v' * 200}")
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for number in range(300):
            for part in (head[:100], head[100:], b"ab", b"cd"):
                connection.sendall(part)
                if number % 10 == 0:
                    time.sleep(0.002)
            assert read_answer(connection).status == 200


def test_a_body_of_many_small_chunks_is_allowed(server):
    with connect(server) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.sendall(request("POST", "/v1/ping", "Transfer-Encoding: chunked"))
        for _ in range(3_000):
            connection.sendall(b"00000000000001;a=b\r\n")
            connection.sendall(b"x\r\n")
        connection.sendall(b"0\r\nX-A: b\r\n\r\n")
        assert read_answer(connection).status == 200


def test_a_flood_of_tiny_chunks_is_cut(own):
    """Reading a tiny chunk costs as much as reading a large one."""
    with connect(own) as connection:
        # otherwise the system buffers several MiB that the server never reads
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 64 * 2**10)
        connection.sendall(request("POST", "/v1/aaaaaaaa/bbbbbbbb", "Transfer-Encoding: chunked"))
        assert send_until_cut(connection, b"1\r\nx\r\n" * 1_000, 8 * MIB) < 4 * MIB


@pytest.mark.long
def test_a_head_that_never_ends_is_cut_however_its_bytes_arrive(own):
    with connect(own) as silent, connect(own) as dripping, connect(own) as after_one:
        silent.sendall(b"GET / HT")
        after_one.sendall(request("GET", "/healthz"))
        assert status_of(after_one) == 200
        began = time.monotonic()
        while time.monotonic() - began < 9:
            send_until_cut(dripping, b"\r\n", 1)
            send_until_cut(after_one, b"X", 1)
            time.sleep(0.5)
        for connection in (silent, dripping, after_one):
            assert seconds_until_closed(connection, 6) < 6


# -- file handles ----------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_more_idle_connections_than_handles_lock_out_no_sender(kind, tmp_path):
    with running(kind, tmp_path) as server, contextlib.ExitStack() as stack:
        resource.prlimit(server.process.pid, resource.RLIMIT_NOFILE, (300, 300))
        for _ in range(400):
            connection = stack.enter_context(connect(server))
            send_until_cut(connection, b"GET / HTTP/1.1\r\nX-", 1)
        with Bystander(server.url) as good:
            time.sleep(1)
        assert good.failures == []
        assert len(good.waits) > 5


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_connections_of_one_network_give_way_to_those_of_another(kind, tmp_path):
    """The limit is a setting here, and the connections have sent a head but hold back the body."""
    limit = {"CONNECTIONS": "100"}
    with running(kind, tmp_path, **limit) as server, contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(server)) for _ in range(120)]
        for connection in held:
            head = request("POST", "/v1/aaaaaaaa/bbbbbbbb", "Content-Length: 10")
            send_until_cut(connection, head, 1)
        answers = [
            send_raw(server.port, request("GET", "/healthz"), sender=f"127.0.0.{number}")
            for number in range(2, 12)
        ]
        assert {answer.status for answer in answers} == {200}
        assert sum(seconds_until_closed(one, 0.01) < 0.01 for one in held) >= 20


# -- WebSockets ------------------------------------------------------------------------------------


FLOODS = {
    "pings": frame(PING, b"p" * 125) * 500,
    "empty messages": frame(TEXT) * 5_000,
    "one message in parts": frame(BINARY, b"x" * MIB, is_last=False),
}


@pytest.fixture(scope="module", params=["a stranger", "who may see"])
def page(request, own):
    """Path and headers of a live page."""
    if request.param == "a stranger":
        return ["/ws/pairs/1/"]
    made = own.manage("keypair", "add", "live", "--dialect", "natero", "--json")
    cookies = "; ".join(f"{one.name}={one.value}" for one in sign_in(own).http.cookies)
    return [f"/ws/pairs/{json.loads(made)['id']}/", f"Cookie: {cookies}"]


@pytest.mark.alone
@pytest.mark.parametrize("flood", FLOODS)
def test_a_flooding_websocket_is_cut(own, page, flood):
    # the first socket of a server starts threads that keep running
    with open_websocket(own, *page):
        time.sleep(0.5)
    before = resident(own.process.pid)
    with open_websocket(own, *page) as connection, Bystander(own.url) as good:
        time.sleep(0.2)
        assert send_until_cut(connection, FLOODS[flood], 60 * MIB) < 30 * MIB
        time.sleep(0.3)
    assert good.failures == []
    assert good.worst < MAX_WAIT
    assert_little_memory(own, before)


def test_a_stranger_is_disconnected_immediately(own):
    with open_websocket(own, "/ws/pairs/1/") as connection:
        assert seconds_until_closed(connection, 5) < 4


@pytest.mark.parametrize("request_line", ["POST {} HTTP/1.1", "GET {} HTTP/1.0"])
def test_an_invalid_handshake_is_answered_and_closed(server, request_line):
    head = [request_line.format("/ws/pairs/1/"), "Host: x", "Upgrade: websocket"]
    head += ["Connection: Upgrade", "Sec-WebSocket-Version: 13"]
    head += ["Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "", ""]
    with connect(server) as connection:
        connection.settimeout(15)
        connection.sendall("\r\n".join(head).encode())
        assert connection.recv(100)[9:12] in (b"400", b"403", b"405", b"426")
