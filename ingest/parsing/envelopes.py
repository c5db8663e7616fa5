"""Finds events that another program has put into an object, an array or a text of its own. Pure.

Senders control the input, so a search is limited: by the number of values it looks at, by their
depth, and by the bytes of the texts it decodes.
"""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from typing import NamedTuple
from urllib.parse import parse_qsl, unquote_to_bytes

from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.compressed_data import GZIP
from ingest.values import Json, Raw

Steps = tuple[str | int, ...]  # names and indices, as in a JSON Pointer

MAX_VALUES = 600  # values that a search looks at
MAX_TEXT = 64 * 2**10  # bytes of text that a search decodes, and of the result

_MAX_DEPTH = 10  # levels of objects, arrays and texts
_MAX_LAYERS = 4  # encodings of one text
_MAX_LINES = 100  # values in one text
_MAX_FIELDS = 100  # of a form
_MAX_RATIO = 16  # of compression; JSON of one event hardly reaches 10
_SHORTEST_TEXT = 2  # characters of JSON
_SHORTEST_BASE64 = 16  # characters
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]++={0,2}")
_INDEX = re.compile(r"0|[1-9][0-9]{0,6}")
_AFTER_PREFIX = re.compile(rb'[^"{\[]{1,200}(?=\{")')  # such as the time of a log line
_JSON_STARTS = (b"{", b"[", b'"')
_STARTS_IN_BASE64 = (*_JSON_STARTS, GZIP, b"eyJ", b"H4sI", b"%7B", b"%5B")
_BULK_ACTIONS = frozenset({"index", "create", "update", "delete"})
_BULK_OPTIONS = frozenset(
    {"routing", "pipeline", "require_alias", "retry_on_conflict", "version", "version_type"}
)


class Enclosed(NamedTuple):
    """An event inside something else. `steps` lead to it, also through decoded texts, and `pointer`
    to the last place that is in the JSON as sent. `text` leads to the last text on the way, whose
    encodings are, from the outside: `prefix` (other text), `json`, `percent`, `base64`, `gzip`."""

    steps: Steps
    pointer: Steps
    value: Json
    text: Steps = ()
    encodings: tuple[str, ...] = ()

    @property
    def shape(self) -> Steps:
        return tuple("" if isinstance(step, int) else step for step in self.steps)

    def is_like(self, other: Enclosed) -> bool:
        """Whether only indices differ."""
        is_same_text = len(self.text) == len(other.text) and self.encodings == other.encodings
        return is_same_text and self.shape == other.shape


class DecodedText(NamedTuple):
    """`values` is empty if the text resembles JSON, but is malformed; `text` is then that JSON."""

    values: list[Json]
    encodings: tuple[str, ...]
    text: bytes


class EnclosedEvents(NamedTuple):
    """`is_complete`: the search did not end at a limit."""

    events: list[Enclosed]
    is_complete: bool


def find_enclosed(value: Json, is_event: Callable[[dict[str, Json]], bool]) -> EnclosedEvents:
    """The events inside a value, which is none itself: the least deep one, and all others at
    places like its own."""
    search = _Search(is_event)
    events: list[Enclosed] = []
    for inner in search.events_inside(value):
        if not events or inner.is_like(events[0]):
            events.append(inner)
    return EnclosedEvents(events, search.values_left > 0 and search.text_left > 0)


class _Search:
    def __init__(self, is_event: Callable[[dict[str, Json]], bool]) -> None:
        self._is_event = is_event
        self.values_left = MAX_VALUES
        self.text_left = MAX_TEXT

    def events_inside(self, value: Json) -> Iterator[Enclosed]:
        """All events inside, level by level; not those inside another event."""
        waiting = deque([Enclosed((), (), value)])
        while waiting:
            outer = waiting.popleft()
            if len(outer.steps) >= _MAX_DEPTH:
                continue
            for inner in self._members(outer):
                if isinstance(inner.value, dict) and self._is_event(inner.value):
                    yield inner
                elif isinstance(inner.value, (dict, list)):
                    waiting.append(inner)

    def _members(self, outer: Enclosed) -> Iterator[Enclosed]:
        for step, item in _steps_into(outer.value):
            if self.values_left <= 0:
                return
            self.values_left -= 1
            steps = (*outer.steps, step)
            pointer = outer.pointer if outer.encodings else steps
            member = Enclosed(steps, pointer, item, outer.text, outer.encodings)
            if isinstance(item, str):
                yield from self._texts(member)
            elif isinstance(item, (dict, list)):
                yield member

    def _texts(self, member: Enclosed) -> Iterator[Enclosed]:
        size = len(member.value)
        if size < _SHORTEST_TEXT:
            return
        if size > self.text_left:
            self.text_left = 0
            return
        decoded = decode_text(member.value.encode("utf-8", "replace"))
        if decoded is None:
            return
        self.text_left -= max(size, len(decoded.text))
        for index, value in enumerate(decoded.values):
            steps = (*member.steps, index) if len(decoded.values) > 1 else member.steps
            yield Enclosed(steps, member.pointer, value, member.steps, decoded.encodings)


def _steps_into(value: Json) -> Iterator[tuple[str | int, Json]]:
    """The members; with indices if their names are numbers."""
    if isinstance(value, list):
        yield from enumerate(islice(value, MAX_VALUES))
    elif isinstance(value, dict):
        are_indices = is_numbered(value)
        for name, item in islice(value.items(), MAX_VALUES):
            yield int(name) if are_indices else name, item


