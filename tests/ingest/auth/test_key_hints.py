"""Recognition of near-miss keys, and the limit on reporting them, without server and store."""

from __future__ import annotations

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.auth import guess_limit
from ingest.auth.authenticate import authenticate, lookup_keys
from ingest.auth.credential_cache import CredentialCache
from ingest.auth.guess_limit import (
    MAX_GUESSES_PER_NETWORK,
    MAX_GUESSES_PER_PAIR,
    MAX_GUESSES_PER_SENDER,
    GuessLimiter,
)
from ingest.auth.key_format import find_format_error, find_placeholder, parse_key, strip_decoration
from ingest.auth.key_similarity import differs_in_case, one_character_off
from ingest.auth.misplaced_keys import find_keys_anywhere
from ingest.dialects import BY_NAME
from ingest.values import Credentials, IncomingRequest, KeyPairSnapshot, Refusal

OWN = "Ab3dEf9hIjKl"
NATERO = BY_NAME["natero"]
KEYS = st.text("abcXYZ019-_", min_size=6, max_size=40)
PAIR = KeyPairSnapshot(1, "natero", "api-key-1", "auth-key-1")
NEAR = Refusal("one-character-off", plain=Refusal("wrong-auth-key"))


# -- one character --------------------------------------------------------------------------


@pytest.mark.parametrize("presented", [OWN[1:], OWN[:-1], OWN[:5] + OWN[6:], OWN + "x", "x" + OWN])
def test_one_character_lost_or_added(presented):
    assert one_character_off(presented, OWN)


@pytest.mark.parametrize("presented", ["xb3dEf9hIjKl", "Ab3dEfxhIjKl", "Ab3dEf9hIjKx"])
def test_one_character_changed(presented):
    assert one_character_off(presented, OWN)


@pytest.mark.parametrize("presented", ["bA3dEf9hIjKl", "Ab3dEf9hIjlK", "Ab3dE9fhIjKl"])
def test_two_neighbours_swapped(presented):
    assert one_character_off(presented, OWN)


@pytest.mark.parametrize(
    "presented", ["", "A", OWN[2:], OWN + "xy", "xx" + OWN[2:], OWN[::-1], "3bAdEf9hIjKl", "é" * 12]
)
def test_larger_differences_are_no_near_miss(presented):
    assert not one_character_off(presented, OWN)


def test_only_the_case_differs():
    assert differs_in_case(OWN.upper(), OWN)
    assert differs_in_case(OWN.swapcase(), OWN)
    assert not differs_in_case(OWN, OWN)
    assert not differs_in_case(OWN.upper() + "x", OWN)


@given(KEYS, st.integers(0, 39), st.sampled_from("abc!9é"))
def test_any_single_change_is_found(own, at, char):
    at = at % len(own)
    for presented in (own[:at] + own[at + 1 :], own[:at] + char + own[at:]):
        assert one_character_off(presented, own)
    changed = own[:at] + char + own[at + 1 :]
    assert changed == own or one_character_off(changed, own)


# -- formatting mistakes ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "presented",
    [
        *(
            " KEY-17",
            "KEY-17\n",
            "\tKEY-17 ",
            "%20KEY-17",
            "KEY-17%0A",
            "\u200bKEY-17",
            "KEY-17\\n",
        ),
        *('"KEY-17"', "'KEY-17'", "“KEY-17”", "`KEY-17`", "%22KEY-17%22", "&quot;KEY-17&quot;"),
        *("<KEY-17>", "{KEY-17}", "[KEY-17]", "{{KEY-17}}", '"KEY-17', ' "KEY-17" ', '" KEY-17"'),
        *("Bearer KEY-17", "apiKey=KEY-17", "token: KEY-17", "KEY-\n17", "KEY-1 7"),
    ],
)
def test_decoration_around_a_key_is_removed(presented):
    assert parse_key(presented).core == "KEY-17"


@given(KEYS)
def test_a_bare_key_stays_as_it_is(key):
    assert parse_key(key).core == key
    assert strip_decoration(NATERO, Credentials(key, key)) == Credentials(key, key)


