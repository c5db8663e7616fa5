"""PostgreSQL and Redis go away and come back: senders get an error that asks for a retry, pages
catch up, and no process needs a restart."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import requests
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.sync.client import ClientConnection

from tests.support.load import Load, assert_complete, opened
from tests.support.server import Server
from tests.support.stack import Stack
from tests.support.visitor import Visitor, sign_in
from tests.support.wait import until

CUT = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'viewer'"


@pytest.fixture(scope="module")
def stack(tmp_path_factory) -> Iterator[Stack]:
    stack = Stack(tmp_path_factory.mktemp("stack"))
    yield stack
    stack.stop()


@pytest.fixture(scope="module")
def servers(stack, tmp_path_factory) -> Iterator[list[Server]]:
    """Two processes, as on two hosts."""
    directories = [tmp_path_factory.mktemp("host") for _ in range(2)]
    environment = {**stack.environment, "SECRET_KEY": "one for both"}
    servers = [Server("uvicorn", directory, environment).start() for directory in directories]
    yield servers
    for server in servers:
        server.stop()


@pytest.fixture(scope="module")
def new_key_pair(servers) -> Callable[[], dict[str, Any]]:
    names = iter(range(100))

    def make() -> dict[str, Any]:
        words = ("keypair", "add", f"pair {next(names)}", "--dialect", "natero", "--json")
        return json.loads(servers[0].manage(*words))

    return make


class Page:
    """Follows a feed as the live page does: with its own cursor, however often the connection
    breaks."""

    def __init__(self, visitor: Visitor, pair: int) -> None:
        self._visitor, self._pair = visitor, pair
        self._feed: ClientConnection | None = None
        self.cursor = 0
        self.seqs: list[int] = []
        self.lost = 0

    def catch_up(self, last: int, seconds: float = 30) -> None:
        deadline = time.monotonic() + seconds
        while self.cursor < last:
            assert time.monotonic() < deadline, f"at {self.cursor} of {last}"
            try:
                self._take(json.loads(self._connected().recv(timeout=2)))
            except TimeoutError:
                continue
            except (ConnectionClosed, InvalidHandshake, OSError):
                self._feed = None
                self.lost += 1
                time.sleep(0.2)

    def _connected(self) -> ClientConnection:
        if self._feed is None:
            self._feed = self._visitor.feed(self._pair, after=self.cursor).__enter__()
        return self._feed

    def _take(self, frame: dict[str, Any]) -> None:
        if frame["type"] != "events":
            return
        if frame["skipped"]:  # loaded on demand; the page's own tests cover it
            first = frame["events"][0]["seq"] - frame["skipped"]
            self.seqs += range(first, frame["events"][0]["seq"])
        self.seqs += [event["seq"] for event in frame["events"]]
        self.cursor = frame["last"]


def last_seq(database: str, pair: dict[str, Any]) -> int:
    with opened(database) as store:
        question = f"SELECT last_seq FROM ingest_keypair WHERE id = {pair['id']}"
        return int(store.execute(question).fetchone()[0])


@pytest.fixture
def outage(stack, servers, new_key_pair, report) -> Iterator[Callable[..., Load]]:
    """Run load on both processes and a page on each during a failure, then check the result."""

    def suffer(
        what: str, harm: Callable[[], None], fix: Callable[[], None], seconds: float
    ) -> Load:
        pair = new_key_pair()
        pages = [Page(sign_in(server), pair["id"]) for server in servers]
        with Load([server.port for server in servers], pair, what) as load:
            until(load.goes_on)
            for page in pages:
                page.catch_up(1)
            harm()
            time.sleep(seconds)
            fix()
            fixed = time.monotonic()
            until(load.goes_on, 30)
            back = time.monotonic() - fixed
        stored = assert_complete(stack.database, pair, load.acknowledged)
        for page in pages:
            page.catch_up(last_seq(stack.database, pair))
            assert page.seqs == list(range(1, stored + 1))
        assert set(load.statuses) <= {200, 503}
        report(
            f"{what} for {seconds:g} s: {load.statuses[200]:,} accepted, {load.statuses[503]:,} "
            f"refused with 503, none longer than {load.longest:.1f} s, all well after {back:.1f} s"
        )
        return load

    return suffer


def test_postgresql_stops_and_starts(outage, stack, servers):
    def stop() -> None:
        stack.postgresql.stop()
        for path in ("/readyz", "/api/summary"):
            answer = requests.get(servers[0].url + path, auth=("any", "keys"), timeout=30)
            assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        assert requests.get(servers[0].url + "/healthz", timeout=5).status_code == 200

    load = outage("PostgreSQL stopped", stop, stack.postgresql.start, 3)
    assert load.statuses[503] > 0


def test_postgresql_crashes(outage, stack):
    def crash() -> None:
        stack.postgresql.stop(signal.SIGQUIT)

    assert outage("PostgreSQL crashed", crash, stack.postgresql.start, 1).statuses[503] > 0


def test_redis_stops_and_starts(outage, stack):
    load = outage("Redis stopped", stack.redis.stop, stack.redis.start, 3)
    assert load.statuses[503] == 0, "events need no Redis"


def test_a_lock_is_held_for_ten_seconds(outage, stack):
    other = psycopg.connect(stack.database)

    def lock() -> None:
        other.execute("LOCK TABLE ingest_keypair IN ACCESS EXCLUSIVE MODE")

    load = outage("a table locked", lock, other.rollback, 10)
    other.close()
    assert load.statuses[503] > 0


def test_postgresql_refuses_writes(outage, stack):
    """A primary becomes read-only like this when a standby replaces it."""

    def turn(mode: str) -> Callable[[], None]:
        def act() -> None:
            with psycopg.connect(stack.postgresql.url("postgres"), autocommit=True) as admin:
                admin.execute(f"ALTER DATABASE viewer SET default_transaction_read_only = {mode}")
                admin.execute(CUT)

        return act

    assert outage("read-only", turn("on"), turn("off"), 2).statuses[503] > 0


def test_connections_are_cut(outage, stack):
    def cut() -> None:
        with psycopg.connect(stack.postgresql.url("postgres"), autocommit=True) as admin:
            admin.execute(CUT)

    outage("connections cut", cut, cut, 0.5)
