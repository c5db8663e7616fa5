"""Hostile input causes no 5xx and harms no other sender, and every line of it is accounted for."""

from __future__ import annotations

import json
import re

import pytest

from tests.support.hostile import BODIES, GOOD
from tests.support.http import post, request, send_raw
from tests.support.stored_data import assert_balanced, events_of, verdicts_of
from tests.support.vendors import NATERO, USERMAVEN, VENDORS


def is_json(body: bytes) -> bool:
    try:
        json.loads(body.decode())
    except (ValueError, RecursionError):
        return False
    return True


@pytest.mark.parametrize("name", BODIES)
def test_no_body_gets_a_5xx_and_every_line_is_accounted_for(server, new_pair, stored, name):
    body, lines = BODIES[name]
    for vendor in VENDORS.values():
        pair = new_pair(vendor.name)
        answer = send_raw(server.port, vendor.deliver(pair.api_key, pair.auth_key, body))
        assert answer.status in (200, 400)
        assert_fit_for_a_client(answer.headers)
        assert_balanced(pair)
        assert pair.last_seq == lines or vendor is not NATERO
        assert send_raw(server.port, post("/v1/ping", b"")).status == 200


def assert_fit_for_a_client(headers: dict[str, str]) -> None:
    assert "x-evil" not in headers
    for value in headers.values():
        assert value.isascii()
        assert value.isprintable()
        assert len(value) < 2000  # Node accepts 16 KB of headers in total


ITEMS = [
    name
    for name, (body, lines) in BODIES.items()
    if lines == 1 and "deep" not in name and is_json(body)
]


@pytest.mark.parametrize("name", ITEMS)
def test_as_an_item_of_an_array_it_harms_no_other(server, new_pair, stored, name):
    pair = new_pair("usermaven")
    good = b'{"api_key":"%s","event_type":"lead","user":{"id":"u"}}' % pair.api_key.encode()
    body = b"[" + b",".join([good, BODIES[name][0], good]) + b"]"
    answer = send_raw(server.port, USERMAVEN.deliver(pair.api_key, pair.auth_key, body))
    assert answer.status in (200, 400)
    first, odd, last = events_of(pair)
    assert (first.verdict, last.verdict) == ("valid", "valid")
    assert bytes(odd.raw) == BODIES[name][0]
    assert_balanced(pair)


# -- heads ---------------------------------------------------------------------------------


def deliver(*headers: str) -> bytes:
    return post("/v1/{auth}/{api}", b"{}", *headers)


# name → request; {auth} and {api} are the keys of a pair
HEADS: dict[str, bytes] = {
    "escaped NUL and broken UTF-8": post("/v1/%00%ff%fe/%ed%a0%80", b""),
    "escaped line breaks": post("/v1/{auth}%0d%0aX-Evil:1/{api}", b""),
    "escaped slashes": post("/v1/{auth}%2f{api}", b""),
    "keys of 5,000 letters": post(f"/v1/{'a' * 5000}/{'b' * 5000}", b""),
    "odd bytes in a key": post("/post", b"", "x-eventbunker-write-key: ä\x80ö"),
    "an odd query": post("/api/v1/event?token=%ff&&=&token=%00.%00&p_=%", b""),
    "a thousand parameters": post("/api/v1/event?" + "p_a=b&" * 1000, b""),
    "an odd bearer": post("/api/v1/event", b"", "Authorization: Bearer \xff."),
    "an odd basic": post("/v1/x/y", b"", "Authorization: Basic \xe9\xe9"),
    "an odd form": post(
        "/api/v1/event", b"data=\xe9", "Content-Type: application/x-www-form-urlencoded"
    ),
    "an odd origin": deliver("Origin: \xff\x80"),
    "an odd encoding": deliver("Content-Encoding: \xff"),
    "fifty headers": deliver(*["X-A: b"] * 50),
    "an unknown method": request("BREW", "/v1/{auth}/{api}"),
    "a length that is none": request("POST", "/v1/{auth}/{api}", "Content-Length: x"),
}


@pytest.mark.parametrize("name", HEADS)
def test_no_head_gets_a_5xx(server, new_pair, stored, name):
    pair = new_pair("natero")
    keys = {b"{auth}": pair.auth_key.encode(), b"{api}": pair.api_key.encode()}
    head = re.sub(rb"\{\w+\}", lambda match: keys[match.group()], HEADS[name])
    answer = send_raw(server.port, head)
    assert answer.status < 500
    assert "x-evil" not in answer.headers
    good = NATERO.deliver(pair.api_key, pair.auth_key, GOOD)
    assert send_raw(server.port, good).status == 200
    assert verdicts_of(pair)[-1] == "valid"
