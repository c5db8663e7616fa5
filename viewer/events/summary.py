"""A key pair's numbers at a glance: the balance, what came how often, what is wrong most."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.db.models import Max, Min, Sum
from django.db.models.functions import Left
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair, ProblemTally, Tally
from ingest.problems import Problem, problems_from_json, render_problem
from ingest.timestamps import iso, now_ms
from viewer.events.seq_lookup import first_since
from viewer.events.serializers import EventBalance, VerdictCounts, balance, verdict_counts
from viewer.events.value_masking import mask_values
from viewer.rest.answer_types import Timestamp

MAX_PROBLEMS = 10
MAX_NAME_LENGTH = 1_000  # characters: longer names are cut
RATE_WINDOW = 60_000  # milliseconds


class ProblemCount(TypedDict):
    """How often a problem occurred at a path, and the number of the newest event that has it. The
    message masks values of the event."""

    code: str
    path: str
    count: int
    last_seq: int
    message: str


class NameCount(VerdictCounts):
    """The counts of one event name; null for events without a name."""

    name: str | None
    count: int
    first_seen: Timestamp
    last_seen: Timestamp


class EventSummary(TypedDict):
    """`rate` is in events a second, over the last minute."""

    balance: EventBalance
    last: int
    first_kept: int | None
    first_seen: Timestamp | None
    last_seen: Timestamp | None
    rate: float
    tallies: list[NameCount]
    top_problems: list[ProblemCount]


@dataclass
class _Seen:
    first: int
    last: int
    counts: Counter[str] = field(default_factory=Counter)


def summarize(pair: KeyPair) -> EventSummary:
    pair.refresh_from_db()
    seen = Tally.objects.filter(keypair=pair).aggregate(
        first=Min("first_seen"), last=Max("last_seen")
    )
    return {
        "balance": balance(pair),
        "last": pair.last_seq,
        "first_kept": pair.first_seq if pair.first_seq <= pair.last_seq else None,
        "first_seen": _iso(seen["first"]),
        "last_seen": _iso(seen["last"]),
        "rate": _rate(pair),
        "tallies": _tallies(pair),
        "top_problems": _top_problems(pair),
    }


def last_event_times(pair_ids: Iterable[int]) -> dict[int, int]:
    """When each key pair received its newest event, in milliseconds. Refused requests contain no
    events; pairs without any event are not in the result."""
    seen = Tally.objects.filter(keypair__in=list(pair_ids)).values("keypair")
    return dict(seen.annotate(last=Max("last_seen")).values_list("keypair", "last"))


def _tallies(pair: KeyPair) -> list[NameCount]:
    """One entry for each event name, the most frequent first."""
    by_name: dict[str, _Seen] = {}
    rows = Tally.objects.filter(keypair=pair).order_by("name")
    for row in rows.defer("name").annotate(short=Left("name", MAX_NAME_LENGTH)):
        seen = by_name.setdefault(row.short, _Seen(row.first_seen, row.last_seen))
        seen.counts[row.verdict] += row.count
        seen.first = min(seen.first, row.first_seen)
        seen.last = max(seen.last, row.last_seen)
    shown = [_name_count(name, seen) for name, seen in by_name.items()]
    return sorted(shown, key=lambda entry: -entry["count"])


def _name_count(name: str, seen: _Seen) -> NameCount:
    return {
        "name": name or None,
        "count": seen.counts.total(),
        **verdict_counts(seen.counts),
        "first_seen": iso(seen.first),
        "last_seen": iso(seen.last),
    }


def _top_problems(pair: KeyPair) -> list[ProblemCount]:
    places = ProblemTally.objects.filter(keypair=pair).values("code", "path")
    rows = places.annotate(total=Sum("count"), newest=Max("last_seq")).order_by("-total", "code")
    top = list(rows[:MAX_PROBLEMS])
    newest = Event.objects.filter(keypair=pair, seq__in={row["newest"] for row in top})
    stored = dict(newest.values_list("seq", "problems"))
    return [
        problem_count(
            *(row["code"], row["path"], row["total"], row["newest"]),
            problems_from_json(stored.get(row["newest"], "")),
        )
        for row in top
    ]


def problem_count(
    code: str, path: str, count: int, last_seq: int, problems: Iterable[Problem] = ()
) -> ProblemCount:
    """`problems` are those of the event `last_seq`, if it is read: they complete the message."""
    same = (problem for problem in problems if (problem.code, problem.path) == (code, path))
    example = mask_values(next(same, Problem(code, path=path)))
    message = render_problem(example)["message"]
    return {"code": code, "path": path, "count": count, "last_seq": last_seq, "message": message}


def _rate(pair: KeyPair) -> float:
    """Events a second over the last minute."""
    recent = pair.last_seq + 1 - first_since(pair, now_ms() - RATE_WINDOW)
    return round(recent / (RATE_WINDOW / 1000), 2)


def _iso(moment: int | None) -> str | None:
    return None if moment is None else iso(moment)
