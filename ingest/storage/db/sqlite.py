"""SQLite, below Django."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

from ingest.storage.db.insert import InsertTarget, Row, rows_length

_SHORT = 128 * 2**10  # of the values of a statement for any number of rows below 64,
_LONG = 2**20  # and of the others

# Values of other types than int, float and str the driver asks how to be bound, at some length,
# unless it was told.
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(type(None), {None: None}.get)


class SqliteCursor:
    for_update = ""  # BEGIN IMMEDIATE locks it all

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self.execute: Any = connection.cursor().execute

    def begin(self) -> None:
        self.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        self.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.in_transaction:
            self.execute("ROLLBACK")

    def insert(self, into: InsertTarget, rows: Sequence[Row], size: int = 0) -> None:
        """Several rows in one statement: the driver gives up the interpreter's lock once a
        statement, not once a row. Few statements, of few different lengths so that they stay
        prepared."""
        start = 0
        while start < len(rows):
            some = _next(into, rows, start, size)
            self.execute(_statement(into, len(some)), list(chain.from_iterable(some)))
            start += len(some)


def _next(into: InsertTarget, rows: Sequence[Row], start: int, size: int) -> Sequence[Row]:
    """As many as one statement takes. A prepared statement keeps the values it was run with last:
    the many that there are keep little each."""
    left = len(rows) - start
    few = (left, _SHORT) if left < 64 else (64, _LONG)
    for count, most in ((512, _LONG), few, (8, _LONG)):
        if left < count:
            continue
        some = rows[start : start + count]
        if count == 1 or 0 < size <= most or rows_length(into, some) <= most:
            return some
    return rows[start : start + 1]


@functools.cache  # the driver finds its prepared statement by this very string
def _statement(into: InsertTarget, count: int) -> str:
    row = "(" + ", ".join("?" * len(into.columns)) + ")"
    return f"INSERT INTO {into.target} VALUES {', '.join([row] * count)} {into.then}"
