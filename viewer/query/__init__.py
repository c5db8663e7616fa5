"""The query language: one for page, feed, REST and export.

`verdict:invalid name:feature -user:u-1 "free text" properties.total>3`: terms joined by AND,
`OR` between two binds tighter, `-` negates. docs/query-language.md has the grammar, and
tests/samples/queries.json the cases that the parser of the page shares.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from viewer.query.compiler import time_range, to_q
from viewer.query.errors import QuerySyntaxError
from viewer.query.parser import MAX_LENGTH, Group, parse_terms

__all__ = ["MAX_LENGTH", "Query", "QuerySyntaxError", "parse_query"]


@dataclass(frozen=True)
class Query:
    """A parsed query; the empty one matches all and is false."""

    text: str = ""
    groups: tuple[Group, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.groups)

    @property
    def condition(self) -> Q:
        """For `Event.objects.filter`. Built at each access, because `time>-5m` is relative to
        now."""
        return to_q(self.groups)

    @property
    def times(self) -> tuple[int | None, int | None]:
        """[since, until) in milliseconds since 1970; nothing outside can match."""
        return time_range(self.groups)


def parse_query(text: str) -> Query:
    """Raises QuerySyntaxError."""
    query = Query(text.strip(), parse_terms(text))
    to_q(query.groups)  # errors that depend on the field: an unknown verdict, an invalid number
    return query
