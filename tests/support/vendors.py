"""The protocol of each vendor, written by hand from its dialect page."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import NamedTuple

from tests.support.http import post


class Vendor(NamedTuple):
    name: str
    deliver: Callable[..., bytes]  # (api_key, auth_key, body, *headers) → request
    good: bytes
    accepted: bytes  # the start of the reply's body
    refused: tuple[int, bytes]  # status and body for wrong keys
    preflight_path: str
    own_headers: set[str]  # that a browser page must be allowed to send
    halves: int = 2  # how many of the two keys a request presents


def _natero(api_key: str, auth_key: str, body: bytes, *headers: str) -> bytes:
    return post(f"/v1/{auth_key}/{api_key}", body, *headers)


def _usermaven(api_key: str, auth_key: str, body: bytes, *headers: str) -> bytes:
    return post(f"/api/v1/s2s/event?token={api_key}.{auth_key}", body, *headers)


def _eventbunker(api_key: str, auth_key: str, body: bytes, *headers: str) -> bytes:
    return post("/post", body, f"x-eventbunker-write-key: {api_key}", *headers)


NATERO = Vendor(
    "natero",
    _natero,
    b'{"accountId":"a","userId":"u","createdAt":1795227547189,"action":"sessionIdle",'
    b'"sessionId":"s"}',
    b"",
    (400, b""),
    "/v1/some/keys",
    {"content-type"},
)
USERMAVEN = Vendor(
    "usermaven",
    _usermaven,
    b'[{"api_key":null,"event_type":"pageview","user":{"id":"u"}}]',
    b'{"status":"ok"}',
    (401, b"API key is not valid"),
    "/api/v1/event",
    {"content-type", "authorization", "x-auth-token"},
)
EVENTBUNKER = Vendor(
    "eventbunker",
    _eventbunker,
    b'{"event_name":"signed_in"}',
    b'{"unique_req_id":"',
    (401, b'{"message":"Invalid x-eventbunker-write-key","errors":[]}'),
    "/post",
    {"content-type", "x-eventbunker-write-key"},
    halves=1,
)
_count = itertools.count()


def fresh() -> bytes:
    """A valid Natero event that was not sent before: a repeated line would get a warning."""
    return NATERO.good.replace(b'"userId":"u"', b'"userId":"u-%d"' % next(_count))


VENDORS = {vendor.name: vendor for vendor in (NATERO, USERMAVEN, EVENTBUNKER)}
