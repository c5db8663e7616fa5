"""Field rules: a JSON Schema (draft 2020-12), run by jsonschema-rs, turned into problems.

A yes or no for every event, the findings only for those that said no. Annotations of our
own say what a failed keyword means; each holds for everything below it in the schema
until another one overrides it:

    x-severity   error (default) or warning
    x-basis      documented (default) or rebuilt
    x-code       the problem's code, where the keyword's own does not say it well
    x-args       more arguments for the code's sentence
    x-refuses    true where the vendor refuses the whole request for it
    x-expected   name → type or phrase, beside `required`: what to add
"""

from __future__ import annotations

import functools
import math
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
MAX_ERRORS = 100  # of the validator, for one large event: more are not explained
MAX_SUGGESTED = 200  # problems of an event whose names are compared with known ones

_MAX_PLACES = 256  # of a schema that are remembered: 1 MiB, for
_MAX_WAY_LENGTH = (
    64  # steps to a place at the most, since a schema that holds itself has any number
)

_ONE_SCHEMA = {"additionalProperties", "items", "then", "else"}
_NAMED_SCHEMAS = {"properties", "$defs"}
_EMPTY = "\ue000"  # private use: no vendor's field is named so
_NAMED = {"unknown-field", "lost-attribute", "unplanned-field"}  # about a name, not about its value
_TYPE_CODES = {"wrong-type", "null-field", "number-as-string", "string-as-number", "integer-id"}


Way = tuple[str | int, ...]  # from the top of a schema to a keyword


class SchemaLocation(NamedTuple):
    """A place in the schema: what holds there, and what stands there."""

    severity: str = ERROR
    basis: str = DOCUMENTED
    code: str = ""
    args: dict[str, str] = {}  # noqa: RUF012 - never changed
    refuses: bool = False
    schema: dict[str, Any] = {}  # noqa: RUF012
    known: tuple[str, ...] = ()

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


def cached_location(find: Callable[[Way], SchemaLocation]) -> Callable[[Way], SchemaLocation]:
    """The same function, which remembers the places that are not too far down."""
    kept = functools.lru_cache(maxsize=_MAX_PLACES)(find)

    def place(way: Way) -> SchemaLocation:
        return kept(way) if len(way) <= _MAX_WAY_LENGTH else find(way)

    return place


