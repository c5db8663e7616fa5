"""Requests that belong to no key pair: the newest are kept, by number and by bytes. Where there are
more, one network keeps at most half of the room, so that nobody pushes out what others sent."""

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
SHARE = 2  # one network has one part of so many for itself

_LOOK_AFTER = 20  # new ones, or
_LOOK_AFTER_BYTES = 2**20

_TABLE = f'"{UnmatchedRequest._meta.db_table}"'
_NEWEST = f"SELECT id, sender, {DELIVERY_BYTES} FROM {_TABLE} ORDER BY id DESC LIMIT ?"

_Row = tuple[int, str, int]  # id, sender, bytes


class UnmatchedRequestPruner:
    """Belongs to one thread. Between two looks there may be somewhat more than is kept."""

    def __init__(self) -> None:
        self._new = _LOOK_AFTER  # another process may have left too much
        self._new_bytes = 0

    def prune(self, cursor: Cursor, added: Iterable[DeliveryRow]) -> None:
        """After `added` were inserted."""
        for record in added:
            self._new += 1
            self._new_bytes += delivery_row_bytes(record)
        if self._new < _LOOK_AFTER and self._new_bytes < _LOOK_AFTER_BYTES:
            return
        rows = cursor.execute(_NEWEST, (2 * MAX_COUNT,)).fetchall()
        for one in _surplus(rows):
            cursor.execute(f"DELETE FROM {_TABLE} WHERE id = ?", (one,))
        if len(rows) == 2 * MAX_COUNT:
            cursor.execute(f"DELETE FROM {_TABLE} WHERE id < ?", (rows[-1][0],))
        self._new = self._new_bytes = 0


def _surplus(newest_first: Sequence[_Row]) -> list[int]:
    """What one network has beyond its share takes the room that others leave."""
    counts: Counter[str] = Counter()
    sizes: Counter[str] = Counter()
    beyond: list[_Row] = []
    kept: list[_Row] = []
    for row in newest_first:
        network = network_of(row[1])
        counts[network] += 1
        sizes[network] += row[2]
        is_share = counts[network] <= MAX_COUNT // SHARE and sizes[network] <= MAX_BYTES // SHARE
        (kept if is_share else beyond).append(row)
    room, room_bytes = MAX_COUNT, MAX_BYTES
    surplus = []
    for one, _, size in [*kept, *beyond]:
        room -= 1
        room_bytes -= size
        if room < 0 or room_bytes < 0:
            surplus.append(one)
    return surplus
