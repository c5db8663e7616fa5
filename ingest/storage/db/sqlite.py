"""SQLite without the ORM."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

from ingest.storage.db.insert import InsertTarget, Row, rows_length

_SHORT = 128 * 2**10  # bytes of values in a statement with fewer than 64 rows
_LONG = 2**20  # bytes of values in the other statements

# Without adapters the driver searches how to bind values of other types than int, float and str,
# which is slow.
sqlite3.register_adapter(bytes, bytes)
sqlite3.register_adapter(bool, int)
sqlite3.register_adapter(type(None), {None: None}.get)


class SqliteCursor:
    for_update = ""  # BEGIN IMMEDIATE locks the database

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
        """Insert many rows per statement, because the driver releases the interpreter lock once per
        statement. Statements have few different lengths, so that they stay prepared."""
        start = 0
        while start < len(rows):
            some = _next(into, rows, start, size)
            self.execute(_statement(into, len(some)), list(chain.from_iterable(some)))
            start += len(some)


def _next(into: InsertTarget, rows: Sequence[Row], start: int, size: int) -> Sequence[Row]:
    """The rows of the next statement. A prepared statement keeps its last values in memory, so the
    many short statements have a lower limit of bytes."""
    left = len(rows) - start
    few = (left, _SHORT) if left < 64 else (64, _LONG)
    for count, limit in ((512, _LONG), few, (8, _LONG)):
        if left < count:
            continue
        some = rows[start : start + count]
        if count == 1 or 0 < size <= limit or rows_length(into, some) <= limit:
            return some
    return rows[start : start + 1]


@functools.cache  # the driver caches prepared statements by this string
def _statement(into: InsertTarget, count: int) -> str:
    row = "(" + ", ".join("?" * len(into.columns)) + ")"
    return f"INSERT INTO {into.target} VALUES {', '.join([row] * count)} {into.then}"