class SchemaRules:
    """One schema. `holds` is the fast answer, `problems` the full one."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.names = frozenset(_names_in(schema))  # every field that some rule speaks of
        self._validator = jsonschema_rs.Draft202012Validator(schema)
        self._grave = jsonschema_rs.Draft202012Validator(only_errors(schema))
        self._place = cached_location(self._find_place)

    @classmethod
    def from_file(cls, path: Path) -> SchemaRules:
        return cls(orjson.loads(path.read_bytes()))

    def holds(self, value: Json) -> bool:
        try:
            return self._validator.is_valid(value)
        except ValueError:  # nested deeper than the validator goes
            return False

    def problems(self, value: Json) -> list[Problem]:
        """Of a value that does not hold: errors first; what says the same of one place is named
        once."""
        try:
            if isinstance(value, dict) and needs_chunking(value):
                return self._problems_of_large(value)
            return self._explained(self._validator.iter_errors(_with_names(value)))
        except (ValueError, RecursionError):
            return [Problem("nested-too-deep", basis=REBUILT)]

    def _problems_of_large(self, value: dict[str, Json]) -> list[Problem]:
        """Portion by portion, so that others get their turn, and only the first ones of very many:
        then it is said so, and whether an error is among the rest is asked, not explained."""
        errors: list[jsonschema_rs.ValidationError] = []
        for part, is_cut in split_into_chunks(value, self.names):
            errors += self._validator.iter_errors(_with_names(part))
            is_whole = not is_cut
            if len(errors) >= MAX_ERRORS:
                is_whole = False
                break
        found = self._explained(errors[:MAX_ERRORS])
        if found and is_whole:
            return found
        is_grave = not found or found[0].severity != ERROR
        is_grave = is_grave and not self._grave.is_valid(value)
        severity = ERROR if is_grave else WARNING
        return [*found, Problem("explained-in-part", severity, basis=REBUILT)]

    def _explained(self, errors: Iterable[jsonschema_rs.ValidationError]) -> list[Problem]:
        found: list[Problem] = []
        for error in errors:
            found += self._explain(error, len(found))
        found.sort(key=lambda problem: problem.severity != ERROR)
        first: dict[tuple[str, str], Problem] = {}
        for problem in found:
            first.setdefault((problem.path, _family(problem.code)), problem)
        return list(first.values())

    def _explain(self, error: jsonschema_rs.ValidationError, before: int) -> Iterator[Problem]:
        """`before`: how many problems of the event are known already."""
        place = self._place(tuple(error.schema_path))
        keyword = error.kind.name
        details = error.kind.as_dict()
        names = [details["property"]] if keyword == "required" else details.get("unexpected")
        at = ["" if part == _EMPTY else part for part in error.instance_path]
        for count, name in enumerate(names or [None], before):
            path = at if name is None else [*at, name]
            last = str(path[-1]) if path and count < MAX_SUGGESTED else ""
            args = {**_facts(error, place, last), **place.args}
            code = place.code or _CODES.get(keyword, "broken-rule")
            yield Problem(
                _sharper(code, error.instance, args),
                place.severity,
                json_pointer(path),
                place.basis,
                args,
                refuses=place.refuses,
            )

    def _find_place(self, schema_path: Way) -> SchemaLocation:
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


def _names_in(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema.get("properties", {})
    for inner in schema.values() if isinstance(schema, dict) else schema:
        if isinstance(inner, (dict, list)):
            yield from _names_in(inner)


def only_errors(node: Any, severity: str = ERROR) -> Any:
    """The schema without what is only worth a warning: a yes or no to whether there is an error."""
    if not isinstance(node, dict):
        return node
    severity = node.get("x-severity", severity)
    kept: dict[str, Any] = {}
    for keyword, inner in node.items():
        if keyword in _ONE_SCHEMA:
            kept[keyword] = only_errors(inner, severity)
        elif keyword in _NAMED_SCHEMAS:
            kept[keyword] = {name: only_errors(one, severity) for name, one in inner.items()}
        elif keyword == "allOf":
            kept[keyword] = [only_errors(one, severity) for one in inner]
        elif keyword == "if" or severity == ERROR:
            kept[keyword] = inner
    return kept


def truncate(value: Json) -> str:
    """A value as a sentence can carry it."""
    if isinstance(value, (dict, list)):
        return json_type_name(value)
    text = value if isinstance(value, str) else _printed(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _printed(value: Json) -> str:
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, TypeError):
        return str(value)


def _with_names(value: Json) -> Json:
    """The validator loses empty names from its paths; a stand-in takes their place."""
    if not value:
        return value
    if isinstance(value, dict):
        return {name or _EMPTY: _with_names(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_names(item) for item in value]
    return value


def _facts(
    error: jsonschema_rs.ValidationError, place: SchemaLocation, name: str
) -> dict[str, str]:
    """Arguments for the sentence: what was got, what is due, what may be meant. `name` is
    that of the field."""
    if error.kind.name == "required":
        expected = place.schema.get("x-expected", {}).get(name, "any value")
        return {"expected": _PHRASES.get(expected, expected)}
    if error.kind.name == "additionalProperties" or place.code in _NAMED:
        return _suggest(name, place.known)
    expected = place.schema.get("type", [])
    expected = expected if isinstance(expected, list) else [expected]
    return {
        "got": json_type_name(error.instance),
        "expected": " or ".join(_PHRASES[t] for t in expected if t != "null"),
        "value": truncate(error.instance),
        "detail": error.message[:200],
        **_about_enum(error.instance, place.schema.get("enum")),
    }


def _suggest(name: str, known: tuple[str, ...] | list[str]) -> dict[str, str]:
    near = closest_match(name, known) if name else ""
    return {"suggestion": near, "did_you_mean": f" Did you mean “{near}”?" if near else ""}


def _about_enum(instance: Json, known: list[str] | None) -> dict[str, str]:
    if not known:
        return {}
    return {"known": ", ".join(known), **_suggest(str(instance), known)}


def _sharper(code: str, instance: Json, args: dict[str, str]) -> str:
    """A wrong type that has a better name."""
    if code != "wrong-type":
        return code
    if instance is None:
        return "null-field"
    if isinstance(instance, str) and "number" in args["expected"] and _is_number(instance):
        return "number-as-string"
    if json_type_name(instance) == "a number" and args["expected"] == "a string":
        return "string-as-number"
    return code


def _family(code: str) -> str:
    """Codes that say the same of one place."""
    return "type" if code in _TYPE_CODES else code


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
