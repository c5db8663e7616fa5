"""Every acknowledged event is stored, whatever happens to the server afterwards. FAULT_ROUNDS is
the number of kills."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.load import SENDERS, Load, assert_complete
from tests.support.server import Server
from tests.support.stack import Stack

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))


@pytest.mark.parametrize(
    ("kind", "store"), [("uvicorn", "sqlite"), ("daphne", "sqlite"), ("uvicorn", "postgresql")]
)
def test_sigkill_under_load_loses_no_acknowledged_event(
    kind: str, store: str, tmp_path: Path, new_stack: Callable[[], Stack], report
):
    stack = new_stack() if store == "postgresql" else None
    database = stack.database if stack else tmp_path / "viewer.sqlite3"
    server = Server(kind, tmp_path, stack.environment if stack else {}).start()
    try:
        pair = json.loads(server.manage("keypair", "add", "k", "--dialect", "natero", "--json"))
        acknowledged: list[str] = []
        for number in range(ROUNDS):
            with Load(server.port, pair, f"round{number}") as load:
                time.sleep(random.uniform(0.2, 0.8))
                server.stop(signal.SIGKILL)
            acknowledged += load.acknowledged
            server.start()
        assert len(acknowledged) > ROUNDS * SENDERS
        stored = assert_complete(database, pair, acknowledged)
        report(
            f"{ROUNDS} SIGKILLs, {len(acknowledged):,} acknowledged, {stored:,} stored: complete"
        )
    finally:
        server.stop()
