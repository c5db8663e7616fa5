"""Findings that are faults of the plan, not of the event: the plan contradicts the vendor about a
field. To change the event, as the hints for events say, would break the tracking. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from ingest.dialects import Dialect
from ingest.problems import Problem, pointer_parts
from ingest.schema.fuzzy_names import normalize_name
from ingest.schema.schema_rules import truncate
from ingest.values import Json

_MISSING = frozenset({"missing-field", "misnamed-field", "misplaced-field"})
_OF_TYPE = frozenset({"wrong-type", "string-as-number", "number-as-string"})
_MAX_NAMES = 200  # names of one object
_AT_TOP = "at the top level"
_ADD = "Add it to the plan: the vendor reads this field."


def blame_plan(
    value: dict[str, Json], problems: Iterable[Problem], dialect: Dialect
) -> list[Problem]:
    """Replace problems whose fix is a change of the plan. `problems` are those of a plan, after
    `suggest_locations`."""
    vendor = _Vendor(dialect, value)
    return [vendor.blamed(problem) if problem.path else problem for problem in problems]


class _Vendor:
    """The places where a vendor reads the fields of one event."""

    def __init__(self, dialect: Dialect, value: dict[str, Json]) -> None:
        self._rules = dialect.rules
        self._known = dialect.rules.schema["properties"]
        self._value = value
        self._properties_field = dialect.properties_field(value)

    def blamed(self, problem: Problem) -> Problem:
        *parents, name = pointer_parts(problem.path)
        if problem.code == "unplanned-field" and self._reads(parents, name):
            return _as(problem, "unplanned-field", did_you_mean="", remedy=_ADD)
        if problem.code in _MISSING:
            return (
                self._elsewhere(problem, name) if parents else self._missing_at_top(problem, name)
            )
        if problem.code in _OF_TYPE and not parents and name in self._known:
            return self._of_other_type(problem, name)
        return problem

    def _missing_at_top(self, problem: Problem, name: str) -> Problem:
        args = problem.args or {}
        found = args.get("found", "")
        if name in self._known:
            return problem
        if problem.code == "misnamed-field" and found in self._known:
            return _as(problem, "misnamed-in-plan")
        inside = self._properties_field
        if inside and (spelled := _spelled_in(self._value.get(inside), name)):
            return _misplaced(problem, _AT_TOP, [inside], spelled, "properties")
        outer = args.get("outer", "")
        if outer and self._reads([outer], found):
            return _misplaced(problem, _AT_TOP, [outer], found, "it")
        if not inside:
            return problem
        path = _schema_path([inside, name])
        return _as(problem, "wrong-level-in-plan", inside=inside, schema_path=path)

    def _elsewhere(self, problem: Problem, name: str) -> Problem:
        """A field that the plan expects deeper than the top level, where the vendor reads it."""
        found = (problem.args or {}).get("found", "")
        parents = pointer_parts(problem.path)[:-1]
        is_above = problem.code == "misplaced-field" and "outer" not in (problem.args or {})
        if not is_above or found not in self._known or self._is_rule(parents, name):
            return problem
        return _misplaced(problem, f"inside “{truncate(parents[-1])}”", [], found, "it")

    def _of_other_type(self, problem: Problem, name: str) -> Problem:
        expected = self._rules.expected_of(name)
        of_plan = (problem.args or {}).get("expected", "")
        if expected == "any value" or _kinds(of_plan) & _kinds(expected):
            return problem
        return _as(problem, "wrong-type-in-plan", by_vendor=expected)

    def _reads(self, parents: list[str], name: str) -> bool:
        if not parents:
            return name in self._known
        if len(parents) > 1 or parents[0] not in self._known:
            return False
        named = self._rules.rule_of(parents[0]).get("properties")
        return named is None or name in named

    def _is_rule(self, parents: list[str], name: str) -> bool:
        """Whether the vendor names this field below the top level."""
        if len(parents) != 1 or parents[0] not in self._known:
            return False
        return name in self._rules.rule_of(parents[0]).get("properties", {})


def _misplaced(
    problem: Problem, expected_at: str, parents: list[str], found: str, what: str
) -> Problem:
    found_at = f"inside “{truncate(parents[0])}”" if parents else _AT_TOP
    path = _schema_path([*parents, found])
    facts = {"expected_at": expected_at, "found_at": found_at, "what": what, "found": found}
    return _as(problem, "misplaced-in-plan", **facts, schema_path=path)


def _spelled_in(inner: Json, name: str) -> str:
    """The spelling of a name in an object; empty if it is not there."""
    if not isinstance(inner, dict):
        return ""
    if name in inner:
        return truncate(name)
    folded = normalize_name(name)
    names = (one for one in islice(inner, _MAX_NAMES) if normalize_name(one) == folded)
    return truncate(next(names, ""))


def _schema_path(names: list[str]) -> str:
    return ".".join(f"properties.{truncate(name)}" for name in names)


def _kinds(phrase: str) -> set[str]:
    return {kind.replace("a whole number", "a number") for kind in phrase.split(" or ")}


def _as(problem: Problem, code: str, **args: str) -> Problem:
    return problem._replace(code=code, args={**(problem.args or {}), **args})
