"""Finds missing fields that are present under another name or at another place. Pure."""

from __future__ import annotations

import functools
from collections.abc import Iterable
from itertools import islice

from ingest.problems import Problem, pointer_parts
from ingest.schema.fuzzy_names import closest_match, likely_typo_of, normalize_name
from ingest.schema.schema_rules import truncate
from ingest.values import Json

MISSING = frozenset({"missing-field", "missing-session", "missing-own-field", "expected-field"})

_MAX_LOCATED = 50  # missing fields of an event that are searched
_MAX_NAMES = 200  # names of one object
_MAX_INSIDE = 1_000  # names one level deeper, in all members of an object together
_CLOSE = 0.85  # stricter than for hints, because it replaces the problem “missing”
_DISTINCTIVE = 5  # letters; shorter names such as `id` occur in many objects


def suggest_locations(
    value: dict[str, Json], problems: Iterable[Problem], known: frozenset[str]
) -> list[Problem]:
    """Replace problems of missing fields where the field seems to be elsewhere. `known` are the
    names in rules, which are not treated as misspellings."""
    search = _Search(value, known)
    return [search.located(problem) for problem in problems]


class _Search:
    """Searches the missing fields of one event; reads each object once."""

    def __init__(self, value: dict[str, Json], known: frozenset[str]) -> None:
        self._value = value
        self._known = known
        self._left = _MAX_LOCATED
        self._surroundings: dict[tuple[str, ...], _Surroundings] = {}

    def located(self, problem: Problem) -> Problem:
        if problem.code == "no-identifier":
            return _identifier_outside(self._value, problem)
        if problem.code not in MISSING or self._left == 0:
            return problem
        self._left -= 1
        *parents, name = pointer_parts(problem.path)
        here = self._surroundings_of(tuple(parents))
        if found := likely_typo_of(name, here.unknown) or closest_match(name, here.unknown, _CLOSE):
            return _as("misnamed-field", problem, found=found)
        if inside := here.inside(name):
            outer, found = inside
            place = f"inside “{outer}”"
            return _as("misplaced-field", problem, found=found, place=place, outer=outer)
        if parents and (found := _above(self._value, parents[-1], name)):
            return _as("misplaced-field", problem, found=found, place="one level above")
        return problem

    def _surroundings_of(self, parents: tuple[str, ...]) -> _Surroundings:
        if parents not in self._surroundings:
            here = _at(self._value, parents)
            self._surroundings[parents] = _Surroundings(here, self._known)
        return self._surroundings[parents]


class _Surroundings:
    """The names in the object that lacks a field, and those one level deeper."""

    def __init__(self, here: Json, known: frozenset[str]) -> None:
        self._here = here
        self._known = known
        self.unknown = [name for name in _names(here) if name not in known]

    def inside(self, name: str) -> tuple[str, str] | None:
        """The member that contains the name, and the spelling of the name in it."""
        for outer, inner in self._inside.get(normalize_name(name), ()):
            if inner not in self._known or len(inner) >= _DISTINCTIVE:
                return outer, inner
        return None

    @functools.cached_property
    def _inside(self) -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        names = ((outer, inner) for outer in _names(self._here) for inner in self._names_in(outer))
        for outer, inner in islice(names, _MAX_INSIDE):
            found.setdefault(normalize_name(inner), []).append((outer, inner))
        return found

    def _names_in(self, outer: str) -> list[str]:
        return _names(self._here[outer])


def _at(value: Json, parents: Iterable[str]) -> Json:
    for parent in parents:
        value = value.get(parent) if isinstance(value, dict) else None
    return value


def _above(value: dict[str, Json], parent: str, name: str) -> str:
    """The name of a nested field one level above: userId for user.id, email for user.email."""
    meant = {normalize_name(parent + name)} | (
        {normalize_name(name)} if len(name) >= _DISTINCTIVE else set()
    )
    return next((other for other in _names(value) if normalize_name(other) in meant), "")


def _identifier_outside(value: dict[str, Json], problem: Problem) -> Problem:
    for name in ("id", "email", "anonymous_id"):
        if found := _above(value, "user", name):
            hint = f" “{found}” is at the top level of the event; “user.{name}” is read."
            return problem._replace(args={**(problem.args or {}), "did_you_mean": hint})
    return problem


def _as(code: str, problem: Problem, **args: str) -> Problem:
    shortened = {name: truncate(text) for name, text in args.items()}
    return problem._replace(code=code, args={**(problem.args or {}), **shortened})


def _names(value: Json) -> list[str]:
    return list(islice(value, _MAX_NAMES)) if isinstance(value, dict) else []
