"""A key pair's plan: rules that its team added to the vendor's. Pure.

Of an event the plan sees what is stored of it, its name and its text, and what the dialect said.
So an event that is judged again after the plan changed gets the same words as a new one.
"""

from __future__ import annotations

import functools
from collections.abc import Iterable
from typing import Any

import jsonschema_rs

from ingest.check import MALFORMED, verdict_of
from ingest.lookalikes import nearest
from ingest.missing_fields import locate
from ingest.problems import ERROR, WARNING, Problem
from ingest.rules import Place, Rules, short
from ingest.shapes import Event, Json, Raw
from ingest.text import Malformed, parse

PLAN = "plan"  # the basis of its problems
ALLOWED = "allowed"
UNKNOWN_NAMES = (ALLOWED, WARNING, ERROR)
MOST_PROBLEMS = 50  # of the plan, in one event

_CODES = {
    "additionalProperties": "unplanned-field",
    "unevaluatedProperties": "unplanned-field",
    "minLength": "broken-rule",
}
_VALUES = ("enum", "const", "default", "examples")  # what is below them is no schema
_REGEX_BYTES = 2**20


def validator_of(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Fetches nothing, and takes a time that grows with the text alone, whatever patterns it
    holds. Raises jsonschema_rs.ValidationError or ValueError for what is no such schema."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(size_limit=_REGEX_BYTES),
    )


class PlanRules(Rules):
    """The rules of one event name. Of our annotations only `x-severity` is understood."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.names = frozenset()
        self._validator = validator_of(_naming_all(schema))
        self._place = functools.cache(self._find_place)

    def problems(self, value: Json) -> list[Problem]:
        """All of them, also of an event with very many fields: a rule may count these."""
        try:
            return self._explained(self._validator.iter_errors(value))
        except (ValueError, RecursionError):
            return [Problem("nested-too-deep", basis=PLAN)]

    def _find_place(self, schema_path: tuple[str | int, ...]) -> Place:
        """As far as the path can be followed: what a reference leads to may have another name."""
        node, severity = self.schema, ERROR
        known: tuple[str, ...] = ()
        schema: dict[str, Any] = {}
        for part in (None, *schema_path):
            node = _step(node, part) if part is not None else node
            if not isinstance(node, dict):
                continue
            schema = node
            if node.get("x-severity") in (ERROR, WARNING):
                severity = node["x-severity"]
            if isinstance(node.get("properties"), dict):
                known = tuple(node["properties"])
        code = _CODES.get(str(schema_path[-1]) if schema_path else "", "")
        return Place(severity, PLAN, code, schema=_said_of(schema), known=known)


class Plan:
    """One version, compiled. `version` 0 says nothing."""

    def __init__(self, version: int, content: dict[str, Any]) -> None:
        """Raises what `validator_of` raises."""
        self.version = version
        self.content = content
        self._unknown = content.get("unknown_names", ALLOWED)
        self._rules: dict[str | None, PlanRules | None] = {
            name: PlanRules(schema) if schema not in ({}, True) else None
            for name, schema in content.get("events", {}).items()
        }
        for name in content.get("required_names", ()):
            self._rules.setdefault(name, None)
        self._names = [str(name) for name in self._rules]

    def says_something_of(self, name: str | None) -> bool:
        return self._rules.get(name) is not None or (
            self._unknown != ALLOWED and name not in self._rules
        )

    def judge(self, event: Event) -> Event:
        """The event with what the plan says of it besides."""
        if event.verdict == MALFORMED or not self.says_something_of(event.columns.name):
            return event
        found = self.problems(event.columns.name, event.raw, event.problems)
        return with_problems(event, found) if found else event

    def problems(self, name: str | None, raw: Raw, others: Iterable[Problem] = ()) -> list[Problem]:
        """What the plan finds; nothing where the dialect finds an error at the same place."""
        rules = self._rules.get(name)
        if rules is None:
            found = self._of_name(name) if name not in self._rules else []
        else:
            found = _found_in(rules, bytes(raw))
        if not found:
            return []
        taken = {problem.path for problem in others if problem.severity == ERROR}
        return _bounded([problem for problem in found if problem.path not in taken])

    def _of_name(self, name: str | None) -> list[Problem]:
        if self._unknown == ALLOWED or name is None:
            return []  # that a name is missing is the dialect's to say
        meant = nearest(name, self._names)
        args = {
            "value": short(name),
            "suggestion": meant,
            "did_you_mean": f" Did you mean “{meant}”?" if meant else "",
        }
        return [Problem("unplanned-name", self._unknown, "", PLAN, args)]


def with_problems(event: Event, found: list[Problem]) -> Event:
    problems = in_order([*event.problems, *found])
    return event._replace(verdict=verdict_of(problems), problems=problems)


def in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: problem.severity != ERROR)


def without_plan(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.basis != PLAN]


def _found_in(rules: PlanRules, raw: bytes) -> list[Problem]:
    try:
        value, _ = parse(raw)
    except Malformed:
        return []
    if rules.holds(value):
        return []
    found = rules.problems(value)
    if isinstance(value, dict) and any(problem.code == "missing-field" for problem in found):
        found = locate(value, found, rules.names)
    return [p if p.basis == PLAN else p._replace(basis=PLAN) for p in found]


def _bounded(problems: list[Problem]) -> list[Problem]:
    if len(problems) <= MOST_PROBLEMS:
        return problems
    left = problems[MOST_PROBLEMS - 1 :]
    count = {"count": f"{len(left):,}"}
    more = Problem("more-problems", left[0].severity, basis=PLAN, args=count)
    return [*problems[: MOST_PROBLEMS - 1], more]


def _naming_all(schema: Any) -> Any:
    """With `properties` wherever others are forbidden: only then each of them is named."""
    if isinstance(schema, list):
        return [_naming_all(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    named = {
        name: inner if name in _VALUES else _naming_all(inner) for name, inner in schema.items()
    }
    if schema.get("additionalProperties") is False:
        named.setdefault("properties", {})
    return named


def _step(node: Any, part: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(part)
    if isinstance(node, list) and isinstance(part, int) and part < len(node):
        return node[part]
    return None


def _said_of(schema: dict[str, Any]) -> dict[str, Any]:
    """What sentences need of a schema: its type, and the types of what it requires."""
    properties = schema.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    kinds = {name: rule["type"] for name, rule in properties.items() if _has_type(rule)}
    expected = {name: kind if isinstance(kind, str) else kind[0] for name, kind in kinds.items()}
    return {"type": schema["type"] if _has_type(schema) else [], "x-expected": expected}


def _has_type(schema: Any) -> bool:
    return isinstance(schema, dict) and isinstance(schema.get("type"), (str, list))
