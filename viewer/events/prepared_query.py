"""A query whose SQL is compiled once and executed often: for a small result Django spends more time
on the SQL than the database on the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

AT_ONCE = 10  # rows in memory; each may have 1 MiB

A, B, C = (-(2**62) - number for number in range(3))  # placeholders for integers


class PreparedQuery:
    """`rows` is a values_list query with the placeholders A, B and C."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        self._sql = ""
        self._parameters: list[Any] = []
        try:
            self._sql, parameters = rows.query.sql_with_params()
        except EmptyResultSet:  # Django detects that nothing can match
            return
        self._parameters = list(parameters)
        marks = [mark for mark in (A, B, C) if mark in self._parameters]
        self._places = [self._parameters.index(mark) for mark in marks]

    def rows(self, *values: int) -> Iterator[tuple[Any, ...]]:
        """Rows as stored; `values` in the order A, B, C."""
        if not self._sql:
            return
        parameters = self._parameters.copy()
        for place, value in zip(self._places, values, strict=True):
            parameters[place] = value
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            while rows := cursor.fetchmany(AT_ONCE):
                yield from rows
