"""Guesses at keys on the test endpoints are counted, slowed and shown to staff."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from ingest.auth.guess_limit import MAX_GUESSES_PER_NETWORK, MAX_GUESSES_PER_PAIR
from tests.support.http import Answer, post, send_raw
from tests.support.server import Server, running
from tests.support.vendors import fresh

GUESSER, ELSEWHERE = "127.0.5.1", "127.0.5.2"


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Server]:
    """A server for this test only: the counted guesses would slow other tests."""
    with running("uvicorn", tmp_path_factory.mktemp("guessing")) as server:
        yield server


@pytest.fixture
def pair(desk, request) -> SimpleNamespace:
    words = ("keypair", "add", request.node.name, "--dialect", "natero", "--json")
    return SimpleNamespace(**json.loads(desk.manage(*words)))


def send(desk: Server, target: str, sender: str = GUESSER, body: bytes = b"{}") -> Answer:
    return send_raw(desk.port, post(target, body), seconds=30, sender=sender)


def problems_of_unmatched(desk: Server) -> str:
    code = (
        "from ingest.models import UnmatchedRequest;"
        "print(*UnmatchedRequest.objects.values_list('problems'))"
    )
    return desk.manage("shell", "-c", code)


@pytest.mark.alone
def test_guesses_over_many_lines_are_not_answered_faster(desk, pair):
    """The right key is among the guesses, but late, and is not found."""
    sender = "127.0.5.3"
    guesses = [f"guess-{number:04}" for number in range(400)] + [pair.auth_key]
    with ThreadPoolExecutor(50) as lines:
        began = time.monotonic()
        answers = list(
            lines.map(lambda key: send(desk, f"/v1/{key}/{pair.api_key}", sender), guesses)
        )
    seconds = time.monotonic() - began
    counts = Counter(answer.status for answer in answers)
    assert counts[400] <= MAX_GUESSES_PER_PAIR + 50 + seconds + 5
    assert counts[200] == 0
    assert counts[503] >= 300
    good = f"/v1/{pair.auth_key}/{pair.api_key}"
    assert send(desk, good, ELSEWHERE, fresh()).status == 200
    assert "keys-guessed" in problems_of_unmatched(desk)


def test_an_established_sender_is_unaffected_by_a_guesser_at_the_same_address(desk, pair):
    sender = "127.0.5.4"
    good = f"/v1/{pair.auth_key}/{pair.api_key}"
    assert send(desk, good, sender, fresh()).status == 200
    time.sleep(5)  # long enough for the cached answer to expire
    with ThreadPoolExecutor(40) as lines:
        paths = [f"/v1/guess-{number:04}/{pair.api_key}" for number in range(120)]
        guessing = [lines.submit(send, desk, path, sender) for path in paths]
        time.sleep(0.3)
        assert send(desk, good, sender, fresh()).status == 200
        assert 503 in {guess.result().status for guess in guessing}


def test_after_many_wrong_keys_a_network_gets_no_hints(desk, pair):
    guesses = [f"/v1/unknown-{number:04}/unknown-else" for number in range(MAX_GUESSES_PER_NETWORK)]
    assert {send(desk, path).headers["x-problem"] for path in guesses} == {"unknown-keys"}
    for path in (
        "/v1/another-one/unknown-else",
        f"/v1/another-two/{pair.api_key}",
        f"/v1/{pair.api_key}/another-three",
    ):
        answer = send(desk, path)
        assert (answer.status, answer.headers["x-problem"]) == (400, "too-many-tries")
    misplaced = f"/v1/unknown-0000/unknown-else?k={pair.api_key}"
    elsewhere = send(desk, misplaced, ELSEWHERE)
    assert elsewhere.headers["x-problem"] == "key-misplaced"
    for number in range(MAX_GUESSES_PER_NETWORK):
        send(desk, f"/v1/unknown-0000/unknown-else?k=unknown-{number:04}")
    assert send(desk, misplaced).headers["x-problem"] == "unknown-keys"
    good = f"/v1/{pair.auth_key}/{pair.api_key}"
    assert send(desk, good, GUESSER, fresh()).status == 200
    assert "keys-guessed" in problems_of_unmatched(desk)


def test_the_vendors_reply_gives_no_hints_either(desk):
    sender = "127.0.5.5"
    words = ("keypair", "add", "bunker", "--dialect", "eventbunker", "--json")
    bunker = json.loads(desk.manage(*words))

    def answer_to(key: str) -> Answer:
        request = post("/post", b"{}", f"x-eventbunker-write-key: {key}")
        return send_raw(desk.port, request, seconds=30, sender=sender)

    assert b"use a write key" in answer_to(bunker["auth_key"]).body
    unknown = [answer_to(f"unknown-{number:04}") for number in range(MAX_GUESSES_PER_NETWORK)][-1]
    other = json.loads(desk.manage(*words[:2], "bunker b", *words[3:]))
    withheld = answer_to(other["auth_key"])
    assert withheld.headers["x-problem"] == "too-many-tries"
    assert withheld.body == answer_to("unknown-9999").body
    assert (unknown.status, withheld.status) == (401, 401)
