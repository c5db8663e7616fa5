"""Statistics of a run, updated incrementally: names, fields, problems, and the state of its
expectations."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from sys import getsizeof
from time import monotonic
from typing import Any

import orjson
from django.db.models import Case, F, When
from django.db.models.functions import Left

from ingest.models import KeyPair, Run
from ingest.parsing.malformed.diagnosis import json_type_name
from ingest.problems import (
    ERROR,
    Problem,
    json_pointer,
    pointer_parts,
    problems_from_json,
)
from ingest.validation.validate_event import MALFORMED, VALID, WARNING
from viewer.qa.expectations import parse_expectations
from viewer.qa.matcher import Matcher
from viewer.qa.scope import Scope, scope_of_run
from viewer.workload.deadline import TimeUp, check_deadline, seconds_left
from viewer.workload.visitor_queries import QUESTION_SECONDS

MAX_NAMES = 1_000
MAX_FIELDS = 300  # per name,
MAX_IN_ALL = 10_000  # and for all names together
MAX_CHARACTERS = 500_000  # for names and paths together
MAX_FIELD_LENGTH = 200  # characters of a path
MAX_PROBLEMS = 300
MAX_DEPTH = 8  # nesting levels
MAX_EVENT_BYTES = 262_144  # bytes; fields of larger events are not examined
MAX_NAME_LENGTH = 1_000  # characters; longer names are truncated
_AT_ONCE = 20  # rows
MAX_BYTES = 32 * 2**20  # bytes for all statistics that this process keeps, roughly
KEPT_SECONDS = 60.0  # seconds after the last use
_MAX_LOOKED_AT = 3_000  # fields per event

ANY_ITEM = "*"  # path step for the items of an array
Key = tuple[str, str, str, str]  # identifies a problem: name, code, path, basis
GOOD = (VALID, WARNING)  # verdicts of events without an error
_NOT_LISTED = frozenset({"more-problems", "explained-in-part"})  # of problems left out

# Measured sizes in bytes, without texts.
_OF_READING = 8_192
_OF_NAME = 500
_OF_FIELD = 400
_OF_PROBLEM = 800
_TIMES_EXPECTATIONS = 50  # the statistics


@dataclass
class FieldSeen:
    first_seq: int
    kinds: set[str] = field(default_factory=set)
    first_good: int | None = None  # the first event whose value has no error


@dataclass
class NameSeen:
    first_seq: int
    last_seq: int = 0
    first_good: int | None = None
    verdicts: Counter[str] = field(default_factory=Counter)
    fields: dict[str, FieldSeen] = field(default_factory=dict)


@dataclass
class ProblemSeen:
    problem: Problem
    example: int
    count: int = 0


class RunStats:
    """Statistics of one run. `look` updates them to the key pair's newest event."""

    def __init__(self, run: Run) -> None:
        self._lock = threading.Lock()
        self.pair: int = run.keypair_id
        self._scope: Scope = scope_of_run(run)
        self.watch = Matcher(parse_expectations(orjson.loads(run.expectations)), self._scope)
        self.judged: int | None = None
        self._at_first = _OF_READING + _TIMES_EXPECTATIONS * len(run.expectations)
        self._begin()

    @property
    def size(self) -> int:
        """Approximate size in bytes of memory."""
        return self._at_first + self._size + self.watch.size

    def _begin(self) -> None:
        self.last = 0
        self.counts: Counter[str] = Counter()
        self.names: dict[str, NameSeen] = {}
        self._fields_left = MAX_IN_ALL
        self._characters_left = MAX_CHARACTERS
        self.problems: dict[Key, ProblemSeen] = {}
        self.problems_left_out = 0
        self._size = 0

    @contextmanager
    def locked(self) -> Iterator[None]:
        """One thread at a time. Raises TimeUp."""
        if not self._lock.acquire(timeout=max(0.0, seconds_left(QUESTION_SECONDS))):
            raise TimeUp(QUESTION_SECONDS)
        try:
            yield
        finally:
            self._lock.release()

    def look(self, pair: KeyPair) -> None:
        """Raises QueryUnfinished and TimeUp; the next call continues from there."""
        if self.judged != pair.judged:
            self.judged = pair.judged
            self._begin()
        self.watch.look(pair)
        for here, last in self._scope.pieces(pair, self.last):
            small = Case(When(size__lte=MAX_EVENT_BYTES, then=F("raw")), default=None)
            rows: Any = here.filter(seq__gt=self.last).order_by("seq").annotate(small=small)
            name = Left("name", MAX_NAME_LENGTH)
            columns = ("seq", name, "verdict", "problems", "small")
            for row in rows.values_list(*columns).iterator(_AT_ONCE):
                check_deadline()
                self._add(*row)
                self.last = row[0]
            self.last = last

    def _add(
        self, seq: int, name: str | None, verdict: str, problems: str, raw: bytes | None
    ) -> None:
        self.counts[verdict] += 1
        found = problems_from_json(problems)
        for problem in found:
            self._add_problem(seq, name or "", problem)
        if verdict == MALFORMED:
            return
        seen = self.names.get(name or "")
        if seen is None:
            if len(self.names) >= MAX_NAMES or len(name or "") > self._characters_left:
                return
            self._characters_left -= len(name or "")
            self._size += _OF_NAME + _size_of(name or "")
            seen = self.names[name or ""] = NameSeen(seq)
        seen.last_seq = seq
        seen.verdicts[verdict] += 1
        if verdict in GOOD and seen.first_good is None:
            seen.first_good = seq
        if raw is not None:
            self._add_fields(seen.fields, seq, bytes(raw), found)

    def _add_fields(
        self, fields: dict[str, FieldSeen], seq: int, raw: bytes, problems: list[Problem]
    ) -> None:
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            return  # the lenient parser accepts more than orjson
        errors = [problem for problem in problems if problem.severity == ERROR]
        faulty = {_field_path(value, problem.path) for problem in errors}
        is_listed = _NOT_LISTED.isdisjoint(problem.code for problem in errors)
        for path, kind in set(islice(_fields(value, ()), _MAX_LOOKED_AT)):
            seen = fields.get(path)
            if seen is None:
                if not self._has_room(fields, path):
                    continue
                self._fields_left -= 1
                self._characters_left -= len(path)
                self._size += _OF_FIELD + _size_of(path)
                seen = fields[path] = FieldSeen(seq)
            seen.kinds.add(kind)
            if seen.first_good is None and is_listed and path not in faulty:
                seen.first_good = seq

    def _has_room(self, fields: dict[str, FieldSeen], path: str) -> bool:
        most = min(MAX_FIELD_LENGTH, self._characters_left)
        return self._fields_left > 0 and len(fields) < MAX_FIELDS and len(path) <= most

    def _add_problem(self, seq: int, name: str, problem: Problem) -> None:
        key = (name, problem.code, problem.path, problem.basis)
        seen = self.problems.get(key)
        if seen is None:
            if len(self.problems) >= MAX_PROBLEMS:
                self.problems_left_out += 1
                return
            texts = name, problem.path, repr(problem.args)
            self._size += _OF_PROBLEM + sum(map(_size_of, texts))
            seen = self.problems[key] = ProblemSeen(problem, seq)
        seen.count += 1

    @property
    def worst_first(self) -> list[tuple[Key, ProblemSeen]]:
        def rank(item: tuple[Any, ProblemSeen]) -> tuple[bool, int]:
            return (item[1].problem.severity != ERROR, -item[1].count)

        return sorted(self.problems.items(), key=rank)


