"""Validates stored events again after the plan changed, with the verdicts that the test endpoint
would give them now: the plan's problems are replaced, all others remain.

Events are processed in batches. Each batch is read and validated concurrently with other work and
written in a short transaction. The key pair's `judge_from` is the first number that may have
verdicts of an older plan. It is set with the plan, advanced with every batch, and moved back by the
store when a delivery was validated by the previous version, so that a crash or a second process
does no harm.
"""

from __future__ import annotations

import functools
from collections import Counter
from itertools import chain
from time import monotonic
from typing import Any, NamedTuple

import orjson
from django.db import connection

from ingest.models import Event, KeyPair, Plan
from ingest.problems import Problem, problems_from_json, problems_to_json
from ingest.storage.db.cursor import cursor_transaction, open_cursor
from ingest.storage.db.insert import Cursor
from ingest.timestamps import now_ms
from ingest.tracking_plan.background import validate_stored
from ingest.tracking_plan.counter_deltas import CounterDeltas
from ingest.tracking_plan.jobs import Found, Item, KnownPlan
from ingest.tracking_plan.rules import PLAN, error_paths, without_plan
from ingest.tracking_plan.versions import known_plan, suspend_version
from ingest.validation.history.at_commit import COMMIT_CODES
from ingest.verdicts import MALFORMED, combine_problems, verdict_of

LOCKED_SECONDS = 0.04  # approximate time that a batch may delay senders
MAX_IN_PIECE = 8_000  # events per batch
MIN_IN_PIECE = 200
MAX_BYTES = 8 * 2**20  # bytes of raw lines per read
_READ = 128  # numbers per read; each event may have 1 MiB
_AT_ONCE = 250  # rows per statement

_KEYPAIR, _EVENT, _PLAN = (f'"{model._meta.db_table}"' for model in (KeyPair, Event, Plan))
_NEXT = (
    f"SELECT seq, received_at, verdict, name, problems, raw FROM {_EVENT} "
    "WHERE keypair_id = ? AND seq >= ? AND seq < ? ORDER BY seq"
)


class _Change(NamedTuple):
    seq: int
    verdict: str
    problems: str


class _Numbers(NamedTuple):
    """Numbers of a key pair."""

    plan: int
    judge_from: int | None
    first_seq: int
    last_seq: int


class _Piece(NamedTuple):
    """The changes among low ≤ seq < end, and the counts that each change moves."""

    changes: list[_Change]
    moves: dict[int, tuple[Any, ...]]
    growth: dict[int, int]  # in bytes
    low: int
    end: int


class _Stored(NamedTuple):
    """An event that the current plan or an earlier one applies to."""

    seq: int
    received_at: int
    verdict: str
    name: str | None
    before: list[Problem]
    on_receipt: list[Problem]  # problems found by neither a plan
    at_commit: list[Problem]  # nor the commit, and those found at the commit
    raw: bytes
    is_judged: bool  # the plan applies to it
    size: int  # bytes of its stored problems


class StoredPart(NamedTuple):
    """Events to validate against a plan, with low ≤ seq < end."""

    plan: KnownPlan
    events: list[_Stored]
    low: int
    end: int

    @property
    def items(self) -> list[Item]:
        """The events to evaluate."""
        return [
            (event.name, event.raw, error_paths(event.on_receipt))
            for event in self.events
            if event.is_judged
        ]


