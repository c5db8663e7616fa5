"""No two problems of one event contradict each other, nor those of its delivery."""

from __future__ import annotations

import base64
from collections import defaultdict
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.dialects import BY_NAME
from ingest.problems import ERROR, Problem
from ingest.values import ValidatedEvent
from ingest.verdicts import INVALID, MALFORMED, VALID, WARNING
from tests.ingest.validation.test_remedies import faulty
from tests.support.field_reports import FieldReport, all_field_reports
from tests.support.validating import Judged, judge

ABSENT = frozenset({"missing-field", "missing-own-field", "missing-session", "expected-field"})
PRESENT = frozenset(
    ("wrong-type", "null-field", "number-as-string", "string-as-number", "integer-id")
    + ("empty-container", "time-as-string", "time-as-number", "time-in-seconds")
    + ("time-in-microseconds", "time-in-other-unit", "nothing-as-text", "object-as-text")
)
REPORTS = [
    report
    for report in all_field_reports()
    if report.expected["verdicts"] and not report.header("content-encoding")
]


def judge_report(report: FieldReport) -> Judged:
    path, _, query = report.request["path"].partition("?")
    headers = {name.lower().encode(): value.encode() for name, value in report.request["headers"]}
    body = base64.b64decode(report.request["body_base64"])
    return judge(report.dialect, body, path, query, headers)


def contradictions(problems: Any) -> list[str]:
    """Fields that are absent and present, and places for which two values are proposed."""
    codes: dict[str, set[str]] = defaultdict(set)
    proposals: dict[tuple[str, int | None], set[str]] = defaultdict(set)
    for problem in problems:
        codes[problem.path].add(problem.code)
        if suggestion := (problem.args or {}).get("suggestion"):
            proposals[problem.path, problem.offset].add(suggestion)
    both = [path for path, found in codes.items() if found & ABSENT and found & PRESENT]
    several = [f"{place}: {found}" for place, found in proposals.items() if len(found) > 1]
    return [*both, *several]


def assert_consistent(judged: Judged) -> None:
    for event in judged.events:
        assert contradictions(event.problems) == []
        assert_verdict(event)
    errors = [each for each in judged.problems if each.severity == ERROR]
    is_refused = judged.reply.status >= 400
    assert is_refused or not any(each.refuses for each in errors)
    if any(each.code == "batch-refused" for each in judged.problems):
        assert is_refused
    if is_refused and judged.events:
        assert any(event.verdict in (INVALID, MALFORMED) for event in judged.events)


def assert_verdict(event: ValidatedEvent) -> None:
    severities = {problem.severity for problem in event.problems}
    if event.verdict in (INVALID, MALFORMED):
        assert ERROR in severities
    else:
        assert ERROR not in severities
        assert event.verdict == (WARNING if severities else VALID)


@pytest.mark.parametrize("report", REPORTS, ids=lambda report: report.id)
def test_faults_from_the_field(report):
    assert_consistent(judge_report(report))


@pytest.mark.slow
@pytest.mark.parametrize("dialect", BY_NAME)
@given(data=some.data())
@settings(max_examples=200)
def test_events_with_several_faults(dialect, data):
    assert_consistent(judge(dialect, data.draw(faulty(dialect))))


def test_a_contradiction_is_found():
    absent, present = Problem("missing-field", path="/a"), Problem("wrong-type", path="/a")
    assert contradictions([absent, present]) == ["/a"]
    one, other = (Problem("x", path="/a", args={"suggestion": text}) for text in "ab")
    assert len(contradictions([one, other])) == 1
    assert contradictions([one, one, absent]) == []
