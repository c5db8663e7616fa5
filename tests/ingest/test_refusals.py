"""The reasons for refused requests: the message to the sender, and the page that shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import count, islice

import pytest
import requests

from ingest.auth import key_pairs
from ingest.models import Delivery, KeyPair, UnmatchedRequest
from tests.support.http import Answer, request, send_raw
from tests.support.refused_requests import CASES, Case
from tests.support.stored_data import faults_of, last_delivery, last_unmatched, problems_of, text_of
from tests.support.vendors import VENDORS

_number = count(1)
FOREIGN = {"natero": "usermaven", "usermaven": "natero", "eventbunker": "natero"}
SLIPS: dict[str, Callable[[str], str]] = {
    "": lambda key: key,
    "~": lambda key: key[:-1],
    "+": lambda key: key + "x",
    "^": str.upper,
    "!": lambda key: key[:9] + "x" + key[10:],
    "%": lambda key: swap(key),
}


def swap(key: str) -> str:
    at = next(at for at in range(len(key) - 1) if key[at] != key[at + 1])
    return key[:at] + key[at + 1] + key[at] + key[at + 2 :]


@pytest.fixture
def cast(new_pair, stored):
    """Pairs with letters in every key, so that case matters."""

    def of(dialect: str) -> dict[str, KeyPair]:
        names = {"own": dialect, "other": dialect, "foreign": FOREIGN[dialect]}
        return {name: with_letters(new_pair, names[name]) for name in names}

    return of


def with_letters(new_pair, dialect: str) -> KeyPair:
    return new_pair(
        dialect, api_key="k" + key_pairs.new_secret(), auth_key="t" + key_pairs.new_secret()
    )


def keys_of(people: dict[str, KeyPair], state: str = "") -> dict[str, str]:
    """The current keys; `new_…` are those after the change to `state`."""
    keys = {"api": people["own"].api_key, "auth": people["own"].auth_key}
    for name in ("other", "foreign"):
        keys |= {f"{name}_api": people[name].api_key, f"{name}_auth": people[name].auth_key}
    if state:
        change = {"disabled": key_pairs.disable_key_pair, "rotated": key_pairs.rotate_keys}[state]
        pair = change(people["own"])
        keys |= {"new_api": pair.api_key, "new_auth": pair.auth_key}
    return keys


def new_sender() -> str:
    """A new address: tries are counted per sender."""
    return f"127.0.1.{next(_number) % 250 + 1}"


def fill(text: str, keys: dict[str, str]) -> str:
    return re.sub(
        r"\{(\w+)([~+^!%]?)\}",
        lambda found: SLIPS[found[2]](keys[found[1]]) if found[1] in keys else found[0],
        text,
    )


def send(port: int, case: Case, keys: dict[str, str]) -> Answer:
    headers = [fill(header, keys) for header in case.headers]
    headers.append(f"Content-Length: {len(case.body)}")
    sent = request(case.method, fill(case.target, keys), *headers, body=case.body)
    return send_raw(port, sent, sender=new_sender())


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.dialect} {case.target[:60]}")
def test_the_reason_is_sent_and_shown(server, cast, case):
    people = cast(case.dialect)
    keys = keys_of(people, case.state)
    answer = send(server.port, case, keys)
    assert answer.headers["x-problem"] == case.code
    assert case.phrase in answer.headers["x-problem-detail"]
    row = last_unmatched() if case.whose == "unmatched" else last_delivery(people[case.whose])
    assert faults_of(row) == [f"error {case.code}"]
    assert row.refused
    assert row.status == answer.status
    assert_says_nothing_of(people, keys, answer, row)


def assert_says_nothing_of(
    people: dict[str, KeyPair],
    keys: dict[str, str],
    answer: Answer,
    row: Delivery | UnmatchedRequest,
) -> None:
    """Neither the reply nor the stored data contains a pair's name or a secret."""
    shown = f"{answer.headers} {answer.body!r}"
    stored = text_of(row).decode("utf-8", "replace")
    for secret in keys.values():
        assert secret not in shown + stored
        assert secret.upper() not in shown + stored
    for pair in people.values():
        assert pair.name not in shown + stored


OF_KEYS = [case for case in CASES if case.method == "POST" and "path" not in case.code]


