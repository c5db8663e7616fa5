"""Retention by bytes: of each key pair, and of all together. The oldest goes first, in pieces
between two commits; a commit itself only frees something where pieces do not keep up."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import NamedTuple

from django.conf import settings

from ingest.models import KeyPair
from ingest.storage.cleanup.pruning import (
    NOTHING,
    Oldest,
    find_oldest,
    prune_deliveries,
    prune_events,
)
from ingest.storage.db.cursor import cursor_transaction, open_cursor
from ingest.storage.db.insert import Cursor

PIECE = 8 * 2**20  # bytes
ROWS = 2_000  # of a piece
BEHIND = 64 * 2**20  # bytes over a bound at which a commit frees as much as it adds, and a piece
_LOOK_AFTER = 16 * 2**20  # bytes stored until it is looked what all key pairs have

_KEYPAIR = f'"{KeyPair._meta.db_table}"'
_OF_ALL = f"SELECT id, stored_bytes FROM {_KEYPAIR} ORDER BY stored_bytes DESC"

logger = logging.getLogger(__name__)


class Freed(NamedTuple):
    pair: int
    gone: Oldest


class ByteRetention:
    """Belongs to one thread. What fails is done after the next commit."""

    def __init__(self) -> None:
        self._over: dict[int, None] = {}  # key pairs that have too much
        self._stored = 0  # of all, as far as this process knows
        self._new = _LOOK_AFTER  # since it looked; at first it knows nothing

    def add(self, added: int) -> None:
        """So many bytes were stored."""
        self._stored += added
        self._new += added

    def limit(self, cursor: Cursor, pair: int, stored: int, added: int, rows: int) -> Oldest:
        """In a commit that adds so much to a key pair, which has `stored` bytes then."""
        most = settings.KEEP_BYTES
        if stored <= most:
            return NOTHING
        self._over[pair] = None
        if stored <= most + BEHIND:
            return NOTHING
        return _free(cursor, pair, most, PIECE + added, ROWS + 2 * rows)

    @property
    def has_excess(self) -> bool:
        return bool(self._over) or self._is_to_look

    @property
    def _is_to_look(self) -> bool:
        """Whether to read how much all key pairs have together."""
        return self._new >= _LOOK_AFTER or self._stored > settings.KEEP_BYTES_TOTAL

    @property
    def is_behind(self) -> bool:
        """Whether all key pairs together have so much that senders must wait for a piece."""
        return self._stored > settings.KEEP_BYTES_TOTAL + BEHIND

    def free_piece(self) -> Freed | None:
        """None where nothing has to go."""
        try:
            for pair, keep in self._bounds():
                with cursor_transaction() as cursor:
                    query = f"SELECT id FROM {_KEYPAIR} WHERE id = ?{cursor.for_update}"
                    is_there = cursor.execute(query, (pair,)).fetchone()
                    gone = _free(cursor, pair, keep, PIECE, ROWS) if is_there else NOTHING
                if gone.freed:
                    self._stored -= gone.freed
                    return Freed(pair, gone)
                self._over.pop(pair, None)
        except Exception:
            logger.exception("retention by bytes")
            self._over.clear()
        return None

    def _bounds(self) -> Iterator[tuple[int, int]]:
        """Key pairs that may have too much, and what they keep."""
        for pair in list(self._over):
            yield pair, settings.KEEP_BYTES
        if not self._is_to_look:
            return
        most = settings.KEEP_BYTES_TOTAL
        rows = open_cursor().execute(_OF_ALL).fetchall()
        self._stored = sum(stored for _, stored in rows)
        self._new = 0
        if self._stored > most:
            pair, stored = rows[0]
            yield pair, max(0, stored - (self._stored - most))


def _free(cursor: Cursor, pair: int, keep: int, most: int, rows: int) -> Oldest:
    """Delete the oldest of a key pair, whose row is locked, until it keeps so many bytes; no more
    than `most` of them."""
    query = f"SELECT stored_bytes FROM {_KEYPAIR} WHERE id = ?"
    (stored,) = cursor.execute(query, (pair,)).fetchone()
    if stored <= keep:
        return NOTHING
    found = find_oldest(cursor, pair, min(stored - keep, most), rows)
    if found.freed:
        prune_events(cursor, pair, found.keep_from)
        prune_deliveries(cursor, pair, found.through)
    return found
