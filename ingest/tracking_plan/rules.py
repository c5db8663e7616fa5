"""A key pair's tracking plan: rules that its team added to the vendor's. A plan sees the stored
parts of an event (its name and text) and the vendor rules' errors, so that revalidation produces
the same messages as the receipt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

import jsonschema_rs

from ingest.dialects import Dialect
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.problems import ERROR, WARNING, Problem
from ingest.schema.chunking import needs_chunking, split_into_chunks
from ingest.schema.fuzzy_names import closest_match
from ingest.schema.missing_fields import suggest_locations
from ingest.schema.schema_rules import (
    MAX_ERRORS,
    SchemaLocation,
    SchemaRules,
    cached_location,
    only_errors,
    truncate,
    type_phrase,
)
from ingest.tracking_plan.plan_faults import blame_plan
from ingest.values import Json, Raw, ValidatedEvent
from ingest.verdicts import MALFORMED, with_plan_problems

PLAN = "plan"  # the basis of its problems
ALLOWED = "allowed"
UNKNOWN_NAMES = (ALLOWED, WARNING, ERROR)
MAX_PROBLEMS = 50  # problems of the plan in one event
MAX_PATH_CHARACTERS = 64 * 2**10  # characters of all problems of the plan in one event
PATTERN_BYTES = 2**20  # bytes of one compiled pattern

_CODES = {
    "additionalProperties": "unplanned-field",
    "unevaluatedProperties": "unplanned-field",
    "minLength": "broken-rule",
}
VALUES = ("enum", "const", "default", "examples")  # values below these keywords are not schemas
# keywords whose schemas apply to parts of a value
_OF_PARTS = frozenset({"properties", "patternProperties", "additionalProperties", "items"})
_OF_PARTS |= {"unevaluatedProperties", "unevaluatedItems", "prefixItems", "contains"}
_MAX_LISTED = 5  # values of an enum in a message
_DFA_BYTES = 256 * 2**10  # working memory of one pattern
# true of an event if true of any part of it
_TRUE_IN_PART = {"required", "additionalProperties", "unevaluatedProperties", "type"}


def compile_schema(schema: Any) -> jsonschema_rs.Draft202012Validator:
    """Fetches nothing; the time is linear in the text, whatever patterns it contains. Raises
    jsonschema_rs.ValidationError or ValueError for an invalid schema."""
    return jsonschema_rs.Draft202012Validator(
        schema,
        validate_formats=True,
        offline=True,
        pattern_options=jsonschema_rs.RegexOptions(
            size_limit=PATTERN_BYTES, dfa_size_limit=_DFA_BYTES
        ),
    )


class PlanRules(SchemaRules):
    """The rules of one event name. `x-severity` is the only annotation that is understood."""

    def __init__(self, schema: Any) -> None:
        self.schema = schema
        self.names = frozenset()
        self._named = _naming_all(schema)
        self._validator = compile_schema(self._named)
        self.is_valid = self._validator.is_valid
        self._place = cached_location(self._find_place)

    def problems(self, value: Json) -> list[Problem]:
        try:
            if isinstance(value, dict) and needs_chunking(value):
                return self._problems_of_large(value)
            return self._explained(self._validator.iter_errors(value))
        except (ValueError, RecursionError):
            return [Problem("nested-too-deep", basis=PLAN)]

    def _problems_of_large(self, value: dict[str, Json]) -> list[Problem]:
        """The first problem of the whole event, which may be of a rule that counts, and the
        problems of its chunks that also hold for the whole."""
        errors = [self._first_error(value)]
        is_whole = True
        for part, is_cut in split_into_chunks(value, self._spoken_of):
            found = self._validator.iter_errors(part)
            errors += (error for error in found if _is_true_of(value, error))
            is_whole = is_whole and not is_cut
            if len(errors) >= MAX_ERRORS:
                is_whole = False
                break
        problems = self._explained(errors[:MAX_ERRORS])
        if is_whole:
            return problems
        is_grave = problems[0].severity != ERROR and not self._errors_alone.is_valid(value)
        severity = ERROR if is_grave else WARNING
        return [*problems, Problem("explained-in-part", severity, basis=PLAN)]

    def _first_error(self, value: Json) -> jsonschema_rs.ValidationError:
        try:
            self._validator.validate(value)
        except jsonschema_rs.ValidationError as error:
            return error
        raise ValueError("a valid event has no problems")

    @cached_property
    def _spoken_of(self) -> frozenset[str]:
        return frozenset(_names_in(self._named))

    @cached_property
    def _errors_alone(self) -> jsonschema_rs.Draft202012Validator:
        return compile_schema(only_errors(self._named))

    def _find_place(self, schema_path: tuple[str | int, ...]) -> SchemaLocation:
        """As far as the path can be followed: the target of a reference may have another name."""
        node, severity = self.schema, ERROR
        known: tuple[str, ...] = ()
        properties: dict[str, Any] = {}
        schema: dict[str, Any] = {}
        for part in (None, *schema_path):
            node = _step(node, part) if part is not None else node
            if part in _OF_PARTS:
                properties = {}
            if not isinstance(node, dict):
                continue
            schema = node
            if node.get("x-severity") in (ERROR, WARNING):
                severity = node["x-severity"]
            if isinstance(node.get("properties"), dict):
                known = tuple(node["properties"])
                properties = properties | node["properties"]
        code = _CODES.get(str(schema_path[-1]) if schema_path else "", "")
        said = _said_of(schema, properties)
        allowed = _allowed_by(schema)
        return SchemaLocation(severity, PLAN, code, schema=said, known=known, allowed=allowed)


class PlanNames:
    """The rules of a version about event names. `version` 0 has none."""

    def __init__(self, version: int, content: dict[str, Any]) -> None:
        self.version = version
        self.unknown = content.get("unknown_names", ALLOWED)
        self._has_rules: dict[str | None, bool] = {
            name: schema not in ({}, True) for name, schema in content.get("events", {}).items()
        }
        for name in content.get("required_names", ()):
            self._has_rules.setdefault(name, False)

    def __contains__(self, name: str | None) -> bool:
        return name in self._has_rules

    def __iter__(self) -> Iterator[str]:
        return map(str, self._has_rules)

    def has_rules(self, name: str | None) -> bool:
        return self._has_rules.get(name, False)

    def says_something_of(self, name: str | None) -> bool:
        return self.has_rules(name) or (self.unknown != ALLOWED and name not in self._has_rules)

    def applies_to(self, event: ValidatedEvent) -> bool:
        return event.verdict != MALFORMED and self.says_something_of(event.columns.name)


class TrackingPlan:
    """One version. The rules of a name are compiled on first use."""

    def __init__(self, version: int, content: dict[str, Any], dialect: Dialect) -> None:
        self.version = version
        self._dialect = dialect
        self.names = PlanNames(version, content)
        self._events: dict[str | None, Any] = content.get("events", {})
        self._rules: dict[str | None, PlanRules] = {}
        self._all_names = list(self.names)

    def is_compiled(self, name: str | None) -> bool:
        return name in self._rules or not self.names.has_rules(name)

    def rules_of(self, name: str | None) -> PlanRules | None:
        """Raises the errors of `compile_schema`."""
        if not self.names.has_rules(name):
            return None
        if name not in self._rules:
            self._rules[name] = PlanRules(self._events[name])
        return self._rules[name]

    def validate(self, event: ValidatedEvent) -> ValidatedEvent:
        """The event with the tracking plan's problems added."""
        if not self.names.applies_to(event):
            return event
        taken = error_paths(event.problems)
        found = self.problems(event.columns.name, event.raw, taken)
        return with_plan_problems(event, found) if found else event

    def problems(self, name: str | None, raw: Raw, taken: Iterable[str] = ()) -> list[Problem]:
        """The plan's findings, except at the paths in `taken`, where the vendor's rules have
        errors."""
        rules = self.rules_of(name)
        if rules is None:
            found = self._of_name(name) if name not in self.names else []
        else:
            found = _found_in(rules, bytes(raw), self._dialect)
        if found and taken:
            found = [problem for problem in found if problem.path not in taken]
        return _bounded(found)

    def _of_name(self, name: str | None) -> list[Problem]:
        if self.names.unknown == ALLOWED or name is None:
            return []  # a missing name is reported by the vendor's rules
        meant = closest_match(name, self._all_names)
        args = {
            "value": truncate(name),
            "suggestion": meant,
            "did_you_mean": f" Did you mean “{meant}”?" if meant else "",
        }
        return [Problem("unplanned-name", self.names.unknown, "", PLAN, args)]


