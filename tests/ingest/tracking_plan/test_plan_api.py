"""`/api/plan`, and its effect on new and stored events."""

from __future__ import annotations

import json
import time
from collections import Counter

import pytest
import requests

from ingest.auth.credential_cache import STALE_SECONDS
from ingest.dialects import BY_NAME
from ingest.models import Event, KeyPair, Plan, ProblemTally, SecondCount, Tally
from ingest.problems import problems_from_json
from ingest.storage.cleanup.pruning import prune_events
from ingest.storage.db.cursor import cursor_transaction
from ingest.storage.write_request import WriteRequest
from ingest.tracking_plan.revalidation import Revalidation
from ingest.tracking_plan.rules import TrackingPlan
from ingest.tracking_plan.versions import save_version
from tests.support.browser import send
from tests.support.stored_data import assert_balanced, events_of, faults_of, verdicts_of
from tests.support.visitor import sign_in
from tests.support.wait import until
from tests.support.write_requests import head, judged, write_request

STRICT = {
    "unknown_names": "error",
    "required_names": ["paid"],
    "events": {"paid": {"required": ["price"]}},
}


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("eventbunker")


@pytest.fixture
def ask(uvicorn, pair):
    def request(method: str, path: str = "", of=pair, **options) -> requests.Response:
        url = f"{uvicorn.url}/api/plan{path}"
        return requests.request(method, url, auth=(of.api_key, of.auth_key), timeout=30, **options)

    return request


def line(name: str, **fields: object) -> bytes:
    return json.dumps({"event_name": name, **fields}).encode()


def judge_all(pair: KeyPair) -> None:
    rejudging = Revalidation(pair.pk)
    while rejudging.next_piece():
        pass


def counts_of(pair: KeyPair) -> dict[str, object]:
    """All counters of a key pair that are not 0."""
    pair.refresh_from_db()
    seconds = SecondCount.objects.filter(keypair=pair).values_list(
        "second", "valid", "warning", "invalid", "malformed"
    )
    return {
        "pair": (pair.last_seq, pair.valid, pair.warning, pair.invalid, pair.malformed),
        "names": set(
            Tally.objects.filter(keypair=pair, count__gt=0).values_list("name", "verdict", "count")
        ),
        "problems": set(
            ProblemTally.objects.filter(keypair=pair).values_list("name", "code", "path", "count")
        ),
        "seconds": set(seconds),
    }


