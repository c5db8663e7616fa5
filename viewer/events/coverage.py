"""Which event names came, how they fared, and which known ones did not come yet."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.db.models import Max, Min, Q, Sum
from django.db.models.functions import Left
from typing_extensions import TypedDict

from ingest.dialects import BY_NAME
from ingest.models import KeyPair, ProblemTally, Tally
from ingest.storage.counters import OTHER_NAMES
from ingest.timestamps import iso
from ingest.validation.validate_event import VERDICTS
from viewer.events.serializers import VerdictCounts, verdict_counts
from viewer.events.summary import ProblemCount, problem_count
from viewer.rest.answer_types import Timestamp

MAX_NAMES = 500
MAX_PROBLEMS = 5  # of a name
MAX_NAME_LENGTH = 1_000  # characters: longer names are cut


class NameCoverage(VerdictCounts):
    """`is_rest` marks the names beyond those that are counted apart, together."""

    name: str | None
    is_known: bool
    is_rest: bool
    count: int
    first_seen: Timestamp
    last_seen: Timestamp
    problems: list[ProblemCount]


class EventCoverage(TypedDict):
    names: list[NameCoverage]
    names_seen: int
    vendor: str
    known: int
    not_seen: list[str]
    complete: bool | None


def event_coverage(pair: KeyPair) -> EventCoverage:
    """The most frequent names first. `complete` says whether every name that the vendor
    knows was seen; null where it knows none."""
    dialect = BY_NAME[pair.dialect]
    known = dialect.known_event_names
    seen = Tally.objects.filter(keypair=pair)
    missing = _not_seen(pair, known)
    return {
        "names": _names(pair, known),
        "names_seen": seen.exclude(name="").values("name").distinct().count(),
        "vendor": dialect.title,
        "known": len(known),
        "not_seen": missing,
        "complete": not missing if known else None,
    }


def _not_seen(pair: KeyPair, known: Sequence[str]) -> list[str]:
    rows = Tally.objects.filter(keypair=pair, name__in=known)
    seen = set(rows.values_list("name", flat=True))
    return [name for name in known if name not in seen]


def _names(pair: KeyPair, known: Sequence[str]) -> list[NameCoverage]:
    counts = {verdict: Sum("count", filter=Q(verdict=verdict), default=0) for verdict in VERDICTS}
    tallies = Tally.objects.filter(keypair=pair).annotate(short=Left("name", MAX_NAME_LENGTH))
    rows = tallies.values_list("short").annotate(total=Sum("count"))
    rows = rows.annotate(first=Min("first_seen"), last=Max("last_seen"), **counts)
    most = list(rows.order_by("-total", "short")[:MAX_NAMES])
    problems = _problems(pair, [name for name, *_ in most])
    return [
        {
            "name": name or None,
            "is_known": name in known,
            "is_rest": name == OTHER_NAMES,
            "count": total,
            **verdict_counts(dict(zip(VERDICTS, verdicts, strict=True))),
            "first_seen": iso(first),
            "last_seen": iso(last),
            "problems": problems[name],
        }
        for name, total, first, last, *verdicts in most
    ]


def _problems(pair: KeyPair, names: Sequence[str]) -> dict[str, list[ProblemCount]]:
    """The most frequent ones of each name."""
    found: dict[str, list[ProblemCount]] = defaultdict(list)
    tallies = ProblemTally.objects.filter(keypair=pair).defer("name")
    rows = tallies.annotate(short=Left("name", MAX_NAME_LENGTH)).filter(short__in=names)
    for row in rows.order_by("-count", "code"):
        if len(found[row.short]) < MAX_PROBLEMS:
            found[row.short].append(problem_count(row.code, row.path, row.count, row.last_seq))
    return found
