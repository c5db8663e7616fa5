"""Direct access to the database driver, for the statements that run at every commit."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

from django.db import connection

from ingest.storage.db.insert import Cursor
from ingest.storage.db.sqlite import SqliteCursor


def open_cursor() -> Cursor:
    """A cursor of this thread's connection."""
    connection.ensure_connection()
    if connection.vendor == "postgresql":
        from ingest.storage.db.postgresql import (
            PostgresqlCursor,  # psycopg is only there where it is used
        )

        return PostgresqlCursor(connection.connection)
    return SqliteCursor(connection.connection)


@contextlib.contextmanager
def cursor_transaction() -> Iterator[Cursor]:
    """A transaction, durable when the context ends. Raises the driver's exceptions."""
    cursor = open_cursor()
    cursor.begin()
    try:
        yield cursor
        cursor.commit()
    except BaseException:
        cursor.rollback()
        raise
