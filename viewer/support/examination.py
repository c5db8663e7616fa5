"""Reads what was wrong with the newest requests and events of a key pair: at most MAX_ROWS with a
problem of each, within a deadline. The answer names the range that was examined."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any, NamedTuple

from django.db.models import Q, QuerySet

from ingest.models import Delivery, Event, KeyPair
from ingest.problems import ERROR, Problem, problems_from_json
from ingest.tracking_plan.rules import PLAN
from viewer.events.chunked_scan import ChunkedScan
from viewer.workload.deadline import TimeUp, check_deadline, within_deadline

MAX_ROWS = 1_000
MAX_KINDS = 5_000  # different problems that are counted
SECONDS = 1.5  # for requests, and again for events
EXTRA_SECONDS = 1.0  # until a statement is cancelled
WIDEST = 4_096  # rows of one statement
_AT_ONCE = 50  # rows that are loaded

CLOCK_EXAMINED = 200  # events
# The number or text is not the time that the sender meant, so it does not show its clock.
NOT_THE_TIME_MEANT = frozenset(
    (
        *("time-in-seconds", "time-in-microseconds", "time-in-other-unit", "time-unit-unknown"),
        *("time-never-set", "time-as-number", "time-in-object", "time-text-unclear"),
        *("time-misspelled", "time-unclear", "time-not-read", "time-rejected", "date-without-zone"),
        *("date-zone-of-america", "date-other-calendar", "date-no-such-day", "date-month-first"),
        "date-in-other-form",
    )
)
# Statements about the check, not about the event
_NOT_CHECKED = frozenset({"not-judged-in-time"})


@dataclass
class ProblemGroup:
    """The requests or events with one problem. `problem` and `number` are those of the newest one;
    times are milliseconds."""

    problem: Problem
    number: int
    first: int
    last: int
    count: int = 0

    @property
    def is_error(self) -> bool:
        return self.problem.severity == ERROR

    @property
    def is_of_plan(self) -> bool:
        return self.problem.basis == PLAN


class ExaminedRange(NamedTuple):
    """The numbers that were examined, without gaps; `low` > `high` if there are none. `kept` is the
    oldest number that is stored."""

    low: int
    high: int
    kept: int

    @property
    def size(self) -> int:
        return self.high - self.low + 1

    @property
    def is_complete(self) -> bool:
        return self.low <= self.kept

    @property
    def is_untouched(self) -> bool:
        """Whether none of the stored rows was examined in time."""
        return not self.size and not self.is_complete


class _Kinds:
    """Groups by code, path, severity and basis."""

    def __init__(self) -> None:
        self._groups: dict[tuple[str, ...], ProblemGroup] = {}

    @property
    def is_full(self) -> bool:
        return len(self._groups) >= MAX_KINDS

    def add(self, problems: Iterable[Problem], number: int, at: int) -> None:
        """From the newest to the oldest."""
        for problem in {self._key(problem): problem for problem in problems}.values():
            group = self._groups.setdefault(
                self._key(problem), ProblemGroup(problem, number, at, at)
            )
            group.first = at
            group.count += 1

    def by_harm(self) -> list[ProblemGroup]:
        """Errors before warnings, the vendor's rules before the plan's, then the most frequent."""
        return sorted(
            self._groups.values(),
            key=lambda group: (
                not group.is_error,
                group.is_of_plan,
                -group.count,
                -group.last,
                group.problem.code,
                group.problem.path,
            ),
        )

    @staticmethod
    def _key(problem: Problem) -> tuple[str, ...]:
        return problem.code, problem.path, problem.severity, problem.basis


@dataclass
class ExaminedRequests:
    """Refused requests by reason, and the problems of accepted requests as a whole."""

    scope: ExaminedRange
    refused: int = 0
    refusals: list[ProblemGroup] = field(default_factory=list)
    problems: list[ProblemGroup] = field(default_factory=list)


@dataclass
class ExaminedEvents:
    """`discarded` counts events that violate a rule of the vendor or were in a request that it
    refuses: `refused` of them had a reply that says so. `unplanned` counts those that the vendor
    accepts and that do not fit the tracking plan."""

    scope: ExaminedRange
    discarded: int = 0
    refused: int = 0
    unplanned: int = 0
    problems: list[ProblemGroup] = field(default_factory=list)


@dataclass(frozen=True)
class ClockLag:
    """The median of (receipt − time of the event), in milliseconds, over `events`."""

    lag: int
    events: int


def examine_requests(pair: KeyPair) -> ExaminedRequests:
    found = Delivery.objects.filter(Q(refused=True) | ~Q(problems=""), keypair=pair)
    stored = Delivery.objects.filter(keypair=pair).values_list("number", flat=True)
    oldest = stored.order_by("number").first() or pair.last_delivery + 1
    refusals, problems = _Kinds(), _Kinds()
    refused = 0

    def take(row: Delivery) -> bool:
        nonlocal refused
        refused += row.refused
        kinds = refusals if row.refused else problems
        listed = problems_from_json(row.problems)
        kinds.add(listed[:1] if row.refused else listed, row.number, row.received_at)
        return kinds.is_full

    columns = found.only("keypair", "number", "received_at", "refused", "problems")
    scope = _scan(columns, "number", oldest, pair.last_delivery, take)
    return ExaminedRequests(scope, refused, refusals.by_harm(), problems.by_harm())


def examine_events(pair: KeyPair) -> ExaminedEvents:
    found = Event.objects.filter(~Q(problems="") | Q(status__gte=400), keypair=pair)
    columns = found.only("keypair", "seq", "received_at", "status", "verdict", "problems")
    kinds = _Kinds()
    events = ExaminedEvents(ExaminedRange(1, 0, 1))

    def take(row: Event) -> bool:
        problems = problems_from_json(row.problems)
        kinds.add(problems, row.seq, row.received_at)
        is_faulty = any(one.severity == ERROR and one.basis != PLAN for one in problems)
        if row.status >= 400 or row.verdict == "malformed" or is_faulty:
            events.discarded += 1
            events.refused += row.status >= 400
        else:
            events.unplanned += any(
                one.basis == PLAN and one.code not in _NOT_CHECKED for one in problems
            )
        return kinds.is_full

    events.scope = _scan(columns, "seq", pair.first_seq, pair.last_seq, take)
    events.problems = kinds.by_harm()
    return events


def read_clock(pair: KeyPair) -> ClockLag | None:
    """None if none of the newest events has a time."""
    low = max(pair.first_seq, pair.last_seq - MAX_ROWS + 1)
    newest = Event.objects.filter(keypair=pair, seq__gte=low, occurred_at__isnull=False)
    rows = newest.order_by("-seq").values_list("received_at", "occurred_at", "problems")
    lags: list[int] = []
    try:
        with within_deadline(SECONDS):
            for received_at, occurred_at, problems in rows[:CLOCK_EXAMINED].iterator(_AT_ONCE):
                codes = {problem.code for problem in problems_from_json(problems)}
                if occurred_at is not None and not codes & NOT_THE_TIME_MEANT:
                    lags.append(received_at - occurred_at)
    except TimeUp:
        return None
    return ClockLag(round(median(lags)), len(lags)) if lags else None


def _scan(
    found: QuerySet[Any], number: str, low: int, high: int, take: Callable[[Any], bool]
) -> ExaminedRange:
    """Call `take` with the rows of `found` from the newest to the oldest, until it returns True,
    there are MAX_ROWS of them, or time is up."""
    parts = ChunkedScan(low, high, is_downwards=True, whole=False, widest=WIDEST)
    examined = high + 1
    left = MAX_ROWS
    try:
        with within_deadline(SECONDS + EXTRA_SECONDS):
            for first, last in parts.within(SECONDS):
                for row in _between(found, number, first, last, left):
                    is_enough = take(row)
                    examined = getattr(row, number)
                    left -= 1
                    if is_enough or not left:
                        return ExaminedRange(examined, high, low)
                examined = first
    except TimeUp:
        pass
    return ExaminedRange(examined, high, low)


def _between(found: QuerySet[Any], number: str, first: int, last: int, most: int) -> Iterator[Any]:
    part = found.filter(**{f"{number}__gte": first, f"{number}__lte": last})
    for row in part.order_by(f"-{number}")[:most].iterator(_AT_ONCE):
        check_deadline()
        yield row
