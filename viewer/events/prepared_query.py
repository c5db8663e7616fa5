"""A question to the database whose SQL is written once and asked often: for a small answer
Django takes longer over the SQL than the database over the rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet

AT_ONCE = 10  # rows in memory: each may hold a line of a mebibyte

A, B, C = (-(2**62) - number for number in range(3))  # stand for whole numbers told later


class PreparedQuery:
    """`rows` are those of a values_list, with A, B and C in the place of numbers."""

    def __init__(self, rows: QuerySet[Any, Any]) -> None:
        self._sql = ""
        self._parameters: list[Any] = []
        try:
            self._sql, parameters = rows.query.sql_with_params()
        except EmptyResultSet:  # Django sees that nothing can match
            return
        self._parameters = list(parameters)
        marks = [mark for mark in (A, B, C) if mark in self._parameters]
        self._places = [self._parameters.index(mark) for mark in marks]

    def rows(self, *values: int) -> Iterator[tuple[Any, ...]]:
        """As they are in the database; `values` in the order of A, B, C."""
        if not self._sql:
            return
        parameters = self._parameters.copy()
        for place, value in zip(self._places, values, strict=True):
            parameters[place] = value
        with connection.cursor() as cursor:
            cursor.execute(self._sql, parameters)
            while rows := cursor.fetchmany(AT_ONCE):
                yield from rows
