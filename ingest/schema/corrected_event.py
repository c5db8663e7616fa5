"""Checks an event as if the hints for its names, places and numbers were followed, so that what
would be wrong next is named at once. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.problems import ERROR, WARNING, Problem, json_pointer, pointer_parts
from ingest.schema.chunking import needs_chunking
from ingest.values import Json

Path = tuple[str, ...]

_MAX_CORRECTIONS = 20  # of one event
_TIMES = ("time-", "date-")
_OTHER_NAME = frozenset({"unknown-field", "lost-attribute", "lookalike-field"})
_QUOTED = frozenset({"string-as-number", "integer-id"})


class _Correction(NamedTuple):
    """A field to be moved or renamed; or to be put in quotes, if `source` is `target`."""

    source: Path
    target: Path
    severity: str
    text: str = ""


def problems_when_corrected(
    value: dict[str, Json],
    found: Iterable[Problem],
    problems_of: Callable[[dict[str, Json]], list[Problem]],
    rounds: int = 2,
) -> list[Problem]:
    """The problems, not yet `found`, of the event after its corrections; those of moved values with
    the path of the place where they are. None is more severe than what is corrected. The second
    round is for a field that needs two corrections, such as a new name and quotes."""
    found = list(found)
    wanted = [each for problem in found for each in _corrections(problem)][:_MAX_CORRECTIONS]
    if not wanted or needs_chunking(value):
        return []
    corrected = _copy(value)
    done = [correction for correction in wanted if _apply(corrected, correction)]
    if not done:
        return []
    known = {(problem.path, problem.code) for problem in found}
    new = problems_of(corrected)
    if rounds > 1:
        new = [*new, *problems_when_corrected(corrected, new, problems_of, rounds - 1)]
    quoted = {json_pointer(each.target) for each in done if each.source == each.target}
    return [
        problem
        for problem in (_as_sent(each, done) for each in new)
        if (problem.path, problem.code) not in known
        # a time that is a number has a hint of its own
        and not (problem.path in quoted and problem.code.startswith(_TIMES))
    ]


def _corrections(problem: Problem) -> Iterator[_Correction]:
    args, target = problem.args or {}, tuple(pointer_parts(problem.path))
    if problem.code == "misnamed-field":
        yield _Correction((*target[:-1], args["found"]), target, problem.severity)
    elif problem.code == "misplaced-field":
        # without `outer`, the field is at the top level
        place = (*target[:-1], args["outer"]) if "outer" in args else ()
        yield _Correction((*place, args["found"]), target, problem.severity)
    elif problem.code in _OTHER_NAME and args.get("suggestion"):
        yield _Correction(target, (*target[:-1], args["suggestion"]), problem.severity)
    elif problem.code in _QUOTED:
        yield _Correction(target, target, problem.severity, args["value"])


def _apply(event: dict[str, Json], correction: _Correction) -> bool:
    (*above, old), (*parents, new) = correction.source, correction.target
    source, target = _object_at(event, above), _object_at(event, parents)
    if source is None or target is None or old not in source:
        return False
    if correction.source == correction.target:
        target[new] = correction.text
        return True
    if new in target:
        return False
    target[new] = source.pop(old)
    if above and not source:  # nothing else was in it
        outer = _object_at(event, above[:-1])
        if outer is not None and source is not target:
            del outer[above[-1]]
    return True


def _as_sent(problem: Problem, done: Sequence[_Correction]) -> Problem:
    path = tuple(pointer_parts(problem.path))
    for correction in done:
        depth = len(correction.target)
        if path[:depth] == correction.target:
            pointer = json_pointer((*correction.source, *path[depth:]))
            severity = problem.severity if correction.severity == ERROR else WARNING
            return problem._replace(path=pointer, severity=severity, refuses=False)
    is_error = any(correction.severity == ERROR for correction in done)
    severity = problem.severity if is_error else WARNING
    return problem._replace(severity=severity, refuses=False)


def _object_at(event: dict[str, Json], path: Iterable[str]) -> dict[str, Json] | None:
    here: Json = event
    for name in path:
        here = here.get(name) if isinstance(here, dict) else None
    return here if isinstance(here, dict) else None


def _copy(value: Json) -> Json:
    """A copy of the objects; `needs_chunking` bounds their number."""
    if isinstance(value, dict):
        return {name: _copy(item) for name, item in value.items()}
    return value