def is_numbered(value: Json) -> bool:
    """Whether all names of an object are indices, as of an array that was turned into one."""
    if not isinstance(value, dict) or not value:
        return False
    return all(_INDEX.fullmatch(name) for name in value)


def text_of_characters(value: Json) -> str:
    """The text that was turned into an object with one character for each number; else empty."""
    if not is_numbered(value) or not 2 < len(value) <= MAX_TEXT:
        return ""
    are_characters = all(isinstance(item, str) and len(item) == 1 for item in value.values())
    return "".join(value.values()) if are_characters else ""


def is_bulk_action(value: Json) -> bool:
    """Whether this is the line before an event in the bulk format of Elasticsearch."""
    if not isinstance(value, dict) or len(value) != 1:
        return False
    [(action, options)] = value.items()
    if action not in _BULK_ACTIONS or not isinstance(options, dict):
        return False
    return all(name.startswith("_") or name in _BULK_OPTIONS for name in options)


def events_of_bulk(text: bytes) -> list[tuple[int, Json]] | None:
    """The lines after action lines, with their numbers from 1; None for other texts."""
    found: list[tuple[int, Json]] = []
    follows = False
    for number, line in enumerate(text.split(b"\n", 2 * _MAX_LINES)[: 2 * _MAX_LINES], 1):
        if not line.strip():
            continue
        try:
            value = parse_json(line)[0]
        except Malformed:
            return None
        if is_bulk_action(value):
            follows = "delete" not in value
        elif follows:
            found.append((number, value))
            follows = False
        else:
            return None
    return found or None


# -- encoded text ------------------------------------------------------------------------------


def decode_text(text: bytes) -> DecodedText | None:
    """The JSON values in a text, which is JSON, or JSON in base64, gzip or percent encoding; None
    for any other text, and for what is longer than MAX_TEXT."""
    encodings: list[str] = []
    for _ in range(_MAX_LAYERS):
        text = text.strip() if not text.startswith(GZIP) else text
        if len(text) > MAX_TEXT:
            return None
        if text.startswith(_JSON_STARTS):
            values = _values_of(text)
            encodings.append("json")
            if values and isinstance(values[0], str):
                text = values[0].encode("utf-8", "replace")
                continue
            if not values and text.startswith(b'"'):
                return None
            return DecodedText(values, tuple(encodings), text)
        encoding, text = _without_encoding(text)
        if not encoding:
            return None
        encodings.append(encoding)
        if encoding == "prefix":
            values = _values_of(text)
            return DecodedText(values, tuple(encodings), text) if values else None
    return None


def _values_of(text: bytes) -> list[Json]:
    """The value of a JSON text, or those of its lines; empty if it is malformed."""
    try:
        return [parse_json(text)[0]]
    except Malformed:
        lines = [line for line in text.split(b"\n")[: _MAX_LINES + 1] if line.strip()]
    if not 1 < len(lines) <= _MAX_LINES:
        return []
    try:
        return [parse_json(line)[0] for line in lines]
    except Malformed:
        return []


def _without_encoding(text: bytes) -> tuple[str, bytes]:
    """The outermost encoding and the text without it; empty if there is none."""
    if text.startswith(GZIP):
        return "gzip", _inflated(text)
    if text[:3].lower() in (b"%7b", b"%5b"):
        return "percent", unquote_to_bytes(text.replace(b"+", b" "))
    if (prefix := _AFTER_PREFIX.match(text)) and text.endswith(b"}"):
        return "prefix", text[prefix.end() :]
    decoded = _from_base64(text)
    return ("base64", decoded) if decoded else ("", b"")


def _inflated(data: bytes) -> bytes:
    limit = min(MAX_TEXT, _MAX_RATIO * len(data))
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        text = inflater.decompress(data, limit)
    except zlib.error:
        return b""
    return text if inflater.eof else b""


def _from_base64(text: bytes) -> bytes:
    joined = b"".join(text.split()).translate(bytes.maketrans(b"-_", b"+/"))
    if len(joined) < _SHORTEST_BASE64 or not _BASE64.fullmatch(joined):
        return b""
    start = base64.b64decode(joined[:8])
    if not start.lstrip().startswith(_STARTS_IN_BASE64):
        return b""
    bare = joined.rstrip(b"=")
    try:
        return base64.b64decode(bare + b"=" * (-len(bare) % 4))
    except binascii.Error:
        return b""


class FormField(NamedTuple):
    name: str
    decoded: DecodedText
    in_name: bool = False  # the JSON is the name of the field


def json_field_of(form: Raw) -> FormField | None:
    """The first field of a form that holds JSON; None if there is none."""
    if len(form) > MAX_TEXT:
        return None
    text = bytes(form).strip().decode("latin-1")
    try:
        fields = parse_qsl(text, keep_blank_values=True, max_num_fields=_MAX_FIELDS)
    except ValueError:
        return None
    for name, value in fields:
        decoded = decode_text(value.replace(" ", "+").encode("utf-8", "replace"))
        # a + is a space in a form, but a character of base64
        decoded = decoded if decoded and "base64" in decoded.encodings else _decoded(value)
        if decoded:
            return FormField(name, decoded)
        if not value and (decoded := _decoded(name)):
            return FormField(name, decoded, in_name=True)
    return None


def _decoded(text: str) -> DecodedText | None:
    return decode_text(text.encode("utf-8", "replace"))
