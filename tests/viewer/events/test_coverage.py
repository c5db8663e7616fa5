"""The event names that occurred, and the known ones that did not."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from ingest.dialects import BY_NAME
from ingest.problems import Problem
from ingest.timestamps import iso
from tests.support.browser import send
from tests.support.write_requests import judged, write_request
from viewer.events import coverage

AT = 1_795_227_547_000
MISSING = Problem("missing-field", path="/userId")
UNKNOWN = Problem("unknown-field", "warning", "/x")


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def by_name(pair) -> dict[str | None, dict[str, Any]]:
    return {entry["name"]: entry for entry in coverage.event_coverage(pair)["names"]}


def test_each_name_has_its_counts_times_and_problems(store, pair):
    store.append(
        [write_request(pair, [judged("feature"), judged("other", "warning", UNKNOWN)], AT)]
    )
    events = [judged("feature", "invalid", MISSING, UNKNOWN), judged(None, "malformed")]
    store.append([write_request(pair, events * 2, AT + 5000)])
    names = by_name(pair)
    assert list(names) == ["feature", None, "other"]
    feature = names["feature"]
    counts = [feature[key] for key in ("count", "valid", "warning", "invalid", "malformed")]
    assert counts == [3, 1, 0, 2, 0]
    assert (feature["first_seen"], feature["last_seen"]) == (iso(AT), iso(AT + 5000))
    assert [(p["code"], p["path"], p["count"], p["last_seq"]) for p in feature["problems"]] == [
        ("missing-field", "/userId", 2, 6),
        ("unknown-field", "/x", 2, 6),
    ]
    assert feature["problems"][0]["message"] == "“userId” is missing."
    assert [names[name]["is_known"] for name in names] == [True, False, False]
    assert names[None]["malformed"] == 2


def test_known_names_that_did_not_occur_are_listed(store, pair):
    known = BY_NAME["natero"].known_event_names
    shown = coverage.event_coverage(pair)
    assert (shown["not_seen"], shown["known"], shown["complete"]) == (list(known), 7, False)
    store.append([write_request(pair, [judged(name) for name in (*known[1:], "own")])])
    shown = coverage.event_coverage(pair)
    assert (shown["not_seen"], shown["names_seen"]) == (["sessionSync"], 7)
    store.append([write_request(pair, [judged(known[0])])])
    assert coverage.event_coverage(pair)["complete"] is True


def test_the_known_names_of_each_dialect():
    assert "pageViewEnd" in BY_NAME["natero"].known_event_names
    usermaven = BY_NAME["usermaven"].known_event_names
    assert "user_identify" in usermaven
    assert "identify" not in usermaven
    assert BY_NAME["eventbunker"].known_event_names == ()


def test_without_known_names_completeness_is_not_reported(new_pair, stored):
    shown = coverage.event_coverage(new_pair("eventbunker"))
    assert (shown["complete"], shown["not_seen"], shown["known"]) == (None, [], 0)


def test_it_outlives_the_events(store, pair):
    pair.max_events = 5
    pair.save()
    store.append([write_request(pair, [judged("a", "invalid", MISSING)] * 20)])
    (entry,) = coverage.event_coverage(pair)["names"]
    assert (entry["count"], entry["problems"][0]["count"]) == (20, 20)


def test_the_most_frequent_names_and_problems_are_listed(store, pair, monkeypatch):
    monkeypatch.setattr(coverage, "MAX_NAMES", 3)
    monkeypatch.setattr(coverage, "MAX_PROBLEMS", 2)
    problems = [Problem("unknown-field", "warning", f"/{n}") for n in range(4)]
    names = [judged(f"n{n}", "warning", *problems) for n in range(5) for _ in range(n + 1)]
    store.append([write_request(pair, names)])
    shown = coverage.event_coverage(pair)
    assert [entry["name"] for entry in shown["names"]] == ["n4", "n3", "n2"]
    assert shown["names_seen"] == 5
    assert {len(entry["problems"]) for entry in shown["names"]} == {2}


def test_it_is_only_for_holders_of_the_keys(uvicorn, pair, new_pair):
    send(uvicorn, pair, b'{"action":"feature"}')
    url = f"{uvicorn.url}/api/coverage"
    answer = requests.get(url, auth=(pair.api_key, pair.auth_key), timeout=10).json()
    assert [entry["name"] for entry in answer["names"]] == ["feature"]
    other = new_pair("natero")
    assert requests.get(url, auth=(pair.api_key, other.auth_key), timeout=10).status_code == 401
    answer = requests.get(url, auth=(other.api_key, other.auth_key), timeout=10).json()
    assert answer["names"] == []


def test_many_names_are_read_quickly(store, pair, django_assert_num_queries):
    for part in range(10):
        store.append([write_request(pair, [judged(f"n{part}-{n}") for n in range(500)])])
    with django_assert_num_queries(4):
        assert len(coverage.event_coverage(pair)["names"]) == coverage.MAX_NAMES
