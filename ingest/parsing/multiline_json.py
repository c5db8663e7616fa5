"""Bodies whose lines belong together: objects over several lines, and arrays that are not valid
JSON as a whole. Pure; only used for bodies that look like it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

import orjson

from ingest.parsing.ndjson import BOM, make_piece
from ingest.problems import ERROR, Problem
from ingest.values import Json, Limits, Piece, Text

# possessive quantifiers: backtracking would take memory for each character
_STRING = rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_TOKEN = re.compile(
    rb"""'[^'\\\n]*+(?:\\.[^'\\\n]*+)*+'|//[^\n]*|/\*.*?\*/|""" + _STRING + rb"""|"|[\[\]{}]"""
)
_ITEM_TOKEN = re.compile(rb'"[^"\\\n]*+(?:\\.[^"\\\n]*+)*+"|[\[\]{},"]')
_BETWEEN = re.compile(rb"[\s,]*")
_AT_A_BREAK = (b"{", b"[", b",", b":")
_COMMAS = (b",\n", b",\r\n")
_QUOTE = ord('"')
_CLOSES = {ord("}"): ord("{"), ord("]"): ord("[")}


def looks_multiline(body: Text, lines: int) -> bool:
    """Whether a line does not begin like an object, or ends with a comma. Fast, because it runs for
    every delivery with several lines."""
    joints = body.count(b"}\n{") or body.count(b"}\r\n{")
    if joints == lines - 1 and body[:1] == b"{" and body[-3:].rstrip()[-1:] == b"}":
        return False  # the most frequent case
    begun = body.count(b"\n{") + body.startswith(b"{")
    return begun != lines or any(body.find(end) >= 0 for end in _COMMAS) or body.endswith(b",")


def join_objects(body: Text, pieces: Sequence[Piece], limits: Limits) -> list[Piece]:
    """Replace each run of lines that forms one object by one piece."""
    joined: list[Piece] = []
    starts = [0, *(match.end() for match in re.finditer(b"\n", body))]
    at = looked = 0
    while at < len(pieces):
        end = at
        if at >= looked:  # do not search the same lines twice
            end, looked = _end_of_object(pieces, at)
        if end > at:
            start = starts[pieces[at].line - 1]
            stop = starts[pieces[end].line - 1] + (pieces[end].size or len(pieces[end].raw))
            count = pieces[end].line - pieces[at].line + 1
            joined.append(_joined(bytes(body[start:stop]), pieces[at].line, count, limits))
        else:
            joined.append(_without_comma(pieces[at]))
        at = end + 1
    return joined


def _joined(raw: bytes, line: int, lines: int, limits: Limits) -> Piece:
    whole = make_piece(raw, line, limits)
    if whole.size:
        return whole
    problem = Problem("object-over-lines", ERROR, args={"lines": str(lines)})
    return _without_comma(whole._replace(problems=(problem,)))


def _without_comma(line: Piece) -> Piece:
    """Parse an object with a trailing comma without the comma, so that all its faults are
    reported."""
    raw = bytes(line.raw).rstrip()
    if line.size or line.parsed or not raw.endswith(b","):
        return line
    raw = raw[:-1].rstrip()
    if not raw.endswith(b"}"):
        return line
    value = _object(raw)
    if value is None:
        return line
    at = bytes(line.raw).rindex(b",")
    comma = Problem("comma-after-object", offset=at, column=len(bytes(line.raw[:at]).decode()) + 1)
    return Piece(line.raw, line.line, value, True, (*line.problems, comma))


def _end_of_object(pieces: Sequence[Piece], start: int) -> tuple[int, int]:
    """The last line of the object that begins in line `start`, which is `start` if the object does
    not continue; and the line up to which the search went."""
    first = bytes(pieces[start].raw).removeprefix(BOM).strip()
    stack = _open_after(first, []) if first.startswith(b"{") and not pieces[start].size else []
    if not stack:
        return start, 0
    if stack == [_QUOTE]:
        return _end_of_string(pieces, start), 0
    breaks_well = first.endswith(_AT_A_BREAK)
    if not breaks_well and not _continues(pieces, start):
        return start, 0
    before = first
    for at in range(start + 1, len(pieces)):
        line = bytes(pieces[at].raw).strip()
        after = None if _begins_another(line, stack, before) else _open_after(line, stack)
        if after is None or _QUOTE in after:
            return start, at
        if not after:
            return (at if line.rstrip(b" ,").endswith(b"}") else start), at
        stack, before = after, line
    return (len(pieces) - 1 if breaks_well else start), len(pieces)


def _continues(pieces: Sequence[Piece], start: int) -> bool:
    """Whether the next line begins with a character that continues an object."""
    if start + 1 == len(pieces):
        return False
    following = bytes(pieces[start + 1].raw[:200]).strip()
    return following[:1] in (b",", b"}", b"]", b'"', b":")


def _begins_another(line: bytes, stack: list[int], before: bytes) -> bool:
    """Whether an object begins where a name is expected: then the previous object was cut off."""
    return line.startswith((b"{", b"[")) and stack[-1] == ord("{") and not before.endswith(b":")


def _end_of_string(pieces: Sequence[Piece], start: int) -> int:
    """The last line of an object with a line break in a string; `start` if it is not an object."""
    for at in range(start + 1, len(pieces)):
        line = bytes(pieces[at].raw)
        if line.lstrip().startswith(b"{"):
            return start
        if b'"' in line:
            text = b"\\n".join(bytes(piece.raw) for piece in pieces[start : at + 1])
            return at if _object(text) is not None else start
    return start


def _object(text: bytes) -> Json:
    """The text parsed as an object; None for any other text."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return value if isinstance(value, dict) else None


def _open_after(line: bytes, stack: list[int]) -> list[int] | None:
    """The brackets open after a line, with a quote last inside a string; None if they do not
    match."""
    stack = list(stack)
    for match in _TOKEN.finditer(line):
        token = match.group()
        if token == b'"':
            return [_QUOTE]
        if token in (b"{", b"["):
            stack.append(token[0])
        elif token in (b"}", b"]") and (not stack or stack.pop() != _CLOSES[token[0]]):
            return None
    return stack


# -- arrays that are not JSON as a whole -------------------------------------------------------


def recover_items(body: Text, limits: Limits) -> list[Piece] | None:
    """The items of a malformed array, to be validated separately; None if brackets and quotes do
    not delimit them."""
    text = bytes(body).strip()
    if not text.endswith(b"]"):
        return None
    line = 1 + bytes(body[: len(body) - len(bytes(body).lstrip())]).count(b"\n")
    problem = Problem("array-not-lines", ERROR)
    pieces: list[Piece] = []
    at = 0
    last = 1
    for span in _spans(text):
        if span is None or len(pieces) == limits.lines:
            return None
        start, end = span
        if not _BETWEEN.fullmatch(text, last, start):
            return None  # text between the items would be lost
        last = end
        line += text.count(b"\n", at, start)
        at = start
        item = make_piece(text[start:end], line, limits)
        pieces.append(item._replace(problems=(problem, *item.problems)))
    is_whole = _BETWEEN.fullmatch(text, last, len(text) - 1)
    return pieces if pieces and is_whole else None


def _spans(text: bytes) -> Iterator[tuple[int, int] | None]:
    """Start and end of each object at the top level of the array; finally None if the brackets do
    not match."""
    depth = start = 0
    for match in _ITEM_TOKEN.finditer(text):
        token = match.group()
        if token in (b"{", b"["):
            depth += 1
            start = match.start() if depth == 2 else start
        elif token in (b"}", b"]"):
            depth -= 1
            if depth == 1:
                yield start, match.end()
        if token == b'"' or depth < int(match.end() < len(text)):
            break
    if depth:
        yield None
