"""Names of an event that come twice, or that contain invisible characters.

Parsing keeps one value of a repeated name, so that both are only visible in the text. `is_plain` is
the fast check of every event, `find_odd_names` the explanation of the few others.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from ingest.parsing.malformed.invisible import IN_A_NAME, name_of
from ingest.problems import REBUILT, WARNING, Problem, json_pointer, pointer_parts
from ingest.values import Json, Raw
from ingest.verdicts import combine_problems

_MAX_BYTES = 256 * 2**10  # longer texts are not searched
_MAX_FOUND = 20
_MAX_NAMES = 10_000
_SHOWN = 60  # characters of a value
_BACKSLASH = ord("\\")
_ABSENT = frozenset({"missing-field", "missing-session", "missing-own-field", "expected-field"})


def has_plain_names(raw: Raw, value: dict[str, Json]) -> bool:
    """Whether no name comes twice and, in nested objects, none can be invisible in part. False for
    some other texts as well, such as those with arrays of objects."""
    text = raw if type(raw) is bytes else bytes(raw)
    members = text.count(b'":')  # all names, and some more inside strings, unless
    if b" :" in text or b"\n:" in text or b"\t:" in text or b"\r:" in text:
        return False
    if members == len(value):
        return True
    nested = sum([len(inner) for inner in value.values() if type(inner) is dict])
    return members == len(value) + nested and _BACKSLASH not in text and text.isascii()


def find_odd_names(raw: Raw, value: dict[str, Json], kept: str) -> list[Problem]:
    """Warnings about repeated and about partly invisible names. `kept` is the sentence that says
    which of two values the vendor's parser keeps."""
    text = raw if type(raw) is bytes else bytes(raw)
    found: list[Problem] = []
    if _BACKSLASH in text or b"\x7f" in text or not text.isascii():  # else all is visible
        names = islice(_names(value), _MAX_NAMES)
        found += [problem for path in names if (problem := invisible_problem(path))]
    if len(text) <= _MAX_BYTES and not has_plain_names(text, value):
        found += _repeated(text, kept)
    return found[:_MAX_FOUND]


def merge_odd_names(found: Iterable[Problem], odd: Iterable[Problem]) -> list[Problem]:
    """All problems, without those that a partly invisible name explains: that it is unknown, and
    that the visible name is missing."""
    meant = {_meant(problem): problem for problem in odd if problem.code == "invisible-in-name"}
    odd_paths = {problem.path for problem in meant.values()}
    others = []
    for problem in found:
        if (path := _absent(problem, meant)) is not None:
            meant[path] = meant[path]._replace(severity=problem.severity, refuses=problem.refuses)
        elif problem.path not in odd_paths:
            others.append(problem)
    repeated = [problem for problem in odd if problem.code != "invisible-in-name"]
    return combine_problems(others, meant.values(), repeated)


def _absent(problem: Problem, meant: Mapping[str, Problem]) -> str | None:
    """The path in `meant` of a field whose absence is the problem."""
    if problem.code == "no-identifier":
        paths = [f"{problem.path}/{name}" for name in ("id", "email", "anonymous_id")]
        return next((path for path in paths if path in meant), None)
    return problem.path if problem.code in _ABSENT and problem.path in meant else None


def _meant(problem: Problem) -> str:
    *outer, _ = pointer_parts(problem.path)
    return json_pointer([*outer, (problem.args or {})["suggestion"]])


_Path = tuple[str | int, ...]


def _names(value: Json) -> Iterator[_Path]:
    """The paths of all members."""
    waiting: list[tuple[_Path, Json]] = [((), value)]
    while waiting:
        path, outer = waiting.pop()
        members: Iterable[tuple[str | int, Json]] = (
            outer.items() if isinstance(outer, dict) else enumerate(outer)
        )
        for name, inner in members:
            if isinstance(name, str):
                yield (*path, name)
            if isinstance(inner, (dict, list)):
                waiting.append(((*path, name), inner))


def invisible_problem(path: _Path) -> Problem | None:
    """The problem of a name that contains an invisible character."""
    name = str(path[-1])
    match = IN_A_NAME.search(name)
    if not match:
        return None
    args = {"name": name_of(match.group()), "suggestion": IN_A_NAME.sub("", name)[:_SHOWN]}
    return Problem("invisible-in-name", WARNING, json_pointer(path), REBUILT, args)


# -- names that come twice ---------------------------------------------------------------------


class _Members(list[tuple[str, Json]]):
    """An object with all its members."""


def _repeated(text: bytes, kept: str) -> Iterator[Problem]:
    try:
        whole = json.loads(text, object_pairs_hook=_Members)
    except (ValueError, RecursionError):
        return
    waiting: list[tuple[_Path, Json]] = [((), whole)]
    while waiting:
        path, outer = waiting.pop()
        if isinstance(outer, _Members):
            yield from _repeated_in(outer, path, kept)
        inside = outer if isinstance(outer, _Members) else enumerate(outer)
        waiting += [((*path, name), inner) for name, inner in inside if isinstance(inner, list)]


def _repeated_in(members: _Members, path: _Path, kept: str) -> Iterator[Problem]:
    values: dict[str, list[Json]] = {}
    for name, value in members:
        values.setdefault(name, []).append(value)
    for name, given in values.items():
        if len(given) > 1 and any(_differ(value, given[0]) for value in given):
            args = {
                "times": "twice" if len(given) == 2 else f"{len(given):,} times",
                "first": _shown(given[0]),
                "last": _shown(given[-1]),
                "kept": kept,
            }
            yield Problem("repeated-name", WARNING, json_pointer([*path, name]), REBUILT, args)


def _differ(one: Json, other: Json) -> bool:
    return type(one) is not type(other) or bool(one != other)  # because True == 1


def _shown(value: Json) -> str:
    if isinstance(value, list):
        return "an object" if isinstance(value, _Members) else "an array"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
