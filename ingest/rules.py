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
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from ingest.diagnosis import kind_of
from ingest.lookalikes import nearest
from ingest.problems import DOCUMENTED, ERROR, REBUILT, Problem, pointer
from ingest.shapes import Json

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
MOST_ERRORS = 5_000  # read from the validator for one event
MOST_AT_ONCE = 300  # fields that no rule speaks of, given to the validator
MOST_SUGGESTED = 200  # problems of an event whose names are compared with known ones

_EMPTY = "\ue000"  # private use: no vendor's field is named so
_NAMED = {"unknown-field", "lost-attribute"}  # about a name, not about its value
_TYPE_CODES = {"wrong-type", "null-field", "number-as-string", "string-as-number", "integer-id"}


class _Place(NamedTuple):
    """A place in the schema: what holds there, and what stands there."""

    severity: str = ERROR
    basis: str = DOCUMENTED
    code: str = ""
    args: dict[str, str] = {}  # noqa: RUF012 - never changed
    refuses: bool = False
    schema: dict[str, Any] = {}  # noqa: RUF012
    known: tuple[str, ...] = ()

    def below(self, node: Any) -> _Place:
        if not isinstance(node, dict):
            return self
        return _Place(
            node.get("x-severity", self.severity),
            node.get("x-basis", self.basis),
            node.get("x-code", self.code),
            self.args | node.get("x-args", {}),
            node.get("x-refuses", self.refuses),
            node,
            tuple(node["properties"]) if "properties" in node else self.known,
        )


class Rules:
    """One schema. `holds` is the fast answer, `problems` the full one."""

    def __init__(self, schema: dict[str, Any]) -> None:
        self.schema = schema
        self.names = frozenset(_names_in(schema))  # every field that some rule speaks of
        self._validator = jsonschema_rs.Draft202012Validator(schema)
        self._place = functools.cache(self._find_place)

    @classmethod
    def from_file(cls, path: Path) -> Rules:
        return cls(orjson.loads(path.read_bytes()))

    def holds(self, value: Json) -> bool:
        try:
            return self._validator.is_valid(value)
        except ValueError:  # nested deeper than the validator goes
            return False

    def problems(self, value: Json) -> list[Problem]:
        """All problems, errors first; what says the same of one place is named once."""
        try:
            errors = list(islice(self._errors(value), MOST_ERRORS))
        except (ValueError, RecursionError):
            return [Problem("nested-too-deep", basis=REBUILT)]
        found: list[Problem] = []
        for error in errors:
            found += self._explain(error, len(found))
        found.sort(key=lambda problem: problem.severity != ERROR)
        first: dict[tuple[str, str], Problem] = {}
        for problem in found:
            first.setdefault((problem.path, _family(problem.code)), problem)
        return list(first.values())

    def _errors(self, value: Json) -> Iterator[jsonschema_rs.ValidationError]:
        """The validator holds the interpreter until it has them all: of an object with very many
        fields it gets some at a time, with all that rules speak of, and others get their turn."""
        named = _with_names(value)
        if not isinstance(named, dict) or len(named) <= MOST_AT_ONCE:
            yield from self._validator.iter_errors(named)
            return
        known = {name: item for name, item in named.items() if name in self.names}
        strangers = [entry for entry in named.items() if entry[0] not in known]
        for start in range(0, max(1, len(strangers)), MOST_AT_ONCE):
            some = dict(strangers[start : start + MOST_AT_ONCE])
            yield from self._validator.iter_errors({**known, **some})

    def _explain(self, error: jsonschema_rs.ValidationError, before: int) -> Iterator[Problem]:
        """`before`: how many problems of the event are known already."""
        place = self._place(tuple(error.schema_path))
        keyword = error.kind.name
        details = error.kind.as_dict()
        names = [details["property"]] if keyword == "required" else details.get("unexpected")
        at = ["" if part == _EMPTY else part for part in error.instance_path]
        for count, name in enumerate(names or [None], before):
            path = at if name is None else [*at, name]
            last = str(path[-1]) if path and count < MOST_SUGGESTED else ""
            args = {**_facts(error, place, last), **place.args}
            code = place.code or _CODES.get(keyword, "broken-rule")
            yield Problem(
                _sharper(code, error.instance, args),
                place.severity,
                pointer(path),
                place.basis,
                args,
                refuses=place.refuses,
            )

    def _find_place(self, schema_path: tuple[str | int, ...]) -> _Place:
        node: Any = self.schema
        place = _Place().below(node)
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


def short(value: Json) -> str:
    """A value as a sentence can carry it."""
    if isinstance(value, (dict, list)):
        return kind_of(value)
    text = value if isinstance(value, str) else _printed(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _printed(value: Json) -> str:
    try:
        return orjson.dumps(value).decode()
    except (orjson.JSONEncodeError, TypeError):
        return str(value)


def _with_names(value: Json) -> Json:
    """The validator loses empty names from its paths; a stand-in takes their place."""
    if isinstance(value, dict):
        return {name or _EMPTY: _with_names(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_with_names(item) for item in value]
    return value


def _facts(error: jsonschema_rs.ValidationError, place: _Place, name: str) -> dict[str, str]:
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
        "got": kind_of(error.instance),
        "expected": " or ".join(_PHRASES[t] for t in expected if t != "null"),
        "value": short(error.instance),
        "detail": error.message[:200],
        **_about_enum(error.instance, place.schema.get("enum")),
    }


def _suggest(name: str, known: tuple[str, ...] | list[str]) -> dict[str, str]:
    near = nearest(name, known) if name else ""
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
    if kind_of(instance) == "a number" and args["expected"] == "a string":
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
