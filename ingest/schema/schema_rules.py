"""Field rules: a JSON Schema (draft 2020-12) for jsonschema-rs, whose errors become problems.

Every event is first checked for validity alone; errors are collected only for invalid events. Our
own annotations describe a failed keyword. Each applies to everything below it in the schema until
another one overrides it:

    x-severity   error (default) or warning
    x-basis      documented (default) or rebuilt
    x-code       the problem's code, if the one of the keyword is too general
    x-args       additional arguments for the sentence of the code
    x-refuses    true if the vendor refuses the whole request because of it
    x-expected   beside `required`: name → type or phrase for the missing field
"""

from __future__ import annotations

import functools
import math
import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from ingest.parsing.malformed.diagnosis import json_type_name
from ingest.problems import DOCUMENTED, ERROR, REBUILT, WARNING, Problem, json_pointer
from ingest.schema.chunking import needs_chunking, split_into_chunks
from ingest.schema.fuzzy_names import closest_match
from ingest.values import Json

_CODES = {
    "required": "missing-field",
    "type": "wrong-type",
    "minLength": "empty-field",
    "additionalProperties": "unknown-field",
}
_PHRASES = {
    "string": "a string",
    "number": "a number",
    "integer": "a whole number",
    "boolean": "true or false",
    "object": "an object",
    "array": "an array",
    "null": "null",
}
MAX_ERRORS = 100  # errors of a large event that are explained
MAX_SUGGESTED = 200  # problems of an event that can have a suggestion

_MAX_LOCATIONS = 256  # cached locations of a schema: 1 MiB
_MAX_PATH_LENGTH = 64  # steps of a cached path; recursive schemas have paths of any length

_ONE_SCHEMA = {"additionalProperties", "items", "then", "else"}
_NAMED_SCHEMAS = {"properties", "$defs"}
_EMPTY = "\ue000"  # from the private use area, so that it equals no field name
_NAMED = {"unknown-field", "lost-attribute", "unplanned-field"}  # faults of a name, not a value
_OBJECTS = ("[", "System.", "Array")  # beginnings of objects converted to text
_MAX_SAFE_INTEGER = 2**53 - 1  # of JavaScript and every other program that reads doubles
_ROUNDED = " Many programs round a number of this size."
_MAX_NUMBER = 60  # characters of a number in a string
_NUMBER = re.compile(r"\s*\+?(-?)0*([0-9]+)((?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)\s*")
_TYPE_CODES = {"wrong-type", "null-field", "number-as-string", "string-as-number", "integer-id"}


SchemaPath = tuple[str | int, ...]  # from the root of a schema to a keyword


class SchemaLocation(NamedTuple):
    """A location in the schema, with the annotations that apply there."""

    severity: str = ERROR
    basis: str = DOCUMENTED
    code: str = ""
    args: dict[str, str] = {}  # noqa: RUF012 - never changed
    refuses: bool = False
    schema: dict[str, Any] = {}  # noqa: RUF012
    known: tuple[str, ...] = ()
    allowed: str = ""  # a phrase for the values of an enum or const

    def below(self, node: Any) -> SchemaLocation:
        if not isinstance(node, dict):
            return self
        return SchemaLocation(
            node.get("x-severity", self.severity),
            node.get("x-basis", self.basis),
            node.get("x-code", self.code),
            self.args | node.get("x-args", {}),
            node.get("x-refuses", self.refuses),
            node,
            tuple(node["properties"]) if "properties" in node else self.known,
        )


def cached_location(
    find: Callable[[SchemaPath], SchemaLocation],
) -> Callable[[SchemaPath], SchemaLocation]:
    """Cache `find` for paths of at most _MAX_PATH_LENGTH steps."""
    kept = functools.lru_cache(maxsize=_MAX_LOCATIONS)(find)

    def place(path: SchemaPath) -> SchemaLocation:
        return kept(path) if len(path) <= _MAX_PATH_LENGTH else find(path)

    return place


