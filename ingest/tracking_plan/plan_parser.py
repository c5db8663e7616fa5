"""Parses a plan as sent; all errors are reported together, each with its place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import jsonschema_rs
import orjson

from ingest.parsing.malformed.diagnosis import diagnose_malformed, json_type_name
from ingest.problems import ERROR, WARNING, json_pointer, render_problem
from ingest.schema.fuzzy_names import closest_match
from ingest.tracking_plan.complexity import PatternBudget, flaws_in
from ingest.tracking_plan.rules import UNKNOWN_NAMES, PlanRules
from ingest.tracking_plan.worker_protocol import ACCEPTED_COMPILE_SECONDS

MAX_BYTES = 256 * 2**10  # bytes
MAX_NAMES = 1_000
MAX_NAME_LENGTH = 200  # characters; the stored length of names
MAX_MISTAKES = 50
MAX_DEPTH = 64

_PARTS = ("unknown_names", "required_names", "events")
_SCHEMA = "https://json-schema.org/draft/2020-12/schema"
_META = jsonschema_rs.Draft202012Validator({"$ref": _SCHEMA}, offline=True)


class PlanError(NamedTuple):
    """`path` is a JSON Pointer into the plan; `offset` (characters) is set if the text is not
    JSON."""

    path: str
    message: str
    offset: int | None = None


class PlanUnreadable(ValueError):
    def __init__(self, mistakes: list[PlanError]) -> None:
        super().__init__(mistakes[0].message)
        self.mistakes = mistakes[:MAX_MISTAKES]


def parse_plan(body: bytes, begin: Callable[[str], None] = lambda name: None) -> dict[str, Any]:
    """Parse the plan completely. Raises PlanUnreadable. `begin` is called with the name of each
    schema. Compiles customers' input, so servers call it in a worker process with a deadline."""
    if len(body) > MAX_BYTES:
        raise PlanUnreadable([PlanError("", f"A plan has at most {MAX_BYTES:,} bytes.")])
    content = _parsed(body)
    mistakes = list(_mistakes_in(content, begin))
    if mistakes:
        raise PlanUnreadable(mistakes)
    return {
        "unknown_names": content.get("unknown_names", UNKNOWN_NAMES[0]),
        "required_names": content.get("required_names", []),
        "events": content.get("events", {}),
    }


def _parsed(body: bytes) -> Any:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        found = diagnose_malformed(body, error.msg, error.pos)[0]
        offset = None if found.column is None else found.column - 1
        words = render_problem(found)
        raise PlanUnreadable([PlanError("", words["message"], offset)]) from None
    if not isinstance(content, dict):
        raise PlanUnreadable(
            [PlanError("", f"A plan is an object, not {json_type_name(content)}.")]
        )
    if json_depth(content, MAX_DEPTH) > MAX_DEPTH:
        raise PlanUnreadable([PlanError("", f"A plan is at most {MAX_DEPTH} levels deep.")])
    return content


def json_depth(value: Any, most: int) -> int:
    """The depth; beyond the maximum only that it is exceeded."""
    level, depth = [value], 0
    while level and depth <= most:
        depth += 1
        inner = (each.values() if isinstance(each, dict) else each for each in level)
        level = [one for some in inner for one in some if isinstance(one, (dict, list))]
    return depth


def _mistakes_in(content: dict[str, Any], begin: Callable[[str], None]) -> Iterator[PlanError]:
    for name, part in content.items():
        if name in _READERS:
            yield from _READERS[name](part)
            if name == "events":
                yield from _mistakes_in_schemas(part, begin)
        else:
            meant = closest_match(name, _PARTS)
            hint = f" Did you mean “{meant}”?" if meant else f" It has {', '.join(_PARTS)}."
            yield PlanError(json_pointer([name]), f"A plan has no “{name[:80]}”.{hint}")


def _in_unknown_names(part: Any) -> Iterator[PlanError]:
    if part not in UNKNOWN_NAMES:
        yield PlanError("/unknown_names", f"It must be one of {', '.join(UNKNOWN_NAMES)}.")


