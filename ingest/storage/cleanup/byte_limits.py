"""Retention by bytes, for each key pair and for all together. The oldest rows are deleted in
batches between commits; a commit deletes rows itself only if the batches do not keep up."""

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
ROWS = 2_000  # of a batch
BEHIND = 64 * 2**20  # bytes over the limit above which commits delete more than they add
_READ_AFTER = 16 * 2**20  # bytes stored between two reads of the total

_KEYPAIR = f'"{KeyPair._meta.db_table}"'
_OF_ALL = f"SELECT id, stored_bytes FROM {_KEYPAIR} ORDER BY stored_bytes DESC"

logger = logging.getLogger(__name__)


class Freed(NamedTuple):
    pair: int
    gone: Oldest


class ByteRetention:
    """Belongs to one thread. A failed deletion is retried after the next commit."""

    def __init__(self) -> None:
        self._over: dict[int, None] = {}  # key pairs over their limit
        self._stored = 0  # bytes of all key pairs, as known to this process
        self._new = _READ_AFTER  # bytes since the last read; the first call reads

    def add(self, added: int) -> None:
        self._stored += added
        self._new += added

    def limit(self, cursor: Cursor, pair: int, stored: int, added: int, rows: int) -> Oldest:
        """Called in a commit that adds `added` bytes in `rows` rows to a key pair, which then has
        `stored` bytes. Deletes rows if the key pair is more than BEHIND over its limit."""
        maximum = settings.KEEP_BYTES
        if stored <= maximum:
            return NOTHING
        self._over[pair] = None
        if stored <= maximum + BEHIND:
            return NOTHING
        return _free(cursor, pair, maximum, PIECE + added, ROWS + 2 * rows)

    @property
    def has_excess(self) -> bool:
        return bool(self._over) or self._must_read_total

    @property
    def _must_read_total(self) -> bool:
        """Whether to read the bytes of all key pairs."""
        return self._new >= _READ_AFTER or self._stored > settings.KEEP_BYTES_TOTAL

    @property
    def is_behind(self) -> bool:
        """Whether the total is so large that a commit must delete a batch first."""
        return self._stored > settings.KEEP_BYTES_TOTAL + BEHIND

    def free_piece(self) -> Freed | None:
        """Delete one batch; None if nothing exceeds its limit. Never raises."""
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
        """Key pairs that may be over a limit, each with the bytes that it may keep."""
        for pair in list(self._over):
            yield pair, settings.KEEP_BYTES
        if not self._must_read_total:
            return
        limit = settings.KEEP_BYTES_TOTAL
        rows = open_cursor().execute(_OF_ALL).fetchall()
        self._stored = sum(stored for _, stored in rows)
        self._new = 0
        if self._stored > limit:
            pair, stored = rows[0]
            yield pair, max(0, stored - (self._stored - limit))


def _free(cursor: Cursor, pair: int, keep: int, limit: int, rows: int) -> Oldest:
    """Delete the oldest rows of a key pair until it has `keep` bytes, but at most `limit` bytes
    and `rows` rows. The key pair's row must be locked."""
    query = f"SELECT stored_bytes FROM {_KEYPAIR} WHERE id = ?"
    (stored,) = cursor.execute(query, (pair,)).fetchone()
    if stored <= keep:
        return NOTHING
    found = find_oldest(cursor, pair, min(stored - keep, limit), rows)
    if found.freed:
        prune_events(cursor, pair, found.keep_from)
        prune_deliveries(cursor, pair, found.through)
    return found
