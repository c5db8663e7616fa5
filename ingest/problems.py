"""Problems of events and requests.

A problem is stored as code and arguments. Its sentences are added when it is read, so that improved
sentences also apply to older events.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple, NotRequired, cast

import orjson
from typing_extensions import TypedDict

from ingest.messages import SENTENCES

ERROR = "error"
WARNING = "warning"

MAX_PATH_LENGTH = 1_000  # characters; names can be as long as a line and occur in many paths

DOCUMENTED = "documented"
REBUILT = "rebuilt"


class Problem(NamedTuple):
    """`path` is a JSON Pointer. `offset` (bytes) and `column` (characters, from 1) are positions in
    the event's raw text, set only for malformed text. `refuses`: the vendor refuses the whole
    request because of it; this field is not stored. `args` fill the sentences; its key `within`
    precedes the message, and names where in the event the faulty value is."""

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
    """The problem as in the REST API, which docs/rest-api.md describes."""
    sentence = SENTENCES[problem.code]
    words = _Arguments(problem.args or {})
    words.setdefault("field", field_name(problem.path))
    within = f"{words['within']}: " if "within" in words else ""
    shown: RenderedProblem = {
        "code": problem.code,
        "severity": cast("Any", problem.severity),
        "path": problem.path,
        "message": within + sentence.message.format_map(words),
        "hint": sentence.hint.format_map(words),
        "basis": cast("Any", problem.basis),
    }
    if problem.offset is not None:
        shown["offset"] = problem.offset
        shown["column"] = problem.column
    return shown


def field_name(path: str) -> str:
    """The last part of a JSON Pointer, unescaped; `the event` for the empty pointer."""
    if not path:
        return "the event"
    name = pointer_parts(path)[-1]
    return name if len(name) <= 80 else name[:79] + "…"


def json_pointer(parts: Iterable[str | int]) -> str:
    """A JSON Pointer (RFC 6901), cut to MAX_PATH_LENGTH with “…” at its end."""
    path = "".join(
        "/" + str(part)[:MAX_PATH_LENGTH].replace("~", "~0").replace("/", "~1") for part in parts
    )
    return path if len(path) <= MAX_PATH_LENGTH else path[: MAX_PATH_LENGTH - 1] + "…"


def pointer_parts(path: str) -> list[str]:
    """The unescaped parts of a JSON Pointer: the inverse of `json_pointer`."""
    return [part.replace("~1", "/").replace("~0", "~") for part in path.split("/")[1:]]


def problems_to_json(problems: Iterable[Problem]) -> str:
    """Problems as stored: a JSON array, or the empty string."""
    rows = [
        [p.code, p.severity, p.path, p.basis, p.args or None, p.offset, p.column] for p in problems
    ]
    return orjson.dumps(rows).decode() if rows else ""


def problems_from_json(stored: str) -> list[Problem]:
    return [Problem(*row) for row in orjson.loads(stored)] if stored else []


# Arguments that are missing where they do not apply, and in problems stored by earlier versions
_DEFAULTS = {
    **dict.fromkeys(("did_you_mean", "note", "distance", "unit", "typed"), ""),
    **dict.fromkeys(("advice", "difference", "format", "judged", "or_not"), ""),
    "remedy": "Correct its name, leave it out, or add it to the plan.",
    "separation": "Send one object per line, one per request, or an array, as the vendor requires.",
}


class _Arguments(dict[str, Any]):
    """Replaces missing arguments, so that formatting a sentence never fails."""

    def __missing__(self, key: str) -> str:
        return _DEFAULTS.get(key, "…")
