"""Fixes malformed text if the fix is unambiguous: only syntax is changed, never a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.parsing.malformed.parser import RecoveringParser
from ingest.parsing.malformed.patterns import MAX_EDITS, OTHER_LITERALS, Edit
from ingest.parsing.malformed.wrapping import find_wrapping, holds_event, shell_edits
from ingest.parsing.node_buffer import buffer_bytes
from ingest.problems import Problem

MAX_BYTES = 64 * 2**10  # longer texts are not fixed
_MAX_FAULTS = 500
_BUFFER_HEAD = 40  # characters at either end that contain its type

_SCALAR = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"|-?\d[\d.eE+-]*|true|false|null')


_IN_NUMBER = re.compile(r"[\w.]")
_WRITTEN = {
    literal: re.compile(
        "|".join(rf"\b{word}\b" for word, is_ in OTHER_LITERALS.items() if is_ == literal)
        + rf"|\b{literal}\b"
    )
    for literal in ("true", "false", "null")
}


class Repair(NamedTuple):
    """`parts` are pairs (operation, text) in order: "=" unchanged, "-" removed, "+" added. "=" and
    "-" together are the text as sent, "=" and "+" the fixed text."""

    text: str
    parts: list[tuple[str, str]]


def repair_text(raw: bytes, one_line: bool = False) -> Repair | None:
    """The fixed text and the difference; None if there is no fault or no unambiguous fix. With
    `one_line`, line breaks between tokens are faults too. Never raises."""
    text = _text_of(raw)
    if text is None:
        return None
    content = _buffered(text)
    if content is not None:
        return _apply(text, [(0, len(text), content)])
    if edits := shell_edits(text):
        return _apply(text, edits)
    wrapping = find_wrapping(text)
    if wrapping.is_decoded:
        edits = wrapping.edits(text)
        return _apply(text, edits) if not one_line else None
    reader = RecoveringParser(
        text[: wrapping.end], limit=_MAX_FAULTS, collect_edits=True, at=wrapping.start
    )
    reader.faults()
    if not reader.fixable:
        return None
    breaks = _strip_last(text, reader.line_breaks) if one_line else []
    found = _apply(text, wrapping.edits(text) + reader.edits + breaks)
    respelled = _edited(text, reader.respelled)
    return found if found and _keeps_values(respelled, found.text) else None


def _buffered(text: str) -> str | None:
    """The text in a Buffer of Node.js."""
    if '"Buffer"' not in text[:_BUFFER_HEAD] and '"Buffer"' not in text[-_BUFFER_HEAD:]:
        return None
    try:
        content = buffer_bytes(json.loads(text))
        return None if content is None else content.decode()
    except (ValueError, RecursionError):
        return None


def _apply(text: str, edits: list[Edit]) -> Repair | None:
    """The text with the edits; None if that is no event."""
    if not 0 < len(edits) <= MAX_EDITS:
        return None
    parts = list(_parts(text, sorted(edits)))
    fixed = "".join(part for operation, part in parts if operation != "-")
    return Repair(fixed, parts) if holds_event(fixed) else None


def _edited(text: str, edits: list[Edit]) -> str:
    return "".join(part for operation, part in _parts(text, edits) if operation != "-")


def repair_event(raw: bytes, problems: Iterable[Problem]) -> Repair | None:
    """The fix of an event with `problems`; on one line if it was sent over several lines."""
    codes = {problem.code for problem in problems if problem.column is not None}
    spread = any(problem.code == "object-over-lines" for problem in problems)
    return repair_text(raw, one_line=spread) if spread or codes else None


def _text_of(raw: bytes) -> str | None:
    if len(raw) > MAX_BYTES:
        return None
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None


def _strip_last(text: str, line_breaks: list[Edit]) -> list[Edit]:
    """Remove, instead of replace, line breaks at the end of the text."""
    return [(start, end, "" if end == len(text) else new) for start, end, new in line_breaks]


def _parts(text: str, edits: list[Edit]) -> Iterator[tuple[str, str]]:
    at = 0
    for start, end, new in edits:
        for operation, part in (("=", text[at:start]), ("-", text[start:end]), ("+", new)):
            if part:
                yield operation, part
        at = end
    if at < len(text):
        yield "=", text[at:]


def _keeps_values(text: str, fixed: str) -> bool:
    """Whether all names and values of the fixed text occur in the original, in order."""
    at = 0
    for match in _SCALAR.finditer(fixed):
        ends = [end for end in _ends(match.group(), text, at) if end >= 0]
        if not ends:
            return False
        at = min(ends)
    return True


def _ends(token: str, text: str, at: int) -> Iterator[int]:
    """The end of a token in the original, for each form it can have there; -1 if not found."""
    if token[0] == '"':
        inner = token[1:-1]
        plain = json.loads(token)
        for form in {inner, plain, inner.replace("'", "\\'"), plain.replace("'", "\\'")}:
            found = text.find(form, at)
            yield found + len(form) if found >= 0 else -1
    elif token in _WRITTEN:
        match = _WRITTEN[token].search(text, at)
        yield match.end() if match else -1
    else:
        for form in {token, token.removeprefix("0"), token.removesuffix("0")} - {""}:
            yield _end_of_number(form, text, at)


def _end_of_number(form: str, text: str, at: int) -> int:
    while (start := text.find(form, at)) >= 0:
        end = start + len(form)
        if not _IN_NUMBER.match(text[start - 1 : start] if start else "") and not _IN_NUMBER.match(
            text[end : end + 1]
        ):
            return end
        at = start + 1
    return -1