class SchemaRules:
    """One schema. `holds` is the fast check, `problems` the complete one."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.names = frozenset(_field_names(schema))  # all field names in rules
        self._validator = jsonschema_rs.Draft202012Validator(schema)
        # `holds`, but raises ValueError if nested too deep
        self.is_valid: Callable[[Json], bool] = self._validator.is_valid
        self._errors_only = jsonschema_rs.Draft202012Validator(only_errors(schema))
        self._place = cached_location(self._find_place)

    @classmethod
    def from_file(cls, path: Path) -> SchemaRules:
        return cls(orjson.loads(path.read_bytes()))

    @functools.cached_property
    def _required(self) -> frozenset[str]:
        return frozenset(_required_names(self.schema))

    def expected_of(self, name: str) -> str:
        """A phrase for the value of a top-level field, such as “a string”."""
        return type_phrase(self.rule_of(name))

    def rule_of(self, name: str) -> dict[str, Any]:
        """The schema of a top-level field; empty if it has none."""
        rule: dict[str, Any] = self.schema.get("properties", {}).get(name, {})
        return self._resolve(rule["$ref"]) if "$ref" in rule else rule

    def holds(self, value: Json) -> bool:
        try:
            return self.is_valid(value)
        except ValueError:  # nested too deep for the validator
            return False

    def problems(self, value: Json) -> list[Problem]:
        """The problems of an invalid value: errors first, equivalent ones of one location once."""
        try:
            if isinstance(value, dict) and needs_chunking(value):
                return self._problems_of_large(value)
            return self._explained(self._validator.iter_errors(_without_empty_names(value)))
        except (ValueError, RecursionError):
            return [Problem("nested-too-deep", basis=REBUILT)]

    def _problems_of_large(self, value: dict[str, Json]) -> list[Problem]:
        """Validate chunk by chunk, so that other threads run in between, and explain only the first
        MAX_ERRORS. A problem then says so; it is an error if only the rest contains one."""
        errors: list[jsonschema_rs.ValidationError] = []
        for part, is_cut in split_into_chunks(value, self.names):
            errors += self._validator.iter_errors(_without_empty_names(part))
            is_whole = not is_cut
            if len(errors) >= MAX_ERRORS:
                is_whole = False
                break
        found = self._explained(errors[:MAX_ERRORS])
        if found and is_whole:
            return found
        is_known_invalid = bool(found) and found[0].severity == ERROR
        has_no_more = is_known_invalid or self._errors_only.is_valid(value)
        severity = WARNING if has_no_more else ERROR
        return [*found, Problem("explained-in-part", severity, basis=REBUILT)]

    def _explained(self, errors: Iterable[jsonschema_rs.ValidationError]) -> list[Problem]:
        found: list[Problem] = []
        for error in errors:
            found += self._explain(error, len(found))
        found.sort(key=lambda problem: problem.severity != ERROR)
        first: dict[tuple[str, str], Problem] = {}
        for problem in found:
            first.setdefault((problem.path, _equivalence_class(problem.code)), problem)
        return list(first.values())

    def _explain(self, error: jsonschema_rs.ValidationError, before: int) -> Iterator[Problem]:
        """`before`: the number of problems that the event already has."""
        place = self._place(tuple(error.schema_path))
        keyword = error.kind.name
        details = error.kind.as_dict()
        names = [details["property"]] if keyword == "required" else details.get("unexpected")
        at = ["" if part == _EMPTY else part for part in error.instance_path]
        for count, name in enumerate(names or [None], before):
            path = at if name is None else [*at, name]
            last = str(path[-1]) if path and count < MAX_SUGGESTED else ""
            args = {**_facts(error, place, last), **place.args}
            if keyword == "type" or place.code == "nothing-as-text":
                args["or_not"] = "" if last in self._required else ", or leave the field out"
            code = place.code or _CODES.get(keyword, "broken-rule")
            yield Problem(
                _most_specific_code(code, error.instance, args),
                place.severity,
                json_pointer(path),
                place.basis,
                args,
                refuses=place.refuses,
            )

    def _find_place(self, schema_path: SchemaPath) -> SchemaLocation:
        node: Any = self.schema
        place = SchemaLocation().below(node)
        for part in schema_path:
            node = node[part]
            if part == "$ref":
                node = self._resolve(node)
            place = place.below(node) if part != "properties" else place
        return place

    def _resolve(self, reference: str) -> Any:
        node: Any = self.schema
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        return node


def _field_names(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, (dict, list)):
            yield from _field_names(inner)


def _required_names(schema: Any) -> Iterator[str]:
    waiting = [schema]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            names = node.get("required")
            if isinstance(names, list):
                yield from (name for name in names if isinstance(name, str))
            waiting += node.values()
        elif isinstance(node, list):
            waiting += node


def only_errors(node: Any, severity: str = ERROR) -> Any:
    """The schema without rules whose severity is a warning."""
    if not isinstance(node, dict):
        return node
    severity = node.get("x-severity", severity)
    result: dict[str, Any] = {}
    for keyword, inner in node.items():
        if keyword in _ONE_SCHEMA:
            result[keyword] = only_errors(inner, severity)
        elif keyword in _NAMED_SCHEMAS:
            result[keyword] = {name: only_errors(one, severity) for name, one in inner.items()}
        elif keyword == "allOf":
            result[keyword] = [only_errors(one, severity) for one in inner]
        elif keyword == "if" or severity == ERROR:
            result[keyword] = inner
    return result


def truncate(value: Json) -> str:
    """A value as short text for a sentence; the type for objects and arrays."""
    if isinstance(value, (dict, list)):
        return json_type_name(value)
    text = value if isinstance(value, str) else _printed(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _printed(value: Json) -> str:
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, TypeError):
        return str(value)


def _without_empty_names(value: Json) -> Json:
    """Replace empty names by _EMPTY, because the validator omits them from paths."""
    if not value:
        return value
    if isinstance(value, dict):
        return {name or _EMPTY: _without_empty_names(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_without_empty_names(item) for item in value]
    return value


def _facts(
    error: jsonschema_rs.ValidationError, place: SchemaLocation, name: str
) -> dict[str, str]:
    """Arguments of the sentence: the actual and the expected value, suggestions. `name` is the
    field's name."""
    if error.kind.name == "required":
        return {"expected": _expected_value(place.schema, name)}
    if error.kind.name == "additionalProperties" or place.code in _NAMED:
        return _suggest(name, place.known)
    expected = place.schema.get("type", [])
    expected = expected if isinstance(expected, list) else [expected]
    return {
        "got": json_type_name(error.instance),
        "expected": place.allowed or " or ".join(_PHRASES[t] for t in expected if t != "null"),
        "value": truncate(error.instance),
        "detail": error.message[:200],
        **({"note": _ROUNDED} if _may_be_rounded(error.instance) else {}),
        **(
            {}
            if error.kind.name == "not"
            else _about_enum(error.instance, place.schema.get("enum"))
        ),
    }


