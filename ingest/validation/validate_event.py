"""Validates one piece of a body: verdict, problems, and the columns of the list. Validates quickly
and explains slowly: for a good event one call of the schema is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ingest.dialects import Dialect
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.diagnosis import json_type_name
from ingest.problems import Problem
from ingest.schema.fuzzy_names import COMPARISONS, search_budget
from ingest.schema.missing_fields import suggest_locations
from ingest.values import IndexedFields, Json, Piece, ValidatedEvent, made
from ingest.verdicts import (
    INVALID,
    MALFORMED,
    VALID,
    VERDICTS,
    WARNING,
    combine_problems,
    verdict_of,
)

__all__ = ["INVALID", "MALFORMED", "MAX_PROBLEMS", "VALID", "VERDICTS", "WARNING", "HistoryCheck"]
__all__ += ["validate_event", "validate_events", "verdict_of"]

MAX_PROBLEMS = 100  # problems per event that are kept
MAX_PATHS = 16 * 2**10  # total characters of their paths

_NO_COLUMNS = IndexedFields()

HistoryCheck = Callable[[str | None, dict[str, Json]], list[Problem]]  # event name, value


def validate_event(
    dialect: Dialect,
    piece: Piece,
    received_at: int,
    api_key: str,
    earlier: HistoryCheck | None = None,
) -> ValidatedEvent:
    """Never raises, whatever was sent. `earlier` compares the event with earlier ones."""
    raw, line, value, parsed, problems, size = piece
    if size:  # truncated at the limit, or known not to be JSON
        return ValidatedEvent(line, MALFORMED, _NO_COLUMNS, problems, raw, size)
    if not parsed:
        try:
            value, odd = parse_json(raw)
        except Malformed as malformed:
            found = [*problems, *malformed.problems]
            return ValidatedEvent(line, MALFORMED, _NO_COLUMNS, found, raw, len(raw))
        if odd:
            problems = (*problems, *odd)
    if type(value) is not dict:
        return _not_an_object(piece, value, problems)
    columns = dialect.columns(value)
    own_id = dialect.event_id(value)
    found = dialect.check(value, columns, received_at, api_key)
    changed = earlier(columns.name, value) if earlier is not None else None
    holds = dialect.rules.holds(value)
    if holds and not found and not problems and not changed:
        return made(ValidatedEvent, (line, VALID, columns, (), raw, len(raw), own_id))
    by_schema = [] if holds else dialect.rules.problems(value)
    found = _sharpest(by_schema, [*found, *dialect.explain(value, by_schema, received_at)])
    found = [*problems, *suggest_locations(value, found, dialect.rules.names)]
    found = combine_problems(found, _not_said(changed or [], found))
    return ValidatedEvent(line, verdict_of(found), columns, _bounded(found), raw, len(raw), own_id)


def validate_events(
    dialect: Dialect,
    pieces: Iterable[Piece],
    received_at: int,
    api_key: str,
    earlier: HistoryCheck | None = None,
) -> list[ValidatedEvent]:
    # `with limited_comparisons()`, inlined: the context manager costs a small delivery 1 %
    outer = search_budget.left
    search_budget.left = COMPARISONS if outer is None else outer
    try:
        return [validate_event(dialect, piece, received_at, api_key, earlier) for piece in pieces]
    finally:
        search_budget.left = outer


def _not_an_object(piece: Piece, value: Json, problems: tuple[Problem, ...]) -> ValidatedEvent:
    if isinstance(value, str) and _holds_an_object(value):
        problems = (*problems, Problem("encoded-twice", offset=0, column=1))
    elif not any(problem.code == "array-not-object" for problem in problems):
        got = json_type_name(value).capitalize()
        problems = (*problems, Problem("not-an-object", args={"got": got}, offset=0, column=1))
    return ValidatedEvent(piece.line, MALFORMED, _NO_COLUMNS, problems, piece.raw, len(piece.raw))


def _holds_an_object(text: str) -> bool:
    try:
        return isinstance(parse_json(text.encode())[0], dict)
    except Malformed:
        return False


def shortened(event: ValidatedEvent) -> ValidatedEvent:
    """The event with one problem and the number of others: the first, the most severe, or the one
    named in the vendor's reply."""
    if len(event.problems) < 3:
        return event
    problems = sorted(event.problems, key=lambda problem: not problem.refuses)
    return event._replace(problems=_first(problems, 1))


def _bounded(problems: list[Problem]) -> list[Problem]:
    """The first problems, errors before warnings, and the number of others."""
    room = MAX_PATHS
    for count, problem in enumerate(problems):
        room -= len(problem.path)
        if room < 0 or count == MAX_PROBLEMS:
            return _first(problems, max(1, min(count, MAX_PROBLEMS - 1)))
    return problems


def _first(problems: list[Problem], most: int) -> list[Problem]:
    left = problems[most:]
    count = f"{len(left):,}"
    if any(problem.code == "explained-in-part" for problem in left):
        count = f"At least {count}"
    more = Problem("more-problems", left[0].severity, args={"count": count})
    return [*problems[:most], more]


def _not_said(changed: list[Problem], found: list[Problem]) -> list[Problem]:
    """A wrong type needs no second problem that it changed."""
    known = {problem.path for problem in found}
    return [problem for problem in changed if problem.path not in known]


def _sharpest(by_schema: list[Problem], by_dialect: list[Problem]) -> list[Problem]:
    """The vendor's own check of a place is more specific than a wrong type."""
    known = {problem.path for problem in by_dialect}
    return combine_problems(by_dialect, (p for p in by_schema if p.path not in known))
