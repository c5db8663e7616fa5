"""Counts per second for the chart, kept for RETENTION_SECONDS seconds."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.models import SecondCount
from ingest.storage.db.insert import Cursor, InsertTarget, Row

RETENTION_SECONDS = 70 * 60  # seconds

_SECOND = f'"{SecondCount._meta.db_table}"'
_COUNTS = ("valid", "warning", "invalid", "malformed", "refused")
_SECONDS = InsertTarget(
    SecondCount,
    ("keypair_id", "second", *_COUNTS, "last_seq"),
    'ON CONFLICT (keypair_id, "second") DO UPDATE SET '
    + "".join(f"{name} = {_SECOND}.{name} + excluded.{name}, " for name in _COUNTS)
    + "last_seq = excluded.last_seq",
)


def add_seconds(cursor: Cursor, rows: Sequence[Row]) -> None:
    """Add rows (key pair, second, the five counts, newest number), with one statement for all key
    pairs of a commit."""
    cursor.insert(_SECONDS, rows)


def prune_seconds(cursor: Cursor, pair: int, second: int) -> None:
    """Delete the rows that are older than RETENTION_SECONDS seconds at `second`."""
    cursor.execute(
        f'DELETE FROM {_SECOND} WHERE keypair_id = ? AND "second" < ?',
        (pair, second - RETENTION_SECONDS),
    )
