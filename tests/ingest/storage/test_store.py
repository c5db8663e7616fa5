"""The guarantees of the store for numbers, tallies and retention."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from django.db import connection

from ingest.models import Delivery, Event, ProblemTally, Tally, UnmatchedRequest
from ingest.problems import Problem
from ingest.storage.cleanup.unmatched_requests import MAX_COUNT as MAX_UNMATCHED
from ingest.storage.counters import NAMES_TALLIED, OTHER_NAMES, PROBLEMS_TALLIED
from ingest.storage.db.partitions import MIN_COUNT
from ingest.storage.store import Store
from ingest.storage.write_request import WriteRequest
from ingest.storage.writer import WriteFailed, Writer
from ingest.timestamps import now_ms
from tests.support.stored_data import assert_balanced, events_of
from tests.support.write_requests import head, judged, write_request

DAY = 86_400_000


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


# -- numbers and tallies -----------------------------------------------------------------------


def test_numbers_continue_without_a_gap_and_each_delivery_has_its_own(store, pair):
    store.append(
        [
            write_request(pair, [judged()] * 3),
            write_request(pair, []),
            write_request(pair, [judged()] * 2),
        ]
    )
    assert store.append([write_request(pair, [judged()])]) == {pair.pk: 6}
    assert_balanced(pair)
    deliveries = Delivery.objects.filter(keypair=pair).order_by("number")
    rows = deliveries.values_list("number", "first_seq", "events")
    assert list(rows) == [(1, 1, 3), (2, None, 0), (3, 4, 2), (4, 6, 1)]
    assert [event.delivery for event in events_of(pair)] == [1, 1, 1, 3, 3, 4]


def test_tallies_equal_the_stored_events(store, pair):
    events = [
        judged("a", "valid"),
        judged("a", "invalid", Problem("missing-field", path="/userId")),
        judged("b", "warning", Problem("unknown-field", "warning", "/x")),
        judged(None, "malformed", Problem("not-json")),
        judged("a", "valid"),
    ]
    for _ in range(2):
        store.append([write_request(pair, events), write_request(pair, events[:2])])
    tallies = Tally.objects.filter(keypair=pair)
    rows = Event.objects.filter(keypair=pair).values_list("name", "verdict")
    expected = Counter((name or "", verdict) for name, verdict in rows)
    assert {(tally.name, tally.verdict): tally.count for tally in tallies} == expected
    problems = ProblemTally.objects.filter(keypair=pair).order_by("code")
    assert list(problems.values_list("name", "code", "path", "count", "last_seq")) == [
        ("a", "missing-field", "/userId", 4, 14),
        ("", "not-json", "", 2, 14),
        ("b", "unknown-field", "/x", 2, 14),
    ]
    assert_balanced(pair)


def test_refused_requests_count_beside_the_balance(store, pair):
    store.append([WriteRequest(pair.pk, head(refused=True))])
    pair.refresh_from_db()
    assert (pair.refused, pair.last_seq, pair.last_delivery) == (1, 0, 1)


def test_names_tallied_are_bounded(store, pair):
    names = [f"name-{n}" for n in range(NAMES_TALLIED + 10)]
    store.append([write_request(pair, [judged(name) for name in names])])
    Store().append([write_request(pair, [judged("name-0"), judged("one more")])])
    tallies = {tally.name: tally.count for tally in Tally.objects.filter(keypair=pair)}
    assert len(tallies) == NAMES_TALLIED + 1
    assert (tallies["name-0"], tallies[OTHER_NAMES]) == (2, 11)
    assert sum(tallies.values()) == len(names) + 2


def test_problems_tallied_are_bounded(store, pair):
    found = [Problem("unknown-field", "warning", f"/{n}") for n in range(PROBLEMS_TALLIED + 10)]
    store.append([write_request(pair, [judged("a", "warning", problem) for problem in found])])
    tallies = ProblemTally.objects.filter(keypair=pair)
    assert tallies.count() == PROBLEMS_TALLIED + 1
    other = tallies.get(path="")
    assert (other.name, other.count) == (OTHER_NAMES, 10)


def test_one_problem_is_tallied_separately_by_name(store, pair):
    missing = Problem("missing-field", path="/userId")
    events = [judged(name, "invalid", missing) for name in ("a", "b", "a")]
    store.append([write_request(pair, events), write_request(pair, events[:1])])
    tallies = ProblemTally.objects.filter(keypair=pair, code="missing-field")
    assert dict(tallies.values_list("name", "count")) == {"a": 3, "b": 1}


def test_a_problem_is_tallied_under_the_name_of_its_event(store, pair):
    names = [f"name-{n}" for n in range(NAMES_TALLIED)]
    store.append([write_request(pair, [judged(name) for name in names])])
    store.append([write_request(pair, [judged("late", "invalid", Problem("not-json"))])])
    (tally,) = ProblemTally.objects.filter(keypair=pair)
    assert (tally.name, tally.count) == (OTHER_NAMES, 1)


# -- retention -------------------------------------------------------------------------------------


def kept(pair) -> list[int]:
    return [event.seq for event in events_of(pair)]


def test_events_are_pruned_by_count(store, pair):
    limit(pair, max_events=100)
    for _ in range(250):
        store.append([write_request(pair, [judged()] * 10)])
    pair.refresh_from_db()
    assert (pair.last_seq, pair.valid) == (2500, 2500)
    # PostgreSQL drops whole partitions
    spare = MIN_COUNT if connection.vendor == "postgresql" else 1
    assert 100 <= len(kept(pair)) <= 100 + spare
    assert kept(pair) == list(range(pair.first_seq, 2501))
    assert sum(tally.count for tally in Tally.objects.filter(keypair=pair)) == 2500
    assert store.pruned == pair.first_seq - 1


@pytest.mark.sqlite  # SQLite prunes single events
def test_a_delivery_larger_than_the_retention(store, pair):
    limit(pair, max_events=5)
    store.append([write_request(pair, [judged()] * 12)])
    pair.refresh_from_db()
    assert (pair.first_seq, kept(pair)) == (8, [8, 9, 10, 11, 12])


def test_events_are_pruned_by_age(store, pair):
    limit(pair, max_age_days=7)
    store.append([write_request(pair, [judged()] * 3, now_ms() - 8 * DAY)])
    store.append([write_request(pair, [judged()] * 2, now_ms() - 6 * DAY)])
    store.append([write_request(pair, [judged()])])
    pair.refresh_from_db()
    assert (pair.first_seq, kept(pair)) == (4, [4, 5, 6])
    assert store.pruned == 3
    assert (pair.last_seq, pair.valid) == (6, 6)


def test_deliveries_are_pruned_by_count(store, pair):
    limit(pair, max_events=100)
    for _ in range(50):
        store.append([write_request(pair, [])] * 50)
    numbers = sorted(Delivery.objects.filter(keypair=pair).values_list("number", flat=True))
    # PostgreSQL drops whole partitions
    spare = MIN_COUNT if connection.vendor == "postgresql" else 0
    assert 100 <= len(numbers) <= 100 + spare
    assert numbers == list(range(numbers[0], 2501))


def limit(pair, **limits: int) -> None:
    for name, value in limits.items():
        setattr(pair, name, value)
    pair.save(update_fields=list(limits))


def test_the_newest_unmatched_requests_are_kept(store):
    UnmatchedRequest.objects.all().delete()  # other networks have their own limit
    for _ in range(3):
        store.append([WriteRequest(None, head(refused=True))] * 400)
    ids = sorted(UnmatchedRequest.objects.values_list("id", flat=True))
    assert len(ids) == MAX_UNMATCHED
    assert ids == list(range(ids[-1] - MAX_UNMATCHED + 1, ids[-1] + 1))


@pytest.mark.sqlite
def test_events_deliveries_and_seconds_are_in_the_tree_of_their_key(stored):
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
        tables = dict(cursor.fetchall())
    for name in ("ingest_event", "ingest_delivery", "ingest_second"):
        assert tables[name].endswith("WITHOUT ROWID")
        assert 'PRIMARY KEY ("keypair_id", ' in tables[name]


# -- deliveries that cannot be stored ------------------------------------------------------------


def test_a_deleted_pair_does_not_fail_the_batch(store, pair, new_pair):
    other = new_pair("natero")
    late = write_request(other, [judged()])
    other.delete()
    first = write_request(pair, [judged()])
    newest = store.append([first, late])
    assert (first.gone, late.gone) == (False, True)
    assert newest[pair.pk] == 1
    assert kept(pair) == [1]


def test_a_write_request_that_the_database_rejects_does_not_fail_the_batch(pair):
    good = [write_request(pair, [judged()]) for _ in range(4)]
    bad = write_request(pair, [judged()], received_at=2**70)  # more than 64 bits
    announced = []

    async def append_all() -> list[object]:
        writer = Writer(lambda *newest: announced.append(newest))
        done = [writer.append(entry) for entry in (*good[:2], bad, *good[2:])]
        return await asyncio.gather(*done, return_exceptions=True)

    results = asyncio.run(append_all())
    assert [type(result) for result in results] == [type(None)] * 2 + [WriteFailed] + [
        type(None)
    ] * 2
    assert announced[-1] == (pair.pk, 4)
    assert_balanced(pair)
