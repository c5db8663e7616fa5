"""Masks the values of an event in the arguments of a problem. Names of events and fields, types,
places, counts and durations remain: without them, a sentence does not say what to change."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ingest.problems import Problem

HIDDEN = "•••"

# Every other argument is a value of the event, or may contain one.
_SHOWN = frozenset(
    (
        # names of fields, events, keys, headers and vendors; types
        *("actual", "api_name", "auth_name", "before", "calendar", "dialect", "did_you_mean"),
        *("due", "encoding", "expected", "field", "form", "found", "got", "header", "key"),
        *("known", "language", "marks", "missing", "name", "new", "old", "ours", "outer"),
        *("parent", "present", "right", "scheme", "theirs", "title", "typed", "which", "wrong"),
        "zone",
        # places and signs
        *("at", "begun", "char", "closer", "escape", "joint", "open", "part", "place", "sign"),
        *("where", "within", "written"),
        # counts, sizes and durations
        *("ahead", "behind", "count", "distance", "length", "limit", "lines", "minutes"),
        *("offset", "rate", "seconds", "since", "size", "times", "unit", "until"),
        # words of the product
        *("advice", "cause", "declare", "decode", "difference", "format", "judged", "kept"),
        *("method", "note", "or_not", "reason", "separation", "several", "what"),
    )
)
# Sentences are complete without these, which quote the body: argument → codes.
_LEFT_OUT = {"suggestion": frozenset({"bad-number", "invalid-utf-8", "not-json"})}
_EVENT_NAMES = frozenset(
    (
        *("lookalike-name", "many-names", "name-characters", "unknown-name", "unplanned-name"),
        "wrong-name",
    )
)
_FIXED_TEXTS = frozenset(
    (
        *("ellipsis", "empty-value", "masked-key", "nothing-as-text", "not-a-number"),
        *("object-as-text", "placeholder", "python-literal", "type-as-value"),
        "typographic-quotes",
    )
)
_SHOWN_OF_CODE = {
    **dict.fromkeys(_EVENT_NAMES | _FIXED_TEXTS, frozenset({"value", "suggestion"})),
    **dict.fromkeys(("duplicate-event-id", "same-line-twice"), frozenset({"first"})),
    **dict.fromkeys(
        ("lookalike-field", "printed-object", "invisible-in-name"), frozenset({"suggestion"})
    ),
    # an example of the format, made of the time of receipt
    **dict.fromkeys(
        ("time-not-read", "time-text-unclear", "time-unclear"), frozenset({"suggestion"})
    ),
    "not-inflatable": frozenset({"detail"}),
}
_STATE_THE_RULE = (" was expected", " is a required property")  # what precedes is not a value


def mask_values(problem: Problem) -> Problem:
    """The problem with HIDDEN in place of the values of its event."""
    if not problem.args:
        return problem
    return problem._replace(args=_masked(problem.code, problem.args))


def _masked(code: str, args: Mapping[str, Any]) -> dict[str, Any]:
    shown = _SHOWN | _SHOWN_OF_CODE.get(code, frozenset())
    masked: dict[str, Any] = {}
    for name, value in args.items():
        if name in shown or not value:
            masked[name] = value
        elif name == "detail":
            masked[name] = _masked_detail(str(value))
        else:
            is_left_out = name == "inside" or code in _LEFT_OUT.get(name, ())
            masked[name] = "" if is_left_out else HIDDEN
    return masked


def _masked_detail(detail: str) -> str:
    """The message of a JSON Schema keyword, which begins with the value."""
    try:
        _, end = json.JSONDecoder().raw_decode(detail)
    except (ValueError, RecursionError):
        return HIDDEN
    rest = detail[end:]
    return detail if rest in _STATE_THE_RULE else HIDDEN + rest
