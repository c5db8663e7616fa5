"""The chart, through REST and in frames of the feed."""

from __future__ import annotations

import time
from typing import Any

import pytest
import requests

from ingest.models import Event
from ingest.problems import Problem
from ingest.timestamps import now_ms
from tests.support.browser import send
from tests.support.http import send_raw
from tests.support.vendors import VENDORS, fresh
from tests.support.visitor import Visitor, next_frame, sign_in
from tests.support.write_requests import judged, write_request
from viewer.events import chart as chart_module
from viewer.events.chart import MAX_COUNTED, changed_buckets, chart_bars
from viewer.events.chunked_scan import FIRST
from viewer.events.seq_lookup import first_since
from viewer.query import parse_query

MINUTE = 60_000
INVALID = b'{"accountId":"a","userId":"u","sessionId":"s","action":"feature"}'


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def chart(uvicorn, pair):
    def get(**parameters) -> dict[str, Any]:
        url, keys = f"{uvicorn.url}/api/chart", (pair.api_key, pair.auth_key)
        return requests.get(url, parameters, auth=keys, timeout=30).json()

    return get


@pytest.fixture(scope="module")
def visitor(uvicorn) -> Visitor:
    return sign_in(uvicorn)


def totals(chart: list[list[int]]) -> list[int]:
    return [sum(bar[n] for bar in chart) for n in range(1, 5)]


def at(minutes_ago: float) -> int:
    return now_ms() - int(minutes_ago * MINUTE)


# -- REST ------------------------------------------------------------------------------------------


