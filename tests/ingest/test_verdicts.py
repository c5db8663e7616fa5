"""One verdict: the test endpoint, /api/validate and revalidation agree, whatever is sent."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
import requests

from ingest.models import Event, KeyPair, Tally
from ingest.problems import ERROR, WARNING, Problem
from ingest.timestamps import now_ms
from ingest.validation.history.at_commit import COMMIT_CODES
from ingest.verdicts import combine_problems, verdict_of
from tests.ingest.tracking_plan.test_plan_api import judge_all
from tests.support.broken import all_cases
from tests.support.http import Answer, send_raw
from tests.support.stored_data import assert_balanced, events_of, last_delivery, problems_of
from tests.support.vendors import VENDORS

AT_COMMIT = {
    "natero": {"same-line-twice"},
    "usermaven": {"duplicate-event-id"},
    "eventbunker": {"same-line-twice", "many-names"},
}
NAMES_BEFORE = 1_897  # of 2,000 that EventBunker takes
PLAN = {
    "unknown_names": "warning",
    "events": {
        "planned": {
            "required": ["price"],
            "properties": {
                "price": {"type": "number"},
                "plan": {"enum": ["free", "pro"], "x-severity": "warning"},
                "user_id": {"type": "string"},
            },
        },
        "feature": {"required": ["module", "colour"]},
        "pageview": {"required": ["price"], "x-severity": "warning"},
    },
}


class Sent(NamedTuple):
    body: bytes
    headers: dict[str, str]


def lines(*events: dict[str, object]) -> bytes:
    return "\n".join(map(json.dumps, events)).encode()


def natero(**fields: object) -> dict[str, object]:
    own = {"accountId": "a", "userId": "u", "sessionId": "s", "createdAt": now_ms()}
    return own | {"action": "feature"} | fields


def usermaven(**fields: object) -> dict[str, object]:
    return {"api_key": None, "event_type": "pageview", "user": {"id": "u"}} | fields


def bunker(**fields: object) -> dict[str, object]:
    return {"event_name": "planned", "timestamp": "2026-11-21T10:00:00Z"} | fields


def with_history(dialect: str) -> Iterator[bytes]:
    """Types that change, duplicates in one body and over several, names near the vendor's limit,
    with and without errors of the vendor's rules and of the plan."""
    if dialect == "natero":
        first, again = natero(module="M", own=1), natero(module="M", own="1", colour="red")
        yield lines(first, again)
        yield lines(again, again)
        yield lines(first | {"own": {"deep": 1}}, first | {"own": {"deep": "1"}, "userId": 17})
        yield b"[" + lines(first) + b"]"
        yield lines(again | {"huge": 0}).replace(b'"huge": 0', b'"huge": 1e999')
        yield b"\n".join([lines(first), b'{"a":1 "b":2}', lines(again)] * 200)
    elif dialect == "usermaven":
        one = usermaven(event_id="e-1", event_attributes={"seats": 3})
        yield json.dumps([one]).encode()
        yield json.dumps([one, one | {"event_attributes": {"seats": "3"}}]).encode()
        yield json.dumps(one | {"price": "dear", "event_id": 17}).encode()
        yield json.dumps(one | {"event_type": "signed_up"}).encode()
    else:
        for event in (bunker(price=1), bunker(price="1", event_id="e-1"), bunker(event_id="e-1")):
            yield json.dumps(event).encode()
            yield json.dumps(event).encode()
        yield json.dumps(bunker(price="1", plan="gold", surrogate="\ud800")).encode()
        for name in ("new name 1", "new name 2", "new name 3", "new name 4", "new name 2"):
            yield json.dumps(bunker(event_name=name, plan=4)).encode()


def table(dialect: str) -> list[Sent]:
    cases = [Sent(case.body, case.headers) for case in all_cases() if case.dialect == dialect]
    bodies = [VENDORS[dialect].good, VENDORS[dialect].good, b"", b"[]", b"{}", b"\xff", b"a=1"]
    return [*(Sent(body, {}) for body in [*bodies, *with_history(dialect)]), *cases]


# -- three ways ------------------------------------------------------------------------------------


def plan_pair(server, pair: KeyPair) -> None:
    answer = requests.put(
        f"{server.url}/api/plan?wait=20",
        json=PLAN,
        auth=(pair.api_key, pair.auth_key),
        timeout=30,
    )
    assert answer.status_code == 200


def deliver(server, pair: KeyPair, sent: Sent) -> Answer:
    headers = [f"{name}: {value}" for name, value in sent.headers.items()]
    request = VENDORS[pair.dialect].deliver(pair.api_key, pair.auth_key, sent.body, *headers)
    return send_raw(server.port, request)


