"""Removes deleted rows from SQLite's files. SQLite overwrites deleted rows with zeros
(`secure_delete` in viewer/settings.py), but its write-ahead log keeps their pages until it is
truncated."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time

from django.db import connection

TRIES = 120
PAUSE = 0.5  # seconds between two tries, which fail while a reader uses an older snapshot
LOCK_TIMEOUT = 50  # milliseconds that a try can block senders

logger = logging.getLogger(__name__)

_running = threading.Lock()
_wanted = threading.Event()


def empty_log() -> bool:
    """Checkpoint and truncate the write-ahead log. False if readers prevented it for a minute; the
    next deletion or start tries again."""
    for _ in range(TRIES):
        if try_to_empty_log():
            return True
        time.sleep(PAUSE)
    logger.warning("deleted rows stay in the write-ahead log until its next truncation")
    return False


def empty_log_later() -> None:
    """Empty the log in a separate thread, at most one at a time."""
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
    """Blocks senders for at most LOCK_TIMEOUT milliseconds. False if a reader prevented it."""
    if connection.vendor != "sqlite":
        return True
    connection.ensure_connection()
    execute = connection.connection.execute
    (old_timeout,) = execute("PRAGMA busy_timeout").fetchone()
    try:
        execute("PRAGMA wal_checkpoint(PASSIVE)")  # does most of the work without blocking
        execute(f"PRAGMA busy_timeout={LOCK_TIMEOUT}")
        (busy, *_) = execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.OperationalError:
        return False
    finally:
        execute(f"PRAGMA busy_timeout={old_timeout}")
    return not busy
