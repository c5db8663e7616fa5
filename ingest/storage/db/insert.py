"""Where rows go: a table, its columns in their order, and what to do about those that are there.
How several rows travel in one statement is the database's own affair: sqlite.py, postgresql.py."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol

from django.db.models import Model

Row = Sequence[Any]


@dataclass(frozen=True)
class InsertTarget:
    """`then` follows the rows: ON CONFLICT …; `part` is the partition that takes them, where
    that is known; `long` are the columns whose values may be long."""

    model: type[Model]
    columns: tuple[str, ...]
    then: str = ""
    part: str = ""
    long: tuple[str, ...] = ()

    @property
    def table(self) -> str:
        return f'"{self.part or self.model._meta.db_table}"'

    @property
    def target(self) -> str:
        names = ", ".join(f'"{column}"' for column in self.columns)
        return f"{self.table} ({names})"


def rows_length(into: InsertTarget, rows: Sequence[Row]) -> int:
    """Of the long values in some rows."""
    places = map(into.columns.index, into.long)
    return sum(sum(map(len, map(itemgetter(place), rows))) for place in places)


class Cursor(Protocol):
    """The driver's own, below Django. Marks are `?`; `for_update` ends a SELECT whose row
    nobody else may change before the end of the transaction. `size` is about the bytes of all
    rows, where it is known."""

    for_update: str

    def execute(self, sql: str, parameters: Row = ()) -> Any: ...

    def insert(self, into: InsertTarget, rows: Sequence[Row], size: int = 0) -> None: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...