class Revalidation:
    """The revalidation of one key pair. Belongs to one thread at a time."""

    def __init__(self, pair: int) -> None:
        self._pair = pair
        self._most = 1_000
        self._plan = KnownPlan(pair, 0, "", "{}")
        self._reading_for: _Numbers | None = None

    def next_piece(self) -> bool:
        """Validate another batch. False when all stored events are validated against the current
        plan."""
        numbers = self._begin()
        if numbers is None:
            return False
        self._put(numbers, self._judge(*self._range(numbers)))
        return True

    def read(self) -> tuple[StoredPart, list[Item]] | None:
        """The next batch with the events to evaluate; None if there is none."""
        self._reading_for = self._begin()
        if self._reading_for is None:
            return None
        reading = self._read(*self._range(self._reading_for))
        return reading, reading.items

    def store(self, reading: StoredPart, found: list[Found]) -> None:
        """Store `found`, the findings for each item of the last batch."""
        if self._reading_for is not None:
            self._put(self._reading_for, _piece_of(reading, found))

    def _begin(self) -> _Numbers | None:
        numbers = self._numbers(open_cursor())
        if numbers is None or numbers.judge_from is None:
            return None
        self._load(numbers.plan)
        return numbers

    def _range(self, numbers: _Numbers) -> tuple[int, int]:
        low = max(numbers.judge_from or 0, numbers.first_seq)
        return low, min(low + self._most, numbers.last_seq + 1)

    def _judge(self, low: int, end: int) -> _Piece:
        reading = self._read(low, end)
        return _piece_of(reading, validate_stored(reading.plan, reading.items))

    def _put(self, numbers: _Numbers, piece: _Piece) -> None:
        if self._plan.suspended:
            suspend_version(self._plan)
        began = monotonic()
        with cursor_transaction() as cursor:
            self._store(cursor, numbers, piece)
        self._fit(monotonic() - began)

    def _load(self, version: int) -> None:
        rows = Plan.objects.filter(keypair=self._pair, version=version)
        if self._plan.version != version:
            kept = rows.select_related("keypair").first()
            dialect = kept.keypair.dialect if kept else ""
            self._plan = known_plan(self._pair, version, dialect, kept)
        elif not self._plan.suspended:
            reason = rows.values_list("suspended_reason", flat=True).first()
            self._plan.suspended = reason or ""

    def _numbers(self, cursor: Cursor, lock: str = "") -> _Numbers | None:
        query = f"SELECT {', '.join(_Numbers._fields)} FROM {_KEYPAIR} WHERE id = ?{lock}"
        row = cursor.execute(query, (self._pair,)).fetchone()
        return None if row is None else _Numbers._make(row)

    def _read(self, low: int, end: int) -> StoredPart:
        reading = StoredPart(self._plan, [], low, end)
        cursor = open_cursor()
        room = MAX_BYTES
        for start in range(low, end, _READ):
            until = min(start + _READ, end)
            for row in cursor.execute(_NEXT, (self._pair, start, until)).fetchall():
                room -= len(row[5])
                self._read_one(reading, *row)
            if room <= 0:
                return reading._replace(end=until)
        return reading

    def _read_one(
        self,
        reading: StoredPart,
        seq: int,
        received_at: int,
        verdict: str,
        name: str | None,
        problems: str,
        raw: bytes,
    ) -> None:
        was_judged = '"plan"' in problems
        is_judged = self._plan.names.says_something_of(name)
        if verdict == MALFORMED or not (was_judged or is_judged):
            return
        before = problems_from_json(problems)
        on_receipt, at_commit = _by_step(without_plan(before) if was_judged else before)
        sources = before, on_receipt, at_commit
        event = _Stored(seq, received_at, verdict, name, *sources, raw, is_judged, len(problems))
        reading.events.append(event)

    def _store(self, cursor: Cursor, read: _Numbers, piece: _Piece) -> None:
        here = self._numbers(cursor, cursor.for_update)
        if here is None or here[:2] != read[:2]:
            return  # another plan, or another process was faster
        kept = [change for change in piece.changes if change.seq >= here.first_seq]
        moves = CounterDeltas()
        for change in kept:
            name, received_at, before, after, old, found = piece.moves[change.seq]
            moves.verdict(name, received_at, before, after)
            moves.problems(name, change.seq, old, found)
        if kept:
            _update(cursor, self._pair, kept)
            moves.apply(cursor, self._pair)
        is_last = piece.end > here.last_seq
        self._tell(cursor, here.plan, moves.verdicts, piece.end - piece.low, is_last=is_last)
        grown = sum(piece.growth[change.seq] for change in kept)
        cursor.execute(
            f"UPDATE {_KEYPAIR} SET judge_from = ?, judged = judged + ?, "
            "stored_bytes = stored_bytes + ? WHERE id = ?",
            (None if is_last else piece.end, int(bool(kept)), grown, self._pair),
        )

    def _tell(
        self, cursor: Cursor, version: int, verdicts: Counter[Any], count: int, *, is_last: bool
    ) -> None:
        """The number of events changed by the plan so far."""
        where = "WHERE keypair_id = ? AND version = ?"
        row = cursor.execute(
            f"SELECT moves, judged_at FROM {_PLAN} {where}", (self._pair, version)
        ).fetchone()
        if row is None:
            return
        moves = Counter(orjson.loads(row[0]))
        for (before, after), moved in verdicts.items():
            moves[f"{before} {after}"] += moved
        judged_at = row[1] or (now_ms() if is_last else None)
        cursor.execute(
            f"UPDATE {_PLAN} SET moves = ?, looked_at = looked_at + ?, judged_at = ? {where}",
            (orjson.dumps(moves).decode(), count, judged_at, self._pair, version),
        )

    def _fit(self, seconds: float) -> None:
        fitting = int(self._most * LOCKED_SECONDS / max(seconds, 0.001))
        self._most = max(MIN_IN_PIECE, min(MAX_IN_PIECE, 2 * self._most, fitting))


