"""Redacts events for readers who may not see their values; structure and problems remain."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from ingest.problems import Problem, RenderedProblem, render_problem
from viewer.events.serializers import SerializedRow
from viewer.events.value_masking import HIDDEN
from viewer.query.errors import QuerySyntaxError
from viewer.query.parser import parse_terms

MAX_TEXT = 256 * 2**10  # characters of an event that are shown

# an unterminated string extends to the end of the text, so each quote is visited once
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?'
_TOKEN = re.compile(
    rf'({_STRING})(\s*+:)?|([\[{{])|([\]}}])|(,)|(:)|\s+|([^\s"\[\]{{}},:]+)', re.DOTALL
)
_LETTERS = re.compile(r"\w")
_INDENT = "  "
_MAX_DEPTH = 32  # levels that are indented; deeper ones are not indented further


class RedactedText(NamedTuple):
    """An event's text as a page shows it, and a note if it is incomplete."""

    text: str
    note: str = ""


def redact_event(event: SerializedRow) -> SerializedRow:
    """An event as REST shows it, without values; sentences of problems may quote values, so they
    are generalised."""
    is_json = event["verdict"] != "malformed"
    raw = event["raw"] or ""
    problems = [_general(problem) for problem in event["problems"]]
    text = redact_json(raw) if is_json else _LETTERS.sub("•", raw)
    return {
        **event,
        "account": event["account"] and HIDDEN,
        "user": event["user"] and HIDDEN,
        "session": event["session"] and HIDDEN,
        "problems": problems,
        "raw": text,
    }


def redact_json(raw: str) -> str:
    """JSON text with all values hidden except true, false and null; field names remain."""
    return _TOKEN.sub(_masked_token, raw)


def redact_query(text: str) -> str:
    """A query with all values hidden; field names remain."""
    try:
        terms = [term for group in parse_terms(text) for term in group]
    except QuerySyntaxError:  # the language has changed since
        return HIDDEN
    for term in reversed(terms):
        text = text[: term.value.at] + HIDDEN + text[term.end :]
    return text


def displayed(text: str, length: int, *, is_json: bool) -> RedactedText:
    """`text` is an event's text, or the first MAX_TEXT characters of `length`. JSON is
    pretty-printed unless the result would be too long."""
    if length > MAX_TEXT:
        return RedactedText(text[:MAX_TEXT], f"The first {MAX_TEXT:,} of {length:,} characters.")
    laid_out = pretty_print(text) if is_json else text
    if laid_out is not None:
        return RedactedText(laid_out)
    return RedactedText(text[:MAX_TEXT], "Too long to be laid out over lines.")


def pretty_print(raw: str) -> str | None:
    """JSON text over several lines; every token stays as sent. None if the result would exceed the
    limit."""
    parts: list[str] = []
    room = MAX_TEXT
    for part in _laid_out(raw):
        parts.append(part)
        room -= len(part)
        if room < 0:
            return None
    return "".join(parts)


def _laid_out(raw: str) -> Iterator[str]:
    depth = 0
    is_empty = False  # whether the last open bracket is still empty
    for match in _TOKEN.finditer(raw):
        string, colon, opening, closing, comma, lone_colon, _ = match.groups()
        if closing:
            depth = max(0, depth - 1)
            yield closing if is_empty else _line(depth) + closing
        elif comma:
            yield "," + _line(depth)
        elif token := match.group().strip() if string is None else string:
            led_by = _line(depth) if is_empty else ""
            yield f"{led_by}{string or ''}: " if colon or lone_colon else led_by + token
            depth += opening is not None
        else:
            continue  # white space
        is_empty = opening is not None


def _line(depth: int) -> str:
    return "\n" + _INDENT * min(depth, _MAX_DEPTH)


def _masked_token(match: re.Match[str]) -> str:
    string, colon, plain = match.group(1, 2, 7)
    if string is not None:
        return match.group() if colon else f'"{HIDDEN}"'
    return HIDDEN if plain is not None and plain not in ("true", "false", "null") else match.group()


def _general(problem: RenderedProblem) -> RenderedProblem:
    """The problem's sentence without values of this event."""
    return render_problem(
        Problem(problem["code"], problem["severity"], problem["path"], problem["basis"])
    )
