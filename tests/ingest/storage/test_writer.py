"""The guarantees to senders: a number for every line, a 200 only for stored events, and 503 while
storage fails."""

from __future__ import annotations

import json
import socket
import sqlite3
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed

import pytest
from django.conf import settings

from ingest.models import Delivery
from tests.support.http import Answer, send_raw
from tests.support.server import Server, running
from tests.support.stored_data import assert_balanced, events_of, verdicts_of
from tests.support.vendors import NATERO, USERMAVEN, fresh
from tests.support.wait import until

SENDERS = 8
REQUESTS = 20


def lines(sender: int, number: int) -> list[str]:
    """One to four events, each with a unique user."""
    base = json.loads(NATERO.good)
    users = [f"{sender}-{number}-{line}" for line in range(1 + number % 4)]
    return [json.dumps(base | {"userId": user}) for user in users]


def send_many(server: Server, pair, sender: int) -> list[int]:
    statuses = []
    for number in range(REQUESTS):
        body = "\n".join(lines(sender, number)).encode()
        answer = send_raw(server.port, NATERO.deliver(pair.api_key, pair.auth_key, body), 30)
        statuses.append(answer.status)
    return statuses


def assert_all_there(pair, senders: range) -> None:
    """Check that every line is stored once, that the lines of a delivery are consecutive, and that
    a sender's deliveries are in order."""
    assert_balanced(pair)
    users = [event.user for event in events_of(pair)]
    sent = [user_of(line) for s in senders for n in range(REQUESTS) for line in lines(s, n)]
    assert Counter(users) == Counter(sent)
    for sender in senders:
        own = [user for user in users if user.startswith(f"{sender}-")]
        assert own == [user for user in sent if user.startswith(f"{sender}-")]
    events = events_of(pair)
    for delivery in Delivery.objects.filter(keypair=pair):
        own = events[delivery.first_seq - 1 :][: delivery.events]
        assert [event.line for event in own] == list(range(1, delivery.events + 1))
        assert {event.delivery for event in own} == {delivery.number}


def user_of(line: str) -> str:
    return json.loads(line)["userId"]


def test_many_senders_on_one_pair(server, new_pair, stored):
    pair = new_pair("natero")
    with ThreadPoolExecutor(SENDERS) as pool:
        results = pool.map(lambda sender: send_many(server, pair, sender), range(SENDERS))
        assert {status for statuses in results for status in statuses} == {200}
    assert_all_there(pair, range(SENDERS))


def test_many_senders_on_several_pairs_of_two_servers(daphne, uvicorn, new_pair, stored):
    """Two processes on one file; each pair gets senders of both."""
    pairs = [new_pair("natero") for _ in range(3)]
    ways = [(server, pair) for pair in pairs for server in (daphne, uvicorn)]
    with ThreadPoolExecutor(len(ways)) as pool:
        results = pool.map(lambda n: send_many(*ways[n], n), range(len(ways)))
        assert {status for statuses in results for status in statuses} == {200}
    for number, pair in enumerate(pairs):
        assert_all_there(pair, range(2 * number, 2 * number + 2))


# -- 503 -----------------------------------------------------------------------------------


def assert_try_again(answer: Answer, code: str) -> None:
    assert (answer.status, answer.headers["x-problem"]) == (503, code)
    assert int(answer.headers["retry-after"]) > 0


@pytest.fixture
def lock(stored) -> Iterator[sqlite3.Connection]:
    """Lock the database as another program would."""
    other = sqlite3.connect(settings.DATABASES["default"]["NAME"], isolation_level=None)
    yield other
    other.close()


@pytest.mark.sqlite  # PostgreSQL: test_outages.py
def test_a_locked_database_causes_only_503(uvicorn, new_pair, stored, lock):
    pair = new_pair("natero")

    def request() -> bytes:
        return NATERO.deliver(pair.api_key, pair.auth_key, fresh())

    assert send_raw(uvicorn.port, request()).status == 200
    lock.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(SENDERS) as pool:
        sent = [pool.submit(send_raw, uvicorn.port, request(), 30) for _ in range(SENDERS)]
        first = next(as_completed(sent)).result()
        lock.execute("ROLLBACK")
        assert_try_again(first, "not-stored")
        statuses = [future.result().status for future in sent]
    assert set(statuses) <= {200, 503}
    assert send_raw(uvicorn.port, request()).status == 200
    assert verdicts_of(pair) == ["valid"] * (2 + statuses.count(200))
    assert_balanced(pair)


@pytest.mark.sqlite
def test_a_short_lock_only_costs_time(server, new_pair, stored, lock):
    pair = new_pair("natero")
    request = NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good)
    lock.execute("BEGIN EXCLUSIVE")
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(send_raw, server.port, request)
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.3)
        lock.execute("ROLLBACK")
        assert waiting.result().status == 200
    assert verdicts_of(pair) == ["valid"]


def test_a_deleted_pair_accepts_nothing(server, new_pair, stored):
    pair = new_pair("natero")
    request = NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good)
    assert send_raw(server.port, request).status == 200
    pair.delete()
    assert_try_again(send_raw(server.port, request), "not-stored")


def test_a_full_queue_causes_503_until_it_is_drained(data_dir, new_pair, stored):
    pair = new_pair("natero")
    request = NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good.ljust(600))
    with running("uvicorn", data_dir, WAITING_BYTES="1000") as server:
        with socket.create_connection(("127.0.0.1", server.port)) as slow:
            slow.sendall(request[:-1])
            until(lambda: send_raw(server.port, request).status == 503)
            assert_try_again(send_raw(server.port, request), "overloaded")
            small = NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good)
            assert send_raw(server.port, small).status == 200
        until(lambda: send_raw(server.port, request).status == 200)
    assert verdicts_of(pair)[-1] == "valid"


def test_one_body_larger_than_the_queue(data_dir, new_pair, stored):
    pair = new_pair("usermaven")
    with running("daphne", data_dir, WAITING_BYTES="1000") as server:
        body = USERMAVEN.good.ljust(1001)
        answer = send_raw(server.port, USERMAVEN.deliver(pair.api_key, pair.auth_key, body))
        assert_try_again(answer, "overloaded")
        answer = send_raw(server.port, USERMAVEN.deliver(pair.api_key, pair.auth_key, body[:999]))
        assert answer.status == 200
