"""Formats names as a query writes them: the inverse of the parser.
static/js/core/query/format-query.js does the same for the page, values included."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence

_BARE_STEP = re.compile(r'[^\s".:<>=!()*\x00-\x20-][^\s".:<>=!()*\x00-\x20]*')


def format_path(path: Sequence[str], columns: Collection[str]) -> str:
    """A JSON field's name; a leading dot distinguishes it from a column."""
    dot = "." if len(path) == 1 and path[0] in columns else ""
    return dot + ".".join(map(_step, path))


def _step(step: str) -> str:
    if _BARE_STEP.fullmatch(step):
        return step
    escaped = re.sub(r'[\\"]', r"\\\g<0>", step)
    return '"' + re.sub(r"[\x00-\x1f]", lambda found: f"\\u{ord(found[0]):04x}", escaped) + '"'
