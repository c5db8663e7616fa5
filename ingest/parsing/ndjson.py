"""Splits a body into lines. Splits bytes, not text, because U+2028 does not end a line in JSON."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.parsing.malformed.compressed_data import with_encoding
from ingest.parsing.malformed.content_sniffing import sniff
from ingest.problems import REBUILT, Problem
from ingest.values import Limits, ParsedBody, Piece, Raw, Text, made

BOM = b"\xef\xbb\xbf"
LINE_END = ord("\n")  # an int: searching for one byte is faster than for bytes

_NOT_BLANK = re.compile(rb"[^ \t\r\n]")
COPY_BELOW = 256 * 2**10  # bytes; pieces of larger bodies are views, to save memory


def split_lines(body: Text, limits: Limits) -> list[Piece]:
    """Every line that is not blank, without its `\\n` or `\\r\\n`."""
    source: Raw = body if len(body) < COPY_BELOW else memoryview(body)
    pieces = []
    start = 0
    line = 0
    end_of_body = len(body)
    find = body.find
    while start < end_of_body:
        line += 1
        end = find(b"\n", start)
        if end < 0:
            end = end_of_body
        stop = end - 1 if end > start and body[end - 1] == 13 else end
        if stop > start and not (
            body[start] in b" \t\r\x0b\x0c" and not bytes(body[start:stop]).strip()
        ):
            pieces.append(make_piece(source[start:stop], line, limits))
        start = end + 1
    return pieces


def single_line(body: Text) -> ParsedBody:
    """A body that is one line within the line limit."""
    return made(ParsedBody, ((made(Piece, (body, 1, None, False, (), 0)),), (), None))


def is_blank(body: Text) -> bool:
    """Whether there is nothing but white space."""
    return _NOT_BLANK.search(body) is None


def make_piece(raw: Raw, line: int, limits: Limits) -> Piece:
    """A line; cut, and with a problem, if it exceeds the line limit."""
    if len(raw) <= limits.line_bytes:
        return Piece(raw, line)
    return Piece(
        bytes(raw[: limits.line_bytes]), line, None, False, (_too_long(raw, limits),), len(raw)
    )


def _too_long(raw: Raw, limits: Limits) -> Problem:
    args = {"size": f"{len(raw):,}", "limit": f"{limits.line_bytes:,}"}
    at = limits.line_bytes
    return Problem("line-too-long", basis=REBUILT, args=args, offset=at, column=at + 1)


def sniffed_piece(body: Text, limits: Limits, encoding: str = "") -> Piece | None:
    """The body as one piece if it is another format than JSON; else None. `encoding` is its
    Content-Encoding, from which it was inflated if that is a known one."""
    problem = sniff(body)
    if problem is None:
        return None
    problem = with_encoding(problem, body, encoding)
    whole = make_piece(bytes(body) if len(body) < COPY_BELOW else body, 1, limits)
    raw, size = whole.raw, whole.size or len(body)
    return Piece(raw, 1, None, False, (problem, *whole.problems), size)


def malformed_piece(
    body: Text, limits: Limits, problems: Sequence[Problem], encoding: str
) -> Piece:
    """The body as one piece, with the problem of its format or `problems`."""
    whole = sniffed_piece(body, limits, encoding) or make_piece(body, 1, limits)
    return whole if whole.size else whole._replace(problems=tuple(problems), size=len(body))