def not_validated() -> Problem:
    """For an event that a plan covers but was not applied to."""
    return Problem("not-judged-in-time", WARNING, basis=PLAN)


def error_paths(problems: Iterable[Problem]) -> list[str]:
    return [problem.path for problem in problems if problem.severity == ERROR]


def without_plan(problems: Iterable[Problem]) -> list[Problem]:
    return [problem for problem in problems if problem.basis != PLAN]


def _found_in(rules: PlanRules, raw: bytes, dialect: Dialect) -> list[Problem]:
    try:
        value, _ = parse_json(raw)
    except Malformed:
        return []
    if rules.holds(value):
        return []
    found = rules.problems(value)
    if isinstance(value, dict):
        if any(problem.code == "missing-field" for problem in found):
            found = suggest_locations(value, found, rules.names)
        found = blame_plan(value, found, dialect)
    return [p if p.basis == PLAN else p._replace(basis=PLAN) for p in found]


def _bounded(problems: list[Problem]) -> list[Problem]:
    shown = min(len(problems), MAX_PROBLEMS - (len(problems) > MAX_PROBLEMS))
    room = MAX_PATH_CHARACTERS
    for place, problem in enumerate(problems[:shown]):
        room -= len(problem.path)
        if room < 0:
            shown = place
            break
    left = problems[shown:]
    if not left:
        return problems
    severity = ERROR if any(problem.severity == ERROR for problem in left) else WARNING
    count = f"{len(left):,}"
    if any(problem.code == "explained-in-part" for problem in left):
        count = f"At least {count}"
    more = Problem("more-problems", severity, basis=PLAN, args={"count": count})
    return [*problems[:shown], more]


