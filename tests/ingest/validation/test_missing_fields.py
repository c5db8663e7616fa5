"""A missing field that is present under another name or at another depth; and fields and names
that are valid by themselves, but are probably meant as one of the vendor's."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.problems import render_problem
from tests.support.validating import NOW, faults, judge

NATERO = {
    "accountId": "acme",
    "userId": "u-17",
    "createdAt": NOW,
    "action": "sessionIdle",
    "sessionId": "s-901",
}
USERMAVEN = {"event_type": "paid", "api_key": "KEY", "user": {"id": "u-17"}}
EVENTBUNKER = {"event_name": "paid"}


def renamed(event: dict[str, Any], name: str, other: str) -> dict[str, Any]:
    return {other if key == name else key: value for key, value in event.items()}


def problem_of(dialect: str, event: Any, code: str) -> dict[str, Any]:
    [judged] = judge(dialect, event).events
    faults(judged.problems)
    found = [problem for problem in judged.problems if problem.code == code]
    assert found, [problem.code for problem in judged.problems]
    return render_problem(found[0])


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("accountId", "account_id"),
        ("accountId", "AccountId"),
        ("accountId", "accountID"),
        ("accountId", "account-id"),
        ("accountId", "acountId"),
        ("userId", "user_id"),
        ("userId", "UserId"),
        ("userId", "userID"),
        ("userId", "usreId"),
        ("createdAt", "created_at"),
        ("createdAt", "createdat"),
        ("createdAt", "creatdAt"),
        ("action", "Action"),
        ("action", "acton"),
        ("sessionId", "session_id"),
        ("sessionId", "sesionId"),
    ],
)
def test_another_spelling_is_suggested(name, other):
    problem = problem_of("natero", renamed(NATERO, name, other), "misnamed-field")
    assert problem["path"] == f"/{name}"
    assert problem["severity"] == "error"
    assert f"“{other}” is in its place" in problem["message"]
    assert f"Rename “{other}” to “{name}”" in problem["hint"]


@pytest.mark.parametrize(
    ("dialect", "event", "path", "phrase"),
    [
        (
            "natero",
            {key: NATERO[key] for key in NATERO if key != "userId"} | {"details": {"userId": "u"}},
            "/userId",
            "“userId” is inside “details”",
        ),
        (
            "natero",
            {key: NATERO[key] for key in NATERO if key != "accountId"}
            | {"properties": {"account_id": "acme"}},
            "/accountId",
            "“account_id” is inside “properties”",
        ),
        (
            "natero",
            {"action": "sessionIdle", "event": NATERO},
            "/accountId",
            "“accountId” is inside “event”",
        ),
        (
            "usermaven",
            {"api_key": "KEY", "user": {"id": "u"}, "event": {"event_type": "paid"}},
            "/event_type",
            "“event_type” is inside “event”",
        ),
        (
            "usermaven",
            USERMAVEN | {"event_type": "user_identify", "email": "a@example.com"},
            "/user/email",
            "“email” is one level above",
        ),
        (
            "usermaven",
            USERMAVEN | {"company": {"id": "acme", "created_at": "2026-01-20"}, "companyName": "A"},
            "/company/name",
            "“companyName” is one level above",
        ),
        (
            "eventbunker",
            {"customer_identifier": "u-17", "data": {"event_name": "paid"}},
            "/event_name",
            "“event_name” is inside “data”",
        ),
    ],
)
def test_another_level_is_suggested(dialect, event, path, phrase):
    problem = problem_of(dialect, event, "misplaced-field")
    assert problem["path"] == path
    assert phrase in problem["message"]


@pytest.mark.parametrize("name", ["userId", "user_id", "email", "anonymous_id", "anonymousId"])
def test_an_identifier_outside_the_user_is_found(name):
    event = {"event_type": "paid", "api_key": "KEY", "user": {}, name: "u-17"}
    message = problem_of("usermaven", event, "no-identifier")["message"]
    assert f"“{name}” is at the top level of the event" in message


@pytest.mark.parametrize("event", [{}, {"x": 1}, {"user": None}, {"a": {"id": 1}}, {"a": [1]}])
def test_a_field_without_a_similar_one_is_just_missing(event):
    [judged] = judge("natero", event).events
    assert "error missing-field /userId" in faults(judged.problems)


@pytest.mark.parametrize(
    ("dialect", "event", "field", "meant"),
    [
        ("eventbunker", EVENTBUNKER | {"timeStamp": "2026-01-20"}, "timeStamp", "timestamp"),
        ("eventbunker", EVENTBUNKER | {"tiemstamp": "2026-01-20"}, "tiemstamp", "timestamp"),
        (
            "eventbunker",
            EVENTBUNKER | {"customerIdentifier": "u"},
            "customerIdentifier",
            "customer_identifier",
        ),
        (
            "eventbunker",
            EVENTBUNKER | {"costumer_identifier": "u"},
            "costumer_identifier",
            "customer_identifier",
        ),
        ("eventbunker", EVENTBUNKER | {"metricName": "m"}, "metricName", "metric_name"),
        ("usermaven", USERMAVEN | {"eventAttributes": {}}, "eventAttributes", "event_attributes"),
        ("usermaven", USERMAVEN | {"event_atributes": {}}, "event_atributes", "event_attributes"),
        ("usermaven", USERMAVEN | {"Company": {}}, "Company", "company"),
        ("usermaven", USERMAVEN | {"eventId": "1"}, "eventId", "event_id"),
        ("usermaven", USERMAVEN | {"pageTitle": "T"}, "pageTitle", "page_title"),
    ],
)
def test_a_field_that_is_probably_another(dialect, event, field, meant):
    problem = problem_of(dialect, event, "lookalike-field")
    assert (problem["path"], problem["severity"]) == (f"/{field}", "warning")
    assert f"looks like “{meant}”" in problem["message"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("page_view", "pageview"), ("PageView", "pageview"), ("userIdentify", "user_identify")],
)
def test_an_event_name_that_is_probably_another(name, meant):
    problem = problem_of("usermaven", USERMAVEN | {"event_type": name}, "lookalike-name")
    assert f"“{meant}”" in problem["message"]


@pytest.mark.parametrize(
    "extra",
    [
        {"plan": "pro"},
        {"id": 1},
        {"source_id": "x"},
        {"time": "x"},
        {"names": ["a"]},
        {"url2": "x"},
    ],
)
def test_custom_names_are_fine(extra):
    for dialect, event in (("usermaven", USERMAVEN), ("eventbunker", EVENTBUNKER)):
        [judged] = judge(dialect, event | extra).events
        assert faults(judged.problems) == []


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(4, None), (6, "6 minutes ahead"), (140, "2 hours ahead"), (60 * 24 * 30, "30 days ahead")],
)
def test_a_clock_that_is_ahead(ahead, words):
    [judged] = judge("natero", NATERO | {"createdAt": NOW + ahead * 60_000}).events
    texts = [render_problem(problem)["message"] for problem in judged.problems]
    assert any(words in text for text in texts) if words else texts == []


@pytest.mark.parametrize(
    ("factor", "unit", "code"),
    [
        (1_000, "microseconds", "time-in-microseconds"),
        (1_000_000, "nanoseconds", "time-in-other-unit"),
    ],
)
def test_finer_units_are_recognised(factor, unit, code):
    problem = problem_of("natero", NATERO | {"createdAt": NOW * factor}, code)
    assert f"looks like {unit}:" in problem["message"]
    assert f"{NOW} is 2026-11-21" in problem["hint"]
