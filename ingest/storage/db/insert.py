"""Targets of inserts, and the interface of cursors. sqlite.py and postgresql.py insert many rows in
their own ways."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Protocol

from django.db.models import Model

Row = Sequence[Any]


@dataclass(frozen=True)
class InsertTarget:
    """A table with columns in order. `then` is an ON CONFLICT clause; `part` the name of the
    partition of the rows, if known; `long` are the columns with values of unlimited length."""

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
    """Length of the values in long columns."""
    places = map(into.columns.index, into.long)
    return sum(sum(map(len, map(itemgetter(place), rows))) for place in places)


class Cursor(Protocol):
    """A cursor of the driver. Placeholders are `?`. `for_update` is appended to a SELECT whose row
    must be locked until the end of the transaction. `size` are the approximate bytes of all rows; 0
    if unknown."""

    for_update: str

    def execute(self, sql: str, parameters: Row = ()) -> Any: ...

    def insert(self, into: InsertTarget, rows: Sequence[Row], size: int = 0) -> None: ...

    def begin(self) -> None: ...

    def commit(self) -> None: ...

    def rollback(self) -> None: ...
