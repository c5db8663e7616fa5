"""Numbers in queries."""

from __future__ import annotations

import re

# As in JSON, plus a leading sign or leading zeros, which people write.
_NUMBER = re.compile(r"[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MAX_BYTES = 2**63 - 1
EXACT_DIGITS = 15  # a double distinguishes any two numbers with this many digits


def parse_number(text: str) -> int | float | None:
    """An int if the database can store it, else the nearest float; None for text that is no
    number."""
    if not _NUMBER.fullmatch(text):
        return None
    if _INTEGER.fullmatch(text) and abs(int(text)) <= _MAX_BYTES:
        return int(text)
    return float(text)
