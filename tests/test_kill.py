"""What was acknowledged is stored, whatever happens to the server next."""

from __future__ import annotations

import contextlib
import http.client
import json
import random
import signal
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from tests.server import Server

ROUNDS = 4
SENDERS = 8


class Sender(threading.Thread):
    """Sends one event after the other and remembers those that were acknowledged."""

    def __init__(self, port: int, path: str, name: str) -> None:
        super().__init__(daemon=True)
        self.port, self.path, self.label = port, path, name
        self.acknowledged: list[str] = []
        self.stopped = False

    def run(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        ends = contextlib.suppress(OSError, http.client.HTTPException)
        with contextlib.closing(connection), ends:
            self._send_on(connection)

    def _send_on(self, connection: http.client.HTTPConnection) -> None:
        number = 0
        while not self.stopped:
            number += 1
            user = f"{self.label}-{number}"
            connection.request("POST", self.path, json.dumps({"userId": user}))
            with connection.getresponse() as reply:
                reply.read()
            if reply.status == 200:
                self.acknowledged.append(user)


@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
def test_sigkill_under_load_loses_no_acknowledged_event(kind: str, tmp_path: Path):
    server = Server(kind, tmp_path).start()
    try:
        pair = json.loads(server.manage("keypair", "add", "k", "--dialect", "natero", "--json"))
        path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
        acknowledged: list[str] = []
        for number in range(ROUNDS):
            acknowledged += _load_and_kill(server, path, f"round{number}")
            server.start()
        assert len(acknowledged) > ROUNDS * SENDERS
        _assert_complete(tmp_path / "viewer.sqlite3", acknowledged)
    finally:
        server.stop()


def _load_and_kill(server: Server, path: str, label: str) -> list[str]:
    senders = [Sender(server.port, path, f"{label}-{n}") for n in range(SENDERS)]
    for sender in senders:
        sender.start()
    time.sleep(random.uniform(0.2, 0.8))
    server.stop(signal.SIGKILL)
    for sender in senders:
        sender.stopped = True
        sender.join(15)
    return [user for sender in senders for user in sender.acknowledged]


def _assert_complete(database: Path, acknowledged: list[str]) -> None:
    store = sqlite3.connect(database)
    try:
        rows = store.execute('SELECT seq, "user" FROM ingest_event ORDER BY seq').fetchall()
        balance = store.execute(
            "SELECT last_seq, valid + warning + invalid + malformed FROM ingest_keypair "
            "WHERE name = 'k'"
        ).fetchone()
        tallied = store.execute("SELECT sum(count) FROM ingest_tally").fetchone()[0]
    finally:
        store.close()
    users = [user for _, user in rows]
    assert set(acknowledged) <= set(users)
    assert len(set(users)) == len(users)
    assert [seq for seq, _ in rows] == list(range(1, len(rows) + 1))
    assert balance == (len(rows), len(rows))
    assert tallied == len(rows)
