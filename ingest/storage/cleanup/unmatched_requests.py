"""Prunes requests that belong to no key pair. The newest are kept, within limits of number and
bytes. If there are more, one network keeps at most half, so that it cannot evict requests of
others."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from ingest.models import UnmatchedRequest
from ingest.receiving.networks import network_of
from ingest.receiving.redaction import DeliveryRow
from ingest.storage.db.insert import Cursor
from ingest.storage.db.row_sizes import DELIVERY_BYTES, delivery_row_bytes

MAX_COUNT = 1_000
MAX_BYTES = 16 * 2**20
SHARE = 2  # one network can keep 1/SHARE of the limits

_PRUNE_AFTER = 20  # new requests, or
_PRUNE_AFTER_BYTES = 2**20

_TABLE = f'"{UnmatchedRequest._meta.db_table}"'
_NEWEST = f"SELECT id, sender, {DELIVERY_BYTES} FROM {_TABLE} ORDER BY id DESC LIMIT ?"

_Row = tuple[int, str, int]  # id, sender, bytes


class UnmatchedRequestPruner:
    """Belongs to one thread. Between two calls of `prune` the limits can be exceeded slightly."""

    def __init__(self) -> None:
        self._new = _PRUNE_AFTER  # another process may have exceeded the limits
        self._new_bytes = 0

    def prune(self, cursor: Cursor, added: Iterable[DeliveryRow]) -> None:
        """Delete surplus rows after `added` were inserted."""
        for record in added:
            self._new += 1
            self._new_bytes += delivery_row_bytes(record)
        if self._new < _PRUNE_AFTER and self._new_bytes < _PRUNE_AFTER_BYTES:
            return
        rows = cursor.execute(_NEWEST, (2 * MAX_COUNT,)).fetchall()
        for row_id in _surplus(rows):
            cursor.execute(f"DELETE FROM {_TABLE} WHERE id = ?", (row_id,))
        if len(rows) == 2 * MAX_COUNT:
            cursor.execute(f"DELETE FROM {_TABLE} WHERE id < ?", (rows[-1][0],))
        self._new = self._new_bytes = 0


def _surplus(newest_first: Sequence[_Row]) -> list[int]:
    """The ids to delete. Requests beyond the share of their network are kept if others leave
    room."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    above_share: list[_Row] = []
    within_share: list[_Row] = []
    for row in newest_first:
        network = network_of(row[1])
        counts[network] += 1
        sizes[network] += row[2]
        is_share = counts[network] <= MAX_COUNT // SHARE and sizes[network] <= MAX_BYTES // SHARE
        (within_share if is_share else above_share).append(row)
    rows_left, bytes_left = MAX_COUNT, MAX_BYTES
    surplus = []
    for row_id, _, size in [*within_share, *above_share]:
        rows_left -= 1
        bytes_left -= size
        if rows_left < 0 or bytes_left < 0:
            surplus.append(row_id)
    return surplus