def _size_of(text: str) -> int:
    """Size in bytes, including the UTF-8 copy that Python caches."""
    return getsizeof(text) + (0 if text.isascii() else len(text.encode("utf-8", "replace")))


def _fields(value: Any, path: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every field with its type; the items of an array share one path."""
    if len(path) >= MAX_DEPTH:
        return
    if isinstance(value, dict):
        inner: Iterator[tuple[str, Any]] = iter(value.items())
    else:
        inner = ((ANY_ITEM, item) for item in value[:100])
    for name, item in inner:
        here = (*path, name)
        yield json_pointer(here), json_type_name(item)
        if isinstance(item, (dict, list)):
            yield from _fields(item, here)


def _field_path(value: Any, path: str) -> str:
    """The path of a problem as `_fields` writes it."""
    parts = []
    for part in pointer_parts(path):
        is_item = isinstance(value, list)
        parts.append(ANY_ITEM if is_item else part)
        if is_item and part.isdecimal() and int(part) < len(value):
            value = value[int(part)]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return json_pointer(parts)


_Key = tuple[
    int, str
]  # cache key: the run and its expectations; changed expectations get a new entry


class RunStatsCache:
    """Recently used statistics, within a memory budget."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        # not a cache of cachetools: readings grow, and the key pair with most loses its own
        self._kept: dict[_Key, RunStats] = {}  # most recently used last
        self._asked_at: dict[_Key, float] = {}
        self._timer: threading.Timer | None = None

    @contextmanager
    def of(self, run: Run) -> Iterator[RunStats]:
        """The statistics of this run, locked for one thread at a time. Raises TimeUp."""
        reading = self._asked_for(run)
        try:
            with reading.locked():
                yield reading
        finally:
            self._make_room()

    def forget(self, run: Run) -> None:
        with self._lock:
            self._drop((run.pk, run.expectations))

    def forget_old(self) -> None:
        """Drop statistics that were not used lately."""
        with self._lock:
            until = self._clock() - KEPT_SECONDS
            for key in [key for key, at in self._asked_at.items() if at <= until]:
                self._drop(key)

    @property
    def size(self) -> int:
        return sum(reading.size for reading in list(self._kept.values()))

    def _asked_for(self, run: Run) -> RunStats:
        key = (run.pk, run.expectations)
        with self._lock:
            reading = self._kept.pop(key, None) or RunStats(run)
            self._kept[key] = reading
            self._asked_at[key] = self._clock()
            self._look_again_later()
            return reading

    def _make_room(self) -> None:
        """Drop statistics of the key pair that uses most, so that other key pairs keep theirs."""
        with self._lock:
            while len(self._kept) > 1 and self.size > MAX_BYTES:
                of_pairs: Counter[int] = Counter()
                for reading in self._kept.values():
                    of_pairs[reading.pair] += reading.size
                ((pair, _),) = of_pairs.most_common(1)
                self._drop(next(key for key, one in self._kept.items() if one.pair == pair))

    def _drop(self, key: _Key) -> None:
        self._kept.pop(key, None)
        self._asked_at.pop(key, None)

    def _look_again_later(self) -> None:
        """Drop unused statistics later, even if no request follows."""
        if self._timer is None:
            self._timer = threading.Timer(KEPT_SECONDS / 2, self._look_again)
            self._timer.daemon = True
            self._timer.start()

    def _look_again(self) -> None:
        self.forget_old()
        with self._lock:
            self._timer = None
            if self._kept:
                self._look_again_later()


readings = RunStatsCache()
