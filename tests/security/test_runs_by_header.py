"""A sender with only the public key can name runs in a header, but cannot affect other senders by
it."""

from __future__ import annotations

import json

import pytest
import requests

from ingest.models import Delivery, Run, RunRange
from ingest.problems import problems_from_json, render_problem
from ingest.storage.run_ranges import MAX_NEW_RUNS, MAX_UNCLAIMED_RUNS
from ingest.storage.write_request import WriteRequest
from ingest.timestamps import now_ms
from tests.support.write_requests import head, judged
from viewer.qa import runs


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("usermaven")


@pytest.fixture
def ask(uvicorn, pair):
    def request(method: str, path: str, **options) -> requests.Response:
        url, keys = f"{uvicorn.url}/api/{path}", (pair.api_key, pair.auth_key)
        return requests.request(method, url, auth=keys, timeout=30, **options)

    return request


def send_as_browser(uvicorn, pair, run: str) -> None:
    """Send with the key that every visitor of the customer's site can read."""
    answer = requests.post(
        f"{uvicorn.url}/api/v1/event",
        params={"api_key": pair.api_key},
        data=json.dumps({"event_type": "x", "user": {"anonymous_id": "a"}}),
        headers={"X-Run": run},
        timeout=30,
    )
    assert answer.status_code == 200


def add_runs(pair, count: int, **fields: object) -> None:
    given = {"tagged": False, "first_seq": 1, "begun_at": now_ms(), **fields}
    Run.objects.bulk_create(
        Run(keypair=pair, name=f"earlier {number}", **given) for number in range(count)
    )


def append(store, pair, run: str, at: int | None = None) -> None:
    store.append([WriteRequest(pair.pk, head(at), [judged()], run=run, is_public=True)])


def test_runs_and_reports_of_users_are_not_evicted_by_headers(store, pair, ask):
    finished = ask("POST", "runs", json={"name": "release 7"}).json()["id"]
    assert ask("POST", f"runs/{finished}/finish").status_code == 200
    begun = ask("POST", "runs", json={"name": "release 8"}).json()["id"]
    changed, closed = "expected of it", "finished by name"
    for name in (changed, closed):
        append(store, pair, name)
    of_changed = Run.objects.get(keypair=pair, name=changed).pk
    expect = {"expect": [{"match": "name:x"}]}
    assert ask("PUT", f"runs/{of_changed}", json=expect).status_code == 200
    assert ask("POST", "runs/finish", params={"name": closed}).status_code == 200
    add_runs(pair, MAX_UNCLAIMED_RUNS, tagged=True, unclaimed=True, begun_at=1)
    append(store, pair, "one more")
    assert ask("GET", f"runs/{finished}/report").status_code == 200
    kept = Run.objects.filter(keypair=pair, pk__in=[finished, begun, of_changed])
    assert kept.count() == 3
    assert ask("GET", "runs/report", params={"name": closed}).status_code == 200
    unclaimed = Run.objects.filter(keypair=pair, unclaimed=True)
    assert unclaimed.count() == MAX_UNCLAIMED_RUNS
    assert not unclaimed.filter(name="earlier 0").exists()


def test_headers_begin_few_runs_per_minute_and_the_rest_is_reported(store, pair):
    at = now_ms()
    for number in range(MAX_NEW_RUNS):
        append(store, pair, f"z{number}", at)
    append(store, pair, "one too many", at)
    append(store, pair, "z0", at)  # further events can join
    assert Run.objects.filter(keypair=pair).count() == MAX_NEW_RUNS
    assert RunRange.objects.filter(keypair=pair).count() == MAX_NEW_RUNS + 1
    last, joined = MAX_NEW_RUNS + 1, MAX_NEW_RUNS + 2
    [warning] = problems_of(pair, last)
    assert (warning["code"], warning["severity"]) == ("too-many-runs", "warning")
    assert "stored" in warning["message"]
    assert str(MAX_NEW_RUNS) in warning["message"]
    assert not problems_of(pair, joined)
    append(store, pair, "a minute later", at + 60_001)
    assert Run.objects.filter(keypair=pair, name="a minute later").exists()