def recounted(pair: KeyPair) -> dict[str, object]:
    """The same counters, computed from the events."""
    rows = list(Event.objects.filter(keypair=pair))
    verdicts = Counter(row.verdict for row in rows)
    names = Counter((row.name or "", row.verdict) for row in rows)
    problems = Counter(
        (row.name or "", p.code, p.path) for row in rows for p in problems_from_json(row.problems)
    )
    kinds = ("valid", "warning", "invalid", "malformed")
    seconds = Counter((row.received_at // 1000, row.verdict) for row in rows)
    return {
        "pair": (len(rows), *(verdicts[kind] for kind in kinds)),
        "names": {(*key, count) for key, count in names.items()},
        "problems": {(*key, count) for key, count in problems.items()},
        "seconds": {
            (at, *(seconds[at, kind] for kind in kinds)) for at in {at for at, _ in seconds}
        },
    }


def test_a_pair_without_a_plan_has_an_empty_one(ask):
    answer = ask("GET").json()
    assert (answer["version"], answer["judging"]) == (0, None)
    assert answer["plan"] == {"unknown_names": "allowed", "required_names": [], "events": {}}
    assert ask("GET", "/versions").json() == {"versions": []}


def test_versions_are_kept_and_an_identical_one_is_not_added(ask):
    first = ask("PUT", json=STRICT).json()
    assert (first["version"], first["plan"]) == (1, STRICT)
    assert ask("PUT", json=STRICT).json()["version"] == 1
    assert ask("PUT", json={}).json()["version"] == 2
    assert [one["version"] for one in ask("GET", "/versions").json()["versions"]] == [2, 1]
    assert ask("GET", "?version=1").json()["plan"] == STRICT
    assert ask("GET").json()["version"] == 2
    assert ask("GET", "?version=7").status_code == 404


def test_an_outdated_version_does_not_overwrite_the_newest(ask):
    assert ask("PUT", "?version=0", json=STRICT).status_code == 200
    answer = ask("PUT", "?version=0", json={})
    assert answer.status_code == 409
    assert answer.json()["error"] == "Another change was saved first: the newest version is 1."
    assert ask("PUT", "?version=1", json={}).json()["version"] == 2


def test_errors_are_reported_with_their_locations_and_nothing_is_saved(ask):
    bad = {"events": {"a": {"type": "strin"}}, "other": 5}
    for path, status in (("", 400), ("?dry=1", 200)):
        answer = ask("PUT", path, json=bad)
        assert answer.status_code == status
        assert [one["path"] for one in answer.json()["mistakes"]] == ["/events/a/type", "/other"]
    assert ask("PUT", "?dry=1", json=STRICT).json() == {"mistakes": []}
    assert ask("GET").json()["version"] == 0


def test_events_are_validated_by_it(ask, uvicorn, pair):
    ask("PUT", "?wait=20", json=STRICT)
    time.sleep(STALE_SECONDS)  # then it is in force in every process
    for body in (line("paid", price=1), line("paid"), line("other")):
        assert send(uvicorn, pair, body).status == 200  # the vendor does not know the plan
    assert verdicts_of(pair) == ["valid", "invalid", "invalid"]
    assert [faults_of(event) for event in events_of(pair)] == [
        [],
        ["error missing-field /price"],
        ["error unplanned-name"],
    ]
    shown = requests.get(
        f"{uvicorn.url}/api/events/2", auth=(pair.api_key, pair.auth_key), timeout=10
    ).json()
    assert [(p["code"], p["basis"]) for p in shown["problems"]] == [("missing-field", "plan")]
    assert_balanced(pair)
    assert counts_of(pair) == recounted(pair)


def test_validate_uses_it_too(ask, uvicorn, pair):
    ask("PUT", json=STRICT)
    url = f"{uvicorn.url}/api/validate"
    auth = (pair.api_key, pair.auth_key)
    answer = requests.post(url, data=line("paid"), auth=auth, timeout=10).json()
    assert (answer["status"], answer["events"][0]["verdict"]) == (200, "invalid")


@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_a_change_is_in_force_within_five_seconds_in_every_process(
    kind, ask, request, new_pair, uvicorn
):
    server = request.getfixturevalue(kind)
    pair = new_pair("eventbunker")
    send(server, pair, line("other"))
    ask("PUT", of=pair, json=STRICT)
    began = time.monotonic()
    until(lambda: _sent_and_judged(server, pair) == "invalid", 5)
    assert time.monotonic() - began < 5


def _sent_and_judged(server, pair: KeyPair) -> str:
    send(server, pair, line("other"))
    return Event.objects.filter(keypair=pair).latest("seq").verdict


def test_events_validated_by_the_previous_version_are_revalidated(ask, uvicorn, pair):
    send(uvicorn, pair, line("other"))  # the key pair is cached, without a plan
    ask("PUT", "?wait=20", json=STRICT)
    for _ in range(5):
        send(uvicorn, pair, line("other"))
    until(lambda: set(verdicts_of(pair)) == {"invalid"}, 2 * STALE_SECONDS + 3)
    pair.refresh_from_db()
    assert pair.judge_from is None
    assert counts_of(pair) == recounted(pair)


# -- revalidation of stored events -----------------------------------------------------------------


def store_events(store, pair: KeyPair) -> None:
    names = ["paid", "other", "signed_up", None]
    for part in range(6):
        events = [
            judged(names[number % 4], "valid")._replace(
                raw=line(names[number % 4] or "", **({"price": 1} if number % 3 else {}))
            )
            for number in range(50)
        ]
        malformed = judged(None, "malformed")
        store.append([write_request(pair, [*events, malformed], 1_795_227_547_000 + 700 * part)])


PLANS = [
    STRICT,
    {"unknown_names": "warning", "events": {"paid": {"required": ["none"]}}},
    {"unknown_names": "allowed", "events": {"paid": {"properties": {"price": {"const": 2}}}}},
    {"events": {"signed_up": {"maxProperties": 1, "x-severity": "warning"}}},
    {},
]


def test_only_verdicts_and_problems_change_and_all_counts_balance(store, pair):
    store_events(store, pair)
    before = counts_of(pair)
    assert before == recounted(pair)
    numbers = [(event.seq, bytes(event.raw), event.delivery) for event in events_of(pair)]
    seen = set()
    for plan in PLANS:
        kept = save_version(pair, json.dumps(plan))
        judge_all(pair)
        assert counts_of(pair) == recounted(pair)
        assert_balanced(pair)
        rules = TrackingPlan(kept.version, plan, BY_NAME[pair.dialect])
        for event in events_of(pair):
            found = rules.problems(event.name, bytes(event.raw))
            problems = [p for p in problems_from_json(event.problems) if p.basis == "plan"]
            assert problems == (found if event.verdict != "malformed" else [])
        seen.add(str(counts_of(pair)))
    assert len(seen) == len(PLANS)
    assert counts_of(pair) == before
    assert [(e.seq, bytes(e.raw), e.delivery) for e in events_of(pair)] == numbers


def test_changed_events_are_announced(store, pair, ask):
    store_events(store, pair)
    answer = ask("PUT", "?wait=20", json=STRICT).json()["judging"]
    assert (answer["done"], answer["looked_at"]) == (True, 306)
    moved = sum(move["count"] for move in answer["moves"])
    assert {(move["from"], move["to"]) for move in answer["moves"]} == {("valid", "invalid")}
    assert moved == verdicts_of(pair).count("invalid")
    assert ask("PUT", "?wait=20", json={}).json()["judging"]["moves"] == [
        {"from": "invalid", "to": "valid", "count": moved}
    ]


def test_two_concurrent_revalidations_count_nothing_twice(store, pair):
    store_events(store, pair)
    save_version(pair, json.dumps(STRICT))
    first, second = Revalidation(pair.pk), Revalidation(pair.pk)
    first._most = second._most = 60
    for _ in range(100):
        if not (first.next_piece() | second.next_piece()):
            break
    assert counts_of(pair) == recounted(pair)


def test_a_newer_plan_restarts_from_the_first_event(store, pair):
    store_events(store, pair)
    save_version(pair, json.dumps(STRICT))
    rejudging = Revalidation(pair.pk)
    rejudging._most = 60
    rejudging.next_piece()
    save_version(pair, json.dumps(PLANS[1]))
    judge_all(pair)
    assert counts_of(pair) == recounted(pair)
    assert Plan.objects.get(keypair=pair, version=2).looked_at == 306


def test_events_pruned_during_revalidation_keep_their_counts(store, pair):
    store_events(store, pair)
    save_version(pair, json.dumps(STRICT))
    rejudging = Revalidation(pair.pk)
    judge = rejudging._judge

    def judge_then_prune(low: int, end: int):
        piece = judge(low, end)
        with cursor_transaction() as cursor:
            prune_events(cursor, pair.pk, 101)
        return piece

    rejudging._judge = judge_then_prune  # type: ignore[method-assign]
    while rejudging.next_piece():
        pass
    pair.refresh_from_db()
    kept = [event.verdict for event in events_of(pair)]
    assert len(kept) == 206
    assert pair.last_seq == pair.valid + pair.warning + pair.invalid + pair.malformed
    assert kept.count("invalid") == pair.invalid


def test_duplicates_and_the_plan_do_not_interfere(ask, uvicorn, pair):
    ask("PUT", json=STRICT)
    time.sleep(STALE_SECONDS)
    body = line("other", event_id="e-1", timestamp="2026-11-21T10:00:00Z")
    for _ in range(2):
        send(uvicorn, pair, body)
    before = [set(faults_of(event)) for event in events_of(pair)]
    assert any("same-line-twice" in fault for fault in before[1])
    ask("PUT", "?wait=20", json={})
    ask("PUT", "?wait=20", json=STRICT)
    assert [set(faults_of(event)) for event in events_of(pair)] == before


def test_a_write_request_of_another_version_marks_where_to_restart(store, pair):
    save_version(pair, json.dumps(STRICT))
    judge_all(pair)
    fresh = WriteRequest(pair.pk, head(), [judged("paid")], plan=1)
    store.append([fresh])
    pair.refresh_from_db()
    assert pair.judge_from is None
    store.append([fresh, WriteRequest(pair.pk, head(), [judged("other")] * 2), fresh])
    pair.refresh_from_db()
    assert pair.judge_from == 3


# -- inferring -------------------------------------------------------------------------------------


def test_an_inferred_plan_accepts_all_its_source_events(ask, uvicorn, pair):
    assert ask("GET", "/inferred").json()["events"] == 0
    sent = [
        line("paid", price=1, card={"kind": "visa"}),
        line("paid", price=2.5, note="x"),
        line("signed_up", tags=["a", "b"]),
    ]
    for body in sent:
        send(uvicorn, pair, body)
    send(uvicorn, pair, b"{")
    send(uvicorn, pair, line("bad name"))
    answer = ask("GET", "/inferred").json()
    assert (answer["events"], answer["names"]) == (3, 2)
    left_out = {reason: many for reason, many in answer["left_out"].items() if many}
    assert left_out == {"invalid": 1, "malformed": 1}
    plan = answer["plan"]
    assert plan["required_names"] == ["paid", "signed_up"]
    paid = plan["events"]["paid"]
    assert paid["properties"]["price"] == {"type": "number"}
    assert paid["required"] == ["event_name", "price"]
    assert ask("PUT", "?wait=20", json=plan).json()["judging"]["moves"] == []
    answer = ask("GET", "/inferred?q=name:paid").json()
    assert list(answer["plan"]["events"]) == ["paid"]
    assert ask("GET", "/inferred?q=verdict:odd").status_code == 400


def test_events_that_only_the_present_plan_calls_invalid_are_used(ask, uvicorn, pair):
    ask("PUT", "?wait=20", json={"unknown_names": "error", "events": {"paid": {"required": ["x"]}}})
    for body in (line("paid"), line("signed_up"), line("bad name"), line("big", n=10**25)):
        send(uvicorn, pair, body)
    assert set(verdicts_of(pair)) == {"invalid"}
    answer = ask("GET", "/inferred").json()
    assert sorted(answer["plan"]["events"]) == ["big", "paid", "signed_up"]
    assert answer["left_out"]["invalid"] == 1


def test_large_and_unnamed_events_are_left_out_of_an_inferred_plan(ask, store, pair):
    large = judged("paid")._replace(size=10**6)
    store.append([write_request(pair, [large, judged(""), judged("paid")])])
    answer = ask("GET", "/inferred").json()
    assert (answer["events"], answer["left_out"]["too_large"]) == (1, 1)
    assert answer["left_out"]["unnamed"] == 1


def test_a_plan_inferred_from_deep_events_has_the_upper_levels(ask, store, pair):
    raws = [b'{"event_name":"paid","d":' + b"[" * n + b"]" * n + b"}" for n in (3, 900)]
    store.append([write_request(pair, [judged("paid", "valid")._replace(raw=raw) for raw in raws])])
    answer = ask("GET", "/inferred").json()
    assert answer["events"] == 2
    assert ask("PUT", json=answer["plan"]).status_code == 200


# -- permissions -----------------------------------------------------------------------------------


def test_it_is_only_for_users_of_the_pair(uvicorn, pair, ask, new_pair):
    visitor = sign_in(uvicorn)
    url, asked = f"{uvicorn.url}/api/plan", {"params": {"pair": pair.pk}, "timeout": 10}
    own = {"Origin": uvicorn.url}
    assert visitor.http.put(url, headers=own, json=STRICT, **asked).json()["version"] == 1
    assert visitor.http.put(url, json={}, **asked).status_code == 403
    assert requests.get(url, **asked).status_code == 401
    assert requests.put(url, headers=own, json={}, **asked).status_code == 401
    assert ask("GET", of=new_pair("natero")).json()["version"] == 0
    assert ask("DELETE").status_code == 405
    assert requests.get(f"{uvicorn.url}/pairs/{pair.pk}/plan/", timeout=10).url.startswith(
        f"{uvicorn.url}/sign-in/"
    )
    assert visitor.get("/pairs/999999/plan/").status_code == 404
