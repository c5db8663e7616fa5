"""SQL expressions that Django's lookups cannot express. All work happens in the database's native
code, which does not hold the interpreter lock that request handling needs.

This module has the SQLite form; the PostgreSQL form is in postgresql.py. Limits: the first of two
equal keys counts; in SQLite a key matches as written or with its non-ASCII letters escaped, not
with letters escaped unnecessarily.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

from django.db import NotSupportedError
from django.db.models import BooleanField, F, Func

from viewer.query import postgresql
from viewer.query.numbers import EXACT_DIGITS, parse_number
from viewer.query.text_search import BETWEEN, HOLDS, LARGE, MATCHES, ascii_lower

Compiled = tuple[str, list[Any]]

_PLAIN = re.compile(r"[A-Za-z0-9 _.,:@+-]+")  # always literal in JSON text
_MAX_WAYS = 16


class Condition(Func):
    """A condition on an event: true or false, never NULL. `columns` are the columns it reads."""

    columns: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__(*map(F, self.columns), output_field=BooleanField())

    def as_sql(self, compiler: Any, connection: Any, *arguments: Any, **options: Any) -> Any:
        raise NotSupportedError(f"Queries are not put into SQL for {connection.vendor}.")

    def as_sqlite(self, compiler: Any, connection: Any, **options: Any) -> Any:
        return self.sqlite(*self._names(compiler))

    def as_postgresql(self, compiler: Any, connection: Any, **options: Any) -> Any:
        return self.postgresql(*self._names(compiler))

    def _names(self, compiler: Any) -> list[str]:
        return [compiler.compile(column)[0] for column in self.get_source_expressions()]

    def sqlite(self, *columns: str) -> Compiled:
        """The SQL and its parameters for the given column names."""
        raise NotImplementedError

    def postgresql(self, *columns: str) -> Compiled:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)


class Glob(Condition):
    """Matches a text against a pattern, in which * matches any characters."""

    def __init__(self, column: str, pattern: str) -> None:
        self.columns = (column,)
        self.pattern = pattern
        super().__init__()

    def sqlite(self, *columns: str) -> Compiled:
        [column] = columns
        matches, values = _matches(column, f"length({column}) > {LARGE}", self.pattern)
        return f"COALESCE({matches}, 0)", values

    def postgresql(self, *columns: str) -> Compiled:
        [column] = columns
        return postgresql.glob(column, self.pattern)


class RawContains(Condition):
    """The sender's text contains a text, ignoring case, as written or as JSON escapes it. SQLite
    knows the case of ASCII letters only: for others three common spellings are tried."""

    columns = ("raw", "verdict", "size")

    def __init__(self, text: str, *, has_wildcards: bool = False) -> None:
        self.ways = spellings(text)
        self.has_wildcards = has_wildcards
        super().__init__()

    def sqlite(self, *columns: str) -> Compiled:
        raw, verdict, _ = columns
        found, values = _holds(raw, self.ways, self.has_wildcards)
        if self.has_wildcards:
            return found, values
        # LIKE stops at a NUL, which only malformed text can contain
        one = f"instr(lower(CAST({raw} AS TEXT)), lower(%s)) > 0"
        in_malformed = " OR ".join([one] * len(self.ways))
        is_short = f"{verdict} = 'malformed' AND length({raw}) <= {LARGE}"
        sql = f"CASE WHEN {is_short} THEN {in_malformed} ELSE {found} END"
        return sql, [*self.ways, *values]

    def postgresql(self, *columns: str) -> Compiled:
        raw, verdict, size = columns
        return postgresql.raw_contains(raw, verdict, size, self.ways, self.has_wildcards)


class InRun(Condition):
    """An event of a run: one run by its id, or runs whose name equals or matches a text."""

    columns = ("keypair", "seq", "user", "session")

    def __init__(self, run: int | str, *, has_wildcards: bool = False) -> None:
        self.run = run
        self.has_wildcards = has_wildcards
        super().__init__()

    def sqlite(self, *columns: str) -> Compiled:
        pattern = _glob(str(self.run)) if self.has_wildcards else self.run
        return _in_run(columns, "GLOB" if self.has_wildcards else "=", self.run, pattern)

    def postgresql(self, *columns: str) -> Compiled:
        pattern = postgresql.like(str(self.run)) if self.has_wildcards else self.run
        return _in_run(columns, "LIKE" if self.has_wildcards else "=", self.run, pattern)


class HasProblem(Condition):
    """The column of problems contains one of these."""

    columns = ("problems",)

    def __init__(self, pieces: Sequence[str]) -> None:
        self.pieces = list(pieces)
        super().__init__()

    def sqlite(self, *columns: str) -> Compiled:
        [problems] = columns
        found = " OR ".join([f"instr({problems}, %s) > 0"] * len(self.pieces))
        return f"({found})", self.pieces

    def postgresql(self, *columns: str) -> Compiled:
        [problems] = columns
        return postgresql.has_problem(problems, self.pieces)


class JsonField(Condition):
    """Compares a field of the event's JSON: equal to a text, matching a pattern, or beyond a
    number. A value equals a text if its characters are the same (a string's characters, a number's
    digits as sent, true, false, null); a number with few digits is also equal if written
    differently. Text that is not JSON has no fields.

    Most events are rejected by searching their text, which is many times faster than parsing the
    JSON.
    """

    columns = ("raw", "verdict", "size")

    def __init__(
        self,
        path: Sequence[str],
        value: str | float,
        operator: str = ":",
        *,
        has_wildcards: bool = False,
    ) -> None:
        self.path = list(path)
        self.paths = json_paths(path)
        self.names = _names_in(path)
        self.value = value
        self.operator = operator
        self.has_wildcards = has_wildcards
        super().__init__()

    def sqlite(self, *columns: str) -> Compiled:
        raw, verdict, _ = columns
        text = f"CAST({raw} AS TEXT)"
        likely, likely_values = self._likely(raw)
        test, test_values = self._test(raw)
        arrows = [
            "COALESCE(" + ", ".join([f"{text} {arrow} %s"] * len(self.paths)) + ", NULL)"
            for arrow in ("->", "->>")
        ]
        sql = (
            f"CASE WHEN {verdict} <> 'malformed' AND {likely} AND json_valid({text}) THEN "
            f"COALESCE((SELECT {test} FROM (SELECT {arrows[0]} AS j, {arrows[1]} AS v)), 0) "
            "ELSE 0 END"
        )
        return sql, [*likely_values, *test_values, *self.paths, *self.paths]

    def postgresql(self, *columns: str) -> Compiled:
        raw, verdict, size = columns
        likely = []
        if self._is_plain:
            longest = max(
                str(self.value).split("*") if self.has_wildcards else [str(self.value)], key=len
            )
            likely.append([longest, "\\"])
        if self.names:
            likely.append([*(f'"{name}"' for name in self.names), "\\u"])
        where = (raw, verdict, size)
        return postgresql.json_field(
            where, self.path, likely, self.operator, self.value, self.has_wildcards
        )

    def _likely(self, raw: str) -> Compiled:
        """Text that an event must contain for the condition to hold. A name is given with
        its closing quote only: LIKE searches for the first character, and quotes are frequent.
        """
        groups = []
        if self._is_plain:
            value, values = _holds(raw, [str(self.value)], self.has_wildcards)
            escape, escapes = _holds(raw, ["\\"])
            groups.append((f"({value} OR {escape})", [*values, *escapes]))
        if self.names:
            groups.append(_holds(raw, [f'{name}"' for name in self.names]))
        sql = " AND ".join(group for group, _ in groups) or "1"
        return sql, [*itertools.chain.from_iterable(values for _, values in groups)]

    @property
    def _is_plain(self) -> bool:
        """Whether the value, without its wildcards, appears unescaped in JSON text."""
        if self.operator != ":" or not isinstance(self.value, str):
            return False
        letters = self.value.replace("*", "") if self.has_wildcards else self.value
        is_number = not self.has_wildcards and parse_number(letters) is not None
        return bool(_PLAIN.fullmatch(letters)) and not is_number

    def _test(self, raw: str) -> Compiled:
        """The condition on `j`, the value's JSON text, and `v`, the value itself."""
        if self.operator != ":":
            return f"j GLOB '[-0-9]*' AND v {self.operator} %s", [self.value]
        text = str(self.value)
        if self.has_wildcards and not text.strip("*"):
            return "j <> 'null'", []
        if self.has_wildcards:
            return _matches(_TEXT_OF_VALUE, f"length({raw}) > {LARGE}", text)
        number = parse_number(text)
        if number is None or len(text) > EXACT_DIGITS:
            return f"{_TEXT_OF_VALUE} = %s", [text]
        same = f"j GLOB '[-0-9]*' AND length(j) <= {EXACT_DIGITS} AND v = %s"
        return f"({_TEXT_OF_VALUE} = %s OR ({same}))", [text, number]


