"""The contract of every dialect: the same tests run for all of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME, by_path
from ingest.models import Delivery, KeyPair, UnmatchedRequest
from tests.support.http import Answer, request, send_raw
from tests.support.stored_data import (
    assert_balanced,
    faults_of,
    last_delivery,
    last_unmatched,
    text_of,
    verdicts_of,
)
from tests.support.vendors import VENDORS, Vendor

UNKNOWN = ("0123456789abcdef-api", "0123456789abcdef-auth")
QUERY_KEY_USED = (
    b'{"message":"Please use a write key for write requests. '
    b'Invalid x-eventbunker-write-key","errors":[]}'
)


@dataclass
class Cast:
    """The owner's pair, another pair of the same dialect, and one of another dialect."""

    vendor: Vendor
    port: int
    own: KeyPair
    other: KeyPair
    foreign: KeyPair

    def deliver(self, api_key: str, auth_key: str, *headers: str) -> Answer:
        """Send the credentials in the head and again in the body, as some clients do."""
        body = self.vendor.good.replace(b"null", f'"{api_key}.{auth_key}"'.encode())
        sent = self.vendor.deliver(api_key, auth_key, body, *headers)
        return send_raw(self.port, sent, sender="127.0.0.2")  # tries are counted per sender


@pytest.fixture(params=VENDORS)
def cast(request, server, new_pair, stored) -> Cast:
    names = list(VENDORS)
    foreign = names[names.index(request.param) - 1]
    own, other = new_pair(request.param), new_pair(request.param)
    return Cast(VENDORS[request.param], server.port, own, other, new_pair(foreign))


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/v1/auth/api", "natero"),
        ("/v1/ping", "natero"),
        ("/v1/one", "natero"),
        ("/api/submitEvents/api", "natero"),
        ("/api/v1/s2s/event", "usermaven"),
        ("/api/v1/s2s/events", "usermaven"),
        ("/api/v1/s2s/event/", "usermaven"),
        ("/api/v1/event", "usermaven"),
        ("/api/v1/events", "usermaven"),
        ("/api.x7f3", "usermaven"),
        ("/post", "eventbunker"),
    ],
)
def test_a_path_has_one_dialect(path, name):
    assert [dialect.name for dialect in BY_NAME.values() if dialect.matches_path(path)] == [name]


@pytest.mark.parametrize(
    "path", ["/", "/pairs/1/", "/api/events", "/api/openapi.json", "/healthz", "/v10/a", "/posts"]
)
def test_our_own_paths_have_no_dialect(path):
    assert by_path(path) is None


def test_valid_keys_are_accepted(cast):
    answer = cast.deliver(cast.own.api_key, cast.own.auth_key)
    assert answer.status == 200
    assert answer.body.startswith(cast.vendor.accepted)
    assert "x-problem" not in answer.headers
    assert verdicts_of(cast.own) == ["valid"]
    assert_balanced(cast.own)


def test_a_browser_on_another_origin_can_send(cast):
    origin = "Origin: https://shop.example"
    good = cast.deliver(cast.own.api_key, cast.own.auth_key, origin)
    refused = cast.deliver(*UNKNOWN, origin)
    assert (good.status, refused.status) == (200, cast.vendor.refused[0])
    for answer in (good, refused):
        assert answer.headers["access-control-allow-origin"] == "https://shop.example"
        assert answer.headers["access-control-allow-credentials"] == "true"
        assert "Origin" in answer.headers["vary"]


def test_a_request_without_origin_gets_no_cors_headers(cast):
    answer = cast.deliver(cast.own.api_key, cast.own.auth_key)
    assert [name for name in answer.headers if name.startswith("access-control")] == []


@pytest.mark.parametrize("vendor", VENDORS.values(), ids=VENDORS)
def test_a_preflight_is_answered_without_keys(server, vendor):
    headers = ("Origin: null", "Access-Control-Request-Method: POST")
    answer = send_raw(server.port, request("OPTIONS", vendor.preflight_path, *headers))
    assert (answer.status, answer.body) == (204, b"")
    assert answer.headers["access-control-allow-origin"] == "null"
    assert "POST" in answer.headers["access-control-allow-methods"]
    allowed = answer.headers["access-control-allow-headers"].lower().split(", ")
    assert vendor.own_headers <= set(allowed)


# -- refusals: the credentials, the code, and the page that shows them ------------

