"""Logs contain no key, no token of a one-time link, and no sign-in link of an owner."""

from __future__ import annotations

import contextlib
import json
import logging
import os
import pty
import re
import socket
import subprocess
import sys

import pytest
import requests

from tests.support.server import Server, running
from tests.support.vendors import fresh
from viewer.config.log_formats import mask_tokens
from viewer.urls import urlpatterns

TOKEN = "T0k3n-of_a-link"


def output(server: Server, **environment: str) -> str:
    """The output of a start, when it is captured."""
    server.environment = environment
    return server.manage("prepare")


def has_secrets(text: str) -> bool:
    return "/sign-in/" in text or "curl -i" in text or bool(re.search(r"[0-9a-f]{32}", text))


def test_only_the_first_start_prints_keys_into_a_log(tmp_path):
    server = Server("uvicorn", tmp_path, port=8000)
    assert has_secrets(first := output(server))
    assert "curl -i" in first
    again = output(server)
    assert not has_secrets(again)
    assert "manage.py signin" in again
    assert has_secrets(output(server, PRINT_KEYS="True"))


def test_a_restart_prints_no_keys_into_a_log(tmp_path):
    with running("daphne", tmp_path) as server:
        server.stop()
        (tmp_path / "daphne.log").write_text("")
        server.start()
        assert "Instrumentation Viewer" in server.log
        assert not has_secrets(server.log)


def test_a_start_prints_keys_on_a_terminal(tmp_path):
    server = Server("uvicorn", tmp_path, port=8000)
    output(server)
    ours, theirs = pty.openpty()
    environment = {**os.environ, "DATA_DIR": str(tmp_path)}
    command = [sys.executable, "manage.py", "prepare"]
    subprocess.run(command, env=environment, stdout=theirs, check=True, timeout=60)
    os.close(theirs)
    said = b""
    while b"Stop with" not in said:
        said += os.read(ours, 65_536)
    os.close(ours)
    assert has_secrets(said.decode())


def test_the_first_start_prints_no_keys_into_the_journal(tmp_path):
    with (tmp_path / "journal").open("w") as journal:
        found = os.fstat(journal.fileno())
        environment = {
            **os.environ,
            "DATA_DIR": str(tmp_path / "data"),
            "JOURNAL_STREAM": f"{found.st_dev}:{found.st_ino}",
        }
        command = [sys.executable, "manage.py", "prepare"]
        (tmp_path / "data").mkdir()
        subprocess.run(command, env=environment, stdout=journal, check=True, timeout=60)
    said = (tmp_path / "journal").read_text()
    assert "Instrumentation Viewer" in said
    assert not has_secrets(said)


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("level", ["WARNING", "DEBUG"])
def test_no_token_and_no_key_is_in_the_log(tmp_path, level, form):
    with running("uvicorn", tmp_path, LOG_LEVEL=level, LOG_FORMAT=form) as server:
        pair = json.loads(server.manage("keypair", "add", "p", "--dialect", "natero", "--json"))
        keys = pair["api_key"], pair["auth_key"]
        token = server.manage("signin").strip().rstrip("/").rsplit("/", 1)[1]
        for path in ("sign-in", "invitation", "shared/open"):
            for one in (token, TOKEN):
                for headers in ({}, {"Origin": "http://elsewhere.example"}):
                    url = f"{server.url}/{path}/{one}/"
                    assert requests.post(url, headers=headers, timeout=10).status_code == 403
        form_of_sign_in = {"username": "anonymous", "password": "nothing-like-it"}
        own = {"Origin": server.url}
        requests.post(f"{server.url}/sign-in/", form_of_sign_in, headers=own, timeout=10)
        requests.post(f"{server.url}/v1/{keys[1]}/{keys[0]}", data=fresh(), timeout=10)
        requests.post(f"{server.url}/v1/{keys[1]}/wrong", data=b"{", timeout=10)
        requests.get(f"{server.url}/api/events?secret={keys[1]}", auth=keys, timeout=10)
    for secret in (token, TOKEN, *keys, "nothing-like-it"):
        assert secret not in server.log
    assert ("Started server process" in server.log) == (level == "DEBUG")


def test_every_address_that_ends_in_a_token_is_masked():
    patterns = [str(route.pattern) for route in urlpatterns]
    addresses = [pattern for pattern in patterns if "token>" in pattern]
    assert len(addresses) >= 3
    for pattern in addresses:
        path = "/" + re.sub(r"<\w+:\w+>", TOKEN, pattern)
        for text in (path, f"POST {path}?next=/ HTTP/1.1", f"<ASGIRequest: POST '{path}'>"):
            assert TOKEN not in mask_tokens(text)
            assert pattern.split("<")[0] in mask_tokens(text)


def test_text_of_an_exception_is_masked():
    from django.conf import settings
    from django.utils.module_loading import import_string

    for form in ("text", "json"):
        options = settings.LOGGING["formatters"][form]
        formatter = import_string(options["()"])("%(message)s")
        try:
            raise ValueError(f"no such page: /invitation/{TOKEN}/")
        except ValueError:
            record = logging.LogRecord("x", 40, "", 1, "failed", (), sys.exc_info())
        record.request = f"/sign-in/{TOKEN}/"
        written = formatter.format(record)
        assert "no such page" in written
        assert TOKEN not in written


def test_ordinary_paths_are_logged_unchanged():
    for text in ("/sign-in/", "POST /sign-in/ 403", "/pairs/3/settings/", "/shared/12/"):
        assert mask_tokens(text) == text


def test_refused_page_requests_are_not_logged(tmp_path):
    foreign = {"Origin": "http://" + "a" * 8_000 + ".example"}
    fields = {f"f{number}": "x" for number in range(2_000)}
    with running("uvicorn", tmp_path, ALLOWED_HOSTS="127.0.0.1") as server:
        logged = len(server.log)
        for headers, data in (({"Host": "other.example"}, {}), (foreign, {}), ({}, fields)):
            answer = requests.post(f"{server.url}/sign-in/", data, headers=headers, timeout=10)
            assert answer.status_code in (400, 403)
        assert server.log[logged:] == ""


def test_every_log_handler_masks():
    loggers = [logging.getLogger(name) for name in ("django", "uvicorn", "daphne", "websockets")]
    for logger in [logging.getLogger(), *loggers]:
        for handler in logger.handlers:
            if type(handler).__module__.startswith("_pytest"):
                continue
            assert type(handler.formatter).__module__ == "viewer.config.log_formats"


@pytest.mark.parametrize(
    "request_sent",
    [
        b"\0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 200,
        b"GET /api/events HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Basic \xff\xfe\r\n\r\n",
    ],
    ids=["no HTTP", "h2c", "pipelined", "no ASCII"],
)
def test_hostile_requests_are_not_logged(server, request_sent):
    logged = len(server.log)
    for _ in range(3):
        with socket.create_connection(("127.0.0.1", server.port), 5) as connection:
            connection.sendall(request_sent)
            connection.settimeout(5)
            with contextlib.suppress(OSError):
                assert b" 500 " not in connection.recv(100)
    assert server.log[logged:] == ""
