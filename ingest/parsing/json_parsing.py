"""Text → JSON value: orjson, and the standard library for valid JSON that orjson rejects."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from functools import cached_property, partial
from typing import NoReturn

import orjson

from ingest.parsing.malformed.diagnosis import diagnose_malformed
from ingest.problems import REBUILT, WARNING, Problem
from ingest.values import Json, Raw

MAX_DEPTH = 1024  # levels, the limit of orjson

_TOO_DEEP = "depth limit"
_LENIENT_ERRORS = ("surrogate", "infinity")  # errors of orjson at text that JSON allows
# one match skips all text before the bracket, including strings; the group is empty at the end
_NEXT_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}]?)', re.DOTALL)
_MAX_NUMBER = 1.7e308  # replaces numbers beyond the range of a double


class Malformed(Exception):
    """The text is not JSON; `problems` say where and why. They are computed on first access,
    because speculative parses never need them."""

    def __init__(self, explain: Callable[[], list[Problem]]) -> None:
        super().__init__("not JSON")
        self._explain = explain

    @cached_property
    def problems(self) -> list[Problem]:
        return self._explain()


def parse_json(raw: Raw) -> tuple[Json, tuple[Problem, ...]]:
    """The value, and warnings about its text. Raises Malformed."""
    try:
        return orjson.loads(raw), ()
    except orjson.JSONDecodeError as error:
        if _TOO_DEEP in error.msg:  # the standard library would not read it either
            raise Malformed(lambda: [depth_problem(bytes(raw))]) from None
        if not any(reason in error.msg for reason in _LENIENT_ERRORS):
            raise Malformed(partial(diagnose_malformed, bytes(raw), error.msg, error.pos)) from None
        return _parse_leniently(bytes(raw))


def _parse_leniently(raw: bytes) -> tuple[Json, tuple[Problem, ...]]:
    warnings: list[Problem] = []
    try:
        value = json.loads(
            raw.decode(),
            parse_constant=_refuse_constant,
            parse_float=lambda digits: _number(float(digits), warnings),
            parse_int=lambda digits: _number(
                int(digits) if len(digits) < 300 else float(digits), warnings
            ),
        )
        return _without_lone_surrogates(value, warnings), tuple(warnings[:1])
    except RecursionError:
        raise Malformed(lambda: [depth_problem(raw)]) from None
    except json.JSONDecodeError as error:
        raise Malformed(partial(diagnose_malformed, raw, error.msg, error.pos)) from None
    except ValueError:
        raise Malformed(partial(diagnose_malformed, raw)) from None


def depth_problem(raw: bytes) -> Problem:
    """The problem, at the bracket that exceeds MAX_DEPTH; at the deepest bracket if the caller has
    a lower limit."""
    depth = deepest = at = 0
    for match in _NEXT_BRACKET.finditer(raw):
        bracket = match[1]
        if bracket not in (b"{", b"["):
            depth -= len(bracket)
            continue
        depth += 1
        if depth > deepest:
            deepest, at = depth, match.start(1)
        if depth > MAX_DEPTH:
            break
    column = len(raw[:at].decode("utf-8", "replace")) + 1
    return Problem("nested-too-deep", basis=REBUILT, offset=at, column=column)


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _number(value: float, warnings: list[Problem]) -> float:
    if math.isfinite(value):
        return value
    warnings.append(Problem("number-out-of-range", WARNING))
    return math.copysign(_MAX_NUMBER, value)


def _without_lone_surrogates(value: Json, warnings: list[Problem]) -> Json:
    """Replace lone surrogates with question marks, because they cannot be encoded as UTF-8."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        warnings.insert(0, Problem("lone-surrogate", WARNING))
        return json.loads(text.encode("utf-8", "replace"))
    return value