@pytest.mark.parametrize("case", OF_KEYS, ids=lambda case: f"{case.dialect} {case.target[:60]}")
def test_the_vendors_own_reply_is_unchanged(uvicorn, cast, case):
    answer = send(uvicorn.port, case, keys_of(cast(case.dialect), case.state))
    expected = VENDORS[case.dialect].refused
    if case.target.startswith("/api/v1/{foreign"):
        expected = (404, b"404 page not found")
    if case.code == "query-key-used":
        words = b"Please use a write key for write requests. Invalid x-eventbunker-write-key"
        expected = (401, b'{"message":"%s","errors":[]}' % words)
    assert (answer.status, answer.body) == expected


def test_there_are_enough_cases():
    assert len(CASES) >= 45


# -- of two pairs ---------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["natero", "usermaven"])
def test_both_pages_show_it_and_only_staff_see_both_pairs(server, cast, dialect):
    people = cast(dialect)
    own, other = people["own"], people["other"]
    case = next(c for c in CASES if (c.dialect, c.code) == (dialect, "keys-of-two-pairs"))
    send(server.port, case, keys_of(people))
    for pair in (own, other):
        row = last_delivery(pair)
        assert faults_of(row) == ["error keys-of-two-pairs"]
        assert not problems_of(row)[0].args
    row = last_unmatched()
    assert problems_of(row)[0].args == {"api_pair": str(own.pk), "auth_pair": str(other.pk)}


# -- guesses ----------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", VENDORS)
def test_a_sender_without_a_valid_key_learns_nothing(server, cast, dialect):
    """Random keys, near misses, and keys of the exact length get identical replies."""
    people = cast(dialect)
    api, auth = people["own"].api_key, people["own"].auth_key
    nothing = {"random": ("a1b2c3d4e5", "f6a7b8c9d0"), "exact length": ("a" * 33, "b" * 33)}
    near = {name: (slip(api), slip(auth)) for name, slip in islice(SLIPS.items(), 1, None)}
    answers = {}
    for name, (guess, second) in {**nothing, **near}.items():
        answer = send_raw(server.port, VENDORS[dialect].deliver(guess, second, b"{}"))
        headers = {name: value for name, value in answer.headers.items() if name != "date"}
        answers[name] = (answer.status, str(headers), answer.body)
    assert len(set(answers.values())) == 1, answers
    people["own"].refresh_from_db()
    assert people["own"].refused == 0


def test_near_misses_are_reported_a_few_times_only(server, cast):
    """The stored request still has the hint, and a repeated key gets the same reply again."""
    own = cast("natero")["own"]
    deliver = VENDORS["natero"].deliver
    guesses = [own.auth_key[:at] + "z" + own.auth_key[at + 1 :] for at in range(14)]
    codes = []
    for guess in [*guesses, guesses[0]]:
        answer = send_raw(server.port, deliver(own.api_key, guess, b"{}"), sender=new_sender())
        codes.append(answer.headers["x-problem"])
        assert faults_of(last_delivery(own)) == ["error one-character-off"]
    assert codes == ["one-character-off"] * 10 + ["wrong-auth-key"] * 4 + ["one-character-off"]


def test_after_too_many_tries_every_wrong_key_gets_the_same_reply(server, cast):
    own = cast("natero")["own"]
    deliver, sender = VENDORS["natero"].deliver, new_sender()
    far = ["f" * 32 + str(n) for n in range(11)]
    near = own.auth_key[:-1]
    answers = [
        send_raw(server.port, deliver(own.api_key, guess, b"{}"), sender=sender)
        for guess in [*far, near]
    ]
    assert len({str(answer.headers.get("x-problem-detail")) for answer in answers}) == 1


def test_a_reply_to_one_pair_contains_nothing_of_another(server, cast):
    """Even if keys of both came together: only staff can see that."""
    people = cast("natero")
    own, other = people["own"], people["other"]
    for pair in (own, other):
        pair.name = f"named {pair.api_key[:8]}"
        pair.save(update_fields=["name"])
    sent = VENDORS["natero"].deliver(own.api_key, other.auth_key, b"{}")
    assert send_raw(server.port, sent).headers["x-problem"] == "keys-of-two-pairs"
    for pair, stranger in ((own, other), (other, own)):
        for path in ("deliveries?refused=1", "deliveries/1", "summary"):
            keys = (pair.api_key, pair.auth_key)
            answer = requests.get(f"{server.url}/api/{path}", auth=keys, timeout=10)
            assert answer.status_code == 200
            hidden = (stranger.name, stranger.api_key, stranger.auth_key, "api_pair")
            assert [text for text in hidden if text in answer.text] == []
