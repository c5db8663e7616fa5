"""Moves counts of events whose verdict or problems have changed. Counts are moved, never added or
removed, so that all balances still hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from ingest.models import KeyPair, ProblemTally, SecondCount, Tally
from ingest.problems import Problem
from ingest.storage.counters import OTHER_NAMES, PROBLEMS_TALLIED
from ingest.storage.db.insert import Cursor, InsertTarget
from ingest.validation.validate_event import VERDICTS

_KEYPAIR, _TALLY, _PROBLEM, _SECOND = (
    f'"{model._meta.db_table}"' for model in (KeyPair, Tally, ProblemTally, SecondCount)
)
_EARLIER = f"CASE WHEN {{0}} < {_TALLY}.{{1}} THEN {{0}} ELSE {_TALLY}.{{1}} END"
_LATER = f"CASE WHEN {{0}} > {_TALLY}.{{1}} THEN {{0}} ELSE {_TALLY}.{{1}} END"
_TALLIES = InsertTarget(
    Tally,
    ("keypair_id", "name", "verdict", "count", "first_seen", "last_seen"),
    "ON CONFLICT (keypair_id, name, verdict) DO UPDATE SET "
    f"count = {_TALLY}.count + excluded.count, "
    f"first_seen = {_EARLIER.format('excluded.first_seen', 'first_seen')}, "
    f"last_seen = {_LATER.format('excluded.last_seen', 'last_seen')}",
)
_PROBLEMS = InsertTarget(
    ProblemTally,
    ("keypair_id", "name", "code", "path", "count", "last_seq"),
    "ON CONFLICT (keypair_id, name, code, path) DO UPDATE SET "
    f"count = {_PROBLEM}.count + excluded.count, last_seq = CASE WHEN excluded.last_seq > "
    f"{_PROBLEM}.last_seq THEN excluded.last_seq ELSE {_PROBLEM}.last_seq END",
)

Move = tuple[str, str]  # old and new verdict
Key = tuple[str, str, str]  # name, code and path of a problem


@dataclass(slots=True)
class _Span:
    """The first and last time of the moved events of a name."""

    first: int
    last: int


@dataclass
class CounterDeltas:
    """Collected per event; applied in one transaction with the events."""

    verdicts: Counter[Move] = field(default_factory=Counter)
    _names: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    _spans: dict[tuple[str, str], _Span] = field(default_factory=dict)  # by name and new verdict
    _seconds: Counter[tuple[int, str, str]] = field(default_factory=Counter)
    _problems: Counter[Key] = field(default_factory=Counter)
    _seqs: dict[Key, int] = field(default_factory=dict)

    def verdict(self, name: str | None, received_at: int, before: str, after: str) -> None:
        if before == after:
            return
        own = name or ""
        self.verdicts[before, after] += 1
        self._names[own, before, after] += 1
        self._seconds[received_at // 1000, before, after] += 1
        span = self._spans.setdefault((own, after), _Span(received_at, received_at))
        span.first = min(span.first, received_at)
        span.last = max(span.last, received_at)

    def problems(
        self, name: str | None, seq: int, before: Iterable[Problem], after: Iterable[Problem]
    ) -> None:
        for problem in before:
            self._problems[_key(name, problem)] -= 1
        for problem in after:
            key = _key(name, problem)
            self._problems[key] += 1
            self._seqs[key] = max(seq, self._seqs.get(key, 0))

    def apply(self, cursor: Cursor, pair: int) -> None:
        """`pair` is locked by the transaction."""
        self._apply_to_pair(cursor, pair)
        tallied = self._apply_to_names(cursor, pair)
        self._apply_to_seconds(cursor, pair)
        self._apply_to_problems(cursor, pair, tallied)

    def _apply_to_pair(self, cursor: Cursor, pair: int) -> None:
        changes: Counter[str] = Counter()
        for (before, after), count in self.verdicts.items():
            changes[before] -= count
            changes[after] += count
        sets = ", ".join(f"{verdict} = {verdict} + ?" for verdict in VERDICTS)
        values = [changes[verdict] for verdict in VERDICTS]
        cursor.execute(f"UPDATE {_KEYPAIR} SET {sets} WHERE id = ?", [*values, pair])

    def _apply_to_names(self, cursor: Cursor, pair: int) -> set[str]:
        """The names with a tally row."""
        query = f"SELECT DISTINCT name FROM {_TALLY} WHERE keypair_id = ?"
        tallied = {name for (name,) in cursor.execute(query, (pair,)).fetchall()}
        rows = []
        for (name, before, after), count in self._names.items():
            own = name if name in tallied else OTHER_NAMES
            span = self._spans[name, after]
            cursor.execute(
                f"UPDATE {_TALLY} SET count = count - ? "
                "WHERE keypair_id = ? AND name = ? AND verdict = ?",
                (count, pair, own, before),
            )
            rows.append((pair, own, after, count, span.first, span.last))
        for row in rows:  # row by row: a statement cannot update a row twice
            cursor.insert(_TALLIES, [row])
        return tallied

    def _apply_to_seconds(self, cursor: Cursor, pair: int) -> None:
        """Only seconds that are still stored."""
        for (second, before, after), count in self._seconds.items():
            cursor.execute(
                f"UPDATE {_SECOND} SET {before} = {before} - ?, {after} = {after} + ? "
                'WHERE keypair_id = ? AND "second" = ?',
                (count, count, pair, second),
            )

    def _apply_to_problems(self, cursor: Cursor, pair: int, tallied: set[str]) -> None:
        changes: Counter[Key] = Counter()
        seqs: dict[Key, int] = {}
        for (name, code, path), count in self._problems.items():
            key = (name if name in tallied else OTHER_NAMES, code, path)
            changes[key] += count
            seqs[key] = max(seqs.get(key, 0), self._seqs.get((name, code, path), 0))
        query = f"SELECT name, code, path, count FROM {_PROBLEM} WHERE keypair_id = ?"
        rows = cursor.execute(query, (pair,)).fetchall()
        known = {(name, code, path): int(count) for name, code, path, count in rows}
        for key, count in changes.items():
            if count < 0:
                _take(cursor, pair, key, -count, known)
        for key, count in changes.items():
            if count > 0:
                own = key if key in known or len(known) < PROBLEMS_TALLIED else _folded(key)
                known[own] = known.get(own, 0) + count
                cursor.insert(_PROBLEMS, [(pair, *own, count, seqs[key])])


def _take(cursor: Cursor, pair: int, key: Key, count: int, known: dict[Key, int]) -> None:
    """Counts that the key's own row does not contain are in the row of all other keys."""
    for own in (key, _folded(key)):
        part = min(count, known.get(own, 0))
        if not part:
            continue
        count -= part
        known[own] -= part
        where = "WHERE keypair_id = ? AND name = ? AND code = ? AND path = ?"
        if known[own]:
            query = f"UPDATE {_PROBLEM} SET count = count - ? {where}"
            cursor.execute(query, (part, pair, *own))
        else:
            del known[own]
            cursor.execute(f"DELETE FROM {_PROBLEM} {where}", (pair, *own))


def _folded(key: Key) -> Key:
    return OTHER_NAMES, key[1], ""


def _key(name: str | None, problem: Problem) -> Key:
    return name or "", problem.code, problem.path[:200].replace("\0", "�")
