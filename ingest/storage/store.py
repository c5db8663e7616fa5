"""Appends deliveries and events in one transaction per batch, which also assigns their numbers.
Statements go to the driver directly: see cursor.py. PostgreSQL's partitions are in partitions.py.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from typing import Any

from cachetools import LRUCache
from django.db import connection

from ingest.dialects import BY_NAME
from ingest.models import Delivery, Event, KeyPair, UnmatchedRequest
from ingest.problems import problems_to_json
from ingest.receiving.redaction import DeliveryRow
from ingest.storage.cleanup.byte_limits import ByteRetention
from ingest.storage.cleanup.pruning import prune_deliveries, prune_events
from ingest.storage.cleanup.unmatched_requests import UnmatchedRequestPruner
from ingest.storage.counters import Counters, Names, Problems
from ingest.storage.db.cursor import cursor_transaction, open_cursor
from ingest.storage.db.insert import Cursor, InsertTarget, Row
from ingest.storage.db.partitions import DELIVERIES, EVENTS, NO_TABLE, PartitionMissing, Partitions
from ingest.storage.db.row_sizes import ROW, delivery_row_bytes
from ingest.storage.run_ranges import assign_to_runs, without_run
from ingest.storage.time_buckets import add_seconds, prune_seconds
from ingest.storage.write_request import PreviewRequest, WriteRequest
from ingest.validation.history.at_commit import CommitHistory
from ingest.validation.history.duplicates import Compared
from ingest.validation.validate_event import VERDICTS
from ingest.values import ValidatedEvent

logger = logging.getLogger(__name__)

DAY = 86_400_000

_PAIRS_REMEMBERED = 1_000
_KEYPAIR, _EVENT = (f'"{model._meta.db_table}"' for model in (KeyPair, Event))

_ADVANCE = (
    f"UPDATE {_KEYPAIR} SET last_seq = last_seq + ?, last_delivery = last_delivery + ?, "
    "valid = valid + ?, warning = warning + ?, invalid = invalid + ?, "
    "malformed = malformed + ?, refused = refused + ?, last_received_at = ?, "
    "stored_bytes = stored_bytes + ? WHERE id = ? RETURNING last_seq, last_delivery, first_seq, "
    "max_events, max_age_days, plan, judge_from, stored_bytes"
)
_EVENTS = InsertTarget(
    Event,
    ("keypair_id", "seq", "delivery", "line", "received_at", "occurred_at", "status")
    + ("verdict", "name", "account", "user", "session", "problems", "raw", "size"),
    long=("problems", "raw"),
)
_LONG = ("path", "headers", "problems", "excerpt")
_DELIVERIES = InsertTarget(
    Delivery, ("keypair_id", "number", "events", "first_seq", *DeliveryRow._fields), long=_LONG
)
_UNMATCHED = InsertTarget(UnmatchedRequest, DeliveryRow._fields, long=_LONG)


@dataclass(slots=True)
class _Second:
    """The counts that one transaction adds to one second of a key pair."""

    names: Names = field(default_factory=Counter)
    refused: int = 0


@dataclass(slots=True)
class _Stream:
    """The rows and counts that one transaction adds to one key pair."""

    pair: int
    writes: list[WriteRequest] = field(default_factory=list)
    # the events of each write
    batches: list[Sequence[ValidatedEvent]] = field(default_factory=list)
    new: dict[int, int] = field(default_factory=dict)  # for `history.remember` after the commit
    before: int = 0  # the last number before these events
    seconds: dict[int, _Second] = field(default_factory=dict)
    names: Names = field(default_factory=Counter)
    problems: Problems = field(default_factory=Counter)
    # serialized problems of the events with problems
    packed: list[str] = field(default_factory=list)
    events: int = 0
    bytes: int = 0
    refused: int = 0
    received_at: int = 0
    gone: bool = False
    keep_from: int = 0  # if this transaction prunes: the first number that remains
    pruned: int = 0  # number of events
    last_delivery: int = 0
    keep_deliveries: int = 0  # as keep_from


class Store:
    """Appends. Belongs to one thread; remembers only what it can read again."""

    def __init__(self) -> None:
        self.pruned = 0  # pruned events since the start,
        self.reported = 0  # and how many of them are in a CommitResult
        self._tallies = Counters()
        self._aged_at: LRUCache[int, int] = LRUCache(_PAIRS_REMEMBERED)
        self._history = CommitHistory()
        self._unmatched = UnmatchedRequestPruner()
        self._retention = ByteRetention()
        on_postgresql = connection.vendor == "postgresql"
        self._events = Partitions(EVENTS) if on_postgresql else None
        self._deliveries = Partitions(DELIVERIES) if on_postgresql else None

    def append(self, writes: Sequence[WriteRequest]) -> dict[int, int]:
        """Store all or nothing, fsynced. Returns the newest number of each key pair. Raises
        database errors of the driver."""
        try:
            return self._append(writes)
        except Exception as error:
            if (
                not isinstance(error, PartitionMissing)
                and getattr(error, "sqlstate", "") != NO_TABLE
            ):
                raise
            # a partition is missing: the key pair is new, another process stored many events, or
            # the database was restored
            for stream in _by_pair(writes)[0].values():
                self._ensure_partitions(stream)
            return self._append(writes)

    def _append(self, writes: Iterable[WriteRequest]) -> dict[int, int]:
        streams, unmatched = _by_pair(writes)
        with cursor_transaction() as cursor:
            newest = {pair: self._append_to(cursor, streams[pair]) for pair in streams}
            add_seconds(cursor, list(chain.from_iterable(map(_seconds, streams.values()))))
            if unmatched:
                records = [write.record for write in unmatched]
                cursor.insert(_UNMATCHED, records)
                self._unmatched.prune(cursor, records)
        for stream in streams.values():
            self._history.remember(stream.new, stream.before)
            self.pruned += stream.pruned
            if not stream.gone:
                self._maintain_partitions(stream)
        self._retention.add(sum(stream.bytes for stream in streams.values()))
        if self._retention.is_behind:
            self.free_piece()
        return newest

    @property
    def has_excess(self) -> bool:
        """Whether `free_piece` may find something. Cheap."""
        return self._retention.has_excess

    def free_piece(self) -> bool:
        """Delete one batch beyond the limits in bytes; returns whether there was one. Called
        between two commits."""
        freed = self._retention.free_piece()
        if freed is None:
            return False
        self.pruned += freed.gone.events
        if self._events and self._deliveries:
            self._events.drop_below(freed.pair, freed.gone.keep_from)
            self._deliveries.drop_below(freed.pair, freed.gone.through + 1)
        return True

    def _ensure_partitions(self, stream: _Stream) -> None:
        if self._events and self._deliveries:
            events = sum(len(each.events) for each in stream.writes)
            self._events.ensure_partitions(stream.pair, events)
            self._deliveries.ensure_partitions(stream.pair, len(stream.writes))

    def _maintain_partitions(self, stream: _Stream) -> None:
        """Maintain partitions after the commit, before the reply, which is rarely needed. Failures
        are retried after the next commit."""
        if not (self._events and self._deliveries):
            return
        pair, deliveries = stream.pair, len(stream.writes)
        last_seq = stream.before + stream.events
        try:
            self._events.maintain(pair, last_seq, stream.events, stream.keep_from)
            last = stream.last_delivery
            self._deliveries.maintain(pair, last, deliveries, stream.keep_deliveries)
        except Exception:
            logger.exception("key pair %d: partitions", pair)

    def _append_to(self, cursor: Cursor, stream: _Stream) -> int:
        self._check_at_commit(cursor, stream)
        row = cursor.execute(_ADVANCE, _advance(stream)).fetchone()
        if row is None:
            stream.new = {}
            stream.gone = True
            for write in stream.writes:
                write.gone = True
            return 0
        last_seq: int = row[0]
        stream.before = last_seq - stream.events
        last_delivery, first_seq, max_events, max_age_days, plan, judge_from, stored = row[1:]
        stream.last_delivery = last_delivery
        without: Collection[str] = ()
        if any(write.run for write in stream.writes):
            tagged = [(one.run, len(one.events), one.is_public) for one in stream.writes]
            without = assign_to_runs(cursor, stream.pair, stream.before, tagged, stream.received_at)
        deliveries, events = _rows(stream, last_seq, last_delivery, without)
        _insert(cursor, _DELIVERIES, deliveries, self._deliveries, stream.bytes)
        _insert(cursor, _EVENTS, events, self._events, stream.bytes)
        if any(write.plan != plan for write in stream.writes):
            _judge_again(cursor, stream, plan, judge_from)
        self._tallies.add_names(cursor, stream.pair, stream.names, stream.received_at)
        if stream.problems:
            self._tallies.add_problems(cursor, stream.pair, stream.problems, last_seq)
        self._prune_by_count(cursor, stream, first_seq, last_seq - max_events + 1)
        if self._is_due(stream):
            prune_seconds(cursor, stream.pair, stream.received_at // 1000)
            oldest = stream.received_at - max_age_days * DAY
            keep_from = _first_since(cursor, stream, last_seq, oldest)
            self._prune(cursor, stream, first_seq, keep_from)
        self._prune_deliveries(cursor, stream, max_events)
        rows = stream.events + len(stream.writes)
        gone = self._retention.limit(cursor, stream.pair, stored, stream.bytes, rows)
        if gone.freed:
            stream.pruned += gone.events
            stream.keep_from = max(stream.keep_from, gone.keep_from)
            stream.keep_deliveries = max(stream.keep_deliveries, gone.through + 1)
        return last_seq

    def _prune_by_count(
        self, cursor: Cursor, stream: _Stream, first_seq: int, keep_from: int
    ) -> None:
        """Allows one percent more than the limit, so that pruning handles batches of a useful size;
        in PostgreSQL whole partitions, which are dropped at no cost."""
        if self._events:
            if keep_from > first_seq:
                keep_from = self._events.partition_start(stream.pair, keep_from)
            self._prune(cursor, stream, first_seq, keep_from)
        elif keep_from - first_seq > (stream.before + stream.events - keep_from + 1) // 100:
            self._prune(cursor, stream, first_seq, keep_from)

    def _prune(self, cursor: Cursor, stream: _Stream, first_seq: int, keep_from: int) -> None:
        if keep_from <= max(first_seq, stream.keep_from):
            return
        dropped = self._events.partition_start(stream.pair, keep_from) if self._events else 0
        prune_events(cursor, stream.pair, keep_from, dropped)
        stream.pruned += keep_from - max(first_seq, stream.keep_from)
        stream.keep_from = keep_from

    def _prune_deliveries(self, cursor: Cursor, stream: _Stream, most: int) -> None:
        """Keep as many deliveries as events; checked after each additional percent. In PostgreSQL
        they are dropped with their partition."""
        step, last = max(1, most // 100), stream.last_delivery
        if last // step == (last - len(stream.writes)) // step:
            return
        if self._deliveries:
            stream.keep_deliveries = max(0, last - most + 1)
        else:
            prune_deliveries(cursor, stream.pair, last - most)

    def _check_at_commit(self, cursor: Cursor, stream: _Stream) -> None:
        """Runs before all counting, because it may change a verdict."""
        batches = [write.events for write in stream.writes]
        dialect = stream.writes[0].record.dialect
        lock = cursor.for_update
        stream.batches, stream.new = self._compare(cursor, stream.pair, dialect, batches, lock)
        _count(stream)

    def preview(self, request: PreviewRequest) -> Sequence[ValidatedEvent]:
        """The events with the warnings that storing them now would add. Stores nothing."""
        batches = [request.events]
        compared = self._compare(open_cursor(), request.pair, request.dialect, batches)
        return compared.batches[0]

    def _compare(
        self,
        cursor: Cursor,
        pair: int,
        dialect: str,
        batches: Sequence[Sequence[ValidatedEvent]],
        lock: str = "",
    ) -> Compared:
        def last_seq() -> int:
            query = f"SELECT last_seq FROM {_KEYPAIR} WHERE id = ?{lock}"
            row = cursor.execute(query, (pair,)).fetchone()
            return int(row[0]) if row else 0

        known_names = partial(self._tallies.names_of, cursor, pair)
        return self._history.check_at_commit(pair, BY_NAME[dialect], batches, last_seq, known_names)

    def _is_due(self, stream: _Stream) -> bool:
        """Whether to look for expired events: once a minute."""
        if stream.received_at <= self._aged_at.get(stream.pair, 0) + 60_000:
            return False
        self._aged_at[stream.pair] = stream.received_at
        return True


def _by_pair(writes: Iterable[WriteRequest]) -> tuple[dict[int, _Stream], list[WriteRequest]]:
    streams: dict[int, _Stream] = {}
    unmatched = []
    for write in writes:
        if write.pair is None:
            unmatched.append(write)
            continue
        stream = streams.get(write.pair)
        if stream is None:
            stream = streams[write.pair] = _Stream(write.pair)
        stream.writes.append(write)
    # one order for all writers, so that two writers cannot deadlock
    return dict(sorted(streams.items())), unmatched


def _count(stream: _Stream) -> None:
    size = 0
    for write, events in zip(stream.writes, stream.batches, strict=True):
        record = write.record
        received_at = record.received_at
        if received_at > stream.received_at:
            stream.received_at = received_at
        second = stream.seconds.get(received_at // 1000)
        if second is None:
            second = stream.seconds[received_at // 1000] = _Second()
        if record.refused:
            second.refused += 1
        stream.events += len(events)
        size += delivery_row_bytes(record) + _count_events(events, second.names, stream)
    stream.bytes = size
    stream.refused = sum(second.refused for second in stream.seconds.values())
    names = [second.names for second in stream.seconds.values()]
    stream.names = names[0] if len(names) == 1 else sum(names, Counter())


def _count_events(events: Sequence[ValidatedEvent], names: Names, stream: _Stream) -> int:
    """Count the events, and serialize the problems of those with problems. Returns the size of the
    rows, as EVENT_BYTES of row_sizes.py does."""
    size = ROW * len(events)
    for _, verdict, columns, problems, raw, _, _ in events:
        name = columns.name or ""
        names[name, verdict] += 1
        size += len(raw)
        if problems:
            packed = problems_to_json(problems)
            stream.packed.append(packed)
            size += len(packed)
            for problem in problems:
                stream.problems[name, problem.code, problem.path[:200].replace("\0", "�")] += 1
    return size


def _by_verdict(names: Names) -> Iterator[int]:
    counts: Counter[str] = Counter()
    for (_, verdict), count in names.items():
        counts[verdict] += count
    return (counts[verdict] for verdict in VERDICTS)


def _advance(stream: _Stream) -> tuple[int, ...]:
    return (
        stream.events,
        len(stream.writes),
        *_by_verdict(stream.names),
        stream.refused,
        stream.received_at,
        stream.bytes,
        stream.pair,
    )


def _seconds(stream: _Stream) -> Iterator[tuple[int, ...]]:
    """A row for each second with counts."""
    for at, second in stream.seconds.items():
        if not stream.gone and (second.names or second.refused):
            counts = (*_by_verdict(second.names), second.refused)
            yield (stream.pair, at, *counts, stream.before + stream.events)


def _rows(
    stream: _Stream, last_seq: int, last_delivery: int, without: Collection[str]
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows of deliveries and events, numbered up to the given numbers. Runs in `without` were not
    started."""
    pair = stream.pair
    seq = last_seq - stream.events
    number = last_delivery - len(stream.writes)
    deliveries = []
    events: list[tuple[Any, ...]] = []
    all_packed = iter(stream.packed)
    for write, batch in zip(stream.writes, stream.batches, strict=True):
        number += 1
        record = write.record
        received_at = record.received_at
        status = record.status
        first_seq = seq + 1 if write.events else None
        if without and write.run in without and write.events:
            record = without_run(record)
        deliveries.append((pair, number, len(write.events), first_seq, *record))
        for line, verdict, columns, problems, raw, size, _ in batch:
            seq += 1
            name, account, user, session, occurred_at = columns
            packed = next(all_packed) if problems else ""
            events.append(
                (pair, seq, number, line, received_at, occurred_at, status)
                + (verdict, name, account, user, session, packed, raw, size)
            )
    return deliveries, events


