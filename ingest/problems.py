"""One thing wrong with an event or a request.

It is stored as code and arguments and put into words when it is read, so that a
better sentence also explains what came in last week.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, NotRequired, cast

import orjson
from typing_extensions import TypedDict

from ingest.messages import SENTENCES

ERROR = "error"
WARNING = "warning"

MAX_PATH_LENGTH = 1_000  # characters: a name may be as long as a line, and stand in many paths

DOCUMENTED = "documented"
REBUILT = "rebuilt"


class Problem(NamedTuple):
    """`path` is a JSON Pointer; `offset` (bytes) and `column` (1-based characters) are
    counted in the event's raw text and set for malformed text only. `refuses` says that
    the vendor refuses the whole request for it; it is not stored."""

    code: str
    severity: str = ERROR
    path: str = ""
    basis: str = DOCUMENTED
    args: dict[str, Any] | None = None
    offset: int | None = None
    column: int | None = None
    refuses: bool = False


class RenderedProblem(TypedDict):
    """A problem as REST, feed and pages show it; `offset` and `column` as in Problem."""

    code: str
    severity: Literal["error", "warning"]
    path: str
    message: str
    hint: str
    basis: Literal["documented", "rebuilt", "plan"]
    offset: NotRequired[int]
    column: NotRequired[int | None]


def render_problem(problem: Problem) -> RenderedProblem:
    sentence = SENTENCES[problem.code]
    words = _Arguments(problem.args or {})
    words.setdefault("field", field_name(problem.path))
    shown: RenderedProblem = {
        "code": problem.code,
        "severity": cast("Any", problem.severity),
        "path": problem.path,
        "message": sentence.message.format_map(words),
        "hint": sentence.hint.format_map(words),
        "basis": cast("Any", problem.basis),
    }
    if problem.offset is not None:
        shown["offset"] = problem.offset
        shown["column"] = problem.column
    return shown


def field_name(path: str) -> str:
    """The last part of a JSON Pointer, unescaped; `the event` for the whole."""
    if not path:
        return "the event"
    name = pointer_parts(path)[-1]
    return name if len(name) <= 80 else name[:79] + "…"


def json_pointer(parts: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901); one that is too long ends in “…”."""
    path = "".join(
        "/" + str(part)[:MAX_PATH_LENGTH].replace("~", "~0").replace("/", "~1") for part in parts
    )
    return path if len(path) <= MAX_PATH_LENGTH else path[: MAX_PATH_LENGTH - 1] + "…"


def pointer_parts(path: str) -> list[str]:
    """The names that a JSON Pointer is made of: the way back from `json_pointer`."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def problems_to_json(problems: Iterable[Problem]) -> str:
    """Problems as they are stored: a JSON array, or nothing."""
    rows = [
        [p.code, p.severity, p.path, p.basis, p.args or None, p.offset, p.column] for p in problems
    ]
    return orjson.dumps(rows).decode() if rows else ""


def problems_from_json(stored: str) -> list[Problem]:
    return [Problem(*row) for row in orjson.loads(stored)] if stored else []


class _Arguments(dict[str, Any]):
    """A sentence never fails for want of an argument."""

    def __missing__(self, key: str) -> str:
        return "" if key == "did_you_mean" else "…"