def _by_step(problems: list[Problem]) -> tuple[list[Problem], list[Problem]]:
    """The problems found on receipt and those found at the commit."""
    on_receipt = [problem for problem in problems if problem.code not in COMMIT_CODES]
    return on_receipt, [problem for problem in problems if problem.code in COMMIT_CODES]


def _piece_of(reading: StoredPart, found: list[Found]) -> _Piece:
    piece = _Piece([], {}, {}, reading.low, reading.end)
    answers = iter(found)
    for event in reading.events:
        _change(piece, event, next(answers) if event.is_judged else [])
    return piece


def _change(piece: _Piece, event: _Stored, found: Found) -> None:
    old = [problem for problem in event.before if problem.basis == PLAN]
    if not found and not old:
        return
    after = combine_problems(event.on_receipt, found, event.at_commit)
    change = _Change(event.seq, verdict_of(after), problems_to_json(after))
    if change.problems == problems_to_json(event.before):
        return
    piece.changes.append(change)
    piece.growth[event.seq] = len(change.problems) - event.size
    moves = (event.name, event.received_at, event.verdict, change.verdict, old, found)
    piece.moves[event.seq] = moves


def _update(cursor: Cursor, pair: int, changes: list[_Change]) -> None:
    """Several rows per statement, because each statement releases the interpreter lock once."""
    for start in range(0, len(changes), _AT_ONCE):
        some = changes[start : start + _AT_ONCE]
        span = (some[0].seq, some[-1].seq)
        cursor.execute(_statement(len(some)), [*chain.from_iterable(some), pair, *span])


@functools.lru_cache(maxsize=8)
def _statement(count: int) -> str:
    row = "(CAST(? AS bigint), ?, ?)" if connection.vendor == "postgresql" else "(?, ?, ?)"
    return (
        f"WITH changed(seq, verdict, problems) AS (VALUES {', '.join([row] * count)}) "
        f"UPDATE {_EVENT} SET verdict = changed.verdict, problems = changed.problems "
        f"FROM changed WHERE {_EVENT}.keypair_id = ? AND {_EVENT}.seq = changed.seq "
        f"AND {_EVENT}.seq >= ? AND {_EVENT}.seq <= ?"  # otherwise it may scan all events of a pair
    )
