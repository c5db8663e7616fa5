"""Explains why a text is not JSON, with positions. Slow, because it is thorough; only used for
texts that the fast parser rejected."""

from __future__ import annotations

import re
from typing import Any

from ingest.parsing.malformed.content_sniffing import sniff
from ingest.parsing.malformed.lexer import MAX_FAULTS
from ingest.parsing.malformed.parser import RecoveringParser
from ingest.parsing.malformed.printed import gather_printed, gather_unquoted, printed_text
from ingest.parsing.malformed.wrapping import find_wrapping, shell_fault
from ingest.problems import Problem

_NOT_UTF_8 = re.compile("[\udc80-\udcff]+")
_AROUND = 12  # characters around an invalid byte that are decoded for a suggestion


def diagnose_malformed(raw: bytes, strict: str = "", at: int = 0) -> list[Problem]:
    """The faults of a text that a strict parser rejected: 1 to MAX_FAULTS. `strict` is the parser's
    message and `at` its character; they are used if the recovering parser finds no fault."""
    whole = sniff(raw)
    if whole:
        return [whole]
    text = raw.decode("utf-8", "surrogateescape")
    found = _faults(text)
    if not text.isascii():
        found = sorted([*_not_utf_8(text), *found], key=lambda fault: fault.column or 0)
    return found[:MAX_FAULTS] or [_by_strict_parser(text, strict, at)]


def _faults(text: str) -> list[Problem]:
    printed = printed_text(text, len(text) - len(text.lstrip()))
    if printed:
        return [printed]
    if shell := shell_fault(text):
        return [shell]
    wrapping = find_wrapping(text)
    around = wrapping.problem(text)
    if around is None:
        return _inside(text, 0)
    return [around, *([] if wrapping.is_bytes else _inside(text[: wrapping.end], wrapping.start))]


def _inside(text: str, start: int) -> list[Problem]:
    found = RecoveringParser(text, at=start).faults()
    return gather_unquoted(gather_printed(found), text[start:])


def _by_strict_parser(text: str, reason: str, at: int) -> Problem:
    args = {"suggestion": reason[:1].upper() + reason[1:] + "." if reason else ""}
    return Problem("not-json", args=args, offset=_bytes_of(text[:at]), column=at + 1)


def _not_utf_8(text: str) -> list[Problem]:
    """A problem for each run of bytes that are not UTF-8, with their meaning in Windows-1252."""
    found = []
    for match in _NOT_UTF_8.finditer(text):
        start, end = match.span()
        value = text[start : min(end, start + 8)].encode("utf-8", "surrogateescape")
        around = text[max(0, start - _AROUND) : min(end, start + _AROUND) + _AROUND]
        args = {"value": value.hex(" ").upper(), "suggestion": _read_as_western(around)}
        offset = _bytes_of(text[:start])
        found.append(Problem("invalid-utf-8", args=args, offset=offset, column=start + 1))
        if len(found) == MAX_FAULTS:
            break
    return found


def _read_as_western(around: str) -> str:
    """The text as Windows-1252, the most common cause; the empty string if that gives no
    letters."""
    try:
        read = around.encode("utf-8", "surrogateescape").decode("cp1252")
    except UnicodeDecodeError:
        return ""
    words = [word for word in re.findall(r"\w+", read) if not word.isascii()]
    return f" Read as Windows-1252 it is “{words[0]}”." if words else ""


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def json_type_name(value: Any) -> str:
    """The type of a JSON value with its article, for sentences."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"
