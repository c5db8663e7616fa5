"""Escape sequences of other languages, and their characters in JSON."""

from __future__ import annotations

import json
import re

from ingest.parsing.malformed.patterns import MAX_EDITS, Edit

MAX_ARGUMENT_LENGTH = 100  # characters of a quoted text in a sentence

_CODE_POINT = re.compile(r"\\U([0-9a-fA-F]{8})|\\u\{([0-9a-fA-F]{1,6})\}")
_BYTE = re.compile(r"\\x([0-9a-fA-F]{2})|\\([0-3][0-7]{2})")


def characters_of(escapes: str) -> str | None:
    """The characters that a run of escapes like \\U0001f4a9, \\u{1f4a9}, \\xe9 or \\351 means; None
    for a number beyond Unicode. Bytes are read as UTF-8, or else as Latin-1."""
    if match := _CODE_POINT.fullmatch(escapes):
        number = int(match[1] or match[2], 16)
        is_character = number <= 0x10FFFF and not 0xD800 <= number <= 0xDFFF
        return chr(number) if is_character else None
    raw = bytes(int(m[1], 16) if m[1] else int(m[2], 8) for m in _BYTE.finditer(escapes))
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("latin-1")


def json_escapes(text: str) -> str:
    """The text as \\u escapes of JSON."""
    units = text.encode("utf-16-be")
    return "".join(f"\\u{units[at]:02x}{units[at + 1]:02x}" for at in range(0, len(units), 2))


_JSON_ESCAPES = re.compile(r"(?:\\u[0-9a-fA-F]{4})+|\\[\"\\/bfnrt]")


def unescape_edits(text: str, start: int, end: int) -> list[Edit]:
    """The edits that undo JSON's escapes between two places."""
    found = _JSON_ESCAPES.finditer(text, start, end)
    return [(m.start(), m.end(), json.loads(f'"{m.group()}"')) for m in found]


_PYTHON_ESCAPES = re.compile(r"(?:\\x[0-9a-fA-F]{2})+|\\(.)", re.DOTALL)
_PYTHON_MEANINGS = {"n": "\n", "r": "\r", "t": "\t", "\\": "\\", "'": "'", '"': '"'}


def unescape_python_edits(text: str, start: int, end: int) -> list[Edit]:
    """The edits that undo the escapes of Python's bytes between two places."""
    edits = []
    for match in _PYTHON_ESCAPES.finditer(text, start, end):
        char = match[1]
        meant = characters_of(match.group()) if char is None else _PYTHON_MEANINGS.get(char)
        if meant is not None:
            edits.append((match.start(), match.end(), meant))
    return edits


_IN_SINGLE_QUOTES = re.compile(r"\\U[0-9a-fA-F]{8}|\\x[0-9a-fA-F]{2}|\\.|\"")


def requote_edits(token: str, start: int, is_unicode: bool = False) -> list[Edit]:
    """The edits that put a single-quoted token in double quotes; empty if it has an escape without
    a sure meaning, or needs more than MAX_EDITS edits. In Python 2 \\xe9 is a character if
    `is_unicode`, else a byte."""
    edits: list[Edit] = [(start, start + 1, '"')]
    end = start + len(token) - 1
    for match in _IN_SINGLE_QUOTES.finditer(token[1:-1]):
        if len(edits) > MAX_EDITS:
            return []
        new = _in_double_quotes(match.group(), is_unicode)
        if new is None:
            return []
        if new != match.group():
            at = start + 1 + match.start()
            edits.append(_smallest(at, match.group(), new))
    return [*edits, (end, end + 1, '"')]


def _in_double_quotes(escape: str, is_unicode: bool) -> str | None:
    if escape == '"':
        return '\\"'
    if escape == "\\'":
        return "'"
    if re.fullmatch(r'\\["\\/bfnrtu]', escape):
        return escape
    if escape.startswith("\\U") and len(escape) > 2:
        char = characters_of(escape)
        return char and json_escapes(char)
    return f"\\u00{escape[2:]}" if is_unicode and len(escape) == 4 else None


def _smallest(at: int, old: str, new: str) -> Edit:
    """The edit that only adds or removes a backslash, if that is all."""
    if new.endswith(old):
        return at, at, new[: -len(old)]
    if old.endswith(new):
        return at, at + len(old) - len(new), ""
    return at, at + len(old), new


def readable(text: str) -> str:
    """Cut a text, and replace the surrogates of bytes that are not UTF-8."""
    if len(text) > MAX_ARGUMENT_LENGTH:
        text = text[: MAX_ARGUMENT_LENGTH - 1] + "…"
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
