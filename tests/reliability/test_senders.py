"""Senders that stop midway, send slowly, arrive in masses or send megabytes of nonsense cause no
harm."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.http import read_answer, send_raw
from tests.support.server import Server, running
from tests.support.stored_data import (
    assert_balanced,
    events_of,
    faults_of,
    last_delivery,
    verdicts_of,
)
from tests.support.vendors import NATERO, fresh
from tests.support.wait import until

pytestmark = pytest.mark.alone

GOOD = NATERO.good


def delivery_to(pair, body: bytes = GOOD) -> bytes:
    return NATERO.deliver(pair.api_key, pair.auth_key, body)


def assert_takes_events(server: Server, pair) -> None:
    assert send_raw(server.port, delivery_to(pair, fresh()), 30).status == 200
    assert verdicts_of(pair)[-1] == "valid"


def test_a_sender_that_stops_midway_is_recorded(uvicorn, new_pair, stored):
    """Under uvicorn; Daphne passes on a request only when it is complete."""
    pair = new_pair("natero")
    whole = delivery_to(pair)
    with socket.create_connection(("127.0.0.1", uvicorn.port)) as connection:
        connection.sendall(whole[:-10])
    until(lambda: refused(pair) == 1)
    delivery = last_delivery(pair)
    assert (faults_of(delivery), delivery.status) == (["error sender-left"], 0)
    assert events_of(pair) == []
    assert_takes_events(uvicorn, pair)


def refused(pair) -> int:
    pair.refresh_from_db()
    return pair.refused


@pytest.mark.parametrize("kept", [20, 150, -1])
def test_a_sender_that_stops_midway_delays_no_others(server, new_pair, stored, kept):
    pair = new_pair("natero")
    whole = delivery_to(pair)
    for _ in range(20):
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(whole[:kept])
    assert_takes_events(server, pair)
    assert_balanced(pair)


def seconds_for(server: Server, pair, requests: int) -> float:
    """The longest of several consecutive deliveries, in seconds."""
    longest = 0.0
    for _ in range(requests):
        started = time.perf_counter()
        assert_takes_events(server, pair)
        longest = max(longest, time.perf_counter() - started)
    return longest


def test_a_slow_sender_delays_no_others(server, new_pair, stored):
    slow, fast = new_pair("natero"), new_pair("natero")
    whole = delivery_to(slow)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(whole[:-6])
        for byte in whole[-6:]:
            assert seconds_for(server, fast, 3) < 0.5
            time.sleep(0.2)
            connection.sendall(bytes([byte]))
        assert read_answer(connection).status == 200
    assert verdicts_of(slow) == ["valid"]


def test_many_idle_senders_delay_no_others(server, new_pair, stored):
    pair = new_pair("natero")
    whole = delivery_to(pair)
    connections = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(100)]
    for connection in connections:
        connection.sendall(whole[:-10])
    assert seconds_for(server, pair, 10) < 0.5
    for connection in connections:
        connection.close()


def test_a_body_that_takes_too_long_is_refused(tmp_path, data_dir, new_pair, stored):
    """Under uvicorn; Daphne waits as long as the sender does."""
    pair = new_pair("natero")
    whole = delivery_to(pair)
    with running("uvicorn", data_dir, BODY_SECONDS="1") as server:
        with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
            connection.sendall(whole[:-10])
            answer = read_answer(connection)
        assert (answer.status, answer.headers["x-problem"]) == (408, "sender-too-slow")
        assert faults_of(last_delivery(pair)) == ["error sender-too-slow"]
        assert_takes_events(server, pair)


def test_malformed_mebibytes_delay_no_others(server, new_pair, stored):
    hostile, other = new_pair("natero"), new_pair("natero")
    body = b"\n".join([b'{"a":[' + b"1," * 500_000] * 4)
    longest = 0.0
    with ThreadPoolExecutor(1) as pool:
        sent = pool.submit(send_raw, server.port, delivery_to(hostile, body), 60)
        while not sent.done():
            longest = max(longest, seconds_for(server, other, 1))
    assert verdicts_of(hostile) == ["malformed"] * 4
    assert longest < 1.5


def test_bodies_that_are_expensive_to_parse_delay_no_others(server, new_pair, stored):
    slow, quick = new_pair("natero"), new_pair("natero")
    body = (b'{"a": [1, 2, 3], "b":\n' * 20_000)[:-1]
    with ThreadPoolExecutor(1) as pool:
        hard = pool.submit(send_raw, server.port, delivery_to(slow, body), 60)
        longest = 0.0
        while not hard.done():
            longest = max(longest, seconds_for(server, quick, 1))
        assert hard.result().status == 200
    assert longest < 2  # validation of 256 lines, and the one commit of all of them
    slow.refresh_from_db()
    assert slow.malformed == slow.last_seq > 0
