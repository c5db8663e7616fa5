"""PostgreSQL: the events of a key pair lie in partitions by number, so that pruning drops tables
instead of deleting rows. A partition's name says its pair and its bounds.

They are made ahead, in transactions of their own: a commit that had to wait for the table's lock
while it holds the lock of a key pair could wait for another one that waits for it.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterable
from typing import NamedTuple

from django.db import OperationalError, connection, transaction

from ingest.models import Event, KeyPair

logger = logging.getLogger(__name__)

PARTS = 10  # of what is kept of a key pair
LEAST = 1_000  # events a partition
PATIENCE = "200ms"  # for the lock that dropping needs: whoever comes meanwhile waits behind it

NO_PARTITION = "23514"  # what PostgreSQL says of a row that no partition takes

_TABLE = Event._meta.db_table
_LOCKS = 0x1E7E47  # the class of our advisory locks; the other half is the pair


class Partition(NamedTuple):
    """Holds the numbers first <= seq < end."""

    first: int
    end: int


class Partitions:
    """Belongs to one thread; remembers what partitions there are."""

    def __init__(self) -> None:
        self._known: dict[int, list[Partition]] = {}

    def make_room(self, pairs: Iterable[tuple[int, int]]) -> None:
        """For so many more events of each pair, and one partition to spare."""
        for pair, count in pairs:
            with transaction.atomic():
                _lock(pair)
                self._known[pair] = _make_room(pair, count)

    def is_near_end(self, pair: int, seq: int) -> bool:
        """Whether it is time to make room for the numbers that follow."""
        if pair not in self._known:
            self._known[pair] = partitions_of(pair)
        last = self._known[pair][-1:]
        return not last or last[0].end - seq <= (last[0].end - last[0].first) // 2

    def floor(self, pair: int, seq: int) -> int:
        """The highest number up to `seq` at which a partition begins: below it all can go. 0
        where there is none."""
        known = self._known.get(pair, [])
        if not known or known[-1].end <= seq:
            known = self._known[pair] = partitions_of(pair)
        at = bisect_right(known, seq, key=lambda partition: partition.first)
        return known[at - 1].first if at else 0

    def drop_below(self, pair: int, seq: int) -> None:
        """What is wholly below a number. What cannot be had at once is left for the next time."""
        for partition in partitions_of(pair):
            if partition.end > seq:
                break
            if not _drop(pair, partition):
                return
            self._known.pop(pair, None)


def partitions_of(pair: int) -> list[Partition]:
    """In the order of their numbers."""
    return sorted(partition for _, partition in _partitions(f"{_TABLE}_{pair}_"))


def drop_ownerless() -> None:
    """Those of key pairs that are gone. What cannot be had at once is left for the next time."""
    found = _partitions(f"{_TABLE}_")
    owners = set(KeyPair.objects.values_list("pk", flat=True))
    for pair, partition in found:
        if pair not in owners:
            _drop(pair, partition)


def _partitions(prefix: str) -> list[tuple[int, Partition]]:
    """Key pair and bounds of each partition whose name begins so."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class JOIN pg_inherits ON inhrelid = pg_class.oid "
            "WHERE inhparent = %s::regclass AND starts_with(relname::text, %s)",
            (_TABLE, prefix),
        )
        names = [name.removeprefix(f"{_TABLE}_").split("_") for (name,) in cursor.fetchall()]
    return [(int(pair), Partition(int(first), int(end))) for pair, first, end in names]


def _make_room(pair: int, count: int) -> list[Partition]:
    row = KeyPair.objects.filter(pk=pair).values_list("last_seq", "max_events").first()
    known = partitions_of(pair)
    if row is None:
        return known
    last_seq, max_events = row
    size = max(LEAST, max_events // PARTS)
    end = known[-1].end if known else last_seq + 1
    while end <= last_seq + count + size:
        partition = Partition(end, end + size)
        _make(pair, partition)
        known.append(partition)
        end = partition.end
    return known


def _name(pair: int, partition: Partition) -> str:
    return f'"{_TABLE}_{pair}_{partition.first}_{partition.end}"'


def _make(pair: int, partition: Partition) -> None:
    name = _name(pair, partition)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE {name} (LIKE "{_TABLE}" INCLUDING ALL)')
        cursor.execute(
            f'ALTER TABLE "{_TABLE}" ATTACH PARTITION {name} '
            f"FOR VALUES FROM ({pair}, {partition.first}) TO ({pair}, {partition.end})"
        )


def _drop(pair: int, partition: Partition) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            cursor.execute(f"DROP TABLE IF EXISTS {_name(pair, partition)}")
    except OperationalError as error:
        logger.info("key pair %d: a partition is dropped later: %s", pair, error)
        return False
    return True


def _lock(pair: int) -> None:
    """Of two processes that run short of room at the same time, one makes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, pair))
