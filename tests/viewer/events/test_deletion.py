"""`DELETE /api/events?through=N` deletes events; numbers and counts stay."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from ingest.models import Delivery, Event
from tests.support.http import post, send_raw
from tests.support.stored_data import events_of
from tests.support.vendors import fresh
from tests.support.visitor import next_frame, sign_in


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def send(server, pair, count: int = 1) -> None:
    body = b"\n".join(fresh() for _ in range(count))
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    assert send_raw(server.port, post(path, body)).status == 200


@pytest.fixture
def owner(server):
    return sign_in(server)


@pytest.fixture
def delete(server, pair, owner):
    def ask(**parameters) -> requests.Response:
        url = f"{server.url}/api/events"
        asked = {"pair": pair.pk, **parameters}
        own = {"Origin": server.url}
        return owner.http.delete(url, params=asked, headers=own, timeout=60)

    return ask


def test_events_and_their_requests_are_deleted_and_counts_stay(server, pair, delete):
    for _ in range(3):
        send(server, pair, 4)
    before = requests.get(
        f"{server.url}/api/summary", auth=(pair.api_key, pair.auth_key), timeout=10
    ).json()
    assert delete(through=6).json() == {"deleted": 6, "first": 7, "last": 12}
    assert [event.seq for event in events_of(pair)] == list(range(7, 13))
    deliveries = Delivery.objects.filter(keypair=pair).order_by("number")
    assert [row.number for row in deliveries] == [2, 3]  # the second one also contained 7 and 8
    after = requests.get(
        f"{server.url}/api/summary", auth=(pair.api_key, pair.auth_key), timeout=10
    ).json()
    assert after["first_kept"] == 7
    for name in ("balance", "tallies", "top_problems", "last"):
        assert after[name] == before[name]
    send(server, pair)
    assert [event.seq for event in events_of(pair)] == list(range(7, 14))


def test_all_events_are_deleted_and_numbers_continue(server, pair, delete):
    send(server, pair, 5)
    send_raw(server.port, post(f"/v1/wrong-auth-key/{pair.api_key}", b"{}"))
    assert delete(through=10**15).json() == {"deleted": 5, "first": None, "last": 5}
    assert list(Delivery.objects.filter(keypair=pair).values_list("number", "refused")) == [
        (2, True)
    ]
    send(server, pair)
    assert [event.seq for event in events_of(pair)] == [6]


def test_a_repeated_call_deletes_nothing(server, pair, delete):
    send(server, pair, 3)
    assert delete(through=2).json()["deleted"] == 2
    assert delete(through=2).json() == {"deleted": 0, "first": 3, "last": 3}


def test_another_pair_loses_nothing(server, pair, new_pair, delete):
    other = new_pair("natero")
    send(server, other, 2)
    send(server, pair, 2)
    delete(through=2)
    assert len(events_of(other)) == 2


def test_an_invalid_request_deletes_nothing(server, pair, delete):
    send(server, pair)
    for bad in ({}, {"through": ""}, {"through": 0}, {"through": "all"}):
        answer = delete(**bad)
        assert (answer.status_code, "through" in answer.json()["error"]) == (400, True)
    assert len(events_of(pair)) == 1


def test_holders_of_the_keys_cannot_delete(server, pair):
    """Keys are in pages and apps that anyone can read."""
    send(server, pair)
    asked, keys = {"through": 1}, (pair.api_key, pair.auth_key)
    answer = requests.delete(f"{server.url}/api/events", params=asked, auth=keys, timeout=10)
    assert (answer.status_code, "manages" in answer.json()["error"]) == (403, True)
    assert len(events_of(pair)) == 1


def test_other_sites_and_strangers_cannot_delete(server, pair, delete):
    send(server, pair)
    url = f"{server.url}/api/events"
    asked = {"pair": pair.pk, "through": 1}
    assert requests.delete(url, params=asked, timeout=10).status_code == 403
    visitor = sign_in(server)
    for headers in ({}, {"Origin": "https://evil.example"}):
        answer = visitor.http.delete(url, params=asked, headers=headers, timeout=10)
        assert answer.status_code == 403
    assert len(events_of(pair)) == 1
    own = {"Origin": server.url}
    assert visitor.http.delete(url, params=asked, headers=own, timeout=10).json()["deleted"] == 1


def test_open_feeds_are_notified(server, pair, delete):
    send(server, pair, 5)
    with sign_in(server).feed(pair.pk, after=5) as feed:
        assert next_frame(feed)["first"] == 1
        delete(through=3)
        frame = next_frame(feed)
        assert (frame["events"], frame["first"], frame["last"]) == ([], 4, 5)
        delete(through=5)
        assert next_frame(feed)["first"] == 0


@pytest.mark.alone
def test_senders_get_replies_during_a_large_deletion(server, pair, delete):
    for _ in range(4):
        send(server, pair, 3_000)
    longest = 0.0
    deletion = threading.Thread(target=delete, kwargs={"through": 12_000})
    deletion.start()
    while deletion.is_alive():
        began = time.monotonic()
        send(server, pair)
        longest = max(longest, time.monotonic() - began)
    assert longest < 1
    pair.refresh_from_db()
    assert Event.objects.filter(keypair=pair, seq__lte=12_000).count() == 0
    assert [event.seq for event in events_of(pair)] == list(range(12_001, pair.last_seq + 1))
    assert pair.valid + pair.warning == pair.last_seq
