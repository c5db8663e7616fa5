"""Expectations of events, parsed from JSON: how many match a query, in which order, or none.

{"match": "name:feature", "fields": {"total": 3}, "at_least": 1}     also at_most, exactly
{"none": "verdict:invalid"}
{"order": ["name:signed_up", "name:paid"], "by": "user"}
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, NotRequired, cast

from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from ingest.schema.fuzzy_names import closest_match
from viewer import query
from viewer.query import Query
from viewer.query.compiler import COLUMNS
from viewer.query.formatter import format_path
from viewer.workload.deadline import check_deadline

MAX_COUNT = 50  # per call
MAX_STEPS = 10  # per order
MAX_TERMS = 500  # for all queries of one call
MAX_EVENTS = 1_000_000
MAX_LABEL_LENGTH = 200
BY = ("user", "session", "account", "any")

_COUNTS = ("at_least", "at_most", "exactly")
_KEYS = {
    "match": {"match", "fields", "label", *_COUNTS},
    "none": {"none", "fields", "label"},
    "order": {"order", "by", "label"},
}


@dataclass(frozen=True)
class Expectation:
    """`queries` has one query, or all steps of an order. `most` None: no upper limit."""

    sent: SentExpectation
    label: str
    queries: tuple[Query, ...]
    least: int = 1
    most: int | None = None
    by: str = ""

    @property
    def terms(self) -> Iterator[int]:
        """The number of terms in each group of each query."""
        return (len(group) for wanted in self.queries for group in wanted.groups)

    @property
    def is_order(self) -> bool:
        return bool(self.by)


QueryText = Annotated[str, Field(max_length=1000)]
FieldValuesWanted = dict[str, str | float | bool | None]
EventCount = Annotated[int, Field(ge=0, le=MAX_EVENTS)]
ExpectationLabel = Annotated[str, Field(max_length=MAX_LABEL_LENGTH)]


class CountedExpectation(TypedDict):
    """How many events match a query; at least one where nothing is said."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    match: QueryText
    fields: NotRequired[FieldValuesWanted]
    at_least: NotRequired[EventCount]
    at_most: NotRequired[EventCount]
    exactly: NotRequired[EventCount]
    label: NotRequired[ExpectationLabel]


class NoneExpected(TypedDict):
    """No event matches."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    none: QueryText
    fields: NotRequired[FieldValuesWanted]
    label: NotRequired[ExpectationLabel]


class OrderExpected(TypedDict):
    """An event that matches each query, in this order, for the same user, session or account."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    order: Annotated[list[QueryText], Field(min_length=2, max_length=MAX_STEPS)]
    by: NotRequired[Annotated[str, WithJsonSchema({"type": "string", "enum": list(BY)})]]
    label: NotRequired[ExpectationLabel]


SentExpectation = CountedExpectation | NoneExpected | OrderExpected


