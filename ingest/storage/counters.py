"""Counts event names by verdict, and problems by path. Counters outlive the events; each key pair
has a limited number of rows."""

from __future__ import annotations

from collections import Counter
from typing import Any

from cachetools import FIFOCache

from ingest.models import ProblemTally, Tally
from ingest.storage.db.insert import Cursor, InsertTarget

NAMES_TALLIED = 5_000
PROBLEMS_TALLIED = 1_000
OTHER_NAMES = "(other names)"

Names = Counter[tuple[str, str]]  # by name and verdict
Problems = Counter[tuple[str, str, str]]  # by name, code and path

_PAIRS_REMEMBERED = 1_000
_KEYS_REMEMBERED = 50_000  # of all pairs together: at most 50 MiB, if all have the maximal length
_TALLY, _PROBLEM = (f'"{model._meta.db_table}"' for model in (Tally, ProblemTally))

_TALLIES = InsertTarget(
    Tally,
    ("keypair_id", "name", "verdict", "count", "first_seen", "last_seen"),
    "ON CONFLICT (keypair_id, name, verdict) DO UPDATE SET "
    f"count = {_TALLY}.count + excluded.count, last_seen = excluded.last_seen",
)
_PROBLEMS = InsertTarget(
    ProblemTally,
    ("keypair_id", "name", "code", "path", "count", "last_seq"),
    "ON CONFLICT (keypair_id, name, code, path) DO UPDATE SET "
    f"count = {_PROBLEM}.count + excluded.count, last_seq = excluded.last_seq",
)


class Counters:
    """Belongs to one thread. Caches which rows of a key pair exist."""

    def __init__(self) -> None:
        self._names: FIFOCache[int, set[str]] = FIFOCache(_PAIRS_REMEMBERED)
        self._problems: FIFOCache[int, set[tuple[str, str, str]]] = FIFOCache(_PAIRS_REMEMBERED)

    def names_of(self, cursor: Cursor, pair: int) -> set[str]:
        return _known(self._names, pair, cursor, f"SELECT name FROM {_TALLY}")

    def add_names(self, cursor: Cursor, pair: int, names: Names, received_at: int) -> None:
        known = self.names_of(cursor, pair)
        counts: Names = Counter()
        for (name, verdict), count in names.items():
            counts[_capped(name, known, NAMES_TALLIED, OTHER_NAMES), verdict] += count
        seen = (received_at, received_at)
        rows = [(pair, *key, count, *seen) for key, count in counts.items()]
        cursor.insert(_TALLIES, rows)

    def add_problems(self, cursor: Cursor, pair: int, problems: Problems, last_seq: int) -> None:
        """Call this after `add_names`: problems are counted under the name of their event."""
        names = self.names_of(cursor, pair)
        query = f"SELECT name, code, path FROM {_PROBLEM}"
        known = _known(self._problems, pair, cursor, query)
        counts: Problems = Counter()
        for (name, code, path), count in problems.items():
            key = (name if name in names else OTHER_NAMES, code, path)
            counts[_capped(key, known, PROBLEMS_TALLIED, (OTHER_NAMES, code, ""))] += count
        rows = [(pair, *key, count, last_seq) for key, count in counts.items()]
        cursor.insert(_PROBLEMS, rows)


def _known(memory: FIFOCache[int, set[Any]], pair: int, cursor: Cursor, query: str) -> set[Any]:
    known = memory.get(pair)
    if known is None:
        # not by `getsizeof`, which measures a set once, when it is put in: these grow
        while memory and sum(map(len, memory.values())) >= _KEYS_REMEMBERED:
            memory.popitem()
        rows = cursor.execute(f"{query} WHERE keypair_id = ?", (pair,)).fetchall()
        known = memory[pair] = {row[0] if len(row) == 1 else row for row in rows}
    return known


def _capped(key: Any, known: set[Any], limit: int, other: Any) -> Any:
    if key not in known:
        if len(known) >= limit:
            return other
        known.add(key)
    return key
