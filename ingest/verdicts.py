"""The four verdicts, and which one follows from problems. Pure."""

from __future__ import annotations

from collections.abc import Iterable

from ingest.problems import ERROR, Problem

VALID = "valid"
WARNING = "warning"
INVALID = "invalid"
MALFORMED = "malformed"
VERDICTS = (VALID, WARNING, INVALID, MALFORMED)


def verdict_of(problems: Iterable[Problem]) -> str:
    """The verdict of a JSON object."""
    verdict = VALID
    for problem in problems:
        if problem.severity == ERROR:
            return INVALID
        verdict = WARNING
    return verdict
