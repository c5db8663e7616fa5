"""Validates one piece of a body: verdict, problems, and the columns of the list. Validates quickly
and explains slowly: for a good event one call of the schema is enough."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from orjson import JSONDecodeError, loads

from ingest.dialects import Dialect
from ingest.parsing.exact_numbers import with_exact_numbers
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.diagnosis import json_type_name
from ingest.parsing.malformed.printed import printed_text
from ingest.parsing.member_names import find_odd_names, has_plain_names, merge_odd_names
from ingest.parsing.node_buffer import find_buffer
from ingest.problems import Problem
from ingest.schema.corrected_event import problems_when_corrected
from ingest.schema.fuzzy_names import COMPARISONS, search_budget
from ingest.schema.missing_fields import suggest_locations
from ingest.validation.envelopes import (
    Judge,
    explain_array,
    explain_object,
    explain_string,
    explain_text,
)
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
_SEPARATORS = frozenset({"two-values", "written-line-break"})  # problems between two events

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
        return _malformed(dialect, piece, problems, received_at, api_key)
    if not parsed:
        try:
            value = loads(raw)
        except JSONDecodeError:
            return _validate_odd_text(dialect, piece, received_at, api_key, earlier)
    if type(value) is not dict:
        found = _of_no_object(dialect, value, problems, judge_of(dialect, received_at, api_key))
        return ValidatedEvent(line, MALFORMED, _NO_COLUMNS, found, raw, len(raw))
    # as many colons as members: no name comes twice; other events are looked at more closely
    plain = (type(raw) is bytes and raw.count(58) == len(value)) or has_plain_names(raw, value)
    columns = dialect.columns(value)
    own_id = dialect.event_id(value)
    found = dialect.check(value, columns, received_at, api_key)
    changed = earlier(columns.name, value) if earlier is not None else None
    try:
        holds = dialect.rules.is_valid(value)
    except ValueError:  # nested too deep for the validator
        holds = False
    if plain and holds and not found and not problems and not changed:
        return made(ValidatedEvent, (line, VALID, columns, (), raw, len(raw), own_id))
    if not holds and (buffer := find_buffer(value)):
        return ValidatedEvent(line, INVALID, _NO_COLUMNS, (*problems, buffer), raw, len(raw))
    by_schema = [] if holds else dialect.rules.problems(value)
    found = _sharpest(by_schema, [*found, *dialect.explain(value, by_schema, received_at)])
    found = _explained(dialect, piece, value, found, received_at, api_key, changed or [])
    found = combine_problems(problems, found)
    return ValidatedEvent(line, verdict_of(found), columns, _bounded(found), raw, len(raw), own_id)


def _explained(
    dialect: Dialect,
    piece: Piece,
    value: dict[str, Json],
    found: list[Problem],
    received_at: int,
    api_key: str,
    changed: list[Problem],
) -> list[Problem]:
    """The problems of an object with their causes: what is around the event, doubled and odd names,
    numbers that a parser rounds, fields in other places."""
    found = merge_odd_names(found, find_odd_names(piece.raw, value, dialect.repeated_names))
    inside = explain_object(dialect, value, found, judge_of(dialect, received_at, api_key))
    if inside is not None:  # the properties of what is around an event are not its own
        return inside
    found = suggest_locations(value, found, dialect.rules.names)
    exact = with_exact_numbers(piece.raw, found)
    check = partial(_check, dialect, received_at, api_key)
    found = [*exact, *problems_when_corrected(value, found, check)]
    return [*found, *_not_said(changed, found)]


def _validate_odd_text(
    dialect: Dialect,
    piece: Piece,
    received_at: int,
    api_key: str,
    earlier: HistoryCheck | None,
) -> ValidatedEvent:
    """A text that the fast parser rejects."""
    try:
        value, odd = parse_json(piece.raw)
    except Malformed as malformed:
        found = [*piece.problems, *malformed.problems]
        return _malformed(dialect, piece, found, received_at, api_key)
    parsed = piece._replace(value=value, parsed=True, problems=(*piece.problems, *odd))
    return validate_event(dialect, parsed, received_at, api_key, earlier)


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


def judge_of(dialect: Dialect, received_at: int, api_key: str) -> Judge:
    """A function that finds all problems of an object by itself."""
    check = partial(_check, dialect, received_at, api_key)

    def judge(value: dict[str, Json]) -> list[Problem]:
        found = check(value)
        return combine_problems(found, problems_when_corrected(value, found, check))

    return judge


def _check(
    dialect: Dialect, received_at: int, api_key: str, value: dict[str, Json]
) -> list[Problem]:
    found = dialect.check(value, dialect.columns(value), received_at, api_key)
    by_schema = [] if dialect.rules.holds(value) else dialect.rules.problems(value)
    found = [*found, *dialect.explain(value, by_schema, received_at)]
    return suggest_locations(value, _sharpest(by_schema, found), dialect.rules.names)


def _malformed(
    dialect: Dialect, piece: Piece, problems: Sequence[Problem], received_at: int, api_key: str
) -> ValidatedEvent:
    found = explain_text(dialect, piece.raw, problems, judge_of(dialect, received_at, api_key))
    found = [_with_separation(dialect, problem) for problem in found]
    size = piece.size or len(piece.raw)
    return ValidatedEvent(piece.line, MALFORMED, _NO_COLUMNS, found, piece.raw, size)


def _with_separation(dialect: Dialect, problem: Problem) -> Problem:
    """Add how this vendor separates events, which the parser does not know."""
    args = problem.args or {}
    if problem.code not in _SEPARATORS or "separation" in args:
        return problem
    return problem._replace(args={**args, "separation": dialect.separation_hint})


def _of_no_object(
    dialect: Dialect, value: Json, problems: tuple[Problem, ...], judge: Judge
) -> list[Problem]:
    if isinstance(value, str) and (found := explain_string(dialect, value, judge)):
        return [*problems, *found]
    if isinstance(value, str) and (printed := printed_text(value)):
        return [*problems, printed._replace(offset=0, column=1)]
    inside = explain_array(value, judge) if isinstance(value, list) else []
    if any(problem.code == "array-not-object" for problem in problems):
        return [*problems, *inside]
    got = json_type_name(value).capitalize()
    fault = Problem("not-an-object", args={"got": got}, offset=0, column=1)
    return [*problems, fault, *inside]


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
