"""The page that explains every problem with an example, from one table."""

from __future__ import annotations

import functools
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ingest.dialects import DIALECTS, Dialect
from ingest.messages import GROUPS, MessageTemplate
from ingest.problems import Problem, RenderedProblem, render_problem
from ingest.validation.validate_event import validate_events
from ingest.values import IncomingRequest, Limits

RECEIVED_AT = 1_795_227_547_189  # current time in all examples, whose times are close to it

_TITLES = {
    "fields": "Fields of an event",
    "text": "Text that is not one JSON object a line",
    "envelopes": "Events inside something else",
    "requests": "Requests",
    "transport": "Compression, lengths and request lines",
}


class HelpEntry(NamedTuple):
    """`before`, `place` and `after` are the example, split at the fault."""

    words: RenderedProblem
    dialect: str  # empty if the problem does not depend on one
    before: str
    place: str
    after: str
    is_judged: bool  # whether the example gets this severity and basis


class HelpGroup(NamedTuple):
    name: str
    title: str
    entries: list[HelpEntry]


@require_GET
@never_cache  # its header depends on the sign-in
def problems_page(request: HttpRequest) -> HttpResponse:
    return render(request, "onboarding/problem_help.html", {"groups": help_groups()})


@functools.cache
def help_groups() -> list[HelpGroup]:
    return [
        HelpGroup(
            name, _TITLES[name], [help_entry(code, sentence) for code, sentence in table.items()]
        )
        for name, table in GROUPS.items()
    ]


def help_entry(code: str, sentence: MessageTemplate) -> HelpEntry:
    text = sentence.example
    if sentence.args is not None:
        return HelpEntry(render_problem(Problem(code, args=sentence.args)), "", text, "", "", False)
    dialect, problem = example_result(code, text)
    if problem.column is None:
        return HelpEntry(render_problem(problem), dialect.name, text, "", "", True)
    at = problem.column - 1
    place = text[at : at + 1] or " "  # the end of the text can also be marked
    return HelpEntry(render_problem(problem), dialect.name, text[:at], place, text[at + 1 :], True)


def example_result(code: str, text: str) -> tuple[Dialect, Problem]:
    """The problem that the example causes, from the first dialect that finds it. Raises LookupError
    if none does."""
    for dialect in DIALECTS:
        path, _ = dialect.request_for("API_KEY", "AUTH_KEY")
        request = IncomingRequest("POST", path.partition("?")[0], "", {}, "", RECEIVED_AT)
        reading = dialect.read(request, text.encode(), Limits())
        for event in validate_events(dialect, reading.pieces, RECEIVED_AT, "API_KEY"):
            for problem in event.problems:
                if problem.code == code:
                    return dialect, problem
    raise LookupError(f"The example of {code} has not this fault.")