def _insert(
    cursor: Cursor,
    into: InsertTarget,
    rows: Sequence[Row],
    partitions: Partitions | None,
    size: int = 0,
) -> None:
    """Insert rows of one key pair, ordered by number. A row begins with pair and number."""
    if partitions is None:
        cursor.insert(into, rows, size)
        return
    for part, some in partitions.sorted_in(rows):
        cursor.insert(replace(into, part=part), some)


def _judge_again(cursor: Cursor, stream: _Stream, plan: int, judge_from: int | None) -> None:
    """The plan changed after these events were validated: see revalidation.py."""
    seq = stream.before + 1
    for write, events in zip(stream.writes, stream.batches, strict=True):
        if events and write.plan != plan:
            first = seq if judge_from is None else min(seq, judge_from)
            cursor.execute(
                f"UPDATE {_KEYPAIR} SET judge_from = ? WHERE id = ?", (first, stream.pair)
            )
            return
        seq += len(events)


def _first_since(cursor: Cursor, stream: _Stream, last_seq: int, oldest: int) -> int:
    """The first number received since then."""
    row = cursor.execute(
        f"SELECT seq FROM {_EVENT} WHERE keypair_id = ? AND seq >= ? "
        "AND received_at >= ? ORDER BY seq LIMIT 1",
        (stream.pair, stream.keep_from, oldest),
    ).fetchone()
    return row[0] if row else last_seq + 1
