"""Names of fields that were seen, each with its most frequent values: for who writes a query."""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from operator import attrgetter
from typing import Any

from cachetools import TTLCache, cached
from django.db.models import Case, F, QuerySet, Sum, TextField, When
from django.db.models.functions import Cast, Left
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair, ProblemTally, Run, Tally
from ingest.validation.validate_event import VERDICTS
from viewer.query.compiler import COLUMNS
from viewer.query.formatter import format_path

Path = tuple[str, ...]

NEWEST = 1_000  # events that are looked into
MAX_BYTES = 8_192  # bytes of such an event
MAX_FIELDS = 300
MAX_VALUES = 20  # of a field
MAX_LENGTH = 80  # characters of a value
MAX_PATH_LENGTH = 200  # characters of a field's names
_MAX_DEPTH = 8
_MAX_COUNTED = 200  # distinct values counted per field
_LASTS = 5.0  # seconds
_PAIRS = 20  # cached; at most 1 MiB each

_SEEN = ("account", "user", "session", "status", "delivery", "line")
_SHORT: dict[str, Any] = {  # longer values are not suggested
    f"short_{column}": Left(Cast(column, TextField()), MAX_LENGTH + 1) for column in _SEEN
}


class FieldCounts(TypedDict):
    """The most frequent values of a field, each with its count."""

    name: str
    values: list[tuple[str, int]]


class SeenFields(TypedDict):
    fields: list[FieldCounts]


@cached(TTLCache(_PAIRS, _LASTS), key=attrgetter("pk"), lock=threading.Lock())
def field_values(pair: KeyPair) -> SeenFields:
    """As `/api/fields` answers; at most some seconds old."""
    return {"fields": list(_fields(pair))}


def _fields(pair: KeyPair) -> Iterator[FieldCounts]:
    pair.refresh_from_db()
    newest = Event.objects.filter(keypair=pair).order_by("-seq")[:NEWEST]
    small = Case(When(size__lte=MAX_BYTES, then=F("raw")), default=None)
    rows = list(newest.annotate(small=small, **_SHORT).values(*_SHORT, "small"))
    runs = Run.objects.filter(keypair=pair).order_by("-pk")[:MAX_VALUES]
    counts = {
        "verdict": Counter({verdict: getattr(pair, verdict) for verdict in VERDICTS}),
        "name": _tallied(Tally.objects.filter(keypair=pair).exclude(name=""), "name"),
        "run": Counter(run.name for run in runs),
        "problem": _tallied(ProblemTally.objects.filter(keypair=pair), "code"),
        **{column: Counter(_texts(row[f"short_{column}"] for row in rows)) for column in _SEEN},
    }
    for column in COLUMNS:
        yield _field(column, counts.get(column, Counter()))
    raws = (bytes(row["small"]) for row in rows if row["small"] is not None)
    for path, values in _paths(raws).items():
        yield _field(format_path(path, COLUMNS), values)


def _field(name: str, counts: Counter[str]) -> FieldCounts:
    return {"name": name, "values": counts.most_common(MAX_VALUES)}


def _tallied(rows: QuerySet[Any], column: str) -> Counter[str]:
    short = rows.annotate(short=Left(column, MAX_LENGTH + 1)).values_list("short")
    found = short.annotate(sum=Sum("count")).order_by("-sum")
    return Counter(dict(found[:MAX_VALUES]))


def _paths(raws: Iterable[bytes]) -> dict[Path, Counter[str]]:
    """Fields of the JSON in the order in which they were seen."""
    found: dict[Path, Counter[str]] = {}
    for raw in raws:
        for path, text in _leaves(_parsed(raw)):
            if path not in found and len(found) == MAX_FIELDS:
                continue
            counts = found.setdefault(path, Counter())
            if _is_worth_telling(text) and (text in counts or len(counts) < _MAX_COUNTED):
                counts[text] += 1
    return found


def _parsed(raw: bytes) -> object:
    try:
        return json.loads(raw, parse_int=str, parse_float=str)  # digits as they were sent
    except (ValueError, RecursionError):
        return None


def _leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, str]]:
    """Every scalar with its path; an array is represented by its first item."""
    if isinstance(value, dict) and len(path) < _MAX_DEPTH:
        for key, child in value.items():
            yield from _leaves(child, (*path, key))
    elif isinstance(value, list) and len(path) < _MAX_DEPTH:
        for child in value[:1]:
            yield from _leaves(child, (*path, "0"))
    elif path and not isinstance(value, (dict, list)) and _is_worth_naming("".join(path)):
        yield path, _text(value)


def _is_worth_naming(names: str) -> bool:
    return len(names) <= MAX_PATH_LENGTH and _is_text(names)


def _is_text(text: str) -> bool:
    """JSON may contain half of a surrogate pair, which cannot be encoded."""
    return text.isascii() or not any("\ud800" <= letter <= "\udfff" for letter in text)


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "null" if value is None else str(value)


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if value is not None and _is_worth_telling(str(value)):
            yield str(value)


def _is_worth_telling(text: str) -> bool:
    return len(text) <= MAX_LENGTH and _is_text(text)
