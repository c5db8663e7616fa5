"""The rules of the dialect page `natero` for paths, methods and replies, over HTTP."""

from __future__ import annotations

import pytest

from tests.support.http import chunked, post, request, send_raw
from tests.support.stored_data import (
    events_of,
    faults_of,
    last_delivery,
    last_unmatched,
    text_of,
    verdicts_of,
)
from tests.support.vendors import NATERO

ORIGIN = "Origin: https://shop.example"


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def path_of(pair) -> str:
    return f"/v1/{pair.auth_key}/{pair.api_key}"


def test_ping(server):
    answer = send_raw(server.port, post("/v1/ping", b""))
    assert (answer.status, answer.body) == (200, b"")


def test_ping_from_a_browser(server):
    answer = send_raw(server.port, post("/v1/ping", b"", ORIGIN))
    assert answer.headers["access-control-allow-origin"] == "https://shop.example"


def test_invalid_events_are_accepted_by_the_vendor_and_shown_here(server, pair):
    body = b'{"action":"feature"}\nbroken\n' + NATERO.good
    answer = send_raw(server.port, post(path_of(pair), body))
    assert (answer.status, answer.body) == (200, b"")
    assert verdicts_of(pair) == ["invalid", "malformed", "valid"]


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS"])
def test_another_method_is_refused(server, pair, method):
    answer = send_raw(server.port, request(method, path_of(pair)))
    assert (answer.status, answer.body, answer.headers["x-problem"]) == (400, b"", "wrong-method")
    assert faults_of(last_delivery(pair)) == ["error wrong-method"]
    assert method in answer.headers["x-problem-detail"]


@pytest.mark.parametrize("path", ["/v1", "/v1/", "/v1/{auth}", "/v1/{auth}/{api}/", "/v1//{api}/x"])
def test_an_invalid_path_is_refused(server, pair, path):
    path = path.format(auth=pair.auth_key, api=pair.api_key)
    answer = send_raw(server.port, post(path, NATERO.good))
    assert (answer.status, answer.body, answer.headers["x-problem"]) == (400, b"", "wrong-path")
    row = last_unmatched() if path in ("/v1", "/v1/") else last_delivery(pair)
    assert faults_of(row) == ["error wrong-path"]
    assert pair.auth_key.encode() not in text_of(row)
    assert pair.api_key.encode() not in text_of(row)


def test_the_old_debug_address_is_refused_with_the_right_path(server, pair):
    answer = send_raw(server.port, post(f"/api/submitEvents/{pair.api_key}", NATERO.good))
    assert (answer.status, answer.body, answer.headers["x-problem"]) == (400, b"", "old-path")
    assert "/v1/<authKey>/<apiKey>" in answer.headers["x-problem-detail"]
    assert pair.api_key.encode() not in text_of(last_delivery(pair))


@pytest.mark.parametrize("space", ["%20", "%09", "%0A"])
def test_white_space_around_a_key_is_refused(server, pair, space):
    answer = send_raw(server.port, post(f"/v1/{pair.auth_key}{space}/{pair.api_key}", b"{}"))
    assert (answer.status, answer.headers["x-problem"]) == (400, "space-at-key")
    assert pair.auth_key.encode() not in text_of(last_delivery(pair))


@pytest.mark.parametrize("encoding", ["br", "identity", "utf-8", "gzip, deflate"])
def test_any_other_content_encoding_means_plain_text(server, pair, encoding):
    header = f"Content-Encoding: {encoding}"
    answer = send_raw(server.port, post(path_of(pair), NATERO.good, header))
    assert (answer.status, verdicts_of(pair)) == (200, ["valid"])
    expected = [] if encoding == "identity" else ["warning unknown-encoding"]
    assert faults_of(last_delivery(pair)) == expected


def test_neither_type_nor_length_is_needed(server, pair):
    answer = send_raw(server.port, chunked(path_of(pair), [NATERO.good]))
    assert (answer.status, verdicts_of(pair)) == (200, ["valid"])


@pytest.mark.parametrize("body", [b"", b"\n", b" \r\n\r\n"])
def test_an_empty_body_is_accepted_and_reported_on_the_delivery(server, pair, body):
    answer = send_raw(server.port, post(path_of(pair), body))
    assert (answer.status, answer.body, events_of(pair)) == (200, b"", [])
    assert faults_of(last_delivery(pair)) == ["warning empty-body"]


def test_a_delivery_keeps_its_head_with_masked_keys(server, pair):
    send_raw(server.port, post(path_of(pair), NATERO.good, "User-Agent: my-client/1"))
    delivery = last_delivery(pair)
    assert (delivery.method, delivery.status, delivery.refused) == ("POST", 200, False)
    assert (delivery.wire_size, delivery.size) == (len(NATERO.good), len(NATERO.good))
    assert "user-agent: my-client/1" in delivery.headers
    assert delivery.path == f"/v1/{masked(pair.auth_key)}/{masked(pair.api_key)}"
    assert delivery.sender == "127.0.0.1"


def masked(secret: str) -> str:
    return f"{secret[:3]}…{secret[-3:]}"
