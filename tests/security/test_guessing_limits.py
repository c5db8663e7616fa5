"""Guessing keys, passwords and links is slowed down and recorded; well-behaved senders are not
affected."""

from __future__ import annotations

import threading
import time

import pytest
import requests

from ingest.auth.guess_limit import MAX_GUESSES_PER_PAIR, TARPIT_SECONDS
from tests.support.browser import send
from tests.support.http import post, send_raw
from tests.support.vendors import fresh
from tests.support.visitors import PASSWORD, anonymous
from viewer.access.failed_attempts import TOTAL_LIMIT, WRONG_LIMIT, network_of


@pytest.fixture
def desk(uvicorn, stored):
    """A server for this test only: lock-outs would affect other tests."""
    forget()
    yield uvicorn
    forget()


def forget() -> None:
    from axes.models import AccessAttempt

    from viewer.models import AuditLogEntry

    AuditLogEntry.objects.filter(action__in=["wrong keys", "wrong link", "sign-in locked"]).delete()
    AccessAttempt.objects.all().delete()


@pytest.fixture
def pair(desk, new_pair):
    return new_pair("natero")


def ask(desk, api_key: str, auth_key: str) -> requests.Response:
    return requests.get(f"{desk.url}/api/summary", auth=(api_key, auth_key), timeout=10)


def details(action: str) -> list[str]:
    from viewer.models import AuditLogEntry

    return [entry.detail for entry in AuditLogEntry.objects.filter(action=action)]


def test_guessed_keys_are_refused_after_a_limit(desk, pair):
    for number in range(WRONG_LIMIT):
        assert ask(desk, pair.api_key, f"guess-{number}").status_code == 401
    refused = ask(desk, pair.api_key, "another-guess")
    assert refused.status_code == 429
    assert 0 < int(refused.headers["Retry-After"]) <= 600
    page = anonymous(desk).post("/open/", api_key=pair.api_key, auth_key="another")
    assert page.status_code == 429
    # other users share the address
    assert ask(desk, pair.api_key, pair.auth_key).status_code == 200
    for number in range(WRONG_LIMIT, TOTAL_LIMIT):
        assert ask(desk, pair.api_key, f"guess-{number}").status_code == 429
    assert ask(desk, pair.api_key, pair.auth_key).status_code == 429
    recorded = details("wrong keys")
    assert len(recorded) == TOTAL_LIMIT
    assert pair.api_key not in str(recorded)
    assert "guess-" not in str(recorded)
    assert send(desk, pair, fresh()).status == 200


def test_only_a_guesser_at_the_test_endpoint_is_slowed_down(desk, pair):
    def guess(number: int) -> float:
        began = time.perf_counter()
        path = f"/v1/guess-{number}/{pair.api_key}"
        assert send_raw(desk.port, post(path, b"{}")).status != 200
        return time.perf_counter() - began

    for number in range(MAX_GUESSES_PER_PAIR):
        guess(number)
    slow = threading.Thread(target=guess, args=(MAX_GUESSES_PER_PAIR,))
    slow.start()
    assert send(desk, pair, fresh()).status == 200
    assert slow.is_alive()  # the valid request did not wait for it
    slow.join()
    assert guess(MAX_GUESSES_PER_PAIR + 1) >= TARPIT_SECONDS


def test_a_job_that_repeats_one_mistake_locks_no_user_out(desk, pair):
    for _ in range(3 * WRONG_LIMIT):
        assert ask(desk, pair.api_key, "the-old-key").status_code == 401
    assert ask(desk, pair.api_key, pair.auth_key).status_code == 200


def test_guessed_links_are_refused_after_a_limit(desk):
    for number in range(WRONG_LIMIT):
        assert anonymous(desk).post(f"/shared/open/guess-{number}/").status_code == 404
    for path in ("/shared/open/another/", "/invitation/another/"):
        assert anonymous(desk).post(path).status_code == 429
    assert anonymous(desk).post("/sign-in/another/").status_code == 429
    assert "share" in str(details("wrong link"))


def test_guessed_passwords_lock_the_name_for_this_address(desk):
    from django.contrib.auth.models import User

    for name in ("mia", "ida"):
        User.objects.create_user(name, password=PASSWORD)
    mia = anonymous(desk)
    statuses = [
        mia.post("/sign-in/", username="mia", password=f"guess {n}").status_code for n in range(6)
    ]
    assert statuses[:4] == [403] * 4
    assert statuses[-1] == 429
    assert mia.post("/sign-in/", username="mia", password=PASSWORD).status_code == 429
    assert mia.post("/sign-in/", username="ida", password=PASSWORD).status_code == 302
    assert "name mia" in str(details("sign-in locked"))


@pytest.mark.alone
def test_ingest_continues_during_guessing(desk, pair, report):
    alone = slowest_tenth(desk, pair)
    stop = threading.Event()

    def guess(start: int) -> None:
        number = start
        while not stop.is_set():
            number += 1
            ask(desk, pair.api_key, f"guess-{number}")

    guessers = [threading.Thread(target=guess, args=(n * 10**6,)) for n in range(4)]
    for thread in guessers:
        thread.start()
    try:
        beside = slowest_tenth(desk, pair)
    finally:
        stop.set()
        for thread in guessers:
            thread.join()
    report(
        f"beside 4 guessers: p90 of a delivery {beside * 1000:.1f} ms, alone {alone * 1000:.1f} ms"
    )
    assert beside < 2 * alone + 0.1


def slowest_tenth(desk, pair) -> float:
    took = []
    for _ in range(200):
        began = time.perf_counter()
        assert send(desk, pair, fresh()).status == 200
        took.append(time.perf_counter() - began)
    return sorted(took)[180]


def test_an_ipv6_sender_is_its_network():
    assert network_of("2001:db8:1:2:3::4") == network_of("2001:db8:1:2:ffff::1")
    assert network_of("2001:db8:1:2::1") != network_of("2001:db8:1:3::1")
    assert network_of("10.0.0.1") != network_of("10.0.0.2")
    assert network_of("unix:") == network_of("198.51.100.9%1") == "not an address"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
