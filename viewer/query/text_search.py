"""Searches large texts in linear time for any pattern. The databases' LIKE, GLOB and strpos need
steps in proportion to the product of both lengths: a second for a line of 1 MiB.

SQLite gets functions that are called for large texts only: for small ones its own code is fast, and
does not hold the interpreter's lock. PostgreSQL's regular expressions of plain text are already
linear.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

LARGE = 4_096  # bytes

# SQLite function: a blob contains the pieces in order, ignoring the case of ASCII letters
HOLDS = "event_holds"
BETWEEN = b"\xff"  # separates the pieces; it is not part of any UTF-8 sequence
MATCHES = (
    "event_matches"  # SQLite function: a blob matches a pattern, in which * matches any characters
)

_SPECIAL = re.compile(r"[^0-9A-Za-z\u0080-\U0010ffff]")


def add_functions(connection: sqlite3.Connection) -> None:
    connection.create_function(HOLDS, 2, _holds, deterministic=True)
    connection.create_function(MATCHES, 2, _matches, deterministic=True)


def _holds(text: bytes | None, pieces: bytes) -> bool:
    return text is not None and _in_order(text.lower(), pieces.split(BETWEEN))


def _in_order(text: bytes, pieces: Sequence[bytes]) -> bool:
    at = 0
    for piece in pieces:
        at = text.find(piece, at)
        if at < 0:
            return False
        at += len(piece)
    return True


def _matches(text: bytes | None, pattern: bytes) -> bool | None:
    if text is None:
        return None
    first, *middle = pattern.split(b"*")
    if not middle:
        return text == first
    last = middle.pop()
    end = len(text) - len(last)
    is_framed = len(first) <= end and text.startswith(first) and text.endswith(last)
    return is_framed and _in_order(text[len(first) : end], middle)


def ascii_lower(text: str) -> str:
    """As both databases do: only ASCII letters have case."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def expression_of(pieces: Sequence[str], *, is_whole: bool = False) -> str:
    """A PostgreSQL regular expression for texts that contain, or equal, the pieces in order."""
    escaped = ".*".join(_SPECIAL.sub(r"\\\g<0>", piece) for piece in pieces)
    return f"^(?:{escaped})$" if is_whole else escaped
