"""The SQL that appends. One transaction for all that waits; numbers come from it.

The statements go to the driver as they are: several rows in one statement, because the
driver gives up the interpreter's lock once a statement, not once a row.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

from django.db import connection

from ingest.check import VERDICTS
from ingest.dialects import BY_NAME
from ingest.echoes import Echoes
from ingest.many_names import warn_of_many
from ingest.models import Delivery as DeliveryModel
from ingest.models import Event as EventModel
from ingest.models import KeyPair, ProblemTally, Stray, Tally
from ingest.problems import pack
from ingest.record import Record
from ingest.shapes import Event

STRAYS_KEPT = 1_000
NAMES_TALLIED = 5_000
PROBLEMS_TALLIED = 1_000
OTHER_NAMES = "(other names)"
DAY = 86_400_000

_PAIRS_REMEMBERED = 1_000
_RECORD = ", ".join(f'"{name}"' for name in Record._fields)
_KEYPAIR, _EVENT, _DELIVERY, _STRAY, _TALLY, _PROBLEM = (
    f'"{model._meta.db_table}"'
    for model in (KeyPair, EventModel, DeliveryModel, Stray, Tally, ProblemTally)
)

_ADVANCE = (
    f"UPDATE {_KEYPAIR} SET last_seq = last_seq + ?, last_delivery = last_delivery + ?, "
    "valid = valid + ?, warning = warning + ?, invalid = invalid + ?, "
    "malformed = malformed + ?, refused = refused + ?, last_received_at = ? WHERE id = ? "
    "RETURNING last_seq, last_delivery, first_seq, max_events, max_age_days"
)
_INSERT_EVENT = (
    f"INSERT INTO {_EVENT} (keypair_id, seq, delivery, line, received_at, occurred_at, status, "
    'verdict, name, account, "user", session, problems, raw, size) VALUES '
)
_INSERT_DELIVERY = (
    f"INSERT INTO {_DELIVERY} (keypair_id, number, events, first_seq, {_RECORD}) VALUES "
)
_INSERT_STRAY = f"INSERT INTO {_STRAY} ({_RECORD}) VALUES "
_ADD_TALLY = (
    f"INSERT INTO {_TALLY} (keypair_id, name, verdict, count, first_seen, last_seen) "
    "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (keypair_id, name, verdict) DO UPDATE SET "
    "count = count + excluded.count, last_seen = excluded.last_seen"
)
_ADD_PROBLEM = (
    f"INSERT INTO {_PROBLEM} (keypair_id, code, path, count, last_seq) VALUES (?, ?, ?, ?, ?) "
    "ON CONFLICT (keypair_id, code, path) DO UPDATE SET "
    "count = count + excluded.count, last_seq = excluded.last_seq"
)


@dataclass(slots=True)
class Deposit:
    """A delivery to be stored; `pair` None makes it a stray. `gone` is set when its key
    pair no longer exists."""

    pair: int | None
    record: Record
    events: Sequence[Event] = ()
    gone: bool = False


@dataclass(slots=True)
class _Stream:
    """What one transaction adds to one key pair."""

    pair: int
    deposits: list[Deposit] = field(default_factory=list)
    batches: list[Sequence[Event]] = field(default_factory=list)  # events of each deposit
    new: dict[int, int] = field(default_factory=dict)  # what `echoes` is to remember
    before: int = 0  # the number that the first of the events follows
    names: Counter[tuple[str, str]] = field(default_factory=Counter)
    problems: Counter[tuple[str, str]] = field(default_factory=Counter)
    events: int = 0
    refused: int = 0
    received_at: int = 0


class Store:
    """Appends. Belongs to one thread; remembers only what it can read again."""

    def __init__(self) -> None:
        self._names: dict[int, set[str]] = {}
        self._problems: dict[int, set[tuple[str, str]]] = {}
        self._aged_at: dict[int, int] = {}
        self._echoes = Echoes()

    def append(self, deposits: Iterable[Deposit]) -> dict[int, int]:
        """Store all or nothing, fsynced; the newest number of each key pair. Raises
        django.db.Error's driver relatives when the database cannot take it."""
        streams, strays = _sorted_out(deposits)
        connection.ensure_connection()
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            newest = {pair: self._append_to(cursor, streams[pair]) for pair in streams}
            if strays:
                _insert(cursor, _INSERT_STRAY, [deposit.record for deposit in strays])
                _prune_strays(cursor)
            cursor.execute("COMMIT")
        except BaseException:
            if connection.connection.in_transaction:
                cursor.execute("ROLLBACK")
            raise
        for stream in streams.values():
            self._echoes.remember(stream.new, stream.before)
        return newest

    def _append_to(self, cursor: Any, stream: _Stream) -> int:
        self._compare(cursor, stream)
        row = cursor.execute(_ADVANCE, _advance(stream)).fetchone()
        if row is None:
            stream.new = {}
            for deposit in stream.deposits:
                deposit.gone = True
            return 0
        last_seq: int = row[0]
        stream.before = last_seq - stream.events
        last_delivery, first_seq, max_events, max_age_days = row[1:]
        deliveries, events = _rows(stream, last_seq, last_delivery)
        _insert(cursor, _INSERT_DELIVERY, deliveries)
        _insert(cursor, _INSERT_EVENT, events)
        self._add_tallies(cursor, stream, last_seq)
        keep_from = self._keep_from(cursor, stream, last_seq, first_seq, max_events, max_age_days)
        if keep_from > first_seq:
            _prune(cursor, stream.pair, keep_from)
        _prune_deliveries(cursor, stream, last_delivery, max_events)
        return last_seq

    def _compare(self, cursor: Any, stream: _Stream) -> None:
        """What only shows beside the events before: it may change a verdict, so it comes
        before all counting."""

        def last_seq() -> int:
            query = f"SELECT last_seq FROM {_KEYPAIR} WHERE id = ?"
            row = cursor.execute(query, (stream.pair,)).fetchone()
            return int(row[0]) if row else 0

        batches = [deposit.events for deposit in stream.deposits]
        stream.batches, stream.new = self._echoes.compare(stream.pair, batches, last_seq)
        dialect = BY_NAME[stream.deposits[0].record.dialect]
        if dialect.most_names:
            known = self._known(self._names, stream.pair, cursor, f"SELECT name FROM {_TALLY}")
            stream.batches = warn_of_many(
                stream.batches, known, dialect.most_names, dialect.name_path
            )
        _count(stream)

    # -- tallies ---------------------------------------------------------------------------

    def _add_tallies(self, cursor: Any, stream: _Stream, last_seq: int) -> None:
        known = self._known(self._names, stream.pair, cursor, f"SELECT name FROM {_TALLY}")
        rows: Counter[tuple[str, str]] = Counter()
        for (name, verdict), count in stream.names.items():
            rows[_capped(name, known, NAMES_TALLIED, OTHER_NAMES), verdict] += count
        at = stream.received_at
        for (name, verdict), count in rows.items():
            cursor.execute(_ADD_TALLY, (stream.pair, name, verdict, count, at, at))
        if stream.problems:
            self._add_problems(cursor, stream, last_seq)

    def _add_problems(self, cursor: Any, stream: _Stream, last_seq: int) -> None:
        known = self._known(
            self._problems, stream.pair, cursor, f"SELECT code, path FROM {_PROBLEM}"
        )
        rows: Counter[tuple[str, str]] = Counter()
        for place, count in stream.problems.items():
            rows[_capped(place, known, PROBLEMS_TALLIED, (place[0], ""))] += count
        for (code, path), count in rows.items():
            cursor.execute(_ADD_PROBLEM, (stream.pair, code, path, count, last_seq))

    def _known(self, memory: dict[int, set[Any]], pair: int, cursor: Any, query: str) -> set[Any]:
        known = memory.get(pair)
        if known is None:
            if len(memory) >= _PAIRS_REMEMBERED:
                memory.clear()
            rows = cursor.execute(f"{query} WHERE keypair_id = ?", (pair,)).fetchall()
            known = memory[pair] = {row[0] if len(row) == 1 else row for row in rows}
        return known

    # -- what is kept ------------------------------------------------------------------------

    def _keep_from(
        self,
        cursor: Any,
        stream: _Stream,
        last_seq: int,
        first_seq: int,
        max_events: int,
        max_age_days: int,
    ) -> int:
        """The first number to keep. By count with one part in a hundred to spare, so that
        pruning is done in pieces worth the work; by age, a look a minute."""
        keep_from = first_seq
        if last_seq - first_seq + 1 > max_events + max_events // 100:
            keep_from = last_seq - max_events + 1
        if stream.received_at > self._aged_at.get(stream.pair, 0) + 60_000:
            if len(self._aged_at) >= _PAIRS_REMEMBERED:
                self._aged_at.clear()
            self._aged_at[stream.pair] = stream.received_at
            oldest = stream.received_at - max_age_days * DAY
            row = cursor.execute(
                f"SELECT seq FROM {_EVENT} WHERE keypair_id = ? AND seq >= ? "
                "AND received_at >= ? ORDER BY seq LIMIT 1",
                (stream.pair, keep_from, oldest),
            ).fetchone()
            keep_from = max(keep_from, row[0] if row else last_seq + 1)
        return keep_from