PLACEHOLDERS = [
    *("<auth_key>", "[yourApiKey]", "{apiKey}", "YOUR_API_KEY", "$API_KEY", "${API_KEY}"),
    *("{{ api_key }}", "%API_KEY%", ":authKey", "<%= key %>", "<your api key here>", "API-KEY"),
    *("process.env.API_KEY", "import.meta.env.VITE_KEY", "__API_KEY__", "#{api_key}", "$(API_KEY)"),
    *("xxxxxxxx", "changeme", "your-write-key", "insert_token_here", "naterokey", "string"),
    *("undefined", "null", "None", "nil", "NaN", "[object Object]", '"undefined"', "(null)"),
]


@pytest.mark.parametrize("presented", PLACEHOLDERS)
def test_a_placeholder_is_recognised(presented):
    assert find_placeholder(presented)


@pytest.mark.parametrize(
    "key",
    ["0123456789abcdef", "UMabc123", "key-17", "token1a2b", "<0123456789abcdef>", "{K3Y-17}"]
    + ["{nat-api-7c1f0b2e9d44}", "${ebw-1f6d2c7788aa90}", "[api3f9a1c]"],
)
def test_a_possible_key_is_no_placeholder(key):
    assert not find_placeholder(key)


@given(st.text(max_size=300), st.text(max_size=300))
def test_no_input_fails(api_key, auth_key):
    for dialect in BY_NAME.values():
        for required in (True, False):
            credentials = Credentials(api_key, auth_key, required)
            found = find_format_error(dialect, credentials)
            assert found is None or found.problem()
            assert authenticate(dialect, credentials, []).pair is None


@pytest.mark.alone
@pytest.mark.parametrize(
    "text", [" " * 60_000 + "x", '"' * 60_000 + "x", "a:" * 30_000, "/" * 60_000]
)
def test_long_nonsense_is_fast(text):
    began = time.process_time()
    request = IncomingRequest("POST", f"/v1/{text}", text, {b"authorization": text.encode()}, "", 0)
    for dialect in BY_NAME.values():
        credentials = Credentials(text, "", auth_required=False)
        assert find_format_error(dialect, credentials) is None
        assert all(len(secret) <= 200 for secret in lookup_keys(dialect, credentials))
        assert len(find_keys_anywhere(dialect, request, text.encode())) <= 20
    assert time.process_time() - began < 0.2


# -- authentication -----------------------------------------------------------------------------


def test_without_a_valid_key_near_misses_are_not_reported():
    """Even if the look-up had found the pair."""
    near = Credentials(PAIR.api_key + "x", PAIR.auth_key + "x")
    assert authenticate(NATERO, near, [PAIR]) == (None, Refusal("unknown-keys"), None)


def test_a_key_is_compared_only_with_its_own_partner():
    other = KeyPairSnapshot(2, "natero", "api-key-2", "auth-key-2")
    presented = Credentials(PAIR.api_key, other.auth_key + "x")
    pair, refusal, _ = authenticate(NATERO, presented, [PAIR, other])
    assert (pair, refusal.code) == (PAIR, "wrong-auth-key")


@pytest.mark.parametrize("retired", ["api-key-0", "api-key-1"])
def test_keys_in_force_take_precedence_over_retired_ones(retired):
    old = KeyPairSnapshot(9, "natero", retired, "auth-key-1", retired_at=5)
    answer = authenticate(NATERO, Credentials("api-key-1", "auth-key-1"), [PAIR, old])
    assert answer == (PAIR, None, None)


def test_keys_of_two_rotations_are_reported_as_rotated():
    old = [
        KeyPairSnapshot(1, "natero", f"api-{at}", f"auth-{at}", retired_at=at * 10**12)
        for at in (1, 2)
    ]
    pair, refusal, _ = authenticate(NATERO, Credentials("api-1", "auth-2"), old)
    assert (pair, refusal.code) == (old[1], "rotated")


# -- rate limit -----------------------------------------------------------------------------------


