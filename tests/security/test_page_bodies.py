"""Limits on the bodies of requests to pages and REST, which any client can send."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

import pytest

from tests.security.bystander import resident
from tests.security.connections import connect, send_until_cut, status_of
from tests.support.http import read_answer, request, send_raw
from tests.support.server import Server, running

MIB = 2**20
PAGE = 2**20  # maximum size of a page's body, in bytes


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def own(request, tmp_path_factory):
    with running(request.param, tmp_path_factory.mktemp("own")) as server:
        yield server


def spooled(server: Server) -> int:
    """Bytes in unlinked temporary files."""
    size = 0
    for handle in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with contextlib.suppress(OSError):
            if "(deleted)" in os.readlink(handle):
                size += handle.stat().st_size
    return size


EVERYWHERE = [
    ("POST", "/sign-in/"),
    ("PUT", "/api/plan"),
    ("POST", "/api/expect"),
    ("POST", "/admin/login/"),
    ("POST", "/api/validate"),
    ("GET", "/healthz"),
    ("POST", "/healthz"),
    ("GET", "/api/events"),
    ("POST", "/static/x.css"),
    ("POST", "/nope"),
]


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_a_body_without_end_fills_neither_disk_nor_memory(own, method, path):
    before = resident(own.process.pid)
    with connect(own) as connection:
        connection.sendall(request(method, path, "Transfer-Encoding: chunked"))
        chunk = b"100000\r\n" + b"x" * MIB + b"\r\n"
        sent = send_until_cut(connection, chunk, 60 * MIB)
        assert spooled(own) <= 11 * MIB  # the maximum for POST /api/validate
    assert sent < 40 * MIB
    assert resident(own.process.pid) - before < 50


@pytest.mark.parametrize(("method", "path"), EVERYWHERE)
def test_a_length_with_leading_zeros_is_accepted(own, method, path):
    before = resident(own.process.pid)
    with connect(own) as connection:
        connection.sendall(request(method, path, f"Content-Length: {'0' * 20}{100 * MIB}"))
        sent = send_until_cut(connection, b"x" * MIB, 60 * MIB)
        assert spooled(own) <= 11 * MIB
    assert sent < 40 * MIB
    assert resident(own.process.pid) - before < 50


@pytest.mark.parametrize("path", ["/sign-in/", "/api/plan", "/admin/login/"])
def test_a_declared_length_over_the_limit_is_refused_before_reading(server, path):
    method = "PUT" if path == "/api/plan" else "POST"
    with connect(server) as connection:
        connection.sendall(request(method, path, f"Content-Length: {PAGE + 1}"))
        answer = read_answer(connection)
    assert answer.status == 413
    assert b"1,048,576 bytes" in answer.body
    assert answer.headers["connection"] == "close"


def test_a_body_over_the_limit_is_refused_when_it_reaches_it(server):
    part = b"100000\r\n" + b"x" * MIB + b"\r\n"
    body = part * 2 + b"0\r\n\r\n"
    answer = send_raw(
        server.port, request("POST", "/sign-in/", "Transfer-Encoding: chunked", body=body)
    )
    assert answer.status == 413


def test_routes_without_a_body_answer_without_reading_it(server):
    with connect(server) as connection:
        connection.sendall(request("GET", "/healthz", "Content-Length: 1000000000"))
        answer = read_answer(connection)
    assert (answer.status, answer.body) == (200, b"alive\n")
    assert answer.headers["connection"] == "close"


def test_a_body_that_arrives_too_slowly_is_refused(server):
    began = time.monotonic()
    with connect(server) as connection:
        connection.sendall(request("POST", "/sign-in/", "Content-Length: 1000"))
        while time.monotonic() - began < 9 and send_until_cut(connection, b"x", 1):
            time.sleep(0.5)
            connection.settimeout(0.01)
            if status := status_of(connection):
                break
    assert status == 408
    assert time.monotonic() - began < 8


@pytest.mark.alone
def test_bodies_of_one_network_leave_room_for_others(tmp_path):
    with running("uvicorn", tmp_path) as server, contextlib.ExitStack() as stack:
        held = [stack.enter_context(connect(server)) for _ in range(20)]
        for connection in held:
            connection.sendall(request("POST", "/sign-in/", f"Content-Length: {PAGE}"))
            send_until_cut(connection, b"x" * (PAGE - 1), 1)
        time.sleep(0.5)
        statuses = []
        for connection in held:
            connection.settimeout(0.05)
            statuses.append(status_of(connection))
        assert statuses.count(503) >= 4  # 16 MiB are in use
        assert statuses.count(0) == 20 - statuses.count(503) >= 1
        form = request("POST", "/sign-in/", "Content-Length: 4", body=b"a=bc")
        assert send_raw(server.port, form, sender="127.0.0.2").status == 403  # by CSRF's rule


def test_the_server_does_not_parse_a_form_for_an_endpoint(tmp_path):
    """Twisted would parse it before the application sees the request."""
    with running("daphne", tmp_path) as server:
        before = resident(server.process.pid)
        body = b"a=b&" * (2 * MIB)
        headers = (
            "Content-Type: application/x-www-form-urlencoded",
            f"Content-Length: {len(body)}",
        )
        answer = send_raw(server.port, request("POST", "/v1/a/b", *headers, body=body), 60)
        assert answer.status == 400
        assert resident(server.process.pid) - before < 60
