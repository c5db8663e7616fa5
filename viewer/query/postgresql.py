"""Conditions of sql.py for PostgreSQL. The functions event_text, event_field, event_value and
event_number are made by viewer/migrations/0003_event_functions.py; none of them ever fails.

Of a field's JSON text: j.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from viewer.query.numbers import EXACT_DIGITS, number_of

Compiled = tuple[str, list[Any]]

_TEXT_OF_VALUE = (
    "CASE left(j, 1) WHEN '\"' THEN event_value(j) WHEN '{' THEN NULL WHEN '[' THEN NULL ELSE j END"
)
_IS_NUMBER = "j ~ '^[-0-9]'"


def glob(column: str, pattern: str) -> Compiled:
    return f"COALESCE({column} LIKE %s, FALSE)", [like(pattern)]


def raw_holds(
    raw: str, verdict: str, size: str, ways: Sequence[str], has_wildcards: bool
) -> Compiled:
    """In any case of ASCII letters, as in SQLite: the C locale knows no other, and is quick."""
    text = f'lower({_text(raw, verdict, size)} COLLATE "C")'
    ways = [way.replace("\0", "\\000") for way in ways]  # as event_text writes it
    if has_wildcards:
        one = f'{text} LIKE lower(%s COLLATE "C")'
        return _any(one, [f"%{like(way)}%" for way in ways])
    return _any(f'strpos({text}, lower(%s COLLATE "C")) > 0', ways)


def problems_hold(problems: str, pieces: Sequence[str]) -> Compiled:
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
    groups = [_any(f"strpos({text}, %s) > 0", pieces) for pieces in likely]
    test, values = _test(operator, value, has_wildcards)
    sql = (
        f"CASE WHEN {' AND '.join([f'{verdict} <> %s', *(group for group, _ in groups)])} THEN "
        f"COALESCE((SELECT {test} FROM (SELECT event_field({text}, %s::text[]) AS j) f), FALSE) "
        "ELSE FALSE END"
    )
    pieces = [piece for _, some in groups for piece in some]
    return sql, ["malformed", *pieces, *values, list(path)]


def _test(operator: str, value: str | float, has_wildcards: bool) -> Compiled:
    if operator != ":":
        return f"{_IS_NUMBER} AND event_number(j) {operator} %s::float8", [value]
    text = str(value)
    if has_wildcards and not text.strip("*"):
        return "j <> 'null'", []
    if has_wildcards:
        return f"{_TEXT_OF_VALUE} LIKE %s", [like(text)]
    number = number_of(text)
    if number is None or len(text) > EXACT_DIGITS:
        return f"{_TEXT_OF_VALUE} = %s", [text]
    same = f"{_IS_NUMBER} AND length(j) <= {EXACT_DIGITS} AND event_number(j) = %s::float8"
    return f"({_TEXT_OF_VALUE} = %s OR ({same}))", [text, number]


def _text(raw: str, verdict: str, size: str) -> str:
    """Whole lines of JSON are UTF-8; only of others it must be tried."""
    is_odd = f"{verdict} = 'malformed' OR {size} <> octet_length({raw})"
    return f"(CASE WHEN {is_odd} THEN event_text({raw}) ELSE convert_from({raw}, 'UTF8') END)"


def _any(one: str, values: Sequence[str]) -> Compiled:
    return "(" + " OR ".join([one] * len(values)) + ")", list(values)


def like(pattern: str) -> str:
    for special in ("\\", "%", "_"):
        pattern = pattern.replace(special, "\\" + special)
    return pattern.replace("*", "%")
