"""Events as CSV (RFC 4180) that is safe to open in a spreadsheet."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from ingest.models import Event
from ingest.problems import problems_from_json
from ingest.timestamps import iso
from viewer.workload.deadline import check_deadline

DEFAULT = (
    "seq,received_at,verdict,name,account,user,session,occurred_at,problems,raw"  # in this order
)
MAX_COLUMNS = 50
MAX_PATH_LENGTH = 200
MAX_OF_ROW = 4 * 2**20  # bytes, or a multiple of the event's size
TIMES_ITS_EVENT = 4
LEFT_OUT = b'"(left out: the row is too long)"'

Cell = str | int
# as in the page's list
ALIASES = {"time": "received_at", "occurred": "occurred_at", "problem": "problems"}

_FORMULA = tuple("=+-@\t\r\n＝＋－＠")  # characters that make a spreadsheet evaluate a cell
# The same after a character at which a spreadsheet may split a cell, except for plain numbers.
_FORMULA_INSIDE = re.compile(
    r"""[;\t,"\r\n](?=[=+\-@＝＋－＠])"""
    r"""(?![+-][0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?[\]}]*(?:[;\t,"\r\n]|\Z))"""
)
_STEP = re.compile(r'([^".]+)|("(?:[^"\\]|\\.)*")')
_MAX_DIGITS = 10  # digits of an item's index
MISSING = object()


class Digits(str):
    """A number with its digits as sent; written without quotes."""


_SHORT = {str(number): Digits(number) for number in range(-99, 1_000)}  # one object per key


def exact_digits(text: str) -> Digits:
    """For json.loads, which holds the interpreter lock until it calls a function like this one: an
    event with many numbers would block other threads."""
    return _SHORT.get(text) or Digits(text)


def _moment(milliseconds: int | None) -> str:
    return "" if milliseconds is None else iso(milliseconds)


def _codes(event: Event) -> Iterable[str]:
    """Each code once, in the order of the problems."""
    return dict.fromkeys(problem.code for problem in problems_from_json(event.problems))


_OWN: dict[str, Callable[[Event], Cell | None]] = {
    "seq": lambda event: event.seq,
    "received_at": lambda event: _moment(event.received_at),
    "occurred_at": lambda event: _moment(event.occurred_at),
    "verdict": lambda event: event.verdict,
    "name": lambda event: event.name,
    "account": lambda event: event.account,
    "user": lambda event: event.user,
    "session": lambda event: event.session,
    "problems": lambda event: " ".join(_codes(event)),
    "raw": lambda event: bytes(event.raw).decode("utf-8", "replace"),
    "size": lambda event: event.size,
    "line": lambda event: event.line,
    "delivery": lambda event: event.delivery,
    "status": lambda event: event.status,
}


def csv_header(columns: Sequence[str]) -> bytes:
    return _row(_field(escape_formula(name)) for name in columns)


def csv_row(event: Event, columns: Sequence[str]) -> bytes:
    """Return the row. Its size is limited, because columns may contain one another: fields beyond
    the limit are omitted. Raises TimeUp."""
    room = max(MAX_OF_ROW, TIMES_ITS_EVENT * len(event.raw))
    fields = []
    for cell in _cells(event, [ALIASES.get(name, name) for name in columns]):
        check_deadline()
        field = _field(escape_formula(cell))
        fields.append(field if len(field) <= room else LEFT_OUT)
        room -= len(fields[-1])
    return _row(fields)


def escape_formula(cell: Cell) -> Cell:
    """Prefix text that a spreadsheet would evaluate with an apostrophe, also after a character at
    which some spreadsheets split the text."""
    if not isinstance(cell, str) or isinstance(cell, Digits):
        return cell
    text = _FORMULA_INSIDE.sub(r"\g<0>'", cell)
    return f"'{text}" if text.startswith(_FORMULA) else text


def _cells(event: Event, names: Sequence[str]) -> Iterator[Cell]:
    """One at a time, because each may need four times the bytes of the event."""
    value = _value_of(event) if any(name not in _OWN for name in names) else None
    for name in names:
        cell = _OWN[name](event) if name in _OWN else _text_at(value, name)
        yield "" if cell is None else cell


def _value_of(event: Event) -> Any:
    if event.verdict == "malformed":
        return None
    with suppress(ValueError, RecursionError):  # unusual or truncated text: its fields are unknown
        return json.loads(
            bytes(event.raw),
            parse_int=exact_digits,
            parse_float=exact_digits,
            object_pairs_hook=_first_of_equal,
        )
    return None


def _text_at(value: Any, path: str) -> Cell:
    """Empty for a missing field or null; arrays and objects as JSON."""
    found = get_path(value, path)
    if found is MISSING or found is None:
        return ""
    if isinstance(found, bool):
        return str(found).lower()
    return found if isinstance(found, str) else as_json(found)


def get_path(value: Any, path: str) -> Any:
    """The value at a path in the query language: `items.0."first name"`."""
    for bare, quoted in _STEP.findall(path):
        value = step_into(value, bare or _unquoted(quoted))
        if value is MISSING:
            return MISSING
    return value


def step_into(value: Any, step: str) -> Any:
    """A field of an object or an item of an array; MISSING if there is none."""
    if isinstance(value, dict):
        return value.get(step, MISSING)
    if isinstance(value, list) and step.isdecimal() and len(step) < _MAX_DIGITS:
        at = int(step)
        return value[at] if at < len(value) else MISSING
    return MISSING


def _unquoted(step: str) -> str:
    try:
        return str(json.loads(step, strict=False))
    except ValueError:  # an escape that JSON does not know
        return step[1:-1]


def _first_of_equal(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which the first of two equal keys counts, as in queries."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        found.setdefault(name, value)
    return found


def as_json(value: Any) -> str:
    """Keeps the digits of numbers, at any depth."""
    written = io.StringIO()
    open_: list[
        tuple[Iterator[tuple[str, Any]], str]
    ] = []  # open containers with their closing text

    def write(part: Any) -> None:
        if isinstance(part, Digits):
            written.write(part)
        elif isinstance(part, dict):
            written.write("{")
            open_.append((_members(part), "}"))
        elif isinstance(part, list):
            written.write("[")
            open_.append((_items(part), "]"))
        else:
            written.write(json.dumps(part, ensure_ascii=False))

    write(value)
    while open_:
        parts, closing = open_[-1]
        following = next(parts, None)
        if following is None:
            written.write(closing)
            open_.pop()
        else:
            written.write(following[0])
            write(following[1])
    return written.getvalue()


def _members(value: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Each member with the text before it."""
    for at, (name, part) in enumerate(value.items()):
        yield f"{',' if at else ''}{json.dumps(name, ensure_ascii=False)}:", part


def _items(value: list[Any]) -> Iterator[tuple[str, Any]]:
    for at, part in enumerate(value):
        yield "," if at else "", part


def csv_line(table: Iterable[Sequence[Cell | None]]) -> bytes:
    return b"".join(_row(map(_field, cells)) for cells in table)


def _field(cell: Cell | None) -> bytes:
    """Text is quoted, numbers are not."""
    written = b"" if cell is None else str(cell).encode("utf-8", "replace")
    is_text = isinstance(cell, str) and not isinstance(cell, Digits)
    return b'"%b"' % written.replace(b'"', b'""') if is_text else written


def _row(fields: Iterable[bytes]) -> bytes:
    return b",".join(fields) + b"\r\n"
