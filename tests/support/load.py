"""Senders that continue after any failure, and a check of everything that must be stored in the
end."""

from __future__ import annotations

import contextlib
import http.client
import json
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psycopg

SENDERS = 8


class Sender(threading.Thread):
    """Sends events one by one, each with a unique user, and remembers the acknowledged ones."""

    def __init__(self, port: int, path: str, label: str) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.label = port, path, label
        self.acknowledged: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.longest = 0.0  # longest time to a reply, in seconds
        self.stopped = False
        self._number = 0

    def run(self) -> None:
        while not self.stopped:
            connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
            with (
                contextlib.closing(connection),
                contextlib.suppress(OSError, http.client.HTTPException),
            ):
                self._send_on(connection)
            time.sleep(0.02)

    def _send_on(self, connection: http.client.HTTPConnection) -> None:
        while not self.stopped:
            self._number += 1
            user = f"{self.label}-{self._number}"
            began = time.monotonic()
            connection.request("POST", self.path, json.dumps({"userId": user}))
            with connection.getresponse() as reply:
                reply.read()
            self.longest = max(self.longest, time.monotonic() - began)
            self.statuses[reply.status] += 1
            if reply.status == 200:
                self.acknowledged.append(user)
            else:
                assert int(reply.headers["Retry-After"]) > 0
                time.sleep(0.05)


class Load:
    """Several senders: they start when the block is entered, and have stopped when it ends."""

    def __init__(self, ports: int | Sequence[int], pair: dict[str, Any], label: str) -> None:
        ports = [ports] if isinstance(ports, int) else ports
        path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
        self.senders = [Sender(ports[n % len(ports)], path, f"{label}-{n}") for n in range(SENDERS)]

    def __enter__(self) -> Load:
        for sender in self.senders:
            sender.start()
        return self

    def __exit__(self, *error: object) -> None:
        for sender in self.senders:
            sender.stopped = True
        for sender in self.senders:
            sender.join(35)

    @property
    def acknowledged(self) -> list[str]:
        return [user for sender in self.senders for user in list(sender.acknowledged)]

    @property
    def statuses(self) -> Counter[int]:
        return sum((sender.statuses for sender in self.senders), Counter())

    @property
    def longest(self) -> float:
        return max(sender.longest for sender in self.senders)

    def goes_on(self) -> bool:
        """Wait until every sender has had another event accepted."""
        before = [len(sender.acknowledged) for sender in self.senders]
        time.sleep(0.2)
        now = [len(sender.acknowledged) for sender in self.senders]
        return all(late > early for early, late in zip(before, now, strict=True))


@contextlib.contextmanager
def opened(database: str | Path) -> Iterator[Any]:
    """A separate connection of the driver, to an SQLite file or a PostgreSQL address."""
    connect: Any = psycopg.connect if isinstance(database, str) else sqlite3.connect
    with contextlib.closing(connect(database)) as connection:
        yield connection


def assert_complete(database: str | Path, pair: dict[str, Any], acknowledged: list[str]) -> int:
    """Check that no acknowledged event is missing or duplicated, that the numbers have no gap, and
    that the counts balance. Returns the number of events."""
    number = pair["id"]
    with opened(database) as store:
        rows = store.execute(
            f'SELECT seq, "user" FROM ingest_event WHERE keypair_id = {number} ORDER BY seq'
        ).fetchall()
        (balance,) = store.execute(
            "SELECT last_seq, valid + warning + invalid + malformed FROM ingest_keypair "
            f"WHERE id = {number}"
        ).fetchall()
        (tallied,) = store.execute(
            f"SELECT sum(count) FROM ingest_tally WHERE keypair_id = {number}"
        ).fetchone()
    users = [user for _, user in rows]
    assert set(acknowledged) <= set(users)
    assert len(set(users)) == len(users)
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    assert tuple(balance) == (len(rows), len(rows))
    assert tallied == len(rows)
    return len(rows)
