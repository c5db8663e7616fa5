"""Text → JSON value: a fast strict parser, and a patient one for what JSON allows but
the fast one does not take."""

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

MAX_DEPTH = 1024  # levels: what orjson reads

_TOO_DEEP = "depth limit"
_ONLY_ODD = ("surrogate", "infinity")  # JSON, as far as orjson read
# what stands before it, strings with all their brackets, is passed over at once; none at the end
_NEXT_BRACKET = re.compile(rb'(?:[^"\[\]{}]++|"(?:[^"\\]++|\\.)*+"?)*+([\[\]{}]?)', re.DOTALL)
_MAX_BYTES = 1.7e308  # stands for every number that no double can hold


class Malformed(Exception):
    """The text is not JSON; `problems` say where and why. They are looked for when somebody asks:
    often the text is only tried."""

    def __init__(self, explain: Callable[[], list[Problem]]) -> None:
        super().__init__("not JSON")
        self._explain = explain

    @cached_property
    def problems(self) -> list[Problem]:
        return self._explain()


def parse_json(raw: Raw) -> tuple[Json, tuple[Problem, ...]]:
    """The value, and what is odd about its text. Raises Malformed."""
    try:
        return orjson.loads(raw), ()
    except orjson.JSONDecodeError as error:
        if _TOO_DEEP in error.msg:  # also for the patient one
            raise Malformed(lambda: [depth_problem(bytes(raw))]) from None
        if not any(reason in error.msg for reason in _ONLY_ODD):
            raise Malformed(partial(diagnose_malformed, bytes(raw), error.msg, error.pos)) from None
        return _parse_patiently(bytes(raw))


def _parse_patiently(raw: bytes) -> tuple[Json, tuple[Problem, ...]]:
    odd: list[Problem] = []
    try:
        value = json.loads(
            raw.decode(),
            parse_constant=_refuse_constant,
            parse_float=lambda digits: _number(float(digits), odd),
            parse_int=lambda digits: _number(
                int(digits) if len(digits) < 300 else float(digits), odd
            ),
        )
        return _without_lone_surrogates(value, odd), tuple(odd[:1])
    except RecursionError:
        raise Malformed(lambda: [depth_problem(raw)]) from None
    except json.JSONDecodeError as error:
        raise Malformed(partial(diagnose_malformed, raw, error.msg, error.pos)) from None
    except ValueError:
        raise Malformed(partial(diagnose_malformed, raw)) from None


def depth_problem(raw: bytes) -> Problem:
    """The problem, at the bracket that opens one level too many; at the deepest where an
    earlier one was already too many for who asks."""
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


def _number(value: float, odd: list[Problem]) -> float:
    if math.isfinite(value):
        return value
    odd.append(Problem("number-out-of-range", WARNING))
    return math.copysign(_MAX_BYTES, value)


def _without_lone_surrogates(value: Json, odd: list[Problem]) -> Json:
    """No encoder down the way can write half a pair, so a question mark stands for it."""
    text = json.dumps(value, ensure_ascii=False)
    try:
        text.encode()
    except UnicodeEncodeError:
        odd.insert(0, Problem("lone-surrogate", WARNING))
        return json.loads(text.encode("utf-8", "replace"))
    return value
