"""PostgreSQL: events and deliveries of a key pair lie in partitions by number, so that pruning
drops tables instead of deleting rows. A partition's name says its pair and its bounds.

They are made ahead, in transactions of their own: a commit that had to wait for the table's lock
while it holds the lock of a key pair could wait for another one that waits for it.

Rows go to their partition by its name. By way of the table PostgreSQL would read the bounds of all
partitions of all key pairs again whenever one of them is made or dropped.
"""

from __future__ import annotations

import logging
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from django.db import OperationalError, ProgrammingError, connection, transaction
from django.db.models import F, Model

from ingest.models import Delivery, Event, KeyPair
from ingest.storage.db.insert import Row
from ingest.storage.db.row_sizes import DELIVERY_BYTES

logger = logging.getLogger(__name__)

PARTS_PER_TABLE = 10  # of what is kept of a key pair
MIN_COUNT = 1_000  # rows a partition
PATIENCE = "200ms"  # for the lock that dropping needs: whoever comes meanwhile waits behind it

NO_TABLE = "42P01"  # what PostgreSQL says of a partition that is not there any more

_LOCKS = 0x1E7E47  # the class of our advisory locks; the other half is the pair


@dataclass(frozen=True)
class Partitioned:
    """A table whose key is a key pair and a number; `newest` is the field of the pair that holds
    the newest of its numbers; `bytes` of a row are no longer the pair's when it is dropped, where
    they were not taken off before."""

    model: type[Model]
    newest: str
    bytes: str = "0"

    @property
    def name(self) -> str:
        return self.model._meta.db_table


EVENTS = Partitioned(Event, "last_seq")
DELIVERIES = Partitioned(Delivery, "last_delivery", DELIVERY_BYTES)


class PartitionMissing(Exception):
    """No partition takes a row: one is due that has not been made yet."""


class Partition(NamedTuple):
    """Holds the numbers first <= number < end."""

    first: int
    end: int


