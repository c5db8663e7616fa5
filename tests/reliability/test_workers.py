"""Several workers of one server, and nginx in front of them."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from websockets.sync.client import connect

from tests.reliability.test_outages import Page, last_seq
from tests.support.load import Load, assert_complete
from tests.support.nginx import BEHIND_NGINX, NAME, Nginx, nginx_before
from tests.support.ports import free_port
from tests.support.server import Server
from tests.support.stack import Stack
from tests.support.visitor import sign_in
from tests.support.wait import until


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def workers(stack, tmp_path_factory) -> Iterator[Server]:
    environment = {**stack.environment, "WORKERS": "2", "METRICS_TOKEN": "watch"}
    server = Server("workers", tmp_path_factory.mktemp("workers"), environment).start()
    yield server
    server.stop()


def add_pair(server: Server, name: str) -> dict[str, Any]:
    return json.loads(server.manage("keypair", "add", name, "--dialect", "natero", "--json"))


def children(process: int) -> list[int]:
    text = Path(f"/proc/{process}/task/{process}/children").read_text()
    names = {int(pid): Path(f"/proc/{pid}/cmdline").read_bytes() for pid in text.split()}
    return [pid for pid, words in names.items() if b"spawn_main" in words]


def test_a_killed_worker_affects_no_other(workers, stack, report):
    pair = add_pair(workers, "killed")
    visitor = sign_in(workers)
    pages = [Page(visitor, pair["id"]) for _ in range(4)]
    with Load(workers.port, pair, "killed") as load:
        until(load.goes_on)
        for page in pages:
            page.catch_up(1)
        before = children(workers.process.pid)
        assert len(before) == 2
        os.kill(before[0], signal.SIGKILL)
        until(lambda: len(set(children(workers.process.pid)) - {before[0]}) == 2, 15)
        until(load.goes_on, 15)
    stored = assert_complete(stack.database, pair, load.acknowledged)
    for page in pages:
        page.catch_up(last_seq(stack.database, pair))
        assert page.seqs == list(range(1, stored + 1))
    lost = sum(page.lost for page in pages)
    report(
        f"a worker killed: {stored:,} events, complete on 4 pages, of which {lost} lost their line"
    )


def test_sigterm_ends_within_five_seconds_and_keeps_acknowledged_events(stack, tmp_path, report):
    environment = {**stack.environment, "WORKERS": "2"}
    server = Server("workers", tmp_path, environment).start()
    pair = add_pair(server, "ended")
    page = Page(sign_in(server), pair["id"])
    with Load(server.port, pair, "ended") as load:
        until(load.goes_on)
        page.catch_up(1)
        process = server.process
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        process.wait(10)
        took = time.monotonic() - began
    stored = assert_complete(stack.database, pair, load.acknowledged)
    assert took < 5
    report(f"SIGTERM under load: ended after {took:.1f} s, {stored:,} events, complete")


def test_workers_count_together(workers):
    pair = add_pair(workers, "counted")
    with Load(workers.port, pair, "counted") as load:
        until(load.goes_on)
    assert requests.get(f"{workers.url}/metrics", timeout=5).status_code == 401
    headers = {"Authorization": "Bearer watch"}
    texts = {
        requests.get(f"{workers.url}/metrics", headers=headers, timeout=5).text for _ in "12345"
    }
    for text in texts:
        taken = re.search(r'viewer_requests_total{dialect="natero",status="200"} (\S+)', text)
        assert float(taken[1]) >= len(load.acknowledged)
        for name in ("events_total", "commit_seconds_bucket", "waiting_bytes", "pages"):
            assert f"viewer_{name}" in text


@pytest.mark.parametrize(
    ("missing", "sentence"),
    [("REDIS_URL", "a page hears only of its own"), ("DATABASE_URL", "SQLite takes one writer")],
)
def test_workers_without_shared_data_are_refused(stack, tmp_path, missing, sentence):
    environment = {**stack.environment, "WORKERS": "2", missing: ""}
    server = Server("workers", tmp_path, environment, free_port())
    with pytest.raises(subprocess.CalledProcessError) as failed:
        server.manage("prepare")
    assert sentence in failed.value.stderr
    assert f"Set {missing}" in failed.value.stderr


# -- nginx ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def nginx(stack, tmp_path_factory) -> Iterator[Nginx]:
    environment = {**stack.environment, "WORKERS": "2", **BEHIND_NGINX}
    server = Server("workers", tmp_path_factory.mktemp("proxied"), environment).start()
    with nginx_before(server, tmp_path_factory.mktemp("nginx")) as nginx:
        yield nginx
    server.stop()


def test_nginx_passes_deliveries_with_the_senders_own_address(nginx):
    pair = add_pair(nginx.server, "proxied")
    path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
    body = ("--data-binary", '{"userId": "u"}')
    spoofed = ("-H", "X-Forwarded-For: 203.0.113.9", "--interface", "127.0.0.7")
    assert nginx.curl(path, *body, *spoofed)[0] == 200
    keys = ("-u", f"{pair['api_key']}:{pair['auth_key']}")
    status, text = nginx.curl("/api/deliveries", *keys)
    (delivery,) = json.loads(text)["deliveries"]
    assert (status, delivery["sender"]) == (200, "127.0.0.7")
    log = (nginx.directory / "access.log").read_text()
    assert pair["api_key"] not in log
    assert pair["auth_key"] not in log


def test_nginx_leaves_the_vendors_replies_to_the_server(nginx, tmp_path):
    """Even for a body over the limit, unless it is far over."""
    pair = add_pair(nginx.server, "large")
    path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
    large = tmp_path / "large"
    large.write_bytes(b" " * (10 * 2**20 + 1))
    status, head = nginx.curl(path, "-i", "-X", "POST", "-T", str(large), "-H", "Expect:")
    assert status == 413
    assert "x-problem: body-too-large" in head.lower()
    large.write_bytes(b" " * (12 * 2**20))
    assert nginx.curl(path, "-X", "POST", "-T", str(large), "-H", "Expect:")[0] == 413


def test_nginx_redirects_plain_requests_to_tls_with_their_body(nginx):
    answer = requests.post(
        f"http://127.0.0.1:{nginx.plain}/v1/a/b", data="{}", allow_redirects=False, timeout=5
    )
    assert answer.status_code == 308
    assert answer.headers["Location"].startswith("https://")


def test_nginx_passes_the_live_feed(nginx):
    server = nginx.server
    pair = add_pair(server, "live")
    link = server.manage("signin").strip().removeprefix(f"https://{NAME}")
    jar = nginx.directory / "cookies"
    cookies = ("-b", str(jar), "-c", str(jar))
    token = (
        nginx.curl(link, *cookies)[1].split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    )
    form = ("-d", f"csrfmiddlewaretoken={token}", "-H", f"Referer: https://{NAME}{link}")
    assert nginx.curl(link, *cookies, *form)[0] == 302
    lines = [line.split("\t") for line in jar.read_text().splitlines() if "\t" in line]
    cookie = "; ".join(f"{line[5]}={line[6]}" for line in lines)
    context = ssl.create_default_context(cafile=str(nginx.certificate))
    place = socket.create_connection(("127.0.0.1", nginx.secure))
    with connect(
        f"wss://{NAME}/ws/pairs/{pair['id']}/?after=0",
        sock=place,
        ssl=context,
        server_hostname=NAME,
        origin=f"https://{NAME}",
        additional_headers={"Cookie": cookie},
    ) as feed:
        assert json.loads(feed.recv(timeout=10))["last"] == 0
        path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
        assert nginx.curl(path, "--data-binary", "{}")[0] == 200
        assert json.loads(feed.recv(timeout=10))["last"] == 1
