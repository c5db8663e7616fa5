"""Stored data is bounded in bytes: per key pair, for all key pairs together, and for unmatched
requests."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum
from django.db.models.functions import Coalesce, Length

from ingest.auth import key_pairs
from ingest.models import Delivery, Event, KeyPair, UnmatchedRequest
from ingest.storage.cleanup import unmatched_requests
from ingest.storage.cleanup.byte_limits import BEHIND, PIECE
from ingest.storage.cleanup.pruning import delete_up_to
from ingest.storage.db.row_sizes import ROW
from ingest.storage.store import Store
from ingest.storage.write_request import WriteRequest
from ingest.tracking_plan.revalidation import Revalidation
from ingest.tracking_plan.versions import save_version
from tests.support.write_requests import head, judged, write_request

MIB = 2**20

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def pair() -> KeyPair:
    return key_pairs.create_key_pair("bytes", "natero")


def large(size: int) -> Any:
    raw = b"{" + b" " * (size - 2) + b"}"
    return judged()._replace(raw=raw, size=size)


def true_bytes(pair: KeyPair) -> int:
    """The sum of the bytes of the rows."""
    pair.refresh_from_db()
    events = Event.objects.filter(keypair=pair, seq__gte=pair.first_seq).aggregate(
        sum=Coalesce(Sum(Length("raw") + Length("problems") + ROW), 0)
    )["sum"]
    long = sum(
        (Length(name) for name in ("headers", "problems", "excerpt", "reply")), Length("path")
    )
    deliveries = Delivery.objects.filter(keypair=pair).aggregate(sum=Coalesce(Sum(long + ROW), 0))
    return int(events + deliveries["sum"])


def seqs(pair: KeyPair) -> list[int]:
    pair.refresh_from_db()
    rows = Event.objects.filter(keypair=pair, seq__gte=pair.first_seq)
    return list(rows.order_by("seq").values_list("seq", flat=True))


def test_bytes_are_counted_when_stored_and_deleted(store, pair):
    for size in (10, 1_000, 100_000):
        store.append([write_request(pair, [large(size)] * 5)])
    assert pair_bytes(pair) == true_bytes(pair) > 5 * 101_010
    for _ in delete_up_to(pair.pk, 7):
        assert pair_bytes(pair) == true_bytes(pair)
    assert 0 < pair_bytes(pair) < 4_000_000
    for _ in delete_up_to(pair.pk, 100):
        pass
    assert pair_bytes(pair) == true_bytes(pair) == 0


def pair_bytes(pair: KeyPair) -> int:
    return KeyPair.objects.get(pk=pair.pk).stored_bytes


def test_bytes_freed_by_pruning_by_count_and_by_age_are_counted(store, pair):
    KeyPair.objects.filter(pk=pair.pk).update(max_events=1_000)
    for _ in range(40):
        store.append([write_request(pair, [large(200)] * 100)])
    assert len(seqs(pair)) < 2_100
    # partitions are dropped with their deliveries when they are full
    if connection.vendor == "postgresql":
        assert 0 <= pair_bytes(pair) - true_bytes(pair) < 100 * 1_000
    else:
        assert pair_bytes(pair) == true_bytes(pair)


def test_problems_that_a_plan_adds_to_stored_events_are_counted(store, pair):
    store.append([write_request(pair, [large(200)] * 20)])
    before = pair_bytes(pair)
    save_version(pair, '{"unknown_names":"error"}')
    rejudging = Revalidation(pair.pk)
    while rejudging.next_piece():
        pass
    assert pair_bytes(pair) == true_bytes(pair) > before


def free_all(store: Store) -> None:
    """Free space as the writer process does when it is idle."""
    while store.free_piece():
        pass


def test_the_oldest_events_are_pruned_when_a_pair_has_too_many_bytes(store, pair, settings):
    settings.KEEP_BYTES = 20 * MIB
    for _ in range(60):
        store.append([write_request(pair, [large(MIB)])])
        free_all(store)
        assert pair_bytes(pair) <= 20 * MIB
    kept = seqs(pair)
    assert kept == list(range(kept[0], 61))
    assert 18 <= len(kept) <= 20
    assert pair_bytes(pair) == true_bytes(pair)
    pair.refresh_from_db()
    assert pair.last_seq == 60
    assert store.pruned == 60 - len(kept)
    oldest = Delivery.objects.filter(keypair=pair).order_by("number").first()
    assert oldest is not None
    assert oldest.first_seq == kept[0]


def test_a_limit_holds_under_continuous_commits(store, pair, settings):
    settings.KEEP_BYTES = 20 * MIB
    for _ in range(100):
        store.append([write_request(pair, [large(MIB)] * 2)])
        assert pair_bytes(pair) <= 20 * MIB + BEHIND + 3 * MIB
    assert pair_bytes(pair) == true_bytes(pair)


def test_requests_without_events_count_too(store, pair, settings):
    settings.KEEP_BYTES = 3 * MIB
    refused = head(refused=True)._replace(headers="h" * 8_000)
    store.append([write_request(pair, [judged()])])
    for _ in range(40):
        store.append([WriteRequest(pair.pk, refused)] * 50)
        free_all(store)
    assert pair_bytes(pair) <= 3 * MIB
    assert pair_bytes(pair) == true_bytes(pair)
    assert 300 < Delivery.objects.filter(keypair=pair).count() < 400
    assert seqs(pair) == [1]  # the newest one is kept


@pytest.mark.parametrize("has_time", [True, False])
def test_the_pair_with_the_most_bytes_is_pruned_first(store, pair, settings, has_time):
    settings.KEEP_BYTES_TOTAL = 40 * MIB
    quiet = key_pairs.create_key_pair("quiet", "natero")
    store.append([write_request(quiet, [large(MIB)] * 5)])
    for _ in range(60):
        store.append([write_request(pair, [large(MIB)] * 3)])
        if has_time:
            free_all(store)
    assert seqs(quiet) == [1, 2, 3, 4, 5]
    total = KeyPair.objects.aggregate(sum=Sum("stored_bytes"))["sum"]
    # Each process checks after at most 16 MiB.
    assert total <= (57 * MIB if has_time else 57 * MIB + BEHIND)
    assert total == true_bytes(pair) + true_bytes(quiet)


def test_a_lowered_limit_is_reached_in_steps(store, pair, settings):
    for _ in range(30):
        store.append([write_request(pair, [large(MIB)] * 2)])
    settings.KEEP_BYTES = 10 * MIB
    store.append([write_request(pair, [judged()])])
    before = pair_bytes(pair)
    while store.free_piece():
        assert before - pair_bytes(pair) <= PIECE + MIB
        before = pair_bytes(pair)
    assert 8 * MIB < pair_bytes(pair) <= 10 * MIB


def test_unmatched_requests_are_bounded_in_bytes(store):
    long = head(refused=True)._replace(headers="h" * 60_000)
    for number in range(40):
        store.append([WriteRequest(None, long._replace(sender=f"192.0.2.{number}"))] * 20)
    sizes = [len(row.headers) for row in UnmatchedRequest.objects.all()]
    assert sum(sizes) <= unmatched_requests.MAX_BYTES + MIB
    assert len(sizes) > 200


def test_one_network_cannot_evict_the_unmatched_requests_of_others(store):
    def arrives(sender: str, count: int) -> None:
        store.append([WriteRequest(None, head(refused=True, sender=sender))] * count)

    arrives("192.0.2.1", 100)
    for number in range(100):
        arrives(f"2001:db8::{number:x}", 50)  # one /64
    senders = Counter(row.sender.split(":")[0] for row in UnmatchedRequest.objects.all())
    assert senders["192.0.2.1"] == 100
    assert senders["2001"] <= unmatched_requests.MAX_COUNT - 100 + 50
