"""The events closest to a query that too few events match, with the differences per field."""

from __future__ import annotations

import json
from itertools import islice
from typing import Any

from django.db.models import Case, IntegerField, Q, Value, When
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair
from ingest.problems import json_pointer
from ingest.schema.fuzzy_names import closest_match, limited_comparisons
from ingest.timestamps import iso
from viewer.events.fields import field_values
from viewer.export.csv_table import MISSING, as_json, exact_digits, step_into
from viewer.qa.scope import Scope
from viewer.query import Query
from viewer.query.compiler import COLUMNS, to_q
from viewer.query.formatter import format_path
from viewer.query.parser import Group, Term
from viewer.rest.answer_types import VerdictName
from viewer.workload.deadline import TimeUp, check_deadline, within_deadline

SHOWN = 3
LOOKED_AT = 10_000  # newest events of the scope that are examined
MAX_LENGTH = 200  # characters of a value
SECONDS = 0.5  # in total per query
_MAX_BYTES = 65_536  # bytes; larger events are skipped
_MAX_DEPTH = 8  # levels in which a field is searched
_MAX_OBJECTS = 200  # of each level


class TermDifference(TypedDict):
    """`got` is null where the field is not there; `hint` says what may be meant."""

    term: str
    path: str
    wanted: str
    got: str | None
    hint: str


class ClosestMiss(TypedDict):
    """An event that fulfils `matched` of the `of` terms."""

    seq: int
    name: str | None
    verdict: VerdictName
    matched: int
    of: int
    differences: list[TermDifference]


def closest_misses(
    wanted: Query, scope: Scope, pair: KeyPair, matching: list[int] | None = None
) -> list[ClosestMiss]:
    """The events that match the most terms, newest first; none that matches no term or all terms,
    and none if the search exceeds its time."""
    found = scope.range(pair)
    if found is None or not wanted.groups:
        return []
    try:
        with within_deadline(SECONDS):
            return _nearest(wanted, pair, found)
    except TimeUp:
        return []


def _nearest(wanted: Query, pair: KeyPair, found: tuple[int, int, Q]) -> list[ClosestMiss]:
    low, high, condition = found
    near = Value(0, output_field=IntegerField())
    for group in wanted.groups:
        near = near + Case(When(to_q((group,)), then=1), default=0)  # type: ignore[assignment]
    rows = Event.objects.filter(
        condition, keypair=pair, seq__gte=max(low, high - LOOKED_AT), seq__lte=high
    ).annotate(near=near)
    rows = rows.filter(near__gt=0, near__lt=len(wanted.groups)).order_by("-near", "-seq")
    ranked = dict(rows.values_list("seq", "near")[:SHOWN])  # sorted without the events' text
    events = {e.seq: e for e in Event.objects.filter(keypair=pair, seq__in=ranked)}
    with limited_comparisons():
        return [_show(events[seq], ranked[seq], wanted) for seq in ranked if seq in events]


def _show(event: Any, near: int, wanted: Query) -> ClosestMiss:
    missed = [group for group in wanted.groups if not _holds(event, group)]
    value = _value_of(event)
    return {
        "seq": event.seq,
        "name": event.name,
        "verdict": event.verdict,
        "matched": near,
        "of": len(wanted.groups),
        "differences": [_difference(event, value, group, wanted.text) for group in missed],
    }


def _holds(event: Any, group: Group) -> bool:
    """Evaluated by the database, so that a query has the same meaning everywhere."""
    one = Event.objects.filter(to_q((group,)), keypair=event.keypair_id, seq=event.seq)
    return one.exists()


def _difference(event: Any, value: Any, group: Group, text: str) -> TermDifference:
    check_deadline()
    term = group[0]
    shown: TermDifference = {
        "term": text[term.start : group[-1].end],
        "path": _path(term),
        "wanted": _wanted(group),
        "got": None,
        "hint": "",
    }
    if not term.path:
        shown["hint"] = "The event’s text does not hold it."
    elif not term.is_json and len(term.path) == 1 and term.path[0] in COLUMNS:
        shown["got"] = _column(event, term.path[0])
    else:
        shown["got"], shown["hint"] = _at(value, term.path)
    return shown


def _path(term: Term) -> str:
    if not term.path:
        return ""
    is_column = not term.is_json and len(term.path) == 1 and term.path[0] in COLUMNS
    return term.path[0] if is_column else json_pointer(term.path)


def _wanted(group: Group) -> str:
    """The expected value in words: `not x`, `> 3`, `a or b`."""
    return " or ".join(
        ("not " if term.is_negated else "")
        + (f"{term.operator} " if term.operator not in ("", ":") else "")
        + term.value.text
        for term in group
    )[:MAX_LENGTH]


def _column(event: Any, name: str) -> str | None:
    if name == "time":
        return iso(event.received_at)
    if name == "problem":
        return ", ".join(code for code, *_ in json.loads(event.problems or "[]")) or None
    value = getattr(event, name, None)
    return None if value is None else str(value)


def _value_of(event: Any) -> Any:
    if event.verdict == "malformed" or event.size > _MAX_BYTES:
        return None
    try:
        return json.loads(bytes(event.raw), parse_int=exact_digits, parse_float=exact_digits)
    except (ValueError, RecursionError):
        return None


def _at(value: Any, path: tuple[str, ...]) -> tuple[str | None, str]:
    """The value there as JSON, and a similar field if there is none."""
    for at, step in enumerate(path):
        inner = step_into(value, step)
        if inner is MISSING:
            return None, _hint(value, step, path[:at])
        value = inner
    return as_json(value)[:MAX_LENGTH], ""


def _hint(value: Any, step: str, before: tuple[str, ...]) -> str:
    if not before and (inside := _nested_path(value, step)):
        return f"There is no “{step}” at the top level; “{step}” is at {inside}."
    place = f" in “{'.'.join(before)}”" if before else ""
    meant = closest_match(step, islice(value, 200)) if isinstance(value, dict) else ""
    message = f"There is no “{step}”{place}."
    return f"{message} Did the sender mean “{meant}”?" if meant else message


def _nested_path(value: Any, name: str) -> str:
    """The path of a nested field of that name as a query writes it, the least deep one; empty if
    there is none."""
    level: list[tuple[tuple[str, ...], dict[str, Any]]] = [((), value)]
    for _ in range(_MAX_DEPTH):
        inner = (
            ((*path, key), item)
            for path, members in level
            for key, item in members.items()
            if isinstance(item, dict)
        )
        level = list(islice(inner, _MAX_OBJECTS)) if isinstance(value, dict) else []
        for path, members in level:
            if name in members:
                return format_path((*path, name), COLUMNS)
    return ""


def nested_fields(wanted: Query, pair: KeyPair) -> str:
    """A sentence for each field that the query names at the top level and that was seen nested:
    “plan” is at event_attributes.plan."""
    terms = [term for group in wanted.groups for term in group if len(term.path) == 1]
    fields = [term.path for term in terms if term.is_json or term.path[0] not in COLUMNS]
    if not fields:
        return ""
    seen = [field["name"] for field in field_values(pair)["fields"]]
    return " ".join(_nested_sentence(path, seen) for path in dict.fromkeys(fields)).strip()


def _nested_sentence(path: tuple[str, ...], seen: list[str]) -> str:
    also = "also " if format_path(path, COLUMNS) in seen else ""
    end = "." + format_path(path, ())
    inside = [name for name in seen if name.endswith(end)][:SHOWN]
    return f"“{path[0]}” is {also}at {' and at '.join(inside)}." if inside else ""