def problems_of(pair, number: int) -> list[dict[str, object]]:
    delivery = Delivery.objects.get(keypair=pair, number=number)
    assert delivery.events == 1
    return [render_problem(problem) for problem in problems_from_json(delivery.problems)]


def test_many_names_in_one_commit_count_separately(store, pair):
    write_requests = [
        WriteRequest(pair.pk, head(), [judged()], run=f"z{n}", is_public=True) for n in range(200)
    ]
    store.append(write_requests)
    assert Run.objects.filter(keypair=pair).count() == MAX_NEW_RUNS
    pair.refresh_from_db()
    assert pair.last_seq == 200
    assert [bool(problems_of(pair, n)) for n in (1, MAX_NEW_RUNS, MAX_NEW_RUNS + 1, 200)] == [
        False,
        False,
        True,
        True,
    ]


def test_a_sender_with_both_keys_begins_up_to_the_limit(uvicorn, store, pair):
    for public in (True, False):
        names = [f"{public} {number}" for number in range(2 * MAX_NEW_RUNS)]
        store.append([WriteRequest(pair.pk, head(), [judged()], 0, 0, n, public) for n in names])
    begun = Run.objects.filter(keypair=pair)
    assert begun.filter(name__startswith="True").count() == MAX_NEW_RUNS
    assert begun.filter(name__startswith="False").count() == 2 * MAX_NEW_RUNS
    answer = requests.post(
        f"{uvicorn.url}/api/v1/s2s/event",
        params={"token": f"{pair.api_key}.{pair.auth_key}"},
        data=json.dumps({"event_type": "x", "user": {"anonymous_id": "a"}}),
        headers={"X-Run": "of a server"},
        timeout=30,
    )
    assert answer.status_code == 200
    assert begun.filter(name="of a server").exists()


def test_a_sender_with_one_key_joins_a_run(uvicorn, pair, ask):
    ask("POST", "runs", json={"name": "release 7", "tagged": True})
    add_runs(pair, MAX_NEW_RUNS, tagged=True, unclaimed=True)
    send_as_browser(uvicorn, pair, "release 7")
    send_as_browser(uvicorn, pair, "another")
    events = ask("GET", "events", params={"q": 'run:"release 7"'}).json()["events"]
    assert [event["seq"] for event in events] == [1]
    assert not Run.objects.filter(keypair=pair, name="another").exists()


def test_runs_over_the_limit_are_refused_and_none_is_lost(pair, ask):
    add_runs(pair, runs.MAX_RUNS)
    refused = ask("POST", "runs", json={"name": "one more"})
    assert refused.status_code == 409
    assert f"{runs.MAX_RUNS:,} runs" in refused.json()["error"]
    assert Run.objects.filter(keypair=pair).count() == runs.MAX_RUNS


def test_a_run_begun_by_a_header_is_not_finished_over_the_limit(store, pair, ask):
    append(store, pair, "by header")
    add_runs(pair, runs.MAX_RUNS)
    assert ask("POST", "runs/finish", params={"name": "by header"}).status_code == 409
    mine = Run.objects.get(keypair=pair, name="by header")
    assert mine.finished_at is None
    expect = {"expect": [{"match": "name:x"}]}
    assert ask("PUT", f"runs/{mine.pk}", json=expect).status_code == 409


def test_old_runs_are_dropped_for_new_ones(pair, ask):
    add_runs(pair, runs.MAX_RUNS, begun_at=now_ms() - runs.RUN_DAYS * runs.DAY - 1)
    assert ask("POST", "runs", json={"name": "one more"}).status_code == 201
    assert Run.objects.filter(keypair=pair).count() == runs.MAX_RUNS
    assert not Run.objects.filter(keypair=pair, name="earlier 0").exists()