class Partitions:
    """Of one table. Belongs to one thread; remembers what partitions there are."""

    def __init__(self, table: Partitioned) -> None:
        self._table = table
        self._known: dict[int, list[Partition]] = {}

    def make_room(self, pair: int, count: int) -> None:
        """For so many more rows of a pair, and one partition to spare."""
        with transaction.atomic():
            _lock(pair)
            self._known[pair] = _make_room(self._table, pair, count)

    def sorted_in(self, rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
        """Yield the name of each partition that takes rows of one key pair, with its rows. A row
        begins with pair and number; the numbers have no gap. Raises PartitionMissing before the
        first row is yielded."""
        if not rows:
            return
        pair, first = rows[0][:2]
        end = first + len(rows)
        for partition in self._covering(pair, first, end):
            some = rows[max(0, partition.first - first) : partition.end - first]
            yield _name(self._table, pair, partition), some

    def _covering(self, pair: int, first: int, end: int) -> list[Partition]:
        known = self._known.get(pair, [])
        if not known or known[-1].end < end:  # another process may have made more
            known = self._known[pair] = partitions_of(self._table, pair)
        found = [each for each in known if each.first < end and each.end > first]
        if not found or found[0].first > first or found[-1].end < end:
            raise PartitionMissing
        return found

    def tidy(self, pair: int, newest: int, count: int, keep_from: int) -> None:
        """After `count` rows up to the number `newest`: room for as many more where there is
        little left, and what is wholly below `keep_from` (0: nothing) goes."""
        if self._is_near_end(pair, newest):
            self.make_room(pair, count)
        if keep_from:
            self.drop_below(pair, keep_from)

    def _is_near_end(self, pair: int, number: int) -> bool:
        if pair not in self._known:
            self._known[pair] = partitions_of(self._table, pair)
        last = self._known[pair][-1:]
        return not last or last[0].end - number <= (last[0].end - last[0].first) // 2

    def floor(self, pair: int, number: int) -> int:
        """The highest number up to `number` at which a partition begins: below it all can go. 0
        where there is none."""
        known = self._known.get(pair, [])
        if not known or known[-1].end <= number:
            known = self._known[pair] = partitions_of(self._table, pair)
        at = bisect_right(known, number, key=lambda partition: partition.first)
        return known[at - 1].first if at else 0

    def drop_below(self, pair: int, number: int) -> None:
        """What lies wholly below a number goes; what cannot be had at once is left for the next
        time."""
        for partition in partitions_of(self._table, pair):
            if partition.end > number:
                break
            if not _drop(self._table, pair, partition):
                return
            self._known.pop(pair, None)


def partitions_of(table: Partitioned, pair: int) -> list[Partition]:
    """In the order of their numbers."""
    return sorted(partition for _, partition in _partitions(table, f"{table.name}_{pair}_"))


def drop_orphans() -> None:
    """Those of key pairs that are gone. What cannot be had at once is left for the next time."""
    found = [(table, _partitions(table, f"{table.name}_")) for table in (EVENTS, DELIVERIES)]
    owners = set(KeyPair.objects.values_list("pk", flat=True))
    for table, partitions in found:
        for pair, partition in partitions:
            if pair not in owners:
                _drop(table, pair, partition)


def _partitions(table: Partitioned, prefix: str) -> list[tuple[int, Partition]]:
    """Key pair and bounds of each partition whose name begins so. `prefix` ends in `_`, and names
    are looked up in their index: there may be tens of thousands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname >= %s AND relname < %s "
            "AND relkind = 'r' AND relispartition AND relnamespace = "
            "(SELECT relnamespace FROM pg_class WHERE oid = %s::regclass)",
            (prefix, prefix[:-1] + chr(ord("_") + 1), table.name),
        )
        names = [name.removeprefix(f"{table.name}_").split("_") for (name,) in cursor.fetchall()]
    return [(int(pair), Partition(int(first), int(end))) for pair, first, end in names]


def _make_room(table: Partitioned, pair: int, count: int) -> list[Partition]:
    row = KeyPair.objects.filter(pk=pair).values_list(table.newest, "max_events").first()
    known = partitions_of(table, pair)
    if row is None:
        return known
    newest, max_events = row
    size = max(MIN_COUNT, max_events // PARTS_PER_TABLE)
    end = known[-1].end if known else newest + 1
    while end <= newest + count + size:
        partition = Partition(end, end + size)
        _make(table, pair, partition)
        known.append(partition)
        end = partition.end
    return known


def _name(table: Partitioned, pair: int, partition: Partition) -> str:
    return f"{table.name}_{pair}_{partition.first}_{partition.end}"


def _make(table: Partitioned, pair: int, partition: Partition) -> None:
    name = _name(table, pair, partition)
    with connection.cursor() as cursor:
        cursor.execute(f'CREATE TABLE "{name}" (LIKE "{table.name}" INCLUDING ALL)')
        cursor.execute(
            f'ALTER TABLE "{table.name}" ATTACH PARTITION "{name}" '
            f"FOR VALUES FROM ({pair}, {partition.first}) TO ({pair}, {partition.end})"
        )


def _drop(table: Partitioned, pair: int, partition: Partition) -> bool:
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
            name = _name(table, pair, partition)
            cursor.execute(f'SELECT coalesce(sum({table.bytes}), 0) FROM "{name}"')
            freed = int(cursor.fetchone()[0])
            cursor.execute(f'DROP TABLE "{name}"')
            KeyPair.objects.filter(pk=pair).update(stored_bytes=F("stored_bytes") - freed)
    except ProgrammingError:  # another process has dropped it
        return True
    except OperationalError as error:
        logger.info("key pair %d: a partition is dropped later: %s", pair, error)
        return False
    return True


def _lock(pair: int) -> None:
    """Of two processes that run short of room at the same time, one makes it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, pair))
