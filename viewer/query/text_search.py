"""Search in large texts, in linear time whatever is searched for. The databases' own LIKE, GLOB and
strpos take as many steps as the product of both lengths: a second for a line of a mebibyte.

SQLite gets functions that are called for large texts alone: in small ones its own code is fast,
and does not hold the interpreter's lock. PostgreSQL has such a search already, its regular
expressions of plain text.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence

LARGE = 4_096  # bytes

HOLDS = "event_holds"  # SQLite: of a blob and pieces in their order, in any case of ASCII letters
BETWEEN = b"\xff"  # the pieces, which are UTF-8: there it is no part of a letter
MATCHES = "event_matches"  # SQLite: of a blob and a pattern in which * stands for any characters

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
    """As both databases do it here: only of ASCII letters is the case known."""
    return text.encode("utf-8", "surrogatepass").lower().decode("utf-8", "surrogatepass")


def expression_of(pieces: Sequence[str], *, is_whole: bool = False) -> str:
    """PostgreSQL's regular expression for texts that hold, or are, pieces in their order."""
    escaped = ".*".join(_SPECIAL.sub(r"\\\g<0>", piece) for piece in pieces)
    return f"^(?:{escaped})$" if is_whole else escaped