def _is_true_of(whole: Json, error: jsonschema_rs.ValidationError) -> bool:
    """Whether a finding in a chunk holds for the whole event."""
    if error.kind.name in _TRUE_IN_PART:
        return True
    for part in error.instance_path:
        whole = whole[part]
    return bool(whole == error.instance)


def _names_in(schema: Any) -> Iterator[str]:
    """The fields named by rules."""
    if isinstance(schema, dict):
        for keyword in ("properties", "dependentSchemas", "dependentRequired", "required"):
            inner = schema.get(keyword)
            yield from inner if isinstance(inner, (dict, list)) else ()
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, (dict, list)):
            yield from _names_in(inner)


def _naming_all(schema: Any) -> Any:
    """With `properties` wherever other fields are forbidden, because only then each field is
    named."""
    if isinstance(schema, list):
        return [_naming_all(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    named = {
        name: inner if name in VALUES else _naming_all(inner) for name, inner in schema.items()
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


def _said_of(schema: dict[str, Any], properties: dict[str, Any]) -> dict[str, Any]:
    """Facts about a schema for messages: its type, and phrases for the values of its fields."""
    expected = {name: _phrase_of(rule) for name, rule in properties.items()}
    return {"type": schema["type"] if _has_type(schema) else [], "x-expected": expected}


def _phrase_of(rule: Any) -> str:
    """A phrase for the values that a schema allows."""
    if rule in ({}, True):
        return "any value"
    if allowed := _allowed_by(rule):
        return allowed
    return type_phrase(rule) if _has_type(rule) else "a value that fits the plan"


def _allowed_by(rule: Any) -> str:
    """The values of `const` or `enum`: `"free"`, `one of "free", "pro"`. Empty without both."""
    if not isinstance(rule, dict):
        return ""
    values = [rule["const"]] if "const" in rule else rule.get("enum", [])
    shown = ", ".join(map(_quoted, values[:_MAX_LISTED]))
    more = ", …" if len(values) > _MAX_LISTED else ""
    return f"one of {shown}{more}" if len(values) > 1 else shown


def _quoted(value: Json) -> str:
    return f'"{truncate(value)}"' if isinstance(value, str) else truncate(value)


def _has_type(schema: Any) -> bool:
    return isinstance(schema, dict) and isinstance(schema.get("type"), (str, list))
