"""Customers write tracking plans, so plans are evaluated in a separate process with a deadline. A
plan that exceeds its limits is suspended; it does not delay other customers or exhaust memory."""

from __future__ import annotations

import asyncio
import json
import os
import random
import resource
import signal
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import pytest
import requests

from ingest.auth.credential_cache import STALE_SECONDS
from ingest.models import Plan
from ingest.timestamps import now_ms
from ingest.tracking_plan import background, worker_client, worker_protocol, worker_queue
from ingest.tracking_plan.jobs import KnownPlan, NotEvaluated
from ingest.tracking_plan.plan_parser import PlanUnreadable, parse_plan
from ingest.tracking_plan.revalidation import Revalidation
from ingest.tracking_plan.rules import PlanRules
from ingest.tracking_plan.versions import NOT_JUDGED, PlanValidator, save_version
from ingest.tracking_plan.worker_queue import PlanQueue
from ingest.values import IndexedFields, KeyPairSnapshot, ValidatedEvent
from tests.security.bystander import MAX_RESIDENT, MAX_WAIT, Bystander, resident
from tests.support.browser import send
from tests.support.server import Server, running
from tests.support.stored_data import events_of, faults_of
from tests.support.visitor import sign_in
from tests.support.wait import until
from tests.support.write_requests import judged, write_request
from viewer.models import AuditLogEntry

pytestmark = pytest.mark.slow

A = {"$ref": "#/$defs/a"}
X = {"properties": {"x": A}}
DOUBLING = {"$defs": {"a": {"type": "object", "anyOf": [X, X]}}, **A}
# A short, linear pattern that takes 12,000 steps per character.
SLOW_PATTERN = {"properties": {"text": {"pattern": "[ab]*a[ab]{12000}c"}}}
LETTERS = random.Random(1)


def nested(levels: int) -> dict[str, Any]:
    value: Any = 1
    for _ in range(levels):
        value = {"x": value}
    return dict(value)


def letters(count: int) -> str:
    return "".join(LETTERS.choice("ab") for _ in range(count))


def line(name: str, **fields: object) -> bytes:
    return json.dumps({"event_name": name, **fields}).encode()


def plan_of(pair: int, schema: object, **parts: object) -> KnownPlan:
    return KnownPlan(pair, 1, "eventbunker", json.dumps({"events": {"e": schema}, **parts}))


def in_pool(work: Callable[[PlanQueue], Coroutine[Any, Any, Any]]) -> Any:
    async def begin() -> Any:
        pool = PlanQueue()
        try:
            return await asyncio.wait_for(work(pool), 60)
        finally:
            pool.close()

    return asyncio.run(begin())


# -- rejected plans ----------------------------------------------------------------------------


def chain(levels: int) -> dict[str, Any]:
    """Each part refers to the next one twice, so the number of checks doubles with each part."""
    parts: dict[str, Any] = {
        f"a{n}": {"allOf": [{"$ref": f"#/$defs/a{n + 1}"}] * 2} for n in range(levels)
    }
    return {"$defs": parts | {f"a{levels}": {"type": "object"}}, "$ref": "#/$defs/a0"}


def recursive(keyword: str, inner: Any) -> dict[str, Any]:
    return {"$defs": {"a": {keyword: inner}}, **A}


