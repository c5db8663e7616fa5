"""Counts of each second, for the chart. Kept for somewhat more than an hour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ingest.models import Second
from ingest.rows import insert

KEPT = 70 * 60  # seconds

_SECOND = f'"{Second._meta.db_table}"'
_COUNTS = ("valid", "warning", "invalid", "malformed", "refused")
_INSERT = f'INSERT INTO {_SECOND} (keypair_id, "second", {", ".join(_COUNTS)}, last_seq) VALUES '
_ADD = (
    ' ON CONFLICT (keypair_id, "second") DO UPDATE SET '
    + "".join(f"{name} = {_SECOND}.{name} + excluded.{name}, " for name in _COUNTS)
    + "last_seq = excluded.last_seq"
)


def add_seconds(cursor: Any, rows: Sequence[tuple[int, ...]]) -> None:
    """Rows of key pair, second, the five counts and the newest number: one statement for
    all key pairs of a commit."""
    insert(cursor, _INSERT, rows, _ADD)


def prune_seconds(cursor: Any, pair: int, second: int) -> None:
    """Forget what is too old in that second."""
    cursor.execute(
        f'DELETE FROM {_SECOND} WHERE keypair_id = ? AND "second" < ?', (pair, second - KEPT)
    )
