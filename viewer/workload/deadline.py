"""Deadlines of queries, checked in Python's loops and enforced by the database, which cancels a
running statement."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from time import monotonic

from django.db import Error, OperationalError, connection

_TICK = 0.05  # seconds: precision of SQLite's interruption
_CACHE = -8_192  # kibibytes for a query's SQLite connection, which reads most pages only once
_CANCELLED = "57014"  # PostgreSQL's SQLSTATE


class TimeUp(Exception):
    """A query exceeded its deadline and was cancelled."""

    def __init__(self, seconds: float) -> None:
        super().__init__(
            f"This took longer than {seconds:g} s and was ended. Ask for less at a time: fewer "
            "events, a shorter time, or a simpler query."
        )


class Deadline:
    """The deadline of one query. Another thread may bring it forward if the client is gone."""

    def __init__(self, seconds: float, outer: Deadline | None = None) -> None:
        self._seconds = seconds
        self._outer = outer
        self._ends = monotonic() + seconds

    @property
    def left(self) -> float:
        """Seconds left, the enclosing deadline included."""
        left = self._ends - monotonic()
        return left if self._outer is None else min(left, self._outer.left)

    def check(self) -> None:
        """Raises TimeUp."""
        if self.left <= 0:
            raise TimeUp(self._seconds)

    def expire(self) -> None:
        self._ends = 0.0


_current: ContextVar[Deadline | None] = ContextVar("deadline", default=None)


def check_deadline() -> None:
    """For loops in Python. Raises TimeUp."""
    deadline = _current.get()
    if deadline is not None:
        deadline.check()


def seconds_left(most: float) -> float:
    """Seconds left until the deadline of the enclosing block."""
    deadline = _current.get()
    return most if deadline is None else min(most, deadline.left)


@contextmanager
def within_deadline(seconds: float) -> Iterator[Deadline]:
    """Run the block and its database statements within so many seconds, and within the enclosing
    deadline. Raises TimeUp."""
    outer = _current.get()
    deadline = Deadline(seconds, outer)
    deadline.check()
    token = _current.set(deadline)
    try:
        with _interrupting(deadline, outer):
            yield deadline
    except OperationalError as error:
        if not _is_interruption(error):
            raise
        raise TimeUp(seconds) from error
    finally:
        _current.reset(token)


@contextmanager
def _interrupting(deadline: Deadline, outer: Deadline | None) -> Iterator[None]:
    if connection.vendor == "postgresql":
        _set_statement_timeout(deadline)
        try:
            yield
        finally:
            _set_statement_timeout(outer)
    else:
        connection.ensure_connection()
        if outer is None:
            connection.connection.execute(f"PRAGMA cache_size={_CACHE}")
        with _watchdog.watching(deadline, connection.connection):
            yield


def _is_interruption(error: OperationalError) -> bool:
    return str(error) == "interrupted" or getattr(error.__cause__, "sqlstate", None) == _CANCELLED


def _set_statement_timeout(deadline: Deadline | None) -> None:
    """For this thread's connection. If it cannot be reset, the connection is closed, because other
    queries would use it afterwards."""
    milliseconds = 0 if deadline is None else max(1, int(deadline.left * 1000))
    try:
        with connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {milliseconds}")
    except Error:
        if deadline is not None:
            raise
        if connection.connection is not None:
            connection.connection.close()


class _Watchdog:
    """Interrupts SQLite after a deadline, repeatedly, because another statement may have begun.
    SQLite checks for the interruption at every row, at no cost before it."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watched: dict[Deadline, sqlite3.Connection] = {}
        self._thread: threading.Thread | None = None

    @contextmanager
    def watching(self, deadline: Deadline, connection: sqlite3.Connection) -> Iterator[None]:
        with self._changed:
            self._watched[deadline] = connection
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="deadline", daemon=True)
                self._thread.start()
            self._changed.notify()
        try:
            yield
        finally:
            with self._changed:
                del self._watched[deadline]

    def _watch(self) -> None:
        while True:
            with self._changed:
                while not self._watched:
                    self._changed.wait()
                for deadline, connection in self._watched.items():
                    if deadline.left <= 0:
                        with suppress(sqlite3.Error):  # closed
                            connection.interrupt()
            time.sleep(_TICK)


_watchdog = _Watchdog()
