"""`/api/runs` and the header X-Run: test windows over a stream."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from ingest.models import Run, RunRange
from ingest.storage.run_ranges import MAX_UNCLAIMED_RUNS, clean_name, run_name
from ingest.storage.write_request import WriteRequest
from ingest.timestamps import now_ms
from tests.support.http import send_raw
from tests.support.vendors import VENDORS
from tests.support.visitor import sign_in
from tests.support.write_requests import head, judged

EXPECT = [{"match": "name:paid", "at_least": 2}]


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("eventbunker")


@pytest.fixture
def ask(uvicorn, pair):
    def request(method: str, path: str, of=pair, **options) -> requests.Response:
        url = f"{uvicorn.url}/api/{path}"
        return requests.request(method, url, auth=(of.api_key, of.auth_key), timeout=70, **options)

    return request


@pytest.fixture
def send(uvicorn, pair):
    def deliver(name: str = "paid", run: str = "", **fields) -> None:
        body = json.dumps({"event_name": name, **fields}).encode()
        headers = [f"X-Run: {run}"] if run else []
        request = VENDORS["eventbunker"].deliver(pair.api_key, pair.auth_key, body, *headers)
        assert send_raw(uvicorn.port, request).status == 200

    return deliver


@pytest.fixture
def seqs(ask):
    def find(q: str) -> list[int]:
        answer = ask("GET", "events", params={"q": q})
        assert answer.status_code == 200, answer.text
        return [event["seq"] for event in answer.json()["events"]]

    return find


def test_a_run_begins_at_a_number_and_ends_at_one(ask, send, seqs):
    send()
    begun = ask("POST", "runs", json={"name": " Release  2 ", "expect": EXPECT})
    assert begun.status_code == 201
    run = begun.json()
    assert (run["name"], run["state"], run["first"], run["last"]) == ("Release 2", "open", 2, None)
    assert run["expect"] == EXPECT
    send()
    send()
    assert ask("GET", f"runs/{run['id']}").json() == run
    report = ask("POST", f"runs/{run['id']}/finish").json()
    assert (report["run"]["state"], report["run"]["last"], report["passed"]) == (
        "finished",
        3,
        True,
    )
    send()
    assert seqs('run:"Release 2"') == [2, 3]
    assert seqs('-run:"Release 2"') == [1, 4]
    assert ask("GET", "runs").json()["runs"][0]["name"] == "Release 2"


def test_finishing_twice_changes_nothing(ask, send):
    run = ask("POST", "runs", json={"name": "a"}).json()
    send()
    first = ask("POST", "runs/finish?name=a").json()
    send()
    assert ask("POST", f"runs/{run['id']}/finish").json() == first
    assert ask("GET", "runs/report?name=a").json() == first


def test_the_header_begins_a_run_that_contains_only_its_own_events(ask, send, seqs):
    send(run="job 1")
    send()
    send(run="job 2")
    send(run="job 1")
    send(run="job 1")
    assert seqs('run:"job 1"') == [1, 4, 5]
    assert seqs('run:"job 2"') == [3]
    assert seqs("run:job*") == [1, 3, 4, 5]
    assert seqs("-run:*") == [2]
    assert [run["tagged"] for run in ask("GET", "runs").json()["runs"]] == [True, True]
    assert RunRange.objects.count() >= 3
    fields = ask("GET", "fields").json()["fields"]
    (values,) = [field["values"] for field in fields if field["name"] == "run"]
    assert sorted(name for name, _ in values) == ["job 1", "job 2"]


def test_a_run_of_all_events_excludes_those_sent_for_another(ask, send, seqs):
    ask("POST", "runs", json={"name": "by hand"})
    send()
    send(run="job")
    send(run="by hand")
    assert seqs('run:"by hand"') == [1, 3]
    ask("POST", "runs", json={"name": "own", "tagged": True})
    send()
    send(run="own")
    assert seqs("run:own") == [5]


def test_events_of_others_are_excluded_by_user_or_session(ask, send, seqs):
    ask("POST", "runs", json={"name": "ada", "user": "u-1"})
    send(customer_identifier="u-1")
    send(customer_identifier="u-2")
    users = [event["user"] for event in ask("GET", "events").json()["events"]]
    assert users == ["u-1", "u-2"]
    assert seqs("run:ada") == [at for at, user in enumerate(users, 1) if user == "u-1"]


def test_many_concurrent_jobs_do_not_interfere(ask, send, seqs):
    def job(number: int) -> None:
        for _ in range(10):
            send(run=f"job-{number}", number=number)

    with ThreadPoolExecutor(8) as jobs:
        list(jobs.map(job, range(8)))
    for number in range(8):
        assert len(seqs(f"run:job-{number}")) == 10
        assert seqs(f"run:job-{number} -number:{number}") == []


def test_a_finished_run_accepts_no_more_events(ask, send, seqs):
    send(run="x")
    ask("POST", "runs/finish?name=x")
    send(run="x")
    assert seqs("run:x") == [1]
    assert ask("POST", "runs", json={"name": "x"}).status_code == 409


def test_deliveries_of_one_commit_share_a_span(store, pair):
    def tagged(run: str, count: int) -> WriteRequest:
        return WriteRequest(pair.pk, head(), [judged()] * count, run=run)

    store.append([tagged("a", 2), tagged("a", 3), tagged("", 1), tagged("b", 1), tagged("a", 1)])
    spans = RunRange.objects.filter(keypair=pair).order_by("first_seq")
    assert [(span.first_seq, span.last_seq) for span in spans] == [(1, 5), (7, 7), (8, 8)]
    assert list(Run.objects.filter(keypair=pair).values_list("name", "first_seq")) == [
        ("a", 1),
        ("b", 7),
    ]


@pytest.mark.sqlite  # PostgreSQL prunes thousands at a time
def test_spans_are_pruned_with_their_events(store, pair):
    pair.max_events = 10
    pair.save()
    for number in range(60):
        at = now_ms() + 3_000 * number  # a header can begin only a few per minute
        store.append([WriteRequest(pair.pk, head(at), [judged()], run=f"r{number}")])
    assert Run.objects.filter(keypair=pair).count() == 60
    assert RunRange.objects.filter(keypair=pair).count() <= 12


def test_runs_are_bounded(store, pair):
    runs = [
        Run(keypair=pair, name=f"x{n}", tagged=True, first_seq=1, begun_at=1, unclaimed=True)
        for n in range(MAX_UNCLAIMED_RUNS)
    ]
    Run.objects.bulk_create(runs)
    store.append([WriteRequest(pair.pk, head(), [judged()], run="one more")])
    assert Run.objects.filter(keypair=pair).count() == MAX_UNCLAIMED_RUNS
    assert Run.objects.filter(keypair=pair, name="one more").exists()


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        (b"ci-17", "ci-17"),
        (" Größe ".encode(), "Größe"),
        ("Größe".encode("latin-1"), "Größe"),
        (b"a\x00\tb", "a b"),
        (b"  ", ""),
        (b"x" * 300, "x" * 100),
    ],
)
def test_every_name_that_is_sent_can_be_stored(sent, name):
    assert run_name(sent) == name
    assert clean_name(name) == name


def test_a_name_with_unusual_letters_is_stored_as_text(send, ask):
    send(run="<script>'\"; --")
    assert ask("GET", "runs").json()["runs"][0]["name"] == "<script>'\"; --"


BAD = [
    ("runs", {"name": 5}, "name"),
    ("runs", {"name": "\u202e"}, "name"),
    ("runs", {"tagged": "yes"}, "tagged"),
    ("runs", {"user": 5}, "user"),
    ("runs", {"colour": 1}, "JSON object"),
    ("runs", {"expect": [{"match": 5}]}, "query"),
]


@pytest.mark.parametrize(("path", "body", "words"), BAD)
def test_an_invalid_request_is_a_400(ask, path, body, words):
    answer = ask("POST", path, json=body)
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)
    assert ask("GET", "runs").json() == {"runs": []}


def test_expectations_can_be_changed_while_it_is_open(ask):
    run = ask("POST", "runs", json={"name": "a"}).json()
    path = f"runs/{run['id']}"
    assert ask("PUT", path, json={"expect": EXPECT}).json()["expect"] == EXPECT
    assert ask("PUT", path, json={"expect": 5}).status_code == 400
    ask("POST", f"{path}/finish")
    assert ask("PUT", path, json={"expect": []}).status_code == 409


def test_runs_of_another_pair_are_neither_shown_nor_changed(ask, new_pair):
    run = ask("POST", "runs", json={"name": "a"}).json()
    other = new_pair("eventbunker")
    assert ask("GET", "runs", of=other).json() == {"runs": []}
    for method, path in (("GET", ""), ("GET", "/report"), ("POST", "/finish"), ("PUT", "")):
        answer = ask(method, f"runs/{run['id']}{path}", of=other, json={"expect": []})
        assert answer.status_code == 404
    assert ask("POST", "runs", of=other, json={"name": "a"}).status_code == 201


def test_runs_are_only_for_users_of_the_pair(uvicorn, pair):
    visitor = sign_in(uvicorn)
    url, asked = f"{uvicorn.url}/api/runs", {"params": {"pair": pair.pk}, "timeout": 10}
    own = {"Origin": uvicorn.url}
    assert visitor.http.post(url, headers=own, json={"name": "x"}, **asked).status_code == 201
    assert visitor.http.post(url, json={"name": "y"}, **asked).status_code == 403
    assert requests.post(url, headers=own, json={"name": "y"}, **asked).status_code == 401
    assert requests.get(url, **asked).status_code == 401


def test_a_page_on_another_origin_can_send_the_header(uvicorn, pair):
    headers = {
        "Origin": "https://shop.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,x-run",
    }
    answer = requests.options(f"{uvicorn.url}/post", headers=headers, timeout=10)
    assert "x-run" in answer.headers["access-control-allow-headers"]
    del headers["Access-Control-Request-Headers"]
    answer = requests.options(f"{uvicorn.url}/post", headers=headers, timeout=10)
    assert "x-run" not in answer.headers["access-control-allow-headers"]


def test_waiting_for_a_report_ends_when_an_event_arrives(ask, send):
    run = ask("POST", "runs", json={"name": "a"}).json()
    path = f"runs/{run['id']}/report"
    before = ask("GET", path).json()
    threading.Timer(0.5, send).start()
    after = ask("GET", path, params={"stamp": before["stamp"], "wait": 30}).json()
    assert after["counts"]["received"] == 1
    assert after["stamp"] != before["stamp"]