REFUSED = {
    "anyOf": (recursive("anyOf", [X, X]), "/$defs/a/anyOf/0", "below anyOf"),
    "oneOf": (recursive("oneOf", [X, X]), "/$defs/a/oneOf/0", "below oneOf"),
    "allOf": (recursive("allOf", [X, X]), "/$defs/a/allOf/0", "below allOf"),
    "not": (recursive("not", X), "/$defs/a/not", "below not"),
    "if": (recursive("if", X), "/$defs/a/if", "below if"),
    "then": (recursive("then", X), "/$defs/a/then", "below then"),
    "else": (recursive("else", X), "/$defs/a/else", "below else"),
    "dependent": (recursive("dependentSchemas", {"x": X}), "/$defs/a/dependentSchemas/x", "below"),
    "in two ways": (
        {"properties": {"x": {"$ref": "#"}}, "patternProperties": {"x": {"$ref": "#"}}},
        "/patternProperties/x",
        "in two ways",
    ),
    "by anchor": (
        {"$dynamicAnchor": "a", "anyOf": [{"properties": {"x": {"$dynamicRef": "#a"}}}]},
        "/anyOf/0",
        "below anyOf",
    ),
    "by id": (
        {"$id": "http://x/y", "anyOf": [{"properties": {"x": {"$ref": "y"}}}]},
        "/anyOf/0",
        "below anyOf",
    ),
    "where no keyword leads": (
        {"x-a": {"anyOf": [{"properties": {"x": {"$ref": "#/x-a"}}}]}, "$ref": "#/x-a"},
        "/$ref/anyOf/0",
        "below anyOf",
    ),
    "itself": ({"$ref": "#"}, "", "to itself and to nothing else"),
    "expanding": (chain(60), "", "10,000 is the limit"),
    "patterns": (
        {"allOf": [{"pattern": rf"^\p{{L}}{{20}}{n}$"} for n in range(100)]},
        "/allOf/8/pattern",
        "8 MiB",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_plan_with_unbounded_cost_is_refused_with_its_location(case):
    schema, path, words = REFUSED[case]
    began = time.process_time()
    with pytest.raises(PlanUnreadable) as raised:
        parse_plan(json.dumps({"events": {"e": schema}}).encode())
    assert time.process_time() - began < 0.5
    (mistake,) = raised.value.mistakes
    assert mistake.path == f"/events/e{path}"
    assert words in mistake.message


ACCEPTED = {
    "a tree": {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}},
    "a list of itself": {"properties": {"parts": {"type": "array", "items": {"$ref": "#"}}}},
    "choices beside it": {
        "properties": {"child": {"$ref": "#"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    },
    "a part used often": {
        "$defs": {"a": {"type": "string", "pattern": "^.{1,200}$"}},
        "properties": {f"f{n}": A for n in range(300)},
    },
    "many patterns": {"properties": {f"f{n}": {"pattern": f"^[a-z_]+{n}$"} for n in range(500)}},
}


@pytest.mark.parametrize("case", ACCEPTED)
def test_a_similar_but_harmless_plan_is_accepted(case):
    schema = ACCEPTED[case]
    assert parse_plan(json.dumps({"events": {"e": schema}}).encode())["events"] == {"e": schema}


# -- the evaluating process ----------------------------------------------------------------------


def test_an_evaluation_over_its_time_limit_is_stopped_and_the_plan_is_suspended():
    plan = plan_of(1, DOUBLING)
    texts = [line("e", x=1), line("e", **nested(30)), line("e")]
    found = in_pool(lambda pool: pool.validate(plan, [("e", text, ()) for text in texts]))
    codes = [[problem.code for problem in problems] for problems in found]
    assert codes == [["broken-rule"], ["not-judged-in-time"], ["not-judged-in-time"]]
    assert "“e”" in plan.suspended
    assert "50 ms" in plan.suspended


def test_a_suspended_plan_is_not_evaluated(monkeypatch):
    monkeypatch.setattr(worker_client, "PROGRAM", "no.such.program")
    plan = KnownPlan(
        1, 1, "eventbunker", json.dumps({"events": {"e": {"required": ["a"]}}}), "too slow"
    )
    (found,) = in_pool(lambda pool: pool.validate(plan, [("e", line("e"), ())]))
    assert [(p.code, p.severity, p.basis) for p in found] == [
        ("not-judged-in-time", "warning", "plan")
    ]


@pytest.mark.alone
def test_events_of_another_key_pair_are_validated_in_parallel():
    async def work(pool: PlanQueue) -> tuple[float, list[Any]]:
        good = plan_of(1, {"required": ["price"]})
        await pool.validate(good, [("e", line("e"), ())])  # start the process
        evil = asyncio.create_task(
            pool.validate(plan_of(2, DOUBLING), [("e", line("e", **nested(30)), ())])
        )
        await asyncio.sleep(0)
        began = time.monotonic()
        found = await pool.validate(good, [("e", line("e"), ())])
        took = time.monotonic() - began
        await evil
        return took, found

    took, found = in_pool(work)
    assert [problem.code for problem in found[0]] == ["missing-field"]
    assert took < MAX_WAIT


def test_a_plan_within_the_limit_per_event_is_charged_per_minute(monkeypatch):
    monkeypatch.setattr(worker_protocol, "FREE_SECONDS", 0.0)
    monkeypatch.setattr(worker_protocol, "MINUTE_SECONDS", 0.3)
    plan = plan_of(1, {"properties": {"text": {"pattern": "[ab]*a[ab]{400}c"}}})
    items = [("e", line("e", text=letters(2_000)), ())] * 5_000
    found = in_pool(lambda pool: pool.validate(plan, items))
    codes = [problem.code for problems in found for problem in problems]
    assert codes == sorted(codes)  # evaluated before all others
    assert set(codes) == {"broken-rule", "not-judged-in-time"}
    assert "in a minute" in plan.suspended


def test_previously_accepted_patterns_do_not_fill_memory():
    schema = {"allOf": [{"pattern": rf"^\p{{L}}{{20}}{n}$"} for n in range(600)]}
    plan = plan_of(1, schema)
    in_pool(lambda pool: pool.validate(plan, [("e", line("e"), ())]))
    assert plan.suspended


def test_the_memory_of_a_process_is_limited():
    async def work(pool: PlanQueue) -> list[tuple[int, int]]:
        await pool.validate(plan, [("e", line("e"), ())])
        assert pool._worker is not None
        forks = children_of(pool._worker.pid)
        return [resource.prlimit(pid, resource.RLIMIT_DATA) for pid in forks]

    plan = plan_of(1, {"required": ["price"]})
    assert in_pool(work) == [(worker_protocol.DATA_BYTES,) * 2]


def children_of(pid: int) -> list[int]:
    return [*map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split())]


def test_a_process_killed_from_outside_loses_no_event_and_suspends_no_plan():
    async def work(pool: PlanQueue) -> list[Any]:
        await pool.validate(plan, [("e", line("e"), ())])
        judging = asyncio.create_task(pool.validate(plan, [("e", line("e"), ())] * 20_000))
        for _ in range(2):
            await asyncio.sleep(0.05)
            if pool._worker is not None:
                os.killpg(pool._worker.pid, signal.SIGKILL)
        return list(await judging)

    plan = plan_of(1, {"required": ["price"]})
    found = in_pool(work)
    assert {problem.code for problems in found for problem in problems} == {"missing-field"}
    assert all(found)
    assert not plan.suspended


def test_a_process_that_ended_while_idle_is_restarted():
    async def work(pool: PlanQueue) -> list[int]:
        pids: list[int] = []
        for _ in range(2):
            await pool.validate(plan, [("e", line("e"), ())])
            assert pool._worker is not None
            pids.append(pool._worker.pid)
            os.killpg(pids[-1], signal.SIGKILL)
            await asyncio.sleep(0.2)
            assert pool._worker is None
        return pids

    plan = plan_of(1, {"required": ["price"]})
    assert len(set(in_pool(work))) == 2


def test_an_unresponsive_process_is_ended_and_no_plan_is_suspended(monkeypatch):
    monkeypatch.setattr(worker_queue, "TURN_WALL_SECONDS", 1.0)

    async def work(pool: PlanQueue) -> list[Any]:
        items = [("e", line("e"), ())]
        await pool.validate(plan, items)
        assert pool._worker is not None
        os.killpg(pool._worker.pid, signal.SIGSTOP)
        with pytest.raises(NotEvaluated):
            await pool.validate(plan, items)
        return list(await pool.validate(plan, items))

    plan = plan_of(1, {"required": ["price"]})
    assert [problem.code for problem in in_pool(work)[0]] == ["missing-field"]
    assert not plan.suspended


def test_without_a_process_events_are_validated_later(monkeypatch, store, new_pair):
    monkeypatch.setattr(worker_client, "PROGRAM", "no.such.program")
    pair = new_pair("eventbunker")
    save_version(pair, json.dumps({"events": {"e": {"required": ["price"]}}}))
    pair.refresh_from_db()
    keys = KeyPairSnapshot(pair.pk, pair.dialect, pair.api_key, pair.auth_key, plan=pair.plan)
    event = ValidatedEvent(1, "valid", IndexedFields("e"), (), line("e"), 20)
    events, plan = in_pool(lambda pool: PlanValidator().validate(keys, [event], pool.validate))
    assert (list(events), plan) == ([event], NOT_JUDGED)
    with pytest.raises(NotEvaluated):
        in_pool(
            lambda pool: pool.validate(plan_of(1, {"required": ["price"]}), [("e", line("e"), ())])
        )
    kept = write_request(pair, [judged("e", "valid")._replace(raw=line("e"))])
    kept.plan = plan
    store.append([kept])
    pair.refresh_from_db()
    assert pair.judge_from == 1
    monkeypatch.undo()
    while Revalidation(pair.pk).next_piece():
        pass
    assert [faults_of(row) for row in events_of(pair)] == [["error missing-field /price"]]


def test_the_server_compiles_no_part_of_a_plan(monkeypatch):
    def compile_here(*_: object) -> None:
        raise AssertionError("a plan was compiled in the server")

    monkeypatch.setattr(PlanRules, "__init__", compile_here)
    plan = plan_of(1, {"required": ["price"]})
    for found in (
        in_pool(lambda pool: pool.validate(plan, [("e", line("e"), ())])),
        background.validate_stored(plan, [("e", line("e"), ())]),
    ):
        assert [problem.code for problem in found[0]] == ["missing-field"]
    answer = asyncio.run(background.parse_plan_in_background(1, plan.content.encode()))
    assert answer["content"]["events"] == {"e": {"required": ["price"]}}


def test_a_plan_with_very_many_errors_gets_the_first_ones():
    schema = {"properties": {f"f{n}": {"type": 5, "minimum": "x"} for n in range(6_000)}}
    body = json.dumps({"events": {"slow": schema}}).encode()
    answer = asyncio.run(background.parse_plan_in_background(2, body))
    assert answer["mistakes"]


@pytest.mark.alone
def test_typical_plans_are_far_from_every_limit(report):
    """A batch for a plan of 100 names; events of 1 MiB, valid and invalid."""
    fields = {f"f{n}": {"type": "string", "minLength": 1} for n in range(10)}
    many = KnownPlan(
        1,
        1,
        "eventbunker",
        json.dumps({"events": {f"e{n}": {"properties": fields} for n in range(100)}}),
    )
    batch = [
        (f"e{n % 100}", line(f"e{n % 100}", **{f"f{m}": "x" * 80 for m in range(10)}), ())
        for n in range(1_000)
    ]
    large = plan_of(2, {"additionalProperties": {"type": ["string", "object"]}})
    good = line("e", **{f"a{n}": "x" for n in range(65_000)})
    bad = line("e", **{f"a{n}": n for n in range(65_000)})

    async def work(pool: PlanQueue) -> tuple[list[Any], list[Any], float]:
        await pool.validate(many, batch[:1])
        began = time.monotonic()
        judged_batch = await pool.validate(many, batch)
        took = time.monotonic() - began
        return judged_batch, await pool.validate(large, [("e", good, ()), ("e", bad, ())]), took

    judged_batch, (good_found, bad_found), took = in_pool(work)
    report(f"1,000 events of 1 KB by a plan of 100 names: {took * 1000:.0f} ms")
    assert not any(judged_batch)
    assert not good_found
    assert bad_found[0].code in ("string-as-number", "wrong-type")
    assert not many.suspended
    assert not large.suspended


# -- a server -----------------------------------------------------------------------------------


class Customer:
    """A user with both keys of a Natero pair, over HTTP only."""

    def __init__(self, server: Server, name: str) -> None:
        made = server.manage("keypair", "add", name, "--dialect", "natero", "--json")
        self.pair = json.loads(made)
        self.server = server
        self.auth = (self.pair["api_key"], self.pair["auth_key"])

    @property
    def path(self) -> str:
        return "/" + self.pair["endpoint"].split("/", 3)[3]

    def send(self, **fields: object) -> int:
        body = event_text(**fields)
        url = self.server.url + self.path
        headers = {"Content-Type": "application/json"}
        return requests.post(url, body, headers=headers, timeout=60).status_code

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        url = f"{self.server.url}/api/{path}"
        return requests.request(method, url, auth=self.auth, timeout=60, **options)

    def put(self, schema: object, path: str = "plan", **parts: object) -> requests.Response:
        return self.ask("PUT", path, json={"events": {"feature": schema}, **parts})

    def bystander(self) -> Bystander:
        headers = {"Content-Type": "application/json"}
        return Bystander(self.server.url, self.path, event_text(), headers)

    def codes(self) -> list[list[str]]:
        events = self.ask("GET", "events").json()["events"]
        return [[problem["code"] for problem in event["problems"]] for event in events]


def event_text(**fields: object) -> bytes:
    event = {"action": "feature", "accountId": "a", "userId": "u", "createdAt": now_ms()}
    event |= {"sessionId": "s", "feature": "f", "module": "m", "product": "p", "total": 1}
    return json.dumps(event | fields).encode()


@pytest.mark.alone
@pytest.mark.long
@pytest.mark.parametrize("kind", ["uvicorn", "daphne"])
def test_a_slow_plan_is_suspended_permanently_and_delays_no_sender(kind, tmp_path):
    with running(kind, tmp_path) as server:
        evil, good = Customer(server, "evil"), Customer(server, "good")
        assert good.put({"required": ["total"]}).status_code == 200
        assert evil.put({"properties": {"module": {"pattern": "[ab]*a[ab]{12000}c"}}}).ok
        time.sleep(STALE_SECONDS + 0.5)
        good.send()
        with good.bystander() as bystander:
            assert evil.send(module=letters(200_000)) == 200
            assert evil.send(module="short") == 200
            validated = evil.ask("POST", "validate", data=event_text()).json()
        assert not bystander.failures
        assert bystander.worst < MAX_WAIT
        assert resident(server.process.pid) < MAX_RESIDENT
        assert evil.codes() == [["not-judged-in-time"], ["not-judged-in-time"]]
        assert [p["code"] for p in validated["events"][0]["problems"]] == ["not-judged-in-time"]
        assert {code for codes in good.codes() for code in codes} <= {"same-line-twice"}

        server.stop()
        server.start()
        suspended = evil.ask("GET", "plan").json()["suspended"]
        assert "ms of processor time" in suspended["reason"]
        assert evil.send(module=letters(200_000)) == 200
        assert evil.codes()[-1] == ["not-judged-in-time"]
        assert server.log.count("of its plan is suspended") == 1

        answer = evil.ask("PUT", "plan?wait=20", json={"events": {}}).json()
        assert (answer["version"], answer["suspended"], answer["judging"]["done"]) == (
            2,
            None,
            True,
        )
        assert evil.codes() == [[], [], []]


@pytest.mark.alone
def test_a_slow_plan_revalidates_stored_events_without_harm(uvicorn, new_pair, store):
    pair = new_pair("eventbunker")
    slow = judged("e", "valid")._replace(raw=line("e", text=letters(200_000)))
    store.append([write_request(pair, [judged("e", "valid")._replace(raw=line("e")), slow])])
    with Bystander(uvicorn.url) as bystander:
        answer = requests.put(
            f"{uvicorn.url}/api/plan?wait=20",
            json={"events": {"e": SLOW_PATTERN}},
            auth=(pair.api_key, pair.auth_key),
            timeout=60,
        ).json()
    assert not bystander.failures
    assert bystander.worst < MAX_WAIT
    assert answer["judging"]["done"]
    assert [faults_of(row) for row in events_of(pair)] == [[], ["warning not-judged-in-time"]]
    kept = Plan.objects.get(keypair=pair)
    assert kept.suspended_at is not None
    entry = AuditLogEntry.objects.get(pair_id=pair.pk, action="plan suspended")
    assert (entry.actor, entry.pair_name) == ("server", pair.name)
    assert entry.detail == f"version 1: {kept.suspended_reason}"


def test_an_exponential_plan_from_an_older_version_is_suspended(uvicorn, new_pair, stored):
    pair = new_pair("eventbunker")
    save_version(pair, json.dumps({"events": {"e": DOUBLING}}))
    send(uvicorn, pair, line("e", **nested(30)))
    assert "warning not-judged-in-time" in faults_of(events_of(pair)[0])
    visitor = sign_in(uvicorn)
    page = visitor.get(f"/pairs/{pair.pk}/plan/").text
    assert "50 ms of processor time" in page
    until(
        lambda: AuditLogEntry.objects.filter(pair_id=pair.pk, action="plan suspended").exists(), 5
    )


@pytest.mark.long
def test_plan_checks_are_limited_per_minute(uvicorn, new_pair):
    pair = new_pair("eventbunker")
    names = {f"n{n}": {"type": "str", "minimum": "x"} for n in range(6_000)}
    body = json.dumps({"events": {"e": {"properties": names}}}).encode()
    statuses = []
    with Bystander(uvicorn.url) as bystander:
        for _ in range(40):
            answer = requests.put(
                f"{uvicorn.url}/api/plan?dry=1",
                body,
                auth=(pair.api_key, pair.auth_key),
                timeout=60,
            )
            statuses.append(answer.status_code)
            if answer.status_code == 429:
                assert answer.headers["Retry-After"] == "60"
                break
    assert statuses[-1] == 429
    assert bystander.worst < MAX_WAIT


def test_a_plan_full_of_large_patterns_uses_little_memory(uvicorn, new_pair):
    pair = new_pair("natero")
    auth = (pair.api_key, pair.auth_key)
    schema = {"allOf": [{"pattern": rf"^\p{{L}}{{20}}{n}$"} for n in range(600)]}
    plan = {"events": {"feature": schema}}
    before = resident(uvicorn.process.pid)
    answer = requests.put(f"{uvicorn.url}/api/plan?dry=1", json=plan, auth=auth, timeout=30)
    assert "8 MiB" in answer.json()["mistakes"][0]["message"]
    answer = requests.put(f"{uvicorn.url}/api/plan", json=plan, auth=auth, timeout=30)
    assert answer.status_code == 400
    assert resident(uvicorn.process.pid) < before + 100


@pytest.mark.alone
def test_names_of_a_plan_delay_no_visitor(uvicorn, new_pair):
    pair = new_pair("natero")
    plan = {"unknown_names": "error", "required_names": [letters(40) for _ in range(1_000)]}
    auth = (pair.api_key, pair.auth_key)
    assert requests.put(f"{uvicorn.url}/api/plan", json=plan, auth=auth, timeout=30).ok
    body = b"\n".join(event_text(action=letters(40)) for _ in range(300))
    with Bystander(uvicorn.url) as bystander:
        assert send(uvicorn, pair, body).status == 200
    assert bystander.worst < MAX_WAIT
