"""Crowds of bad senders beside a good one, whose answers may take at most twice as long."""

from __future__ import annotations

import contextlib
import http.client
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.server import ROOT, Server

pytestmark = pytest.mark.alone

SECONDS = 4.0
PACE = 200  # requests a second
ROUNDS = 2
GRACE = 0.010  # seconds that a machine with other work may add
MOST_MEMORY = 400  # MiB of the server


@pytest.fixture
def server(tmp_path) -> Iterator[Server]:
    server = Server("uvicorn", tmp_path).start()
    yield server
    server.stop()


def new_path(server: Server, name: str) -> str:
    words = ("keypair", "add", name, "--dialect", "natero", "--json")
    pair = json.loads(server.manage(*words))
    return f"/v1/{pair['auth_key']}/{pair['api_key']}"


@contextlib.contextmanager
def crowd(kind: str, server: Server, path: str, count: int) -> Iterator[None]:
    words = [sys.executable, "-m", "tests.crowd", kind, str(server.port), path, str(count)]
    process = subprocess.Popen(
        words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "ready\n"
        yield
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def p99_of(server: Server, path: str) -> float:
    """Seconds to the reply of one sender that keeps its pace."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=30)
    took = []
    began = time.monotonic()
    for number in range(int(SECONDS * PACE)):
        time.sleep(max(0, began + number / PACE - time.monotonic()))
        start = time.perf_counter()
        connection.request("POST", path, b'{"userId":"u"}')
        with connection.getresponse() as reply:
            reply.read()
        took.append(time.perf_counter() - start)
        assert reply.status == 200
    connection.close()
    return statistics.quantiles(took, n=100)[98]


def assert_beside(
    server: Server,
    path: str,
    crowds: Callable[[], contextlib.AbstractContextManager[None]],
) -> str:
    """Alone and with the crowd in turns: both see the same machine."""
    alone, beside = [], []
    for _ in range(ROUNDS):
        alone.append(p99_of(server, path))
        with crowds():
            beside.append(p99_of(server, path))
    quiet, loud = min(alone), min(beside)
    assert loud <= 2 * quiet + GRACE, (alone, beside)
    return f"p99 {loud * 1000:.1f} ms beside, {quiet * 1000:.1f} ms alone"


def memory_of(server: Server) -> int:
    """Mebibytes, the most so far."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) // 1024


def test_2000_slow_and_500_idle_senders(server, report):
    good, bad = new_path(server, "good"), new_path(server, "bad")

    @contextlib.contextmanager
    def both() -> Iterator[None]:
        with crowd("slow", server, bad, 2_000), crowd("idle", server, bad, 500):
            yield

    told = assert_beside(server, good, both)
    report(f"2,000 senders of a byte a second and 500 idle sockets: {told}")


def test_10000_hostile_bodies_a_minute(server, report):
    good, bad = new_path(server, "good"), new_path(server, "bad")
    crowds = partial(crowd, "hostile", server, bad, 10_000)
    told = assert_beside(server, good, crowds)
    assert memory_of(server) < MOST_MEMORY
    report(f"10,000 hostile bodies a minute: {told}; memory {memory_of(server)} MiB at most")
