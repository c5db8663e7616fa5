"""Validate a body without server and store: read, check, reply."""

from __future__ import annotations

import json
from collections.abc import Sequence
from string import Formatter
from typing import Any, NamedTuple

from ingest.dialects import BY_NAME
from ingest.messages import SENTENCES
from ingest.problems import Problem
from ingest.validation.validate_event import validate_events
from ingest.values import IncomingRequest, Limits, Refusal, Reply, ValidatedEvent

NOW = 1_795_227_547_189
API_KEY = "KEY"


class Judged(NamedTuple):
    events: list[ValidatedEvent]
    reply: Reply
    problems: tuple[Problem, ...]  # the delivery's own
    refusal: Refusal | None


def judge(
    dialect: str,
    body: Any,
    path: str = "/",
    query: str = "",
    headers: dict[bytes, bytes] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - a value that never changes
) -> Judged:
    """Validate a body; anything but bytes is sent as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    request = IncomingRequest("POST", path, query, headers or {}, "127.0.0.1", NOW)
    way = BY_NAME[dialect]
    reading = way.read(request, raw, limits)
    if reading.refusal:
        return Judged([], way.refuse(request, reading.refusal), reading.problems, reading.refusal)
    events = validate_events(way, reading.pieces, NOW, API_KEY)
    return Judged(events, way.reply(request, events), reading.problems, None)


def faults(problems: Sequence[Problem]) -> list[str]:
    """`severity code path` of each problem; checks that every message has its arguments."""
    assert [problem for problem in problems if blanks(problem)] == []
    return [f"{p.severity} {p.code} {p.path}".strip() for p in problems]


def blanks(problem: Problem) -> set[str]:
    """Unfilled placeholders in the problem's message."""
    needed = {
        name
        for text in SENTENCES[problem.code][:2]
        for _, name, _, _ in Formatter().parse(text)
        if name
    }
    optional = {"did_you_mean", "note", "distance", "unit", "separation"}
    return needed - set(problem.args or ()) - {"field"} - optional
