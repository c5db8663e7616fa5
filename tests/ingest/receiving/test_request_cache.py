"""The cache of request heads, and what it never contains."""

from __future__ import annotations

from typing import Any

import pytest

from ingest.receiving.request_cache import CACHE_SIZE, MAX_CACHED_LENGTH, ParsedHeadCache
from ingest.values import KeyPairSnapshot, Limits, Reply

PAIR = KeyPairSnapshot(1, "natero", "public-key12", "secret-key")
PLAIN = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json")]


@pytest.fixture
def heads() -> ParsedHeadCache:
    return ParsedHeadCache(Limits())


def scope(path: str = "/v1/auth-key/api-key", *more: tuple[bytes, bytes]) -> dict[str, Any]:
    return {"method": "POST", "path": path, "query_string": b"", "headers": [*PLAIN, *more]}


def is_remembered(heads: ParsedHeadCache, request: dict[str, Any]) -> bool:
    """Whether this head is cached after a delivery with it was accepted."""
    head = heads.new(request)
    assert head is not None
    heads.remember(head)
    return heads.remembered(request) is head


def test_a_head_is_cached_once_a_delivery_with_it_was_accepted(heads):
    assert heads.remembered(scope()) is None
    assert is_remembered(heads, scope())


def test_an_unknown_path_has_no_cached_head(heads):
    assert heads.new(scope("/pairs/1/")) is None


@pytest.mark.parametrize("name", ["authorization", "cookie", "x-auth-token", "x-anything"])
def test_a_head_that_could_contain_a_secret_is_not_cached(heads, name):
    assert not is_remembered(heads, scope("/v1/a/b", (name.encode(), b"secret")))


def test_a_long_head_is_not_cached(heads):
    assert not is_remembered(heads, scope("/v1/a/b", (b"user-agent", b"x" * MAX_CACHED_LENGTH)))


def test_the_cache_is_bounded(heads):
    requests = [scope(f"/v1/a/{number}") for number in range(CACHE_SIZE + 1)]
    assert all(is_remembered(heads, request) for request in requests)
    oldest, *others = map(heads.remembered, requests)
    assert oldest is None
    assert None not in others


def test_every_part_of_the_head_counts(heads):
    known = heads.new(scope())
    heads.remember(known)
    for other in (
        scope() | {"method": "PUT"},
        scope("/v1/auth-key/api-kez"),
        scope() | {"query_string": b"x=1"},
        scope("/v1/auth-key/api-key", (b"content-length", b"1")),
    ):
        assert heads.remembered(other) is None


def test_a_declared_length_over_the_limit_is_known_from_the_head():
    heads = ParsedHeadCache(Limits(wire_bytes=10))
    assert heads.new(scope("/v1/a/b", (b"content-length", b"10"))).too_large is None
    assert heads.new(scope("/v1/a/b", (b"content-length", b"11"))).too_large.status == 413


def test_each_reply_is_sent_unchanged(heads):
    head = heads.new(scope())
    for reply in (Reply(200, []), Reply(200, [], b"{}"), Reply(400, [(b"vary", b"Origin")])):
        for _ in range(2):
            start, body = head.messages(reply)
            assert (start["status"], body["body"]) == (reply.status, reply.body)
            assert start["headers"] == reply.sent_headers
            assert head.masked(PAIR).reply(reply).endswith(f"\n\n{reply.body.decode()}")


def test_keys_are_masked_in_a_stored_head(heads):
    stored = heads.new(scope("/v1/0123456789abcdef/fedcba9876543210")).masked(PAIR)
    assert stored.path == "/v1/012…def/fed…210"


def test_the_keys_of_the_pair_are_masked_everywhere(heads):
    head = heads.new(
        scope("/v1/a/b", (b"x-note", b"is it secret-key?"), (b"x-run", b"run-public-key12"))
    )
    stored = head.masked(PAIR)
    assert "x-note: is it se…?" in stored.headers
    assert "public-key12" not in stored.headers
    rotated = KeyPairSnapshot(1, "natero", "new-public-key", "new-secret-key")
    assert "secret-key" in head.masked(rotated).headers