@pytest.fixture
def clock(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(guess_limit.time, "monotonic", lambda: now[0])
    return now


def tell(memory: GuessLimiter, tried: str, pair: int = 1, sender: str = "10.0.0.1") -> str:
    presented = Credentials(PAIR.api_key, tried)
    return memory.limit(NEAR, PAIR._replace(id=pair), sender, presented).refusal.code


def test_after_some_tries_at_a_pair_the_hint_is_withheld(clock):
    memory = GuessLimiter()
    reasons = [tell(memory, str(n), sender=f"10.0.0.{n}") for n in range(MAX_GUESSES_PER_PAIR + 2)]
    assert reasons == ["one-character-off"] * MAX_GUESSES_PER_PAIR + ["wrong-auth-key"] * 2


def test_after_some_tries_of_a_sender_the_hint_is_withheld(clock):
    memory = GuessLimiter()
    reasons = [tell(memory, str(n), pair=n) for n in range(MAX_GUESSES_PER_SENDER + 2)]
    assert reasons == ["one-character-off"] * MAX_GUESSES_PER_SENDER + ["wrong-auth-key"] * 2


def test_a_repeated_key_gets_the_same_reply(clock):
    memory = GuessLimiter()
    assert {tell(memory, "same") for _ in range(100)} == {"one-character-off"}
    assert tell(memory, "another") == "one-character-off"


def test_after_the_window_hints_return(clock):
    memory = GuessLimiter()
    reasons = [tell(memory, str(n)) for n in range(MAX_GUESSES_PER_PAIR + 1)]
    clock[0] += guess_limit.WINDOW_SECONDS + 1
    assert [reasons[-1], tell(memory, "again")] == ["wrong-auth-key", "one-character-off"]


def test_other_reasons_do_not_count(clock):
    memory = GuessLimiter()
    disabled = Refusal("disabled", {"since": "…"})
    for n in range(100):
        presented = Credentials(PAIR.api_key, str(n))
        assert memory.limit(disabled, PAIR, "10.0.0.1", presented) == (disabled, 0, False)
    assert tell(memory, "first") == "one-character-off"


def test_further_guesses_at_a_pairs_other_key_are_delayed(clock):
    memory = GuessLimiter()

    def delay(n: int) -> float:
        return memory.limit(NEAR, PAIR, "10.0.0.1", Credentials(PAIR.api_key, str(n))).delay

    delays = [delay(n) for n in range(MAX_GUESSES_PER_PAIR + 2)]
    assert delays == [0] * MAX_GUESSES_PER_PAIR + [guess_limit.TARPIT_SECONDS] * 2
    assert delay(0) == 0  # a repeated key gives no new information


def test_its_memory_is_bounded(clock, monkeypatch):
    monkeypatch.setattr(guess_limit, "MAX_REMEMBERED", 50)
    memory = GuessLimiter()
    for n in range(1000):
        tell(memory, str(n), pair=n, sender=f"10.0.{n // 250}.{n % 250}")
    assert len(memory._windows) <= 50
    assert all(len(window.tried) <= MAX_GUESSES_PER_NETWORK for window in memory._windows.values())


def test_the_remembered_tries_are_bounded_too(clock, monkeypatch):
    monkeypatch.setattr(guess_limit, "MAX_DIGESTS", 100)
    memory = GuessLimiter()
    for n in range(1000):
        tell(memory, str(n), sender=f"10.0.0.{n % 20}")
    assert sum(len(window.tried) for window in memory._windows.values()) <= 101


# -- the cache of answers -----------------------------------------------------------------------


def test_guesses_with_a_valid_key_evict_nothing():
    async def find(secrets):
        return [PAIR] if {*secrets} & {PAIR.api_key, PAIR.auth_key} else []

    async def guess() -> CredentialCache:
        keys = CredentialCache(find)
        assert (await keys.answer(NATERO, Credentials(PAIR.api_key, PAIR.auth_key))).pair == PAIR
        for n in range(20):
            answer = await keys.answer(NATERO, Credentials(PAIR.api_key, f"guess-{n}"))
            assert answer.refusal.code == "wrong-auth-key"
        return keys

    assert len(asyncio.run(guess())._cache) == 1