def validated(server, pair: KeyPair, sent: Sent) -> dict[str, Any]:
    answer = requests.post(
        f"{server.url}/api/validate",
        data=sent.body,
        headers=sent.headers,
        auth=(pair.api_key, pair.auth_key),
        timeout=30,
    )
    assert answer.status_code == 200
    return answer.json()


def reply_of(status: int, body: bytes) -> tuple[int, object]:
    """Without what every reply has of its own."""
    if body.startswith(b'{"unique_req_id"'):
        return status, "accepted"
    return status, body


def said(problems: list[Problem]) -> list[tuple[object, ...]]:
    """In their order; without what depends on the millisecond."""
    return [(p.code, p.severity, p.path, p.basis, (p.args or {}).get("first")) for p in problems]


def shown(problems: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    return [(p["code"], p["severity"], p["path"], p["basis"]) for p in problems]


def stored(events: list[Event]) -> list[tuple[object, ...]]:
    return [(e.line, e.verdict, e.name, [s[:4] for s in said(problems_of(e))]) for e in events]


@pytest.mark.parametrize("dialect", VENDORS)
def test_endpoint_validation_and_revalidation_agree(uvicorn, stored_names, dialect):
    planned, later = stored_names(dialect), stored_names(dialect)
    plan_pair(uvicorn, planned)
    codes: set[str] = set()
    for sent in table(dialect):
        previewed = validated(uvicorn, planned, sent)
        reply, same = deliver(uvicorn, planned, sent), deliver(uvicorn, later, sent)
        delivery = last_delivery(planned)
        events = list(Event.objects.filter(keypair=planned, delivery=delivery.number))
        assert reply_of(previewed["status"], previewed["body"].encode()) == reply_of(
            reply.status, reply.body
        ), sent
        assert reply_of(reply.status, reply.body) == reply_of(same.status, same.body), sent
        assert shown(previewed["problems"]) == [s[:4] for s in said(problems_of(delivery))], sent
        assert [
            (e["line"], e["verdict"], e["name"], shown(e["problems"])) for e in previewed["events"]
        ] == stored(events), sent
        assert previewed["balance"]["received"] == delivery.events
        codes.update(problem.code for event in events for problem in problems_of(event))
    plan_pair(uvicorn, later)
    judge_all(later)
    for now, then in zip(events_of(planned), events_of(later), strict=True):
        assert (then.verdict, said(problems_of(then))) == (now.verdict, said(problems_of(now)))
    assert_balanced(later)
    assert {"unplanned-name", "missing-field", "type-changed"} <= codes
    assert codes & COMMIT_CODES == AT_COMMIT[dialect]


@pytest.fixture
def stored_names(new_pair, stored):
    """A key pair; of EventBunker's one with many event names."""

    def make(dialect: str) -> KeyPair:
        pair = new_pair(dialect)
        seen = {"verdict": "valid", "count": 0, "first_seen": 1, "last_seen": 1}
        names = range(NAMES_BEFORE if dialect == "eventbunker" else 0)
        Tally.objects.bulk_create(Tally(keypair=pair, name=f"n{n}", **seen) for n in names)
        return pair

    return make


# -- what it is made of --------------------------------------------------------------------------


def test_errors_come_first_and_sources_keep_their_order():
    def problem(code: str, severity: str) -> Problem:
        return Problem(code, severity)

    text, rule = problem("number-out-of-range", WARNING), problem("missing-field", ERROR)
    drift, plan = problem("type-changed", WARNING), problem("unplanned-field", ERROR)
    again = problem("same-line-twice", WARNING)
    found = combine_problems([text, rule, drift], [plan], [again])
    assert found == [rule, plan, text, drift, again]
    assert [verdict_of(some) for some in (found, [text], [])] == ["invalid", "warning", "valid"]


def test_a_validated_body_changes_nothing_that_later_events_are_held_against(
    server, new_pair, stored
):
    pair = new_pair("natero")
    number, text = ({"seats": seats} for seats in (3, "3"))
    kinds = [natero(action="identifyUser", details=details) for details in (number, text)]
    for event in (*kinds, *kinds):
        previewed = validated(server, pair, Sent(lines(event), {}))["events"][0]["problems"]
        assert not {"type-changed", "same-line-twice"} & {problem["code"] for problem in previewed}
    first, second = validated(server, pair, Sent(lines(*kinds), {}))["events"]
    assert "type-changed" not in {problem["code"] for problem in first["problems"]}
    assert "type-changed" in {problem["code"] for problem in second["problems"]}
    assert events_of(pair) == []
