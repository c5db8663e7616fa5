"""PostgreSQL: events and deliveries of a key pair are partitioned by number, so that pruning drops
tables instead of deleting rows. The name of a partition contains its key pair and bounds.

Partitions are created ahead of time, in separate transactions: a commit that waits for the table's
lock while it holds the lock of a key pair could cause a deadlock.

Rows are inserted into the partition directly. Inserts into the parent table would make PostgreSQL
read the bounds of all partitions again whenever one is created or dropped.
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

PARTS_PER_TABLE = 10  # partitions for the retained events of a key pair
MIN_COUNT = 1_000  # rows a partition
LOCK_TIMEOUT = "200ms"  # of DROP TABLE, which blocks later queries while it waits

NO_TABLE = "42P01"  # SQLSTATE of a missing table

_LOCKS = 0x1E7E47  # first key of our advisory locks; the second is the key pair


@dataclass(frozen=True)
class Partitioned:
    """A table whose primary key is (key pair, number). `newest` is the field of the key pair with
    the newest number. `bytes` is the SQL expression of a row's size that is subtracted from the key
    pair when a partition is dropped; "0" if pruning has already subtracted it."""

    model: type[Model]
    newest: str
    bytes: str = "0"

    @property
    def name(self) -> str:
        return self.model._meta.db_table


EVENTS = Partitioned(Event, "last_seq")
DELIVERIES = Partitioned(Delivery, "last_delivery", DELIVERY_BYTES)


class PartitionMissing(Exception):
    """The partition for a row does not exist yet."""


class Partition(NamedTuple):
    """The numbers first <= number < end."""

    first: int
    end: int


class Partitions:
    """The partitions of one table. Belongs to one thread; caches which partitions exist."""

    def __init__(self, table: Partitioned) -> None:
        self._table = table
        self._known: dict[int, list[Partition]] = {}

    def ensure_partitions(self, pair: int, count: int) -> None:
        """Create partitions for `count` more rows of a key pair, and a spare one."""
        with transaction.atomic():
            _lock(pair)
            self._known[pair] = _create_missing(self._table, pair, count)

    def sorted_in(self, rows: Sequence[Row]) -> Iterator[tuple[str, Sequence[Row]]]:
        """Yield (name of partition, rows) for rows of one key pair. A row begins with key pair and
        number, without gaps between numbers. Raises PartitionMissing before it yields anything."""
        if not rows:
            return
        pair, first = rows[0][:2]
        end = first + len(rows)
        for partition in self._covering(pair, first, end):
            some = rows[max(0, partition.first - first) : partition.end - first]
            yield _name(self._table, pair, partition), some

    def _covering(self, pair: int, first: int, end: int) -> list[Partition]:
        known = self._known.get(pair, [])
        if not known or known[-1].end < end:  # another process may have created partitions
            known = self._known[pair] = partitions_of(self._table, pair)
        found = [each for each in known if each.first < end and each.end > first]
        if not found or found[0].first > first or found[-1].end < end:
            raise PartitionMissing
        return found

    def maintain(self, pair: int, newest: int, count: int, keep_from: int) -> None:
        """Maintain the partitions after `count` rows up to number `newest` were stored: create more
        if the last one is half full, and drop those entirely below `keep_from` (0: none)."""
        if self._is_nearly_full(pair, newest):
            self.ensure_partitions(pair, count)
        if keep_from:
            self.drop_below(pair, keep_from)

    def _is_nearly_full(self, pair: int, number: int) -> bool:
        if pair not in self._known:
            self._known[pair] = partitions_of(self._table, pair)
        last = self._known[pair][-1:]
        return not last or last[0].end - number <= (last[0].end - last[0].first) // 2

    def partition_start(self, pair: int, number: int) -> int:
        """The start of the partition that contains `number`, below which whole partitions can be
        dropped; 0 if there is none."""
        known = self._known.get(pair, [])
        if not known or known[-1].end <= number:
            known = self._known[pair] = partitions_of(self._table, pair)
        at = bisect_right(known, number, key=lambda partition: partition.first)
        return known[at - 1].first if at else 0

    def drop_below(self, pair: int, number: int) -> None:
        """Drop the partitions entirely below a number. Stops at the first one that is locked; the
        next call continues."""
        for partition in partitions_of(self._table, pair):
            if partition.end > number:
                break
            if not _drop(self._table, pair, partition):
                return
            self._known.pop(pair, None)


def partitions_of(table: Partitioned, pair: int) -> list[Partition]:
    """The partitions of a key pair, in order of their numbers."""
    return sorted(partition for _, partition in _partitions(table, f"{table.name}_{pair}_"))


def drop_orphans() -> None:
    """Drop the partitions of deleted key pairs, except those that are locked now."""
    found = [(table, _partitions(table, f"{table.name}_")) for table in (EVENTS, DELIVERIES)]
    owners = set(KeyPair.objects.values_list("pk", flat=True))
    for table, partitions in found:
        for pair, partition in partitions:
            if pair not in owners:
                _drop(table, pair, partition)


def _partitions(table: Partitioned, prefix: str) -> list[tuple[int, Partition]]:
    """Key pair and bounds of each partition whose name begins with `prefix`, which must end in `_`.
    Uses the index of names, because there can be tens of thousands."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relname >= %s AND relname < %s "
            "AND relkind = 'r' AND relispartition AND relnamespace = "
            "(SELECT relnamespace FROM pg_class WHERE oid = %s::regclass)",
            (prefix, prefix[:-1] + chr(ord("_") + 1), table.name),
        )
        names = [name.removeprefix(f"{table.name}_").split("_") for (name,) in cursor.fetchall()]
    return [(int(pair), Partition(int(first), int(end))) for pair, first, end in names]


def _create_missing(table: Partitioned, pair: int, count: int) -> list[Partition]:
    row = KeyPair.objects.filter(pk=pair).values_list(table.newest, "max_events").first()
    known = partitions_of(table, pair)
    if row is None:
        return known
    newest, max_events = row
    size = max(MIN_COUNT, max_events // PARTS_PER_TABLE)
    end = known[-1].end if known else newest + 1
    while end <= newest + count + size:
        partition = Partition(end, end + size)
        _create(table, pair, partition)
        known.append(partition)
        end = partition.end
    return known


def _name(table: Partitioned, pair: int, partition: Partition) -> str:
    return f"{table.name}_{pair}_{partition.first}_{partition.end}"


def _create(table: Partitioned, pair: int, partition: Partition) -> None:
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
            cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
            name = _name(table, pair, partition)
            cursor.execute(f'SELECT coalesce(sum({table.bytes}), 0) FROM "{name}"')
            freed = int(cursor.fetchone()[0])
            cursor.execute(f'DROP TABLE "{name}"')
            KeyPair.objects.filter(pk=pair).update(stored_bytes=F("stored_bytes") - freed)
    except ProgrammingError:  # another process dropped it
        return True
    except OperationalError as error:
        logger.info("key pair %d: a partition is dropped later: %s", pair, error)
        return False
    return True


def _lock(pair: int) -> None:
    """Serialize the creation of partitions between processes."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCKS, pair))
