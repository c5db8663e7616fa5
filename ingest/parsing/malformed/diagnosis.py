"""Why a text is not JSON, in words and at every place. Slow on purpose, and only run for
what a fast parser refused."""

from __future__ import annotations

import re
from typing import Any

from ingest.parsing.malformed.content_sniffing import sniff
from ingest.parsing.malformed.lexer import MAX_FAULTS
from ingest.parsing.malformed.parser import RecoveringParser
from ingest.problems import Problem

_NOT_UTF_8 = re.compile("[\udc80-\udcff]+")
_AROUND = 12  # characters shown beside a byte that is not UTF-8


def diagnose_malformed(raw: bytes, strict: str = "", at: int = 0) -> list[Problem]:
    """All faults of a text that a strict parser refused; never empty, at most MAX_FAULTS.
    `strict` is that parser's reason and `at` its character, for a place further on than
    the tolerant reader goes."""
    whole = sniff(raw)
    if whole:
        return [whole]
    text = raw.decode("utf-8", "surrogateescape")
    found = RecoveringParser(text).faults()
    if not text.isascii():
        found = sorted([*_not_utf_8(text), *found], key=lambda fault: fault.column or 0)
    return found[:MAX_FAULTS] or [_by_strict_parser(text, strict, at)]


def _by_strict_parser(text: str, reason: str, at: int) -> Problem:
    args = {"suggestion": reason[:1].upper() + reason[1:] + "." if reason else ""}
    return Problem("not-json", args=args, offset=_bytes_of(text[:at]), column=at + 1)


def _not_utf_8(text: str) -> list[Problem]:
    """Each run of bytes that are none of UTF-8, and what they are in Windows-1252."""
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
    """What most often was meant; nothing when it makes no letters."""
    try:
        read = around.encode("utf-8", "surrogateescape").decode("cp1252")
    except UnicodeDecodeError:
        return ""
    words = [word for word in re.findall(r"\w+", read) if not word.isascii()]
    return f" Read as Windows-1252 it is “{words[0]}”." if words else ""


def _bytes_of(text: str) -> int:
    return len(text.encode("utf-8", "surrogateescape"))


def json_type_name(value: Any) -> str:
    """A JSON value's type, with its article, as sentences name it."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "a boolean"
    if isinstance(value, (int, float)):
        return "a number"
    if isinstance(value, str):
        return "a string"
    return "an array" if isinstance(value, list) else "an object"