Keys = tuple[str, str]
PRESENTED: dict[str, Callable[[Cast], Keys]] = {
    "unknown keys": lambda cast: UNKNOWN,
    "swapped": lambda cast: (cast.own.auth_key, cast.own.api_key),
    "auth key unknown": lambda cast: (cast.own.api_key, UNKNOWN[1]),
    "auth key a letter off": lambda cast: (cast.own.api_key, cast.own.auth_key[:-1] + "x"),
    "api key unknown": lambda cast: (UNKNOWN[0], cast.own.auth_key),
    "of two pairs": lambda cast: (cast.own.api_key, cast.other.auth_key),
    "of another dialect": lambda cast: (cast.foreign.api_key, cast.foreign.auth_key),
}
OF_TWO_KEYS = [
    ("unknown keys", "unknown-keys", ""),
    ("swapped", "keys-swapped", "own"),
    ("auth key unknown", "wrong-auth-key", "own"),
    ("auth key a letter off", "one-character-off", "own"),
    ("api key unknown", "wrong-api-key", "own"),
    ("of two pairs", "keys-of-two-pairs", "own"),
    ("of another dialect", "other-dialect", "foreign"),
]
OF_ONE_KEY = [  # EventBunker takes only one; its second is a key of another kind
    ("unknown keys", "unknown-keys", ""),
    ("swapped", "query-key-used", "own"),
    ("of another dialect", "other-dialect", "foreign"),
]


@pytest.mark.parametrize(
    ("cast", "presented", "code", "whose"),
    [
        (name, *case)
        for name in VENDORS
        for case in (OF_ONE_KEY if name == "eventbunker" else OF_TWO_KEYS)
    ],
    indirect=["cast"],
)
def test_wrong_keys_are_refused_as_by_the_vendor(cast, presented, code, whose):
    keys = PRESENTED[presented](cast)
    answer = cast.deliver(*keys)
    status, body = cast.vendor.refused
    body = QUERY_KEY_USED if code == "query-key-used" else body
    assert (answer.status, answer.body, answer.headers["x-problem"]) == (status, body, code)
    assert_detail_tells_nothing(answer, cast)
    assert_recorded(cast, keys, code, whose)


def test_secrets_are_masked_wherever_a_head_repeats_them(cast):
    keys = (cast.own.api_key + "x", cast.own.auth_key + "x")
    presented = keys[: cast.vendor.halves]
    repeated = [f"{name}: {' '.join(presented)}" for name in ("Referer", "Cookie", "X-Again")]
    cast.deliver(*keys, *repeated, f"Authorization: Basic {presented[0]}")
    stored = text_of(last_unmatched())
    assert b"x-again: " in stored
    assert [secret for secret in presented if secret.encode() in stored] == []


@pytest.mark.parametrize(
    ("change", "code"),
    [(key_pairs.disable_key_pair, "disabled"), (key_pairs.rotate_keys, "rotated")],
)
def test_keys_not_in_force_are_refused_and_recognised(cast, change, code):
    keys = (cast.own.api_key, cast.own.auth_key)
    change(cast.own)
    answer = cast.deliver(*keys)
    status, body = cast.vendor.refused
    assert (answer.status, answer.body, answer.headers["x-problem"]) == (status, body, code)
    assert_detail_tells_nothing(answer, cast)
    assert_recorded(cast, keys, code, "own")


def test_keys_are_accepted_again_after_enabling_and_after_rotation(cast):
    key_pairs.enable_key_pair(key_pairs.disable_key_pair(cast.own))
    key_pairs.rotate_keys(cast.own)
    assert cast.deliver(cast.own.api_key, cast.own.auth_key).status == 200


def assert_detail_tells_nothing(answer: Answer, cast: Cast) -> None:
    """The message is plain ASCII and contains no data of any pair."""
    detail = answer.headers["x-problem-detail"]
    assert detail
    assert detail.isascii()
    assert detail.isprintable()
    for pair in (cast.own, cast.other, cast.foreign):
        assert pair.name not in detail
        assert pair.api_key not in detail
        assert pair.auth_key not in detail


def assert_recorded(cast: Cast, keys: tuple[str, str], code: str, whose: str) -> None:
    """Recorded for the key pair that one of the keys identifies, or as an unmatched request."""
    pair = getattr(cast, whose) if whose else None
    row: Delivery | UnmatchedRequest = last_delivery(pair) if pair else last_unmatched()
    assert faults_of(row) == [f"error {code}"]
    assert (row.refused, row.status) == (True, cast.vendor.refused[0])
    assert row.dialect == cast.vendor.name
    for secret in keys:
        assert secret.encode() not in text_of(row)
    if pair:
        pair.refresh_from_db()
        assert (pair.refused, pair.last_seq) == (1, 0)