def test_bars_count_the_events_of_each_second(chart, store, pair):
    early, late = at(4), at(1)
    store.append([write_request(pair, [judged(), judged("a", "warning")], early)])
    store.append([write_request(pair, [judged("a", "invalid"), judged(None, "malformed")], late)])
    answer = chart()
    assert answer["bars"] == [[early // 1000, 1, 1, 0, 0], [late // 1000, 0, 0, 1, 1]]
    assert (answer["step"], answer["kept_only"], answer["last"]) == (1, False, 4)
    assert abs(answer["to"] - time.time()) < 5
    assert abs(answer["now"] - now_ms()) < 5_000


def test_the_number_of_bars_is_as_requested(chart, store, pair):
    for minutes in (66, 50, 4, 1):
        store.append([write_request(pair, [judged()], at(minutes))])
    assert len(chart()["bars"]) == 2
    assert len(chart(count=90)["bars"]) == 1
    assert len(chart(count=3600)["bars"]) == 3
    assert len(chart(step=60, count=60)["bars"]) == 3
    assert len(chart(step=60)["bars"]) == 4


def test_a_bar_of_a_minute_is_the_sum_of_its_seconds(chart, store, pair):
    minute = at(3) // MINUTE * MINUTE
    for second in (0, 1, 59):
        store.append([write_request(pair, [judged()] * 2, minute + second * 1000)])
    store.append([write_request(pair, [judged("a", "invalid")], minute + MINUTE)])
    chart = chart(step=60)["bars"]
    assert chart == [[minute // 1000, 6, 0, 0, 0], [minute // 1000 + 60, 0, 0, 1, 0]]


@pytest.mark.parametrize("step", [1, 60])
def test_with_a_query_only_matching_events_count(chart, store, pair, step):
    moment = at(2)
    events = [judged("a"), judged("b"), judged("a", "invalid", Problem("missing-field"))]
    store.append([write_request(pair, events, at(80))])
    store.append([write_request(pair, events, moment)])
    answer = chart(q="name:a", step=step)
    assert answer["bars"] == [[moment // 1000 // step * step, 1, 0, 1, 0]]
    assert answer["kept_only"] is True
    assert chart(q="-name:a verdict:invalid", step=step)["bars"] == []


def test_with_a_query_it_counts_up_to_a_number(chart, store, pair):
    store.append([write_request(pair, [judged("a")] * 5, at(1))])
    assert totals(chart(q="name:a", until=3)["bars"]) == [3, 0, 0, 0]
    assert totals(chart(q="name:a")["bars"]) == [5, 0, 0, 0]


@pytest.mark.sqlite  # SQLite prunes single events
def test_counts_of_pruned_events_stay(chart, store, pair):
    pair.max_events = 10
    pair.save()
    for _ in range(4):
        store.append([write_request(pair, [judged("a")] * 10, at(1))])
    assert totals(chart()["bars"]) == [40, 0, 0, 0]
    answer = chart(q="name:a")
    assert totals(answer["bars"]) == [10, 0, 0, 0]
    assert answer["complete_since"] == answer["bars"][0][0]


def test_counts_are_complete_if_older_events_are_stored(chart, store, pair):
    for minutes in (100, 1):  # nothing in between
        store.append([write_request(pair, [judged("a")] * 2, at(minutes))])
    answer = chart(q="name:a", count=300)
    assert totals(answer["bars"]) == [2, 0, 0, 0]
    assert answer["complete_since"] is None


def test_deleted_events_do_not_affect_other_counts(chart, store, pair):
    for minutes in (80, 4, 3, 2, 1):
        store.append([write_request(pair, [judged("a")] * 10, at(minutes))])
    Event.objects.filter(keypair=pair, seq__gt=12, seq__lt=48).delete()
    assert totals(chart(q="name:a")["bars"]) == [5, 0, 0, 0]
    assert first_since(pair_anew(pair), at(70)) == 11
    assert first_since(pair_anew(pair), at(0)) == 51


def pair_anew(pair):
    pair.refresh_from_db()
    return pair


def test_after_a_timeout_the_newest_are_counted(store, pair, monkeypatch):
    store.append([write_request(pair, [judged("a")] * 3000, at(4))])
    store.append([write_request(pair, [judged("a")] * 3000, at(2))])
    monkeypatch.setattr(chart_module, "SEARCH_SECONDS", 0)
    answer = chart_bars(pair, parse_query("name:a"), 1, 300)
    assert totals(answer["bars"]) == [FIRST, 0, 0, 0]
    assert answer["complete_since"] == answer["bars"][0][0] >= at(3) // 1000


@pytest.mark.parametrize(
    ("parameters", "named"),
    [({"step": 7}, "step"), ({"count": 0}, "count"), ({"step": 60, "count": 71}, "count")],
)
def test_an_invalid_parameter_is_named(chart, parameters, named):
    assert named in chart(**parameters)["error"]


def test_an_error_in_the_query_is_reported_with_its_location(chart):
    assert chart(q="verdict:odd")["at"] == 8


@pytest.mark.alone
def test_an_hour_is_read_quickly(store, pair):
    newest = now_ms()
    for second in range(3600):
        store.append([write_request(pair, [judged()], newest - second * 1000)])
    for step in (1, 60):
        took = []
        for _ in range(5):
            began = time.perf_counter()
            assert totals(chart_bars(pair, parse_query(""), step, 3600 // step)["bars"])[0] > 3500
            took.append(time.perf_counter() - began)
        assert min(took) < 0.1  # 0.013 measured


# -- the feed ----------------------------------------------------------------------------------


def test_the_first_frame_contains_no_seconds(uvicorn, visitor, pair):
    send(uvicorn, pair, fresh())
    with visitor.feed(pair.pk) as feed:
        assert next_frame(feed)["seconds"] == []


def test_frames_contain_the_current_counts_of_changed_seconds(uvicorn, visitor, pair, chart):
    seen: dict[int, list[int]] = {}
    with visitor.feed(pair.pk) as feed:
        last = next_frame(feed)["last"]
        for _ in range(20):
            send(uvicorn, pair, fresh(), INVALID, b"{")
        while last < 60:
            frame = next_frame(feed)
            last = frame["last"]
            assert frame["seconds"], "a frame with events changes some second"
            seen |= {bar[0]: bar for bar in frame["seconds"]}
    assert [seen[at] for at in sorted(seen)] == chart()["bars"]
    assert totals(list(seen.values())) == [20, 0, 20, 20]


def test_a_late_second_is_included(uvicorn, visitor, store, pair):
    with visitor.feed(pair.pk) as feed:
        next_frame(feed)
        send(uvicorn, pair, fresh())
        next_frame(feed)
        late = now_ms() - 50_000
        store.append(
            [write_request(pair, [judged()], late)]
        )  # another process: this one gets no message
        send(uvicorn, pair, fresh())
        assert [late // 1000, 1, 0, 0, 0] in next_frame(feed)["seconds"]


def test_a_refused_request_changes_no_second(uvicorn, visitor, pair):
    send(uvicorn, pair, fresh())
    with visitor.feed(pair.pk) as feed:
        next_frame(feed)
        deliver = VENDORS["natero"].deliver
        send_raw(uvicorn.port, deliver(pair.api_key, "wrong-auth-key", fresh()))
        frame = next_frame(feed)
    assert (frame["balance"]["refused"], frame["seconds"]) == (1, [])


def test_with_a_query_frames_contain_increments(uvicorn, visitor, pair, chart):
    added: list[list[int]] = []
    with visitor.feed(pair.pk, q="name:feature") as feed:
        last = next_frame(feed)["last"]
        for _ in range(10):
            send(uvicorn, pair, fresh(), INVALID)
        while last < 20:
            frame = next_frame(feed)
            last = frame["last"]
            added += frame["seconds"]
    assert totals(added) == [0, 0, 10, 0]
    assert totals(chart(q="name:feature")["bars"]) == [0, 0, 10, 0]


def test_events_over_the_frames_count_limit_are_left_to_the_chart(store, pair):
    store.append([write_request(pair, [judged("a")] * (MAX_COUNTED + 1))])
    pair.refresh_from_db()
    assert changed_buckets(pair, parse_query("name:a"), 0) is None
    assert totals(changed_buckets(pair, parse_query("name:a"), 1)) == [MAX_COUNTED, 0, 0, 0]
    assert totals(changed_buckets(pair, parse_query(""), 0)) == [MAX_COUNTED + 1, 0, 0, 0]
