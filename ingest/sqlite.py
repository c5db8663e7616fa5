"""SQLite, below Django."""

from __future__ import annotations

import functools
import sqlite3
from collections.abc import Sequence
from itertools import chain
from typing import Any

from ingest.rows import Row, Rows

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

    def insert(self, into: Rows, rows: Sequence[Row]) -> None:
        """Several rows in one statement: the driver gives up the interpreter's lock once a
        statement, not once a row. Few statements, of few different lengths so that they stay
        prepared."""
        start = 0
        while start < len(rows):
            left = len(rows) - start
            count = left if left <= 64 else 64 if left < 512 else 512
            sql = _statement(into, count)
            self.execute(sql, list(chain.from_iterable(rows[start : start + count])))
            start += count


@functools.cache  # the driver finds its prepared statement by this very string
def _statement(into: Rows, count: int) -> str:
    row = "(" + ", ".join("?" * len(into.columns)) + ")"
    return f"INSERT INTO {into.target} VALUES {', '.join([row] * count)} {into.then}"