def _sorted_out(deposits: Iterable[Deposit]) -> tuple[dict[int, _Stream], list[Deposit]]:
    streams: dict[int, _Stream] = {}
    strays = []
    for deposit in deposits:
        if deposit.pair is None:
            strays.append(deposit)
            continue
        stream = streams.get(deposit.pair)
        if stream is None:
            stream = streams[deposit.pair] = _Stream(deposit.pair)
        stream.deposits.append(deposit)
    # one order for all writers: two that lock the same pairs never wait for each other
    return dict(sorted(streams.items())), strays


def _count(stream: _Stream) -> None:
    for deposit in stream.deposits:
        stream.received_at = max(stream.received_at, deposit.record.received_at)
        stream.refused += deposit.record.refused
    names = stream.names
    for events in stream.batches:
        stream.events += len(events)
        for event in events:
            names[event.columns.name or "", event.verdict] += 1
            for problem in event.problems:
                stream.problems[problem.code, problem.path[:200]] += 1


def _advance(stream: _Stream) -> tuple[int, ...]:
    counts: Counter[str] = Counter()
    for (_, verdict), count in stream.names.items():
        counts[verdict] += count
    return (
        stream.events,
        len(stream.deposits),
        *(counts[verdict] for verdict in VERDICTS),
        stream.refused,
        stream.received_at,
        stream.pair,
    )


