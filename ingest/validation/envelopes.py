"""Explains events that are inside something else: an object or text of another program, a form, the
bulk format of Elasticsearch. Names the place, and validates what is there.

Only faulty input gets here. The verdict is that of what was sent, not that of what is inside.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ingest.dialects import Dialect
from ingest.parsing.envelopes import (
    DecodedText,
    Enclosed,
    EnclosedEvents,
    Steps,
    decode_text,
    events_of_bulk,
    find_enclosed,
    is_bulk_action,
    is_numbered,
    json_field_of,
    text_of_characters,
)
from ingest.parsing.malformed.diagnosis import diagnose_malformed
from ingest.parsing.multipart import parts_of
from ingest.problems import (
    Problem,
    field_name,
    json_pointer,
    pointer_parts,
    render_problem,
)
from ingest.schema.fuzzy_names import normalize_name
from ingest.schema.missing_fields import MISSING
from ingest.schema.schema_rules import SchemaRules, truncate
from ingest.values import Json, Raw, Refusal, Text

Judge = Callable[[dict[str, Json]], list[Problem]]  # the problems of an object by itself

_MAX_JUDGED = 20  # events inside one that are validated
_MAX_LISTED = 20  # problems of theirs that are listed
_MAX_NAMES = 200  # names of an object that are compared
_MAX_RAW = 64 * 2**10  # bytes of a malformed text that is searched
_SHOWN = 2  # problems in the sentence of a refused request

# Names under which other collectors take several events, and programs put a text
_COLLECTIONS = frozenset({"batch", "events", "records", "logs", "messages"})
_TEXTS = frozenset({"log", "message", "msg", "body", "data", "payload", "event", "line", "raw"})
_TIMES = frozenset({"timestamp", "_timestamp", "createdAt"})  # names that envelopes have, too

_FORMATS: tuple[tuple[frozenset[str], str], ...] = (
    (frozenset({"TopicArn", "Message"}), "Amazon SNS"),
    (frozenset({"message", "subscription"}), "Google Cloud Pub/Sub"),
    (frozenset({"records", "requestId"}), "Amazon Data Firehose"),
    (frozenset({"Records"}), "AWS Lambda triggers"),
    (frozenset({"detail-type", "detail"}), "Amazon EventBridge"),
    (frozenset({"body", "isBase64Encoded"}), "Amazon API Gateway"),
    (frozenset({"specversion", "source"}), "CloudEvents"),
    (frozenset({"schema", "payload"}), "Kafka Connect"),
    (frozenset({"jsonrpc", "params"}), "JSON-RPC"),
    (frozenset({"log", "stream"}), "container logs, such as those of Docker"),
    (frozenset({"message", "@timestamp"}), "Logstash and Beats"),
    (frozenset({"batch", "sentAt"}), "Segment's batches"),
    (frozenset({"streams"}), "Loki"),
    (frozenset({"resourceLogs"}), "OpenTelemetry"),
    (frozenset({"event", "time"}), "Splunk's HTTP Event Collector"),
    (frozenset({"event", "sourcetype"}), "Splunk's HTTP Event Collector"),
)
_FORMS = {
    ("json",): "JSON in a string",
    ("json", "json"): "JSON in a string, encoded twice",
    ("base64", "json"): "base64 of JSON",
    ("base64", "base64", "json"): "base64 of base64 of JSON",
    ("gzip", "json"): "gzip of JSON",
    ("base64", "gzip", "json"): "base64 of gzip of JSON",
    ("percent", "json"): "URL-encoded JSON",
    ("base64", "percent", "json"): "base64 of URL-encoded JSON",
    ("prefix",): "JSON after other text",
}
_DECODED = {  # by the outermost encoding
    "json": "Parse the JSON in",
    "base64": "Base64-decode",
    "gzip": "Decompress",
    "percent": "URL-decode",
    "prefix": "Cut off what precedes the JSON in",
}


class _Shape(NamedTuple):
    """The normalized names in events of a dialect."""

    name: str  # of the field with the event's name
    required: frozenset[str]
    fields: frozenset[str]

    def names_in(self, value: Json) -> set[str]:
        return {normalize_name(name) for name in list(value)[:_MAX_NAMES]} & self.fields

    def is_inside(self, outer: set[str], inner: dict[str, Json]) -> bool:
        """Whether an object is an event, and the one around it with the names `outer` is not."""
        names = self.names_in(inner)
        enough = min(2, len(self.required))
        return len(names & self.required) >= enough and len(names) > len(outer)


@functools.cache
def _shape_of(rules: SchemaRules, name_path: str) -> _Shape:
    schema = rules.schema
    parts = [schema, *schema.get("allOf", [])]
    required = {normalize_name(name) for rule in parts for name in rule.get("required", [])}
    fields = {normalize_name(name) for name in schema["properties"] if name not in _TIMES}
    name = normalize_name(pointer_parts(name_path)[-1])
    return _Shape(name, frozenset(required), frozenset(fields | required))


# -- an object in place of an event ------------------------------------------------------------


def explain_object(
    dialect: Dialect, value: dict[str, Json], found: Iterable[Problem], judge: Judge
) -> list[Problem] | None:
    """Problems that replace those `found`, if the object is no event but has events inside; else
    None."""
    path = dialect.name_path
    if not any(problem.path == path and problem.code in MISSING for problem in found):
        return None
    problems = _of_object(dialect, value, judge)
    if problems and any(problem.refuses for problem in found):
        problems[0] = problems[0]._replace(refuses=True)
    return problems


def _of_object(dialect: Dialect, value: dict[str, Json], judge: Judge) -> list[Problem] | None:
    if is_bulk_action(value):
        return [Problem("bulk-action")]
    shape = _shape_of(dialect.rules, dialect.name_path)
    outer = shape.names_in(value)
    if shape.name in outer:
        return None
    if text := text_of_characters(value):
        return _of_characters(text, judge)
    inside = find_enclosed(value, lambda inner: shape.is_inside(outer, inner))
    if inside.events:
        return _enclosed(dialect, value, inside, "event", judge)
    has_fields = bool(outer & shape.required)
    if by_name := _by_name(value, has_fields):
        return _enclosed(dialect, value, by_name, "object", judge)
    return None if has_fields else _nothing_inside(dialect, value)


def _of_characters(text: str, judge: Judge) -> list[Problem] | None:
    decoded = decode_text(text.encode("utf-8", "replace"))
    if decoded is None or not decoded.values:
        return None
    listed, judged = _judge_values(decoded.values, "the text", judge)
    return [Problem("spread-text", args={"judged": judged}), *listed]


def _by_name(value: dict[str, Json], has_fields: bool) -> EnclosedEvents | None:
    """The objects in a member that other collectors read as events."""
    for name in list(value)[:_MAX_NAMES]:
        is_text = name.lower() in _TEXTS and isinstance(value[name], str) and not has_fields
        if is_text or (name.lower() in _COLLECTIONS and isinstance(value[name], list)):
            inside = find_enclosed({name: value[name]}, lambda inner: not is_bulk_action(inner))
            if inside.events and (is_text or len(inside.events[0].shape) == 2):
                return inside
    return None


def _enclosed(
    dialect: Dialect, value: dict[str, Json], found: EnclosedEvents, noun: str, judge: Judge
) -> list[Problem]:
    inside, first = found.events, found.events[0]
    several = any(isinstance(step, int) for step in first.steps)
    listed, judged = _judge_all(inside, judge)
    count = _count(inside, noun) if found.is_complete else f"at least {_count(inside, noun)}"
    if is_numbered(value) and len(first.steps) == 1:
        args = {"several": dialect.several_hint, "judged": judged}
        return [Problem("numbered-events", args=args), *listed]
    code = ("events" if several else "event") + ("-in-text" if first.encodings else "-in-object")
    pointer = json_pointer(_before_index(first.pointer) if several else first.pointer)
    places = [one.text or _before_index(one.steps) for one in inside]
    args = {
        "where": _label(_common(places)),
        "form": _form_of(first.encodings),
        "decode": _DECODED.get(first.encodings[0], "Decode") if first.encodings else "",
        "count": count.capitalize() + (" are" if len(inside) > 1 else " is"),
        "several": dialect.several_hint,
        "format": _format_of(value),
        "judged": judged,
    }
    return [Problem(code, path=pointer, args=args), *listed]


def _nothing_inside(dialect: Dialect, value: dict[str, Json]) -> list[Problem] | None:
    for name in list(value)[:_MAX_NAMES]:
        if name.lower() in _COLLECTIONS and value[name] == []:
            args = {"where": truncate(name), "several": dialect.several_hint}
            return [Problem("no-events-inside", path=json_pointer([name]), args=args)]
    return _broken_text(value)


def _broken_text(value: dict[str, Json]) -> list[Problem] | None:
    """The problems of a member with JSON that is cut off or otherwise malformed."""
    for name in list(value)[:_MAX_NAMES]:
        text = value[name]
        if name.lower() not in _TEXTS or not isinstance(text, str) or len(text) > _MAX_RAW:
            continue
        decoded = decode_text(text.encode("utf-8", "replace"))
        if decoded is None or decoded.values or decoded.text[:1] != b"{":
            continue
        path = json_pointer([name])
        args = {"where": truncate(name), "form": _form_of(decoded.encodings)}
        faults = diagnose_malformed(decoded.text)[:_MAX_LISTED]
        listed = [_inside(fault, _quoted((name,)), (name,), is_text=True) for fault in faults]
        return [Problem("broken-in-text", path=path, args=args), *listed]
    return None


# -- text in place of an object ----------------------------------------------------------------


def explain_string(dialect: Dialect, value: str, judge: Judge) -> list[Problem]:
    """The problems of a string with JSON where an object is due; empty for other strings."""
    decoded = decode_text(value.encode("utf-8", "replace"))
    values = decoded.values if decoded else []
    listed, judged = _judge_values(values, "the string", judge)
    if values and isinstance(values[0], dict):
        return [Problem("encoded-twice", offset=0, column=1), *listed]
    if not values or not values[0] or not isinstance(values[0][0], dict):
        return []
    args = {"several": dialect.several_hint, "judged": judged, "count": _count(values[0], "event")}
    return [Problem("array-encoded-twice", args=args, offset=0, column=1), *listed]


def explain_array(value: list[Json], judge: Judge) -> list[Problem]:
    """The problems of the events in an array where one object is due."""
    items = [Enclosed((at,), (at,), item) for at, item in enumerate(value[:_MAX_JUDGED])]
    return _judge_all([item for item in items if isinstance(item.value, dict)], judge)[0]


def explain_text(
    dialect: Dialect, raw: Raw, problems: Sequence[Problem], judge: Judge
) -> Sequence[Problem]:
    """The problems of a malformed text, with those of the events inside."""
    code = problems[0].code if problems else ""
    explain = _EXPLAINED.get(code)
    if explain is None or len(raw) > _MAX_RAW:
        return problems
    return explain(dialect, bytes(raw), list(problems), judge)


def _two_values(
    dialect: Dialect, raw: bytes, problems: list[Problem], judge: Judge
) -> list[Problem]:
    lines = events_of_bulk(raw)
    if lines is None:
        return problems
    inside = [_detached(value, (number,)) for number, value in lines]
    listed, judged = _judge_all(inside, judge, label=lambda steps: f"line {steps[0]}")
    args = {"several": dialect.several_hint, "judged": judged}
    return [Problem("bulk-format", args=args, offset=0, column=1), *listed]


def _multipart(
    dialect: Dialect, raw: bytes, problems: list[Problem], judge: Judge
) -> list[Problem]:
    for part in parts_of(raw):
        decoded = decode_text(part.content)
        if decoded is not None:
            place = f"the part “{truncate(part.name)}”"
            return _with_inside(problems, f" The JSON is in {place}.", decoded, place, judge)
    return _with_inside(problems, "", None, "", judge)


def _form_encoded(
    dialect: Dialect, raw: bytes, problems: list[Problem], judge: Judge
) -> list[Problem]:
    field = json_field_of(raw)
    if field is None or field.in_name:
        return problems
    place = f"the field “{truncate(field.name)}”"
    form = _in_form(field.decoded)
    inside = f" The JSON is in its field “{truncate(field.name)}”{form}."
    return _with_inside(problems, inside, field.decoded, place, judge)


def _encoded(dialect: Dialect, raw: bytes, problems: list[Problem], judge: Judge) -> list[Problem]:
    decoded = decode_text(raw)
    listed, judged = _judge_values(decoded.values if decoded else [], "the decoded text", judge)
    args = {**(problems[0].args or {}), "judged": judged}
    return [problems[0]._replace(args=args), *problems[1:], *listed]


def _with_inside(
    problems: list[Problem], inside: str, decoded: DecodedText | None, place: str, judge: Judge
) -> list[Problem]:
    listed, judged = _judge_values(decoded.values if decoded else [], place, judge)
    args = {**(problems[0].args or {}), "inside": inside + judged}
    return [problems[0]._replace(args=args), *problems[1:], *listed]


_EXPLAINED = {
    "two-values": _two_values,
    "multipart": _multipart,
    "form-encoded": _form_encoded,
    "base64": _encoded,
    "url-encoded": _encoded,
    "gzip-in-form": _encoded,
}


# -- a refused form ----------------------------------------------------------------------------


def explain_refusal(refusal: Refusal, body: Text, judge: Judge) -> Refusal:
    """The refusal of a form, with the place of the JSON in it and its problems."""
    if refusal.code not in ("form-without-data", "form-data-not-base64"):
        return refusal
    field = json_field_of(body)
    if field is None:
        return refusal
    listed, judged = _judge_values(field.decoded.values, "", judge)
    if listed:
        judged = " " + " ".join(render_problem(one)["message"] for one in listed[:_SHOWN])
    if field.in_name:
        return refusal._replace(code="json-is-form-name", args={"judged": judged})
    args = {"name": truncate(field.name), "form": _in_form(field.decoded), "judged": judged}
    return refusal._replace(code="json-in-form-field", args=args)


# -- what is inside ----------------------------------------------------------------------------


def _judge_values(values: Sequence[Json], place: str, judge: Judge) -> tuple[list[Problem], str]:
    """The same as `_judge_all`, for values without a place in the JSON as sent."""
    if len(values) == 1 and isinstance(values[0], list):
        values = values[0]
    objects = [value for value in values if isinstance(value, dict)]
    inside = [_detached(value) for value in objects]
    return _judge_all(inside, judge, label=lambda _: place)


def _judge_all(
    inside: Sequence[Enclosed], judge: Judge, label: Callable[[Steps], str] | None = None
) -> tuple[list[Problem], str]:
    """The problems inside, and a sentence if there are none."""
    problems = _problems_inside(inside[:_MAX_JUDGED], judge, label or _quoted)
    listed = list(islice(problems, _MAX_LISTED))
    if listed or not inside or len(inside) > _MAX_JUDGED:
        return listed, ""
    is_one = len(inside) == 1
    return (
        [],
        " On its own, the event is valid." if is_one else " On their own, the events are valid.",
    )


def _problems_inside(
    inside: Sequence[Enclosed], judge: Judge, label: Callable[[Steps], str]
) -> Iterator[Problem]:
    for one in inside:
        for problem in judge(one.value):
            yield _inside(problem, label(one.steps), one.pointer, is_text=bool(one.encodings))


def _inside(problem: Problem, label: str, pointer: Steps, is_text: bool) -> Problem:
    """The problem of an event inside, at its place in what was sent."""
    path = json_pointer(pointer) + ("" if is_text else problem.path)
    args = {**(problem.args or {}), "field": field_name(problem.path)}
    if label:
        args["within"] = f"Inside {label}"
    return problem._replace(
        path=path if pointer else "", args=args, offset=None, column=None, refuses=False
    )


def _detached(value: Json, steps: Steps = ()) -> Enclosed:
    """An event in a text that is not part of other JSON."""
    return Enclosed(steps, (), value, encodings=("json",))


def _count(inside: Sequence[Json], noun: str) -> str:
    return f"{len(inside):,} {noun}s" if len(inside) > 1 else f"one {noun}"


def _common(places: Sequence[Steps]) -> Steps:
    """The steps of places of one shape; empty where their indices differ."""
    levels = zip(*places, strict=True)
    return tuple(steps[0] if len(set(steps)) == 1 else "" for steps in levels)


def _before_index(steps: Steps) -> Steps:
    at = next((at for at, step in enumerate(steps) if not isinstance(step, str) or not step), None)
    return steps if at is None else steps[:at]


def _label(steps: Steps) -> str:
    """The place as in JavaScript: records[0].data, or records[].data for several."""
    text = "".join(
        f"[{step}]" if isinstance(step, int) or not step else f".{step}" for step in steps
    )
    return truncate(text.removeprefix("."))


def _quoted(steps: Steps) -> str:
    return f"“{_label(steps)}”" if steps else "it"


def _form_of(encodings: tuple[str, ...]) -> str:
    return _FORMS.get(encodings, "encoded JSON")


def _in_form(decoded: DecodedText) -> str:
    """How a form field holds JSON, beyond the encoding of all forms."""
    form = _form_of(decoded.encodings)
    return "" if decoded.encodings == ("json",) else f", as {form}"


def _format_of(value: dict[str, Json]) -> str:
    """A sentence with the program that uses this envelope; empty if it is not known."""
    program = next((program for names, program in _FORMATS if names <= value.keys()), "")
    return f" This is the format of {program}." if program else ""
