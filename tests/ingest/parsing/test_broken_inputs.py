"""Broken inputs from practice, each with its cause and location: samples/broken/."""

from __future__ import annotations

import asyncio

import pytest

from ingest.dialects import BY_NAME
from ingest.receiving.body import Body, RequestRejected, read_body
from ingest.receiving.memory_budget import MemoryBudget
from ingest.validation.validate_event import validate_events
from ingest.values import IncomingRequest, Limits, Refusal
from tests.support.broken import Case, all_cases, assert_says, said_of
from tests.support.http import send_raw
from tests.support.stored_data import events_of, problems_of
from tests.support.validating import API_KEY, NOW, blanks
from tests.support.vendors import VENDORS

CASES = all_cases()
FEWEST = 150


def test_the_table_is_long_and_names_each_case_once():
    assert len(CASES) >= FEWEST
    assert len({case.id for case in CASES}) == len(CASES)
    assert {case.dialect for case in CASES} == set(BY_NAME)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_a_broken_input_is_explained(case):
    headers = {name.lower().encode(): value.encode() for name, value in case.headers.items()}
    request = IncomingRequest("POST", "/", "", headers, "", NOW)
    dialect = BY_NAME[case.dialect]
    text, refusal = asyncio.run(inflated(case.body, headers))
    reading = dialect.read(request, text, Limits()) if refusal is None else None
    refusal = refusal or reading.refusal
    assert (refusal and refusal.code) == case.expected.get("refusal")
    if refusal:
        assert_refused(case, refusal)
        return
    events = validate_events(dialect, reading.pieces, NOW, API_KEY)
    due = case.expected["events"]
    assert [(e.line, e.verdict) for e in events] == [(d["line"], d["verdict"]) for d in due]
    for event, expected in zip(events, due, strict=True):
        assert [problem for problem in event.problems if blanks(problem)] == []
        raw = bytes(event.raw)
        assert_says(said_of(event.line, raw, event.problems), expected["problems"])
    codes = [problem.code for problem in reading.problems]
    assert codes == [case.expected[name] for name in ("delivery",) if name in case.expected]


async def inflated(body: bytes, headers: dict[bytes, bytes]) -> tuple[bytes, Refusal | None]:
    async def receive():
        return {"type": "http.request", "body": body}

    taken = Body()
    try:
        await read_body(receive, headers, Limits(), MemoryBudget(2**26), taken)
    except RequestRejected as refused:
        return b"", refused.refusal
    return bytes(taken.text), None


def assert_refused(case: Case, refusal: Refusal) -> None:
    ((said,),) = [said_of(1, b"", [refusal.problem()])]
    assert case.expected["phrase"] in said["phrase"]
    assert blanks(refusal.problem()) == set()
    dialect = BY_NAME[case.dialect]
    reply = dialect.refuse(IncomingRequest("POST", "/", "", {}, "", NOW), refusal)
    assert reply.status == case.expected["status"]


@pytest.mark.parametrize("case", CASES[::6], ids=lambda case: case.id)
def test_a_broken_input_is_explained_over_a_socket(case, server, new_pair, stored):
    pair = new_pair(case.dialect)
    headers = [f"{name}: {value}" for name, value in case.headers.items()]
    request = VENDORS[case.dialect].deliver(pair.api_key, pair.auth_key, case.body, *headers)
    answer = send_raw(server.port, request)
    assert answer.status < 500
    assert answer.headers.get("x-problem", "") == case.expected.get(
        "refusal", answer.headers.get("x-problem", "")
    )
    events = events_of(pair)
    due = case.expected.get("events", [])
    assert [(e.line, e.verdict) for e in events] == [(d["line"], d["verdict"]) for d in due]
    for event, expected in zip(events, due, strict=True):
        said = said_of(event.line, bytes(event.raw), problems_of(event))
        assert_says(said, expected["problems"])