def _may_be_rounded(value: Json) -> bool:
    return isinstance(value, int | float) and abs(value) > _MAX_SAFE_INTEGER


def _expected_value(schema: dict[str, Any], name: str) -> str:
    """A phrase for the value of a required field: as annotated, or of the type in the schema."""
    phrase: str = schema.get("x-expected", {}).get(name, "")
    return _PHRASES.get(phrase, phrase) or type_phrase(schema.get("properties", {}).get(name))


def type_phrase(rule: Any) -> str:
    """The types that a schema names, such as “a string or a number”; “any value” if none."""
    types = rule.get("type", []) if isinstance(rule, dict) else []
    types = types if isinstance(types, list) else [types]
    return " or ".join(_PHRASES[one] for one in types if one != "null") or "any value"


def _suggest(name: str, known: tuple[str, ...] | list[str]) -> dict[str, str]:
    near = closest_match(name, known) if name else ""
    return {"suggestion": near, "did_you_mean": f" Did you mean “{near}”?" if near else ""}


def _about_enum(instance: Json, known: list[str] | None) -> dict[str, str]:
    if not known:
        return {}
    return {"known": ", ".join(known), **_suggest(str(instance), known)}


def _most_specific_code(code: str, instance: Json, args: dict[str, str]) -> str:
    """A more specific code for a wrong type, and for a text in place of a value."""
    if code == "nothing-as-text" and str(instance).startswith(_OBJECTS):
        return "object-as-text"
    if code != "wrong-type":
        return code
    if instance is None:
        return "null-field"
    if isinstance(instance, str) and (number := _json_number(instance, args["expected"])):
        args["value"] = number
        return "number-as-string"
    if json_type_name(instance) == "a number" and args["expected"] == "a string":
        return "string-as-number"
    return code


def _equivalence_class(code: str) -> str:
    """A common name of codes that are equivalent at one location."""
    return "type" if code in _TYPE_CODES else code


def _json_number(text: str, expected: str) -> str:
    """The number in a text as JSON writes it; empty if it is none, or not of the expected type."""
    match = _NUMBER.fullmatch(text) if len(text) <= _MAX_NUMBER else None
    if match is None or "number" not in expected or not math.isfinite(float(text)):
        return ""
    sign, digits, fraction = match.groups()
    return "" if fraction and "whole" in expected else f"{sign}{digits}{fraction}"