def _in_required_names(part: Any) -> Iterator[PlanError]:
    if not isinstance(part, list) or len(part) > MAX_NAMES:
        yield PlanError("/required_names", f"It must be an array of at most {MAX_NAMES:,} names.")
        return
    seen: set[str] = set()
    for at, name in enumerate(part):
        path = json_pointer(["required_names", at])
        if not _is_name(name):
            yield PlanError(path, _NO_NAME)
        elif name in seen:
            yield PlanError(path, f"“{name}” is here already.")
        else:
            seen.add(name)


def _in_events(part: Any) -> Iterator[PlanError]:
    if not isinstance(part, dict) or len(part) > MAX_NAMES:
        most = f"{MAX_NAMES:,}"
        yield PlanError(
            "/events", f"It must be an object of at most {most} names, each a JSON Schema."
        )
        return
    for name in part:
        if not _is_name(name):
            yield PlanError(json_pointer(["events", name]), _NO_NAME)


def _mistakes_in_schemas(events: Any, begin: Callable[[str], None]) -> Iterator[PlanError]:
    if not isinstance(events, dict) or len(events) > MAX_NAMES:
        return  # reported separately
    patterns = PatternBudget()
    found = 0
    for name, schema in events.items():
        begin(name)
        for mistake in _in_schema(schema, patterns):
            found += 1
            yield mistake._replace(path=json_pointer(["events", name]) + mistake.path)
        if found >= MAX_MISTAKES:
            return


def _in_schema(schema: Any, patterns: PatternBudget) -> Iterator[PlanError]:
    found: dict[str, str] = {}
    for error in islice(_META.iter_errors(schema), MAX_MISTAKES):
        found.setdefault(json_pointer(error.instance_path), _sentence(error))
    found = found or dict(_severity_mistakes(schema))
    found = found or {flaw.path: flaw.message for flaw in islice(flaws_in(schema), MAX_MISTAKES)}
    found = found or {flaw.path: flaw.message for flaw in patterns.flaws_in(schema)}
    found = found or dict(_compiling(schema))
    yield from (PlanError(path, message) for path, message in found.items())


def _severity_mistakes(schema: Any) -> Iterator[tuple[str, str]]:
    for path, severity in _severities(schema):
        if severity not in (ERROR, WARNING):
            yield path, f"x-severity must be {ERROR} or {WARNING}."


def _compiling(schema: Any) -> Iterator[tuple[str, str]]:
    began = time.process_time()
    try:
        PlanRules(schema)
    except jsonschema_rs.ValidationError as error:
        yield json_pointer(error.instance_path), _sentence(error)
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        message = str(error).partition("\n")[0][:200]
        yield "", f"This schema cannot be used: {message}."
    if time.process_time() - began > ACCEPTED_COMPILE_SECONDS:
        yield "", "This schema takes too long to compile: use fewer and simpler patterns."


def _severities(schema: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str, Any]]:
    """The places of `x-severity` annotations; below `properties` it may be the name of a field."""
    if isinstance(schema, dict):
        if "x-severity" in schema and (not path or path[-1] not in _NAMED):
            yield json_pointer([*path, "x-severity"]), schema["x-severity"]
        for name, inner in schema.items():
            if name not in ("enum", "const", "default", "examples"):
                yield from _severities(inner, (*path, name))
    elif isinstance(schema, list):
        for at, inner in enumerate(schema):
            yield from _severities(inner, (*path, at))


def _sentence(error: jsonschema_rs.ValidationError) -> str:
    last = str(error.instance_path[-1]) if error.instance_path else ""
    message = error.message.partition("\n")[0][:160]
    if error.kind.name == "pattern" or last == "pattern":
        return "This pattern cannot be used: look-around and back references are not understood."
    if last == "type":
        return "A type is one of array, boolean, integer, null, number, object, string."
    if error.kind.name == "format":
        return f"“{last}” does not hold what it should: {message}."
    return f"This is no JSON Schema: {message}."


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and 0 < len(name) <= MAX_NAME_LENGTH and "\0" not in name


_NO_NAME = f"An event name is text of 1 to {MAX_NAME_LENGTH} characters."
_NAMED = ("properties", "patternProperties", "$defs", "dependentSchemas")
_READERS: dict[str, Callable[[Any], Iterator[PlanError]]] = {
    "unknown_names": _in_unknown_names,
    "required_names": _in_required_names,
    "events": _in_events,
}