class ExpectationError(ValueError):
    """`path` is a JSON Pointer within the expectations."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


def parse_new_expectations(given: Any) -> list[Expectation]:
    """Parse the expectations of a request. Raises ExpectationError, TimeUp."""
    return parse_expectations(given, MAX_TERMS)


def parse_expectations(given: Any, most_terms: float = math.inf) -> list[Expectation]:
    """Needs about 50 µs per term. Raises ExpectationError, TimeUp."""
    if not isinstance(given, list) or len(given) > MAX_COUNT:
        raise ExpectationError("", f"Expectations are an array of at most {MAX_COUNT}.")
    expectations = []
    terms = 0
    for at, one in enumerate(given):
        check_deadline()
        expectation = _read(one, f"/{at}")
        terms += sum(expectation.terms)
        if terms > most_terms:
            raise ExpectationError(
                f"/{at}", f"All queries together have more than {most_terms} terms."
            )
        expectations.append(expectation)
    return expectations


def _read(given: Any, path: str) -> Expectation:
    if not isinstance(given, dict):
        raise ExpectationError(path, "An expectation is an object with match, none or order.")
    kinds = [kind for kind in _KEYS if kind in given]
    if len(kinds) != 1:
        raise ExpectationError(path, "An expectation has one of match, none and order.")
    [kind] = kinds
    for key in given:
        if key not in _KEYS[kind]:
            meant = closest_match(key, _KEYS[kind])
            hint = f" Did you mean “{meant}”?" if meant else ""
            raise ExpectationError(
                f"{path}/{key[:80]}", f"“{key[:80]}” is not known beside {kind}.{hint}"
            )
    label = given.get("label", "")
    if not isinstance(label, str) or len(label) > MAX_LABEL_LENGTH:
        raise ExpectationError(
            f"{path}/label", f"A label is text of at most {MAX_LABEL_LENGTH} characters."
        )
    if kind == "order":
        return _order(given, label, path)
    wanted = _query(given[kind], given.get("fields", {}), path, kind)
    least, most = (0, 0) if kind == "none" else _counts(given, path)
    words = label or _words(wanted, least, most)
    return Expectation(cast("SentExpectation", given), words, (wanted,), least, most)


def _order(given: dict[str, Any], label: str, path: str) -> Expectation:
    steps = given["order"]
    if not isinstance(steps, list) or not 2 <= len(steps) <= MAX_STEPS:
        raise ExpectationError(f"{path}/order", f"An order has 2 to {MAX_STEPS} queries.")
    by = given.get("by", "user")
    if by not in BY:
        raise ExpectationError(f"{path}/by", f"by is one of {', '.join(BY)}.")
    queries = tuple(_query(one, {}, path, f"order/{at}") for at, one in enumerate(steps))
    whose = "" if by == "any" else f", for the same {by}"
    words = " before ".join(one.text or "any event" for one in queries) + whose
    return Expectation(cast("SentExpectation", given), label or words, queries, by=by)


def _query(text: Any, fields: Any, path: str, key: str) -> Query:
    if not isinstance(text, str):
        raise ExpectationError(f"{path}/{key}", "A query is text.")
    if not isinstance(fields, dict):
        raise ExpectationError(
            f"{path}/fields", "fields is an object: path of a field → its value."
        )
    terms = [text, *(_term(name, value, path) for name, value in fields.items())]
    try:
        return query.parse_query(" ".join(filter(None, terms)))
    except query.QuerySyntaxError as mistake:
        raise ExpectationError(f"{path}/{key}", f"{mistake} (character {mistake.at})") from None


def _term(name: str, value: Any, path: str) -> str:
    """A term for a JSON field that equals a value. Dots separate nested names."""
    if isinstance(value, (dict, list)) or not name:
        raise ExpectationError(
            f"{path}/fields", "A field is asked for a text, number, true, false or null."
        )
    written = format_path([step for step in name.split(".") if step], COLUMNS)
    dot = "" if written.startswith(".") else "."
    if isinstance(value, str):
        return f"{dot}{written}:{_quoted(value)}"
    return f"{dot}{written}:{json.dumps(value)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + "".join(c if c >= " " else f"\\u{ord(c):04x}" for c in escaped) + '"'


def _counts(given: dict[str, Any], path: str) -> tuple[int, int | None]:
    for key in _COUNTS:
        count = given.get(key, 0)
        if type(count) is not int or not 0 <= count <= MAX_EVENTS:
            raise ExpectationError(
                f"{path}/{key}", f"A count is a whole number from 0 to {MAX_EVENTS:,}."
            )
    if "exactly" in given:
        if "at_least" in given or "at_most" in given:
            raise ExpectationError(f"{path}/exactly", "exactly excludes at_least and at_most.")
        return given["exactly"], given["exactly"]
    least = given.get("at_least", 0 if "at_most" in given else 1)
    most = given.get("at_most")
    if most is not None and most < least:
        raise ExpectationError(f"{path}/at_most", "at_most is less than at_least.")
    return least, most


def _words(wanted: Query, least: int, most: int | None) -> str:
    return f"{format_counts(least, most)} of {wanted.text or 'any event'}"


def format_counts(least: int, most: int | None) -> str:
    if most == 0:
        return "none"
    if least == most:
        return f"exactly {least:,}"
    return " and ".join(_limits(least, most)) or "any number"


def _limits(least: int, most: int | None) -> Iterator[str]:
    if least:
        yield f"at least {least:,}"
    if most is not None:
        yield f"at most {most:,}"
