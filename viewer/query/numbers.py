"""Numbers as a query writes them. Pure."""

from __future__ import annotations

import re

# As JSON has them, and a sign or noughts before that a person may write.
_NUMBER = re.compile(r"[+-]?\d{1,300}(?:\.\d{1,300})?(?:[eE][+-]?\d{1,3})?", re.ASCII)
_INTEGER = re.compile(r"[+-]?\d+", re.ASCII)
_MAX_BYTES = 2**63 - 1
EXACT_DIGITS = 15  # a double tells any two numbers of so many digits apart


def parse_number(text: str) -> int | float | None:
    """An int where the database can hold it, else the nearest float; None if it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    if _INTEGER.fullmatch(text) and abs(int(text)) <= _MAX_BYTES:
        return int(text)
    return float(text)
