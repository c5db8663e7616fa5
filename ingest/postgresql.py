"""PostgreSQL, below Django: COPY for what is only added, prepared statements for the rest."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import chain
from typing import Any

import psycopg
from django.db import connection as django_connection
from psycopg.pq import TransactionStatus

from ingest.rows import Row, Rows

MOST_AT_ONCE = 1_000  # rows of a statement


class PostgresqlCursor:
    for_update = " FOR UPDATE"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._cursor = psycopg.Cursor(connection)

    def execute(self, sql: str, parameters: Row = ()) -> Any:
        return self._cursor.execute(_marked(sql), parameters or None, prepare=True)

    def begin(self) -> None:
        self._cursor.execute("BEGIN")

    def commit(self) -> None:
        self._cursor.execute("COMMIT")

    def rollback(self) -> None:
        if self._connection.closed or self._connection.broken:
            return
        if self._connection.info.transaction_status != TransactionStatus.IDLE:
            self._cursor.execute("ROLLBACK")

    def insert(self, into: Rows, rows: Sequence[Row]) -> None:
        if into.then:
            self._upsert(into, rows)
        elif rows:
            self._copy(into, rows)

    def _copy(self, into: Rows, rows: Sequence[Row]) -> None:
        with self._cursor.copy(f"COPY {into.target} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_types(into))
            for row in rows:
                copy.write_row(row)

    def _upsert(self, into: Rows, rows: Sequence[Row]) -> None:
        """Not prepared: there are as many statements as numbers of rows."""
        for start in range(0, len(rows), MOST_AT_ONCE):
            some = rows[start : start + MOST_AT_ONCE]
            sql = _values(into, len(some))
            self._cursor.execute(sql, list(chain.from_iterable(some)), prepare=False)


@functools.cache
def _marked(sql: str) -> str:
    return sql.replace("?", "%s")


@functools.cache
def _types(into: Rows) -> list[str]:
    fields = {field.column: field for field in into.model._meta.concrete_fields}
    types = (fields[column].db_type(django_connection) or "" for column in into.columns)
    return [kind.partition("(")[0] for kind in types]


@functools.lru_cache(maxsize=256)
def _values(into: Rows, count: int) -> str:
    row = "(" + ", ".join(["%s"] * len(into.columns)) + ")"
    return f"INSERT INTO {into.target} VALUES {', '.join([row] * count)} {into.then}"
