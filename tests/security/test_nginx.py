"""The limits in `deploy/nginx.conf`, over HTTP/1.1 and HTTP/2."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import time

import pytest

from tests.security.bystander import MAX_WAIT, Bystander, resident
from tests.security.connections import seconds_until_closed, send_until_cut
from tests.support.nginx import BEHIND_NGINX, NAME, Nginx, nginx_before
from tests.support.server import Server, running

MIB = 2**20
VERSIONS = ["--http1.1", "--http2"]


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running("uvicorn", tmp_path_factory.mktemp("behind"), **BEHIND_NGINX) as server:
        yield server


@pytest.fixture(scope="module")
def nginx(server, tmp_path_factory):
    with nginx_before(server, tmp_path_factory.mktemp("nginx")) as nginx:
        yield nginx


def connect(nginx: Nginx) -> ssl.SSLSocket:
    context = ssl.create_default_context(cafile=str(nginx.certificate))
    plain = socket.create_connection(("127.0.0.1", nginx.secure), 10)
    return context.wrap_socket(plain, server_hostname=NAME)


@pytest.fixture(scope="module")
def path(server: Server) -> str:
    """The path of a test endpoint."""
    made = json.loads(server.manage("keypair", "add", "p", "--dialect", "natero", "--json"))
    return f"/v1/{made['auth_key']}/{made['api_key']}"


@pytest.mark.parametrize("version", VERSIONS)
def test_valid_requests_pass(nginx, path, version):
    assert nginx.curl(path, version, "--data-binary", '{"userId":"u"}')[0] == 200
    assert nginx.curl("/sign-in/", version)[0] == 200


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("place", ["/v1/aaaaaaaa/bbbbbbbb", "/sign-in/"])
def test_a_head_over_the_limit_is_refused(nginx, place, version):
    headers = [word for number in range(40) for word in ("-H", f"X-{number}: {'v' * 1000}")]
    with contextlib.suppress(Exception):  # in HTTP/2, nginx can end the connection instead
        assert nginx.curl(place, version, *headers)[0] in (400, 431, 494)
    assert nginx.curl("/sign-in/", version)[0] == 200


@pytest.mark.parametrize("version", VERSIONS)
def test_a_body_over_a_pages_limit_is_refused(nginx, tmp_path, version):
    large = tmp_path / "large"
    large.write_bytes(b"x" * 5 * MIB)
    before = resident(nginx.server.process.pid)
    status, _ = nginx.curl("/sign-in/", version, "--data-binary", f"@{large}", "-H", "Expect:")
    assert status == 413
    assert resident(nginx.server.process.pid) - before < 30


@pytest.mark.long
def test_a_head_that_never_ends_is_cut(nginx):
    with connect(nginx) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nX-")
        assert seconds_until_closed(connection, 15) < 13


@pytest.mark.alone
def test_many_bodies_that_never_end_block_no_other_sender(nginx, path):
    """The endless bodies come from one address through the proxy; the well-behaved sender connects
    directly."""
    with contextlib.ExitStack() as stack:
        for _ in range(40):
            connection = stack.enter_context(connect(nginx))
            head = f"POST /sign-in/ HTTP/1.1\r\nHost: {NAME}\r\nContent-Length: {MIB}\r\n\r\n"
            connection.sendall(head.encode())
            send_until_cut(connection, b"x" * (MIB // 2), 1)
        with Bystander(nginx.server.url, path, b'{"userId":"u"}') as sender:
            time.sleep(1)
    assert sender.failures == []
    assert sender.worst < MAX_WAIT
    assert resident(nginx.server.process.pid) < 400


@pytest.mark.parametrize("version", VERSIONS)
def test_repeated_sign_ins_are_slowed_down(nginx, path, version):
    address = f"127.0.0.{8 + VERSIONS.index(version)}"
    _, text = nginx.curl("/sign-in/[1-60]/", version, "--interface", address)
    assert "429 Too Many Requests" in text
    assert not text.lstrip().startswith("<html>\r\n<head><title>429")
    assert nginx.curl(path, version, "--data-binary", "{}")[0] == 200