# SQLite ends a string at an escaped NUL; it must not be equal to the shorter text.
_TEXT_OF_VALUE = (
    "CASE substr(j, 1, 1) WHEN '\"' THEN CASE WHEN instr(j, '\\u0000') THEN NULL ELSE v END "
    "WHEN '{' THEN NULL WHEN '[' THEN NULL ELSE j END"
)


def _in_run(columns: Sequence[str], operator: str, run: int | str, value: int | str) -> Compiled:
    """An event sent with a run's name belongs to that run only."""
    keypair, seq, user, session = columns
    owner = (
        f"(SELECT CASE WHEN s.last_seq >= {seq} THEN s.run END FROM ingest_span s "
        f"WHERE s.keypair_id = {keypair} AND s.first_seq <= {seq} "
        "ORDER BY s.first_seq DESC LIMIT 1)"
    )
    column = "id" if isinstance(run, int) else "name"
    sql = (
        f"EXISTS (SELECT 1 FROM ingest_run r WHERE r.keypair_id = {keypair} "
        f"AND r.{column} {operator} %s AND r.first_seq <= {seq} "
        f"AND (r.last_seq IS NULL OR r.last_seq >= {seq}) "
        f"AND (r.of_user = '' OR r.of_user = {user}) "
        f"AND (r.of_session = '' OR r.of_session = {session}) "
        f"AND CASE WHEN r.tagged THEN COALESCE({owner}, 0) = r.id "
        f"ELSE COALESCE({owner}, r.id) = r.id END)"
    )
    return sql, [value]


