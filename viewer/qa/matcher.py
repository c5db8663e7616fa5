"""Matches events against expectations incrementally: each event is examined once."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Sequence
from time import monotonic
from typing import Any

from django.db.models import QuerySet
from django.db.models.functions import Left
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair
from viewer.qa.closest_miss import ClosestMiss, closest_misses, nested_fields
from viewer.qa.expectations import Expectation, SentExpectation, format_counts
from viewer.qa.scope import SLICE_SECONDS, Scope
from viewer.rest.parameters import ParameterError
from viewer.workload.thread_pools import TooBusy
from viewer.workload.visitor_queries import QueryUnfinished

SHOWN = 5  # events per result
BYTES_OF_ID = 140  # maximum ids per set
MAX_ID_LENGTH = 200  # characters; ids of users, sessions and accounts are compared up to here
MAX_IDS = 100_000  # ids of users, sessions and accounts that one matcher stores: 8 MiB,
MAX_IDS_OF_ALL = 1_000_000  # and that all matchers of the process store


class ExpectationResult(TypedDict):
    """`events` are the first that match or, of a broken order, the first that came too early."""

    expectation: SentExpectation
    label: str
    satisfied: bool
    found: int
    message: str
    events: list[int]
    nearest: list[ClosestMiss]


class TooManyIds(ParameterError):
    def __init__(self) -> None:
        super().__init__(
            f"The orders that are expected concern more than {MAX_IDS:,} users, sessions or "
            "accounts. Narrow the queries, or the events by run or after."
        )


class _Remembered:
    """Counts the ids that the matchers of this process store."""

    def __init__(self) -> None:
        self._lock = (
            threading.RLock()
        )  # the garbage collector may call `release` while the lock is held
        self._all = 0

    def change(self, before: int, after: int) -> None:
        """Raises TooBusy at the limit."""
        with self._lock:
            if after > before and self._all + after - before > MAX_IDS_OF_ALL:
                raise TooBusy
            self._all += after - before


_remembered = _Remembered()


class Matcher:
    """All expectations of one scope."""

    def __init__(self, expectations: Sequence[Expectation], scope: Scope) -> None:
        self.scope = scope
        self.results = [_Order(one) if one.is_order else _Count(one) for one in expectations]
        self._cursors = [0 for _ in expectations]  # the last counted number of each expectation
        self._judged: int | None = None
        self._ids = [0]
        weakref.finalize(self, _release, self._ids)

    @property
    def size(self) -> int:
        """Approximate memory of the stored ids in bytes."""
        return BYTES_OF_ID * self._ids[0]

    @property
    def is_satisfied(self) -> bool:
        return all(result.is_satisfied for result in self.results)

    @property
    def is_broken(self) -> bool:
        """Whether an expectation has failed for good."""
        return any(result.is_broken for result in self.results)

    def look(self, pair: KeyPair) -> None:
        """Examine new events, up to the newest that `pair` knows; start over after a revalidation.
        Raises QueryUnfinished and TimeUp; the next call continues from there."""
        if self._judged != pair.judged:
            self._judged = pair.judged
            self._cursors = [0 for _ in self.results]
            for result in self.results:
                result.begin()
        ends = monotonic() + SLICE_SECONDS
        for here, last in self.scope.pieces(pair, min(self._cursors, default=0)):
            for at, result in enumerate(self.results):
                if self._cursors[at] < last:
                    if monotonic() > ends:
                        raise QueryUnfinished
                    result.add(here.filter(seq__gt=self._cursors[at]))
                    self._cursors[at] = last
                    self._count_ids()

    def _count_ids(self) -> None:
        """Raises TooManyIds, TooBusy."""
        ids = sum(result.ids for result in self.results)
        try:
            if ids > MAX_IDS:
                raise TooManyIds
            _remembered.change(self._ids[0], ids)
        except (TooManyIds, TooBusy):
            self._judged = None  # the next call starts over
            for result in self.results:
                result.begin()
            raise
        self._ids[0] = ids

    def show(self, pair: KeyPair, *, nearest: bool = True) -> list[ExpectationResult]:
        return [self._show(result, pair, nearest) for result in self.results]

    def _show(self, result: _Count | _Order, pair: KeyPair, nearest: bool) -> ExpectationResult:
        shown: ExpectationResult = {
            "expectation": result.expectation.sent,
            "label": result.expectation.label,
            "satisfied": result.is_satisfied,
            "found": result.count,
            "message": result.message,
            "events": result.seqs,
            "nearest": [],
        }
        wanted = None if result.is_satisfied or not nearest else result.wanting
        if wanted is not None:
            shown["nearest"] = closest_misses(wanted, self.scope, pair, matching=result.seqs)
            if not result.count and (inside := nested_fields(wanted, pair)):
                shown["message"] += f" {inside}"
        return shown


def _release(ids: list[int]) -> None:
    _remembered.change(ids[0], 0)


class _Count:
    """Counts the matching events."""

    ids = 0

    def __init__(self, expectation: Expectation) -> None:
        self.expectation = expectation
        self.begin()

    def begin(self) -> None:
        self.count = 0
        self.seqs: list[int] = []

    def add(self, here: QuerySet[Event]) -> None:
        """All of it or, where it is interrupted, nothing."""
        matching = here.filter(self.expectation.queries[0].condition)
        room = SHOWN - len(self.seqs)
        first = list(matching.order_by("seq").values_list("seq", flat=True)[: max(room, 1)])
        count = len(first) if len(first) < room else matching.count() if first else 0
        self.seqs += first[:room] if room > 0 else []
        self.count += count

    @property
    def is_satisfied(self) -> bool:
        return self.count >= self.expectation.least and not self.is_broken

    @property
    def is_broken(self) -> bool:
        most = self.expectation.most
        return most is not None and self.count > most

    @property
    def wanting(self) -> Any:
        """The query that too few events match."""
        return None if self.is_broken else self.expectation.queries[0]

    @property
    def message(self) -> str:
        expected = format_counts(self.expectation.least, self.expectation.most)
        matches = "1 event matches" if self.count == 1 else f"{self.count:,} events match"
        return f"{matches}; {expected} expected."


class _Order:
    """Each step must follow the previous one, for the same user, session or account."""

    def __init__(self, expectation: Expectation) -> None:
        self.expectation = expectation
        self._by = "" if expectation.by == "any" else expectation.by
        self.begin()

    def begin(self) -> None:
        self._seen: list[set[int]] = [set() for _ in self.expectation.queries]
        self._without_user = [0 for _ in self.expectation.queries]  # events without a user
        self._early: list[
            tuple[int, int]
        ] = []  # number and step of the first event that was too early
        self._last: list[int] = []

    def add(self, here: QuerySet[Event]) -> None:
        """All of it or, where it is interrupted, nothing."""
        found: list[tuple[int, int, int]] = []  # number, negated step, hash of the id
        without_user = []
        who_column = Left(self._by, MAX_ID_LENGTH) if self._by else "keypair_id"
        for step, wanted in enumerate(self.expectation.queries):
            rows = here.filter(wanted.condition).values_list("seq", who_column)
            known = [(seq, -step, hash(who)) for seq, who in rows if who is not None]
            without_user.append(len(rows) - len(known))
            found += known
        self._without_user = [
            sum(counts) for counts in zip(self._without_user, without_user, strict=True)
        ]
        for seq, minus_step, who in sorted(found, key=lambda each: each[:2]):
            self._step(seq, -minus_step, who)

    @property
    def ids(self) -> int:
        return sum(map(len, self._seen))

    def _step(self, seq: int, step: int, who: int) -> None:
        if step and who not in self._seen[step - 1]:
            if len(self._early) < SHOWN:
                self._early.append((seq, step))
            return
        self._seen[step].add(who)
        if step == len(self._seen) - 1 and len(self._last) < SHOWN:
            self._last.append(seq)

    @property
    def count(self) -> int:
        """How many reached the last step."""
        return len(self._seen[-1])

    @property
    def seqs(self) -> list[int]:
        return [seq for seq, _ in self._early] or self._last

    @property
    def is_satisfied(self) -> bool:
        return bool(self._seen[-1]) and not self.is_broken

    @property
    def is_broken(self) -> bool:
        return bool(self._early)

    @property
    def wanting(self) -> Any:
        """The first step that no event reached."""
        steps = zip(self.expectation.queries, self._seen, strict=True)
        return next((wanted for wanted, seen in steps if not seen), None)

    @property
    def message(self) -> str:
        texts = [wanted.text for wanted in self.expectation.queries]
        if self._early:
            seq, step = self._early[0]
            whose = f" for the same {self._by}" if self._by else ""
            return f"Event {seq:,} ({texts[step]}) has no {texts[step - 1]} before it{whose}."
        if self._seen[-1]:
            whose = f" for {len(self._seen[-1]):,} {self._by}(s)" if self._by else ""
            return f"In order{whose}."
        step = next(step for step, seen in enumerate(self._seen) if not seen)
        if self._without_user[step]:
            return f"{self._without_user[step]:,} of {texts[step]} came, but without {self._by}."
        return f"No event matches {texts[step]} yet."
