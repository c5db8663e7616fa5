"""Parses text into groups of terms: in every group at least one term must match.
static/js/core/query/parse-query.js parses the same language for chips and completion."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from viewer.query import errors
from viewer.query.errors import QuerySyntaxError

MAX_LENGTH = 1000  # characters
MAX_TERMS = 50

_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*)"', re.DOTALL)
_BARE_STEP = re.compile(r'[^\s".:<>=!()*]+')
_BARE = re.compile(r'[^\s"()]+')
_OPERATOR = re.compile(r"[!=]=|[<>]=|[:<>=]")
_OPERATORS = (":", ">", ">=", "<", "<=")
_HALF = re.compile("[\ud800-\udfff]")  # half of a surrogate pair
_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\]))')


class Value(NamedTuple):
    """`at` is its index, quote included. Only unquoted values have wildcards."""

    text: str
    at: int
    is_quoted: bool = False

    @property
    def is_pattern(self) -> bool:
        return not self.is_quoted and "*" in self.text

    @property
    def is_any(self) -> bool:
        return not self.is_quoted and set(self.text) == {"*"}


@dataclass(frozen=True)
class Term:
    """`path` is the field's name, split at dots; empty for free text. `is_json` (a leading dot)
    selects the JSON field even if a column has the same name."""

    start: int
    end: int
    value: Value
    path: tuple[str, ...] = ()
    operator: str = ""
    is_json: bool = False
    is_negated: bool = False


Group: TypeAlias = tuple[Term, ...]


def parse_terms(text: str) -> tuple[Group, ...]:
    """Raises QuerySyntaxError."""
    _check_text(text)
    groups: list[Group] = []
    waiting = -1  # index of an OR that waits for its second term
    for number, (start, term) in enumerate(_tokens(text), 1):
        if number > 2 * MAX_TERMS or sum(map(len, groups)) == MAX_TERMS:
            raise QuerySyntaxError(errors.TOO_MANY.format(most=MAX_TERMS), start)
        if term is None:
            if not groups or waiting >= 0:
                raise QuerySyntaxError(errors.OR_ALONE, start)
            waiting = start
        elif waiting >= 0:
            groups[-1] += (term,)
            waiting = -1
        else:
            groups.append((term,))
    if waiting >= 0:
        raise QuerySyntaxError(errors.OR_ALONE, waiting)
    return tuple(groups)


def _check_text(text: str) -> None:
    if len(text) > MAX_LENGTH:
        raise QuerySyntaxError(errors.TOO_LONG.format(most=f"{MAX_LENGTH:,}"), MAX_LENGTH)
    half = _HALF.search(text)
    if half:
        raise QuerySyntaxError(errors.NOT_TEXT, half.start())


def _tokens(text: str) -> Iterator[tuple[int, Term | None]]:
    """Terms with their indexes; None for an OR."""
    at = 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        word = _word(text, at)
        if word == "OR":
            yield at, None
            at += len(word)
        elif word in errors.WORDS:
            raise QuerySyntaxError(errors.WORDS[word], at)
        else:
            term = _term(text, at)
            yield at, term
            at = term.end


def _word(text: str, at: int) -> str:
    """The text up to the next white space."""
    return text[at:].split(maxsplit=1)[0]


def _term(text: str, start: int) -> Term:
    is_negated = text[start] == "-"
    at = start + is_negated
    if is_negated and (at == len(text) or text[at].isspace() or text[at] == "-"):
        raise QuerySyntaxError(errors.MINUS_ALONE, start)
    is_json = text.startswith(".", at)
    path, end = _path(text, at + is_json)
    operator = _operator(text, end)
    if not operator:
        value, end = _value(text, at)
        return Term(start, end, value, is_negated=is_negated)
    _check_operator(operator, path, end)
    value_at = end + len(operator)
    if value_at == len(text) or text[value_at].isspace():
        raise QuerySyntaxError(errors.NO_VALUE.format(operator=operator), value_at)
    if text.startswith("//", value_at):
        raise QuerySyntaxError(errors.ADDRESS, start)
    value, end = _value(text, value_at)
    return Term(start, end, value, path, operator, is_json, is_negated)


def _path(text: str, at: int) -> tuple[tuple[str, ...], int]:
    """The steps of a dotted name and the index of its end; no steps if there is no name."""
    steps: list[str] = []
    while True:
        found = _QUOTED.match(text, at) or _BARE_STEP.match(text, at)
        if found is None:
            return tuple(steps), at
        steps.append(_unescaped(found[1]) if found.re is _QUOTED else found[0])
        at = found.end()
        if not text.startswith(".", at):
            return tuple(steps), at
        at += 1


def _operator(text: str, at: int) -> str:
    found = _OPERATOR.match(text, at)
    return found[0] if found else ""


def _check_operator(operator: str, path: tuple[str, ...], at: int) -> None:
    if not path:
        raise QuerySyntaxError(errors.NO_FIELD.format(operator=operator), at)
    if operator not in _OPERATORS:
        raise QuerySyntaxError(errors.NO_OPERATOR.format(operator=operator), at)


def _value(text: str, at: int) -> tuple[Value, int]:
    """A value or free text, and the index of its end."""
    if text[at] == '"':
        found = _QUOTED.match(text, at)
        if found is None:
            raise QuerySyntaxError(errors.UNCLOSED, at)
        value = Value(_unescaped(found[1]), at, is_quoted=True)
    else:
        found = _BARE.match(text, at)
        value = Value(found[0] if found else "", at)
    end = found.end() if found else at
    if end < len(text) and not text[end].isspace():
        raise QuerySyntaxError(_why_not(text[end], value.is_quoted), end)
    return value, end


def _why_not(character: str, is_after_quote: bool) -> str:
    if character in "()":
        return errors.PARENTHESIS
    return errors.AFTER_QUOTE if is_after_quote else errors.QUOTE_INSIDE


def _unescaped(text: str) -> str:
    """Remove the backslashes that quoted text needs; other backslashes are literal."""

    def plain(found: re.Match[str]) -> str:
        return chr(int(found[1], 16)) if found[1] else found[2]

    joined = _ESCAPE.sub(plain, text)
    return joined.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
