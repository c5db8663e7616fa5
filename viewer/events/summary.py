"""A key pair's numbers at a glance: the balance, what came how often, what is wrong most."""

from __future__ import annotations

from django.db.models import Max, Min, Sum
from django.db.models.functions import Left

from ingest.models import KeyPair, ProblemTally, Tally
from ingest.problems import Problem, render_problem
from ingest.timestamps import iso, now_ms
from ingest.validation.validate_event import VERDICTS
from viewer.events.seq_lookup import first_since
from viewer.events.serializers import Serialized, balance

MAX_PROBLEMS = 10
MAX_NAME_LENGTH = 1_000  # characters: longer names are cut
RATE_WINDOW = 60_000  # milliseconds


def summarize(pair: KeyPair) -> Serialized:
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


def _tallies(pair: KeyPair) -> list[Serialized]:
    """One entry for each event name, the most frequent first."""
    by_name: dict[str, Serialized] = {}
    rows = Tally.objects.filter(keypair=pair).order_by("name")
    for row in rows.defer("name").annotate(short=Left("name", MAX_NAME_LENGTH)):
        entry = by_name.setdefault(
            row.short,
            {
                "name": row.short or None,
                "count": 0,
                **dict.fromkeys(VERDICTS, 0),
                "first_seen": row.first_seen,
                "last_seen": row.last_seen,
            },
        )
        entry["count"] += row.count
        entry[row.verdict] += row.count
        entry["first_seen"] = min(entry["first_seen"], row.first_seen)
        entry["last_seen"] = max(entry["last_seen"], row.last_seen)
    for entry in by_name.values():
        entry["first_seen"] = _iso(entry["first_seen"])
        entry["last_seen"] = _iso(entry["last_seen"])
    return sorted(by_name.values(), key=lambda entry: -entry["count"])


def _top_problems(pair: KeyPair) -> list[Serialized]:
    places = ProblemTally.objects.filter(keypair=pair).values("code", "path")
    rows = places.annotate(total=Sum("count"), newest=Max("last_seq")).order_by("-total", "code")
    return [
        {
            "code": row["code"],
            "path": row["path"],
            "count": row["total"],
            "last_seq": row["newest"],
            "message": render_problem(Problem(row["code"], path=row["path"]))["message"],
        }
        for row in rows[:MAX_PROBLEMS]
    ]


def _rate(pair: KeyPair) -> float:
    """Events a second over the last minute."""
    recent = pair.last_seq + 1 - first_since(pair, now_ms() - RATE_WINDOW)
    return round(recent / (RATE_WINDOW / 1000), 2)


def _iso(moment: int | None) -> str | None:
    return None if moment is None else iso(moment)
