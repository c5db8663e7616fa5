"""The query language: one for page, feed, REST and export.

Terms are joined by AND; `-` before a term negates it, `*` at the end of a value stands for
any rest, quotes hold a value together: `verdict:invalid name:feature -name:session*`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from django.db.models import Q

FIELDS = ("verdict", "name", "account", "user", "session")
VERDICTS = ("valid", "warning", "invalid", "malformed")
LONGEST = 1000

_TERM = re.compile(r'(?P<no>-)?(?P<field>\w+):(?:"(?P<quoted>[^"]*)"|(?P<plain>\S+))(?=\s|\Z)')


class Mistake(ValueError):
    """What is wrong with a query, and at which character (0-based)."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True)
class Query:
    """A parsed query as a condition on events; empty matches all."""

    text: str = ""
    condition: Q = field(default_factory=Q)

    def __bool__(self) -> bool:
        return bool(self.text)


def parse(text: str) -> Query:
    """Raises Mistake."""
    if len(text) > LONGEST:
        raise Mistake(f"A query has at most {LONGEST} characters.", LONGEST)
    condition = Q()
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        term = _TERM.match(text, at)
        if term is None:
            raise Mistake(f"Write field:value here; fields are {', '.join(FIELDS)}.", at)
        condition &= _condition(term)
        at = term.end()
    return Query(text.strip(), condition)


def _condition(term: re.Match[str]) -> Q:
    name = term["field"]
    if name not in FIELDS:
        raise Mistake(
            f"There is no field “{name}”; fields are {', '.join(FIELDS)}.", term.start("field")
        )
    value = term["quoted"] if term["quoted"] is not None else term["plain"]
    if name == "verdict" and value not in VERDICTS:
        at = term.end("field") + 1
        raise Mistake(f"There is no verdict “{value}”; verdicts are {', '.join(VERDICTS)}.", at)
    if term["quoted"] is None and value.endswith("*"):
        condition = Q(**{f"{name}__startswith": value[:-1]})
    else:
        condition = Q(**{name: value})
    return ~condition if term["no"] else condition
