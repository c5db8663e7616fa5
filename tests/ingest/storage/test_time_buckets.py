"""Counts per second, for the chart of the past hour."""

from __future__ import annotations

import pytest
from django.db import connection
from django.db.models import Sum

from ingest.models import SecondCount
from ingest.problems import Problem
from ingest.storage.store import Store
from ingest.storage.time_buckets import RETENTION_SECONDS
from ingest.storage.write_request import WriteRequest
from tests.support.write_requests import head, judged, write_request

COUNTS = ("valid", "warning", "invalid", "malformed", "refused")
AT = 1_795_227_547_000  # a whole second


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def seconds_of(pair) -> list[tuple[int, ...]]:
    rows = SecondCount.objects.filter(keypair=pair).order_by("second")
    return list(rows.values_list("second", *COUNTS))


def assert_seconds_balance(pair) -> None:
    pair.refresh_from_db()
    sums = SecondCount.objects.filter(keypair=pair).aggregate(
        **{name: Sum(name) for name in COUNTS}
    )
    assert sums == {name: getattr(pair, name) for name in COUNTS}


def test_an_event_counts_for_the_second_of_its_arrival(store, pair):
    both = [judged(), judged("a", "invalid", Problem("missing-field"))]
    store.append(
        [
            write_request(pair, both, AT),
            write_request(pair, [judged("b", "warning")], AT + 999),
            write_request(pair, [judged(None, "malformed")] * 3, AT + 1000),
        ]
    )
    second = AT // 1000
    assert seconds_of(pair) == [(second, 1, 1, 1, 0, 0), (second + 1, 0, 0, 0, 3, 0)]
    assert_seconds_balance(pair)


def test_counts_of_a_second_add_up_over_commits(store, pair):
    for _ in range(3):
        store.append([write_request(pair, [judged()] * 2, AT)])
    Store().append(
        [write_request(pair, [judged()], AT), WriteRequest(pair.pk, head(AT, refused=True))]
    )
    assert seconds_of(pair) == [(AT // 1000, 7, 0, 0, 0, 1)]
    assert_seconds_balance(pair)


def test_each_pair_has_its_own_counts(store, pair, new_pair):
    other = new_pair("natero")
    store.append(
        [
            write_request(pair, [judged()], AT),
            write_request(other, [judged("a", "warning")] * 2, AT),
        ]
    )
    assert seconds_of(pair) == [(AT // 1000, 1, 0, 0, 0, 0)]
    assert seconds_of(other) == [(AT // 1000, 0, 2, 0, 0, 0)]


def test_a_deleted_pair_leaves_no_counts(store, pair, new_pair):
    other = new_pair("natero")
    late = write_request(other, [judged()], AT)
    gone = other.pk
    other.delete()
    store.append([write_request(pair, [judged()], AT), late])
    assert not SecondCount.objects.filter(keypair_id=gone).exists()
    assert_seconds_balance(pair)


def test_an_event_without_counts_has_no_row(store, pair):
    store.append([write_request(pair, [], AT)])
    assert seconds_of(pair) == []


def test_a_second_has_the_newest_number_of_its_last_change(store, pair):
    store.append([write_request(pair, [judged()] * 3, AT)])
    store.append(
        [write_request(pair, [judged()], AT + 1000), WriteRequest(pair.pk, head(AT, refused=True))]
    )
    numbers = SecondCount.objects.filter(keypair=pair).order_by("second")
    assert list(numbers.values_list("last_seq", flat=True)) == [4, 4]


def test_counts_are_kept_for_over_an_hour_and_pruned_once_a_minute(store, pair):
    minutes = [0, 1, 69, 70, 71, 72]
    for minute in minutes:
        store.append([write_request(pair, [judged()], AT + minute * 60_100)])
    kept = [second for second, *_ in seconds_of(pair)]
    assert kept[0] >= (AT + 72 * 60_100) // 1000 - RETENTION_SECONDS
    assert len(kept) == 4
    store.append([write_request(pair, [judged()], AT - 3600_000)])
    assert len(seconds_of(pair)) == 5, "no look within the minute"


# -- cost ------------------------------------------------------------------------------------------


def statements_of(store: Store, write_requests: list[WriteRequest]) -> list[str]:
    connection.ensure_connection()
    seen: list[str] = []
    connection.connection.set_trace_callback(seen.append)
    try:
        store.append(write_requests)
    finally:
        connection.connection.set_trace_callback(None)
    return seen


@pytest.mark.sqlite
def test_a_commit_counts_its_seconds_with_one_statement(store, pair, new_pair):
    pairs = [pair, *(new_pair("natero") for _ in range(3))]
    events = [
        judged(name, "warning", Problem("unknown-field", "warning", f"/{name}")) for name in "abc"
    ]
    write_requests = [write_request(one, events, AT + 1000 * n) for one in pairs for n in range(3)]
    store.append(write_requests)  # includes the first search for old counts
    statements = statements_of(store, write_requests)
    assert sum("ingest_second" in statement for statement in statements) == 1
    # per pair: advance, deliveries, events, tallies, problems
    assert len(statements) == 2 + 1 + 5 * len(pairs)


@pytest.mark.sqlite
def test_a_single_event_needs_few_statements(store, pair):
    store.append([write_request(pair, [judged()], AT)])
    assert len(statements_of(store, [write_request(pair, [judged()], AT)])) == 7