def json_paths(steps: Sequence[str]) -> list[str]:
    """A path in SQLite's syntax, in all readings: a number is the index of an item or the name of a
    field, and a name may be written with its letters escaped."""
    ways = [_step_ways(step) for step in steps]
    joined = itertools.islice(itertools.product(*ways), _MAX_WAYS)
    return ["$" + "".join(way) for way in joined]


def _step_ways(step: str) -> list[str]:
    names = [f".{name}" if '"' in name else f'."{name}"' for name in _spellings(step)]
    is_index = step.isascii() and step.isdecimal() and len(step) < 7
    return [f"[{int(step)}]", *names] if is_index else names


def _names_in(steps: Sequence[str]) -> list[str]:
    """The spellings of the last step that must be a name; none if there is no such step."""
    names = [step for step in steps if not step.isdecimal()]
    return _spellings(names[-1]) if names else []


def _spellings(text: str) -> list[str]:
    """As JSON writes a string: literally, or with all non-ASCII characters escaped."""
    plain = json.dumps(text, ensure_ascii=False)[1:-1]
    return list(dict.fromkeys([plain, json.dumps(text)[1:-1]]))


def spellings(text: str) -> list[str]:
    r"""A text as it may appear in JSON: escaped, and with \/ for slashes (PHP)."""
    cases = [text]
    if not text.isascii():
        cases += [text.lower(), text.upper(), text.title()]
    ways = [way for case in cases for way in (case, *_spellings(case))]
    slashed = [way.replace("/", "\\/") for way in ways]
    return list(dict.fromkeys([*ways, *slashed]))


def _holds(raw: str, texts: Sequence[str], has_wildcards: bool = False) -> Compiled:
    """The sender's text contains one of these, ignoring the case of ASCII letters."""
    split = [text.split("*") if has_wildcards else [text] for text in texts]
    pieces = [BETWEEN.join(_bytes(ascii_lower(piece)) for piece in some) for some in split]
    in_large = " OR ".join([f"{HOLDS}({raw}, %s)"] * len(texts))
    in_small = " OR ".join([f"CAST({raw} AS TEXT) LIKE %s ESCAPE '\\'"] * len(texts))
    likes = [_like(text, has_wildcards) for text in texts]
    sql = f"CASE WHEN length({raw}) > {LARGE} THEN ({in_large}) ELSE ({in_small}) END"
    return sql, [*pieces, *likes]


def _matches(text: str, is_large: str, pattern: str) -> Compiled:
    """A text matches a pattern in which * matches any characters."""
    sql = f"CASE WHEN {is_large} THEN {MATCHES}(CAST({text} AS BLOB), %s) ELSE {text} GLOB %s END"
    return sql, [_bytes(pattern), _glob(pattern)]


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _like(text: str, has_wildcards: bool = False) -> str:
    escaped = re.sub(r"[\\%_]", r"\\\g<0>", text)
    return f"%{escaped.replace('*', '%') if has_wildcards else escaped}%"


def _glob(pattern: str) -> str:
    return re.sub(r"[\[?]", r"[\g<0>]", pattern)
