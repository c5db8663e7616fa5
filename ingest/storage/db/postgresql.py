"""PostgreSQL without the ORM: COPY for plain inserts, prepared statements for the rest.

BEGIN and upserts are sent with the next statement, as one text, which saves three round trips per
commit.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import chain
from typing import Any

import psycopg
from django.db import connection as django_connection
from django.db.models import Model
from psycopg.pq import TransactionStatus

from ingest.storage.db.insert import InsertTarget, Row

MAX_AT_ONCE = 1_000  # rows of one statement


class PostgresqlCursor:
    for_update = " FOR UPDATE"

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection
        self._cursor = psycopg.Cursor(connection)
        self._texts = psycopg.ClientCursor(connection)  # for several statements in one text
        self._waiting: list[tuple[str, Row]] = []

    def execute(self, sql: str, parameters: Row = ()) -> Any:
        if self._waiting:
            return self._send(_marked(sql), parameters)
        return self._cursor.execute(_marked(sql), parameters or None, prepare=True)

    def begin(self) -> None:
        self._waiting = [("BEGIN", ())]

    def commit(self) -> None:
        self._send("COMMIT")

    def rollback(self) -> None:
        self._waiting = []
        if self._connection.closed or self._connection.broken:
            return
        if self._connection.info.transaction_status != TransactionStatus.IDLE:
            self._cursor.execute("ROLLBACK")

    def insert(self, into: InsertTarget, rows: Sequence[Row], size: int = 0) -> None:
        if into.then:
            self._upsert(into, rows)
        elif rows:
            self._copy(into, rows)

    def _copy(self, into: InsertTarget, rows: Sequence[Row]) -> None:
        if self._waiting:
            self._send()
        with self._cursor.copy(f"COPY {into.target} FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_types(into.model, into.columns))
            for row in rows:
                copy.write_row(row)

    def _upsert(self, into: InsertTarget, rows: Sequence[Row]) -> None:
        for start in range(0, len(rows), MAX_AT_ONCE):
            some = rows[start : start + MAX_AT_ONCE]
            self._waiting.append((_values(into, len(some)), list(chain.from_iterable(some))))

    def _send(self, sql: str = "", parameters: Row = ()) -> Any:
        """Send the waiting statements, and `sql` as the last one, whose rows can be fetched."""
        statements = [*self._waiting, (sql, parameters)] if sql else self._waiting
        self._waiting = []
        text = "; ".join(statement for statement, _ in statements)
        values = list(chain.from_iterable(values for _, values in statements))
        self._texts.execute(text, values or None)
        while self._texts.nextset():
            pass
        return self._texts


@functools.lru_cache(maxsize=512)
def _marked(sql: str) -> str:
    return sql.replace("?", "%s")


@functools.cache
def _types(model: type[Model], columns: tuple[str, ...]) -> list[str]:
    fields = {field.column: field for field in model._meta.concrete_fields}
    types = (fields[column].db_type(django_connection) or "" for column in columns)
    return [kind.partition("(")[0] for kind in types]


@functools.lru_cache(maxsize=256)
def _values(into: InsertTarget, count: int) -> str:
    row = "(" + ", ".join(["%s"] * len(into.columns)) + ")"
    return f"INSERT INTO {into.target} VALUES {', '.join([row] * count)} {into.then}"
