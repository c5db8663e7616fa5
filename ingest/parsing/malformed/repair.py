"""A malformed text as it was meant, where that is sure: only syntax is changed, never a value."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.parsing.malformed.parser import RecoveringParser
from ingest.parsing.malformed.patterns import MAX_EDITS, OTHER_LITERALS, Edit
from ingest.problems import Problem

MAX_BYTES = 64 * 2**10  # longer texts are not fixed
_MAX_FAULTS = 500

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
    """`parts` are (operation, text) in order: "=" kept, "-" removed, "+" added. "=" and "-"
    make up the text as sent, "=" and "+" the fixed one."""

    text: str
    parts: list[tuple[str, str]]


def repair_text(raw: bytes, one_line: bool = False) -> Repair | None:
    """The fixed text and the difference; None where nothing is wrong, or no fix is sure.
    With `one_line` line breaks between tokens are a fault, too. Never raises."""
    text = _text_of(raw)
    if text is None:
        return None
    reader = RecoveringParser(text, most=_MAX_FAULTS, thorough=True)
    reader.faults()
    edits = reader.edits + (_kept_apart(text, reader.line_breaks) if one_line else [])
    if not reader.fixable or not 0 < len(edits) <= MAX_EDITS:
        return None
    parts = list(_parts(text, sorted(edits)))
    fixed = "".join(part for operation, part in parts if operation != "-")
    return Repair(fixed, parts) if _is_json(fixed) and _keeps_values(text, fixed) else None


def repair_event(raw: bytes, problems: Iterable[Problem]) -> Repair | None:
    """The fix of an event as it was judged: on one line where that is what is wrong."""
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


def _kept_apart(text: str, line_breaks: list[Edit]) -> list[Edit]:
    """At the end of the text nothing is left of a line break."""
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


def _is_json(text: str) -> bool:
    try:
        json.loads(text, parse_constant=_refuse, parse_int=len, parse_float=len)
    except (ValueError, RecursionError):
        return False
    return True


def _refuse(name: str) -> None:
    raise ValueError(name)


def _keeps_values(text: str, fixed: str) -> bool:
    """Whether every name and value of the fixed text stands in the one sent, in order."""
    at = 0
    for match in _SCALAR.finditer(fixed):
        ends = [end for end in _ends(match.group(), text, at) if end >= 0]
        if not ends:
            return False
        at = min(ends)
    return True


def _ends(token: str, text: str, at: int) -> Iterator[int]:
    """Where a token ends in the text sent, in each form it may have there; -1 for nowhere."""
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
