"""Digits of numbers as sent: a number that a double cannot hold is shown as it was written."""

from __future__ import annotations

import json
from collections.abc import Sequence

from ingest.problems import Problem, pointer_parts
from ingest.values import Json, Raw

_MAX_BYTES = 256 * 2**10  # longer texts are not read again
_MAX_DIGITS = 60
_CODES = frozenset({"string-as-number", "integer-id"})


class _Digits(str):
    """A number as written."""


def with_exact_numbers(raw: Raw, problems: Sequence[Problem]) -> Sequence[Problem]:
    """The problems, with the digits as sent in hints to put a number in quotes."""
    inexact = [p for p in problems if p.code in _CODES and _is_inexact((p.args or {})["value"])]
    if not inexact or len(raw) > _MAX_BYTES:
        return problems
    try:
        value = json.loads(bytes(raw), parse_float=_Digits, parse_int=_Digits)
    except (ValueError, RecursionError):
        return problems
    return [_exact(problem, value) if problem in inexact else problem for problem in problems]


def _is_inexact(shown: str) -> bool:
    return "e" in shown or "." in shown


def _exact(problem: Problem, value: Json) -> Problem:
    for part in pointer_parts(problem.path):
        value = value.get(part) if isinstance(value, dict) else None
    if not isinstance(value, _Digits):
        return problem
    return problem._replace(args={**(problem.args or {}), "value": str(value)[:_MAX_DIGITS]})
