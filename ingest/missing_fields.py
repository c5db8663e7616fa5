"""A field that is missing is often there, under another name or at another place. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from ingest.lookalikes import fold, nearest, twin
from ingest.problems import Problem, parts_of
from ingest.rules import short
from ingest.shapes import Json

MISSING = frozenset({"missing-field", "missing-session", "missing-own-field", "expected-field"})

_MOST_LOOKED_AT = 200  # names at one place
_CLOSE = 0.85  # more than for a mere hint: it replaces “missing”
_TELLING = 5  # letters: `id` and `name` may be anyone's


def locate(
    value: dict[str, Json], problems: Iterable[Problem], known: frozenset[str]
) -> list[Problem]:
    """The problems, those of missing fields saying where the field seems to be. `known` are
    the names that some rule speaks of: they stand for themselves."""
    return [_located(value, problem, known) for problem in problems]


def _located(value: dict[str, Json], problem: Problem, known: frozenset[str]) -> Problem:
    if problem.code == "no-identifier":
        return _identifier_outside(value, problem)
    if problem.code not in MISSING:
        return problem
    *parents, name = parts_of(problem.path)
    here = _at(value, parents)
    strangers = [other for other in _names(here) if other not in known]
    found = twin(name, strangers) or nearest(name, strangers, _CLOSE)
    if found:
        return _as("misnamed-field", problem, found=found)
    if inside := _inside(here, name, known):
        outer, found = inside
        return _as("misplaced-field", problem, found=found, place=f"inside “{outer}”")
    if parents and (found := _above(value, parents[-1], name)):
        return _as("misplaced-field", problem, found=found, place="one level above")
    return problem


def _at(value: Json, parents: list[str]) -> Json:
    for parent in parents:
        value = value.get(parent) if isinstance(value, dict) else None
    return value


def _inside(here: Json, name: str, known: frozenset[str]) -> tuple[str, str] | None:
    """One level deeper: the object it stands in, and its name there."""
    meant = fold(name)
    for outer in _names(here):
        for inner in _names(here[outer]):
            if fold(inner) == meant and (inner not in known or len(inner) >= _TELLING):
                return outer, inner
    return None


def _above(value: dict[str, Json], parent: str, name: str) -> str:
    """user.id as userId, user.email as email."""
    meant = {fold(parent + name)} | ({fold(name)} if len(name) >= _TELLING else set())
    return next((other for other in _names(value) if fold(other) in meant), "")


def _identifier_outside(value: dict[str, Json], problem: Problem) -> Problem:
    for name in ("id", "email", "anonymous_id"):
        if found := _above(value, "user", name):
            hint = f" “{found}” stands at the top of the event; “user.{name}” is read."
            return problem._replace(args={**(problem.args or {}), "did_you_mean": hint})
    return problem


def _as(code: str, problem: Problem, **args: str) -> Problem:
    shortened = {name: short(text) for name, text in args.items()}
    return problem._replace(code=code, args={**(problem.args or {}), **shortened})


def _names(value: Json) -> list[str]:
    return list(islice(value, _MOST_LOOKED_AT)) if isinstance(value, dict) else []
