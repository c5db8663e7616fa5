"""The conditions of expressions.py for PostgreSQL. The functions event_text, event_field,
event_value and event_number come from viewer/migrations/0003_event_functions.py; none of them
raises. `j` is a field's JSON text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewer.query.numbers import EXACT_DIGITS, parse_number
from viewer.query.text_search import LARGE, ascii_lower, expression_of

Compiled = tuple[str, list[Any]]

_TEXT_OF_VALUE = (
    "CASE left(j, 1) WHEN '\"' THEN event_value(j) WHEN '{' THEN NULL WHEN '[' THEN NULL ELSE j END"
)
_IS_NUMBER = "j ~ '^[-0-9]'"


def glob(column: str, pattern: str) -> Compiled:
    matches, values = _matches(column, f"octet_length({column}) > {LARGE}", pattern)
    return f"COALESCE({matches}, FALSE)", values


def raw_contains(
    raw: str, verdict: str, size: str, ways: Sequence[str], has_wildcards: bool
) -> Compiled:
    """Ignores the case of ASCII letters, as SQLite does: the C locale knows no other letters, and
    is fast."""
    text = f'lower({_text(raw, verdict, size)} COLLATE "C")'
    ways = [way.replace("\0", "\\000") for way in ways]  # as event_text formats it
    return _holds(raw, text, [ascii_lower(way) for way in ways], has_wildcards)


def has_problem(problems: str, pieces: Sequence[str]) -> Compiled:
    return _any(f"strpos({problems}, %s) > 0", pieces)


def json_field(
    columns: tuple[str, str, str],
    path: Sequence[str],
    likely: Sequence[Sequence[str]],
    operator: str,
    value: str | float,
    has_wildcards: bool,
) -> Compiled:
    """`likely`: of each group of pieces, the text of an event must hold one for this to be true."""
    raw, verdict, size = columns
    if any("\0" in text for text in (*path, str(value))):
        return "FALSE", []
    text = _text(raw, verdict, size)
    groups = [_holds(raw, text, pieces) for pieces in likely]
    test, values = _test(raw, operator, value, has_wildcards)
    sql = (
        f"CASE WHEN {' AND '.join([f'{verdict} <> %s', *(group for group, _ in groups)])} THEN "
        f"COALESCE((SELECT {test} FROM (SELECT event_field({text}, %s::text[]) AS j) f), FALSE) "
        "ELSE FALSE END"
    )
    pieces = [piece for _, some in groups for piece in some]
    return sql, ["malformed", *pieces, *values, list(path)]


def _test(raw: str, operator: str, value: str | float, has_wildcards: bool) -> Compiled:
    if operator != ":":
        return f"{_IS_NUMBER} AND event_number(j) {operator} %s::float8", [value]
    text = str(value)
    if has_wildcards and not text.strip("*"):
        return "j <> 'null'", []
    if has_wildcards:
        return _matches(_TEXT_OF_VALUE, f"octet_length({raw}) > {LARGE}", text)
    number = parse_number(text)
    if number is None or len(text) > EXACT_DIGITS:
        return f"{_TEXT_OF_VALUE} = %s", [text]
    same = f"{_IS_NUMBER} AND length(j) <= {EXACT_DIGITS} AND event_number(j) = %s::float8"
    return f"({_TEXT_OF_VALUE} = %s OR ({same}))", [text, number]


def _text(raw: str, verdict: str, size: str) -> str:
    """Complete lines of JSON are UTF-8; only other texts need the check."""
    is_odd = f"{verdict} = 'malformed' OR {size} <> octet_length({raw})"
    return f"(CASE WHEN {is_odd} THEN event_text({raw}) ELSE convert_from({raw}, 'UTF8') END)"


def _holds(raw: str, text: str, pieces: Sequence[str], has_wildcards: bool = False) -> Compiled:
    """The text of an event contains one of these."""
    if has_wildcards:
        in_small, values = _any(f"{text} LIKE %s", [f"%{like(piece)}%" for piece in pieces])
    else:
        in_small, values = _any(f"strpos({text}, %s) > 0", pieces)
    split = [piece.split("*") if has_wildcards else [piece] for piece in pieces]
    in_large, expressions = _any(f"{text} ~ %s", [expression_of(some) for some in split])
    sql = f"CASE WHEN octet_length({raw}) > {LARGE} THEN {in_large} ELSE {in_small} END"
    return sql, [*expressions, *values]


def _matches(text: str, is_large: str, pattern: str) -> Compiled:
    expression = expression_of(pattern.split("*"), is_whole=True)
    return f"CASE WHEN {is_large} THEN {text} ~ %s ELSE {text} LIKE %s END", [
        expression,
        like(pattern),
    ]


def _any(one: str, values: Sequence[str]) -> Compiled:
    return "(" + " OR ".join([one] * len(values)) + ")", list(values)


def like(pattern: str) -> str:
    for special in ("\\", "%", "_"):
        pattern = pattern.replace(special, "\\" + special)
    return pattern.replace("*", "%")
