"""The four verdicts, and how the problems of an event are combined into one. Pure.

The problems of an event come from these sources, in this order. An event that has errors is
invalid, one with warnings alone a warning, one without problems valid; text that is no JSON object
is malformed whatever else is found.

| source | found by | left out |
|---|---|---|
| its text | `parsing` | |
| the vendor's rules | `dialects`, `schema` | |
| earlier events: changed types | `validation.history.type_drift` | where a rule was violated |
| the tracking plan | `tracking_plan` | where there is an error already |
| the commit: duplicates, many names | `validation.history.at_commit` | |

`validation.pipeline` runs the first four, on receipt. The commit adds the last one. A plan that
changes later replaces the problems of the plan before, and keeps the others.
"""

from __future__ import annotations

from collections.abc import Iterable

from ingest.problems import ERROR, Problem
from ingest.values import ValidatedEvent

VALID = "valid"
WARNING = "warning"
INVALID = "invalid"
MALFORMED = "malformed"
VERDICTS = (VALID, WARNING, INVALID, MALFORMED)


def combine_problems(*sources: Iterable[Problem]) -> list[Problem]:
    """Errors first, then in the order of their sources."""
    problems = [problem for source in sources for problem in source]
    return sorted(problems, key=lambda problem: problem.severity != ERROR)


def verdict_of(problems: Iterable[Problem]) -> str:
    """The verdict of a JSON object."""
    verdict = VALID
    for problem in problems:
        if problem.severity == ERROR:
            return INVALID
        verdict = WARNING
    return verdict


def with_plan_problems(event: ValidatedEvent, found: list[Problem]) -> ValidatedEvent:
    """The received event with the findings of its tracking plan."""
    problems = combine_problems(event.problems, found)
    return event._replace(verdict=verdict_of(problems), problems=problems)


def with_warning(event: ValidatedEvent, warning: Problem) -> ValidatedEvent:
    """The event with a warning from the commit, which comes last."""
    verdict = WARNING if event.verdict == VALID else event.verdict
    return event._replace(verdict=verdict, problems=(*event.problems, warning))