def _rows(
    stream: _Stream, last_seq: int, last_delivery: int
) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    """Rows of deliveries and of events, numbered up to the given ones."""
    pair = stream.pair
    seq = last_seq - stream.events
    number = last_delivery - len(stream.deposits)
    deliveries = []
    events: list[tuple[Any, ...]] = []
    for deposit, batch in zip(stream.deposits, stream.batches, strict=True):
        number += 1
        record = deposit.record
        received_at = record.received_at
        status = record.status
        first_seq = seq + 1 if deposit.events else None
        deliveries.append((pair, number, len(deposit.events), first_seq, *record))
        for line, verdict, columns, problems, raw, size, _ in batch:
            seq += 1
            name, account, user, session, occurred_at = columns
            packed = pack(problems) if problems else ""
            events.append(
                (pair, seq, number, line, received_at, occurred_at, status)
                + (verdict, name, account, user, session, packed, raw, size)
            )
    return deliveries, events


def _insert(cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]]) -> None:
    """Many rows with few statements, of few different lengths so that they stay prepared."""
    start = 0
    while start < len(rows):
        left = len(rows) - start
        count = left if left <= 64 else 64 if left < 512 else 512
        sql = _for_rows(statement, len(rows[0]), count)
        cursor.execute(sql, list(chain.from_iterable(rows[start : start + count])))
        start += count


@functools.cache  # the driver finds its prepared statement by this very string
def _for_rows(statement: str, width: int, count: int) -> str:
    return statement + ", ".join(["(" + ", ".join("?" * width) + ")"] * count)


def _capped(key: Any, known: set[Any], limit: int, other: Any) -> Any:
    if key not in known:
        if len(known) >= limit:
            return other
        known.add(key)
    return key


def _prune(cursor: Any, pair: int, keep_from: int) -> None:
    cursor.execute(f"DELETE FROM {_EVENT} WHERE keypair_id = ? AND seq < ?", (pair, keep_from))
    cursor.execute(f"UPDATE {_KEYPAIR} SET first_seq = ? WHERE id = ?", (keep_from, pair))


def _prune_deliveries(cursor: Any, stream: _Stream, last: int, most: int) -> None:
    """As many as events may be kept; a look whenever a hundredth part was added."""
    step = max(1, most // 100)
    if last // step != (last - len(stream.deposits)) // step:
        cursor.execute(
            f"DELETE FROM {_DELIVERY} WHERE keypair_id = ? AND number <= ?",
            (stream.pair, last - most),
        )


def _prune_strays(cursor: Any) -> None:
    cursor.execute(
        f"DELETE FROM {_STRAY} WHERE id <= (SELECT max(id) FROM {_STRAY}) - ?", (STRAYS_KEPT,)
    )
