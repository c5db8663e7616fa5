"""Recognizes text that a Content-Length cut off because it counts characters instead of bytes."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.problems import Problem
from ingest.values import Raw

_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|"|[\[\]{}]', re.DOTALL)
_OPENED_BY = {b"}": b"{", b"]": b"["}
_AFTER = {b":": b"0", b",[": b"0", b",{": b'"":0'}  # what is due after a colon or comma
_CONTINUES = bytes(range(0x80, 0xC0))  # bytes of UTF-8 that follow the first of a character
_MOST_BYTES = 4  # of a character
_AT_END = frozenset({"unclosed-string", "unclosed-bracket"})


def cut_by_length(raw: Raw, body: Raw, found: Sequence[Problem]) -> list[Problem] | None:
    """The problems of `raw`, the last event of `body`, if Content-Length cut it because it counts
    characters: those of `found` before the end, and one for the end. None if that is not likely.

    Each character beyond ASCII takes two to four bytes, so the bytes that are lost are as many as
    those of the body that continue a character, or up to four times as many."""
    text = _whole_characters(bytes(raw))
    surplus = len(body) - len(bytes(body).translate(None, _CONTINUES))
    missing, start = _least_missing(text)
    if not surplus or not missing or missing > _MOST_BYTES * surplus or not _is_utf_8(text):
        return None
    decoded = text.decode()
    wide = next((char for char in decoded if char > "\x7f"), "…")
    args = {"length": f"{len(body):,}", "char": wide}
    column = len(decoded) + 1
    end = Problem("length-in-characters", args=args, offset=len(text), column=column)
    return [*(problem for problem in found if _is_before(problem, start)), end]


def _is_before(problem: Problem, start: int) -> bool:
    if problem.code in _AT_END:
        return False
    return problem.offset is None or problem.offset < start


def _whole_characters(raw: bytes) -> bytes:
    """The text without the beginning of a character at its end."""
    for length in range(1, min(_MOST_BYTES, len(raw) + 1)):
        first = raw[-length]
        if first >= 0xC0:
            needs = 2 + (first >= 0xE0) + (first >= 0xF0)
            return raw[:-length] if needs > length else raw
        if first < 0x80:
            break
    return raw


def _is_utf_8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _least_missing(text: bytes) -> tuple[int, int]:
    """The least number of bytes that complete the JSON, 0 if it does not end inside a value; and
    the start of its last token."""
    opened: list[bytes] = []
    last = b""
    start = 0
    for match in _TOKEN.finditer(text):
        last, start = match.group(), match.start()
        if last == b'"':
            rest = b'":0' if _is_name(text, start, opened) else b'"'
            return len(opened) + len(rest), start
        if last in (b"{", b"["):
            opened.append(last)
        elif last in _OPENED_BY and (not opened or opened.pop() != _OPENED_BY[last]):
            return 0, 0
    whole = text.rstrip()
    if not opened:
        return 0, 0
    if last[:1] == b'"' and start + len(last) == len(whole):
        rest = b":0" if _is_name(text, start, opened) else b""
    else:
        rest = _AFTER.get(whole[-1:] + opened[-1], _AFTER.get(whole[-1:], b""))
    return len(opened) + len(rest), len(whole)


def _is_name(text: bytes, start: int, opened: list[bytes]) -> bool:
    before = text[:start].rstrip()[-1:]
    return before == b"{" or (before == b"," and opened[-1:] == [b"{"])
