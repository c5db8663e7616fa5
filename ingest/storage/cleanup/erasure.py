"""What somebody had deleted leaves the files, too. SQLite overwrites deleted rows with zeros
(`secure_delete` in viewer/settings.py), but its log keeps their pages until it is written anew."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time

from django.db import connection

TRIES = 120
PAUSE = 0.5  # seconds between two of them: somebody reads what was there before
PATIENCE = 50  # milliseconds that a try may hold senders up

logger = logging.getLogger(__name__)

_running = threading.Lock()
_wanted = threading.Event()


def empty_log() -> bool:
    """Bring the log into the database and cut it to nothing; False where readers did not allow
    it for a minute. Then the next deletion, or the next start, does it."""
    for _ in range(TRIES):
        if try_to_empty_log():
            return True
        time.sleep(PAUSE)
    logger.warning("deleted rows stay in the database's log until it is written anew")
    return False


def empty_log_later() -> None:
    """In a thread of its own, one at a time."""
    _wanted.set()
    if connection.vendor == "sqlite":
        threading.Thread(target=_empty_while_wanted, daemon=True).start()


def _empty_while_wanted() -> None:
    with _running:
        try:
            if _wanted.is_set():
                _wanted.clear()
                empty_log()
        finally:
            connection.close()


def try_to_empty_log() -> bool:
    """Holds senders up for a moment at the most."""
    if connection.vendor != "sqlite":
        return True
    connection.ensure_connection()
    execute = connection.connection.execute
    (patience,) = execute("PRAGMA busy_timeout").fetchone()
    try:
        execute("PRAGMA wal_checkpoint(PASSIVE)")  # most of the work, and nobody waits for it
        execute(f"PRAGMA busy_timeout={PATIENCE}")
        (busy, *_) = execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        execute(f"PRAGMA busy_timeout={patience}")
    return not busy
