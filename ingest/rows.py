"""Several rows in one statement: the driver gives up the interpreter's lock once a
statement, not once a row."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from itertools import chain
from typing import Any


def insert(cursor: Any, statement: str, rows: Sequence[tuple[Any, ...]], then: str = "") -> None:
    """Few statements, of few different lengths so that they stay prepared. `statement` ends
    with VALUES; `then` follows the rows, such as what to do about those that are there."""
    start = 0
    while start < len(rows):
        left = len(rows) - start
        count = left if left <= 64 else 64 if left < 512 else 512
        sql = _for_rows(statement, then, len(rows[0]), count)
        cursor.execute(sql, list(chain.from_iterable(rows[start : start + count])))
        start += count


@functools.cache  # the driver finds its prepared statement by this very string
def _for_rows(statement: str, then: str, width: int, count: int) -> str:
    return statement + ", ".join(["(" + ", ".join("?" * width) + ")"] * count) + then
