"""Events for readers who may not know their values: structure and problems stay. Pure."""

from __future__ import annotations

import re
from typing import Any

from ingest.problems import Problem, in_words
from viewer.query.mistake import Mistake
from viewer.query.reader import read

HIDDEN = "•••"

_TOKEN = re.compile(r'("(?:[^"\\]|\\.)*")|([\[{])|([\]}])|(,)|(:)|\s+|([^\s"\[\]{},:]+)|(")')
_LETTERS = re.compile(r"\w")
_MOST_TOKENS = 100_000
_INDENT = "  "


def masked_event(event: dict[str, Any]) -> dict[str, Any]:
    """An event as REST shows it, without values: also the sentences of problems quote some."""
    is_json = event["verdict"] != "malformed"
    raw = event["raw"] or ""
    people = {name: event[name] and HIDDEN for name in ("account", "user", "session")}
    problems = [_general(problem) for problem in event["problems"]]
    text = masked(raw) if is_json else _LETTERS.sub("•", raw)
    return {**event, **people, "problems": problems, "raw": text}


def masked(raw: str) -> str:
    """JSON text with each value hidden but true, false and null; names of fields stay."""
    return "".join(_masked_tokens(raw))


def masked_query(text: str) -> str:
    """A query with each value hidden; names of fields stay."""
    try:
        terms = [term for group in read(text) for term in group]
    except Mistake:  # the language changed since
        return HIDDEN
    for term in reversed(terms):
        text = text[: term.value.at] + HIDDEN + text[term.end :]
    return text


def indented(raw: str) -> str:
    """JSON text laid out over lines; every token stays as it was sent."""
    lines: list[str] = [""]
    depth = 0
    for count, match in enumerate(_TOKEN.finditer(raw)):
        if count > _MOST_TOKENS:
            return raw
        opening, closing, comma, colon = match.group(2, 3, 4, 5)
        if opening:
            depth += 1
            lines[-1] += opening
            lines.append(_INDENT * depth)
        elif closing:
            depth = max(0, depth - 1)
            if lines[-1].strip():
                lines.append(_INDENT * depth + closing)
            else:  # nothing was in it
                lines.pop()
                lines[-1] += closing
        elif comma:
            lines[-1] += ","
            lines.append(_INDENT * depth)
        else:
            lines[-1] += ": " if colon else match.group().strip()
    return "\n".join(lines)


def _masked_tokens(raw: str) -> list[str]:
    tokens = list(_TOKEN.finditer(raw))
    shown = []
    for at, match in enumerate(tokens):
        text, plain = match.group(1), match.group(6)
        if text is not None and not _is_name(tokens, at):
            shown.append(f'"{HIDDEN}"')
        elif plain is not None and plain not in ("true", "false", "null"):
            shown.append(HIDDEN)
        else:
            shown.append(match.group())
    return shown


def _is_name(tokens: list[re.Match[str]], at: int) -> bool:
    following = (match.group() for match in tokens[at + 1 : at + 3])
    return next((text for text in following if text.strip()), "") == ":"


def _general(problem: dict[str, Any]) -> dict[str, Any]:
    """What it says of any event that has it."""
    return in_words(
        Problem(problem["code"], problem["severity"], problem["path"], problem["basis"])
    )
