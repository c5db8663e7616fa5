"""Input that nobody should send. None of it gets a 5xx, none harms another sender, and
every line of it is accounted for."""

from __future__ import annotations

import gzip
import json
import re

import pytest

from tests.http import post, request, send_raw
from tests.look import assert_balanced, events_of, verdicts_of
from tests.vendors import NATERO, USERMAVEN, VENDORS

GOOD = NATERO.good
ODD = GOOD.replace(b'"u"', b"%s")  # a good event with something odd for its user


def is_json(body: bytes) -> bool:
    try:
        json.loads(body.decode())
    except (ValueError, RecursionError):
        return False
    return True


# name → body, number of events that natero finds in it
BODIES: dict[str, tuple[bytes, int]] = {
    "invalid UTF-8": (ODD % b'"\xff\xfe"', 1),
    "UTF-16": (GOOD.decode().encode("utf-16"), 1),
    "UTF-8 of half a pair": (ODD % b'"\xed\xa0\x80"', 1),
    "NUL bytes": (b"\0" * 100 + b"\n" + GOOD, 2),
    "NUL in a string": (ODD % b'"a\0b"', 1),
    "escaped NUL": (ODD % rb'"a\u0000b"', 1),
    "a byte order mark": (b"\xef\xbb\xbf" + GOOD, 1),
    "U+2028": (ODD % '"a\u2028b"'.encode(), 1),
    "lone surrogates": (ODD % rb'"\ud800 \udc00\udfff"', 1),
    "deep arrays": (ODD % (b"[" * 10_000 + b"]" * 10_000), 1),
    "deep arrays, never closed": (b"[" * 100_000, 1),
    "deep objects": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 1),
    "as deep as the fast parser goes": (b'{"a":' * 1000 + b"1" + b"}" * 1000, 1),
    "a number of 400 digits": (ODD % (b"9" * 400), 1),
    "a number of 5,000 digits": (ODD % (b"9" * 5_000), 1),
    "a time of 400 digits": (GOOD.replace(b"1795227547189", b"1" * 400), 1),
    "duplicate keys": (b'{"action":"a","action":5,"action":null}', 1),
    "an empty name": (b'{"":null}', 1),
    "empty names below": (b'{"user":{"":1},"company":{"":{"":1}},"own":{"":{}}}', 1),
    "names of pointers": (b'{"/":1,"~":2,"~1/~0":{"/":{}},"a b":[{}]}', 1),
    "a name of 100 KB": (b'{"event_name":"e","own":{"%s":{}}}' % (b"k" * 100_000), 1),
    "a value of 100 KB": (b'{"event_name":"%s ","url":5}' % (b"v" * 100_000), 1),
    "5,000 names": (b"{" + b",".join(b'"k%d":{"a":{}}' % n for n in range(5_000)) + b"}", 1),
    "control characters in words": (b'{"event_name":"\\u0001\\u0007\\r\\nX-Evil: 1\\u007f"}', 1),
    "control characters after the end": (b"{} \x01\x02\x7f", 1),
    "line breaks in a name": (b'{"event_name":"e","own":{"a\\r\\nX-Evil: 1":{}}}', 1),
    "an array where lines are due": (b"[" + GOOD + b"," + GOOD + b"]", 2),
    "scalars": (b'1\ntrue\nnull\n"s"\n[]\n-0\n', 6),
    "one bad line among good ones": (GOOD + b"\n{broken}\n" + GOOD, 3),
    "old newlines": (GOOD + b"\r" + GOOD, 1),
    "nothing but newlines": (b"\r\n" * 1000, 0),
    "an open string": (b'{"a":"' + b"\\" * 100_001, 1),
    "numbers that are none": (b"[" + b"-" * 1000 + b']\n{"a":1e}\n+\n.', 4),
    "gzip in gzip": (gzip.compress(gzip.compress(GOOD)), 1),
    "all bytes": (bytes(range(256)), 2),
}


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
        assert len(value) < 2000  # Node takes 16 KB of headers in all


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


# name → request, with {auth} and {api} for the keys of a pair
HEADS: dict[str, bytes] = {
    "escaped NUL and broken UTF-8": post("/v1/%00%ff%fe/%ed%a0%80", b""),
    "escaped line breaks": post("/v1/{auth}%0d%0aX-Evil:1/{api}", b""),
    "escaped slashes": post("/v1/{auth}%2f{api}", b""),
    "keys of 5,000 letters": post(f"/v1/{'a' * 5000}/{'b' * 5000}", b""),
    "odd bytes in a key": post("/post", b"", "x-eventbunker-write-key: ä\x80ö"),
    "an odd query": post("/api/v1/event?token=%ff&&=&token=%00.%00&p_=%", b""),
    "a thousand parameters": post("/api/v1/event?" + "p_a=b&" * 1000, b""),
    "an odd bearer": post("/api/v1/event", b"", "Authorization: Bearer \xff."),
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
