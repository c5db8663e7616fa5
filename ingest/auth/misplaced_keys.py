"""Keys in a place of the head where the dialect does not read them. Only asked for requests
that are refused anyway."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import NamedTuple

from ingest.auth.key_format import parse_key
from ingest.parsing.form_fields import MAX_FIELDS, fields_of
from ingest.values import Request

SHORTEST_KEY = 6  # no pair is made with shorter ones: they could not be masked
LONGEST_KEY = 200
_MOST = 20
_LONGEST_TEXT = 4096
_PATH_WORDS = frozenset({"submitEvents", "events"})
_KEY_HEADERS = {
    b"x-auth-token": "the header X-Auth-Token",
    b"x-eventbunker-write-key": "the header x-eventbunker-write-key",
    b"x-api-key": "the header X-Api-Key",
}


class KeyCandidate(NamedTuple):
    secret: str
    place: str  # in words: the path, the query, a header


def find_keys_anywhere(request: Request) -> list[KeyCandidate]:
    """All that could be a key, in the order of a request's head; not too many of them."""
    found: dict[str, KeyCandidate] = {}
    for text, place in _texts(request):
        if len(text) < SHORTEST_KEY:
            continue
        bare = parse_key(text).core
        for secret in (text, bare, *bare.split(".", 1), *bare.split(":", 1)):
            if SHORTEST_KEY <= len(secret) <= LONGEST_KEY and secret not in _PATH_WORDS:
                found.setdefault(secret, KeyCandidate(secret, place))
        if len(found) >= _MOST:
            break
    return list(found.values())[:_MOST]


def _texts(request: Request) -> Iterator[tuple[str, str]]:
    for part in request.path[:_LONGEST_TEXT].split("/", MAX_FIELDS)[:MAX_FIELDS]:
        yield part, "the path"
    for _, value in fields_of(request.query[:_LONGEST_TEXT]):
        yield value, "the query"
    scheme, _, value = request.header(b"authorization").partition(" ")
    yield value or scheme, "the header Authorization"
    if scheme.lower() == "basic":
        yield from ((part, "the header Authorization") for part in _basic(value))
    for name, place in _KEY_HEADERS.items():
        yield request.header(name), place


def _basic(value: str) -> list[str]:
    """User and password of Basic auth."""
    try:
        return base64.b64decode(value, validate=True).decode().split(":", 1)
    except ValueError:  # not ASCII, not base64, or not text
        return []
