"""Finds possible keys in parts of the head where the dialect does not read them. Only used for
requests that are refused anyway."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import NamedTuple

from ingest.auth.key_format import parse_key
from ingest.parsing.form_fields import MAX_FIELDS, fields_of
from ingest.values import IncomingRequest

MIN_KEY_LENGTH = 6  # shorter keys could not be masked
MAX_KEY_LENGTH = 200
_MAX_COUNT = 20
_MAX_TEXT_LENGTH = 4096
_PATH_WORDS = frozenset({"submitEvents", "events"})
_KEY_HEADERS = {
    b"x-auth-token": "the header X-Auth-Token",
    b"x-eventbunker-write-key": "the header x-eventbunker-write-key",
    b"x-api-key": "the header X-Api-Key",
}


class KeyCandidate(NamedTuple):
    secret: str
    place: str  # for messages: the path, the query, a header


def find_keys_anywhere(request: IncomingRequest) -> list[KeyCandidate]:
    """The first _MAX_COUNT candidates, in the order path, query, headers."""
    found: dict[str, KeyCandidate] = {}
    for text, place in _texts(request):
        if len(text) < MIN_KEY_LENGTH:
            continue
        bare = parse_key(text).core
        for secret in (text, bare, *bare.split(".", 1), *bare.split(":", 1)):
            if MIN_KEY_LENGTH <= len(secret) <= MAX_KEY_LENGTH and secret not in _PATH_WORDS:
                found.setdefault(secret, KeyCandidate(secret, place))
        if len(found) >= _MAX_COUNT:
            break
    return list(found.values())[:_MAX_COUNT]


def _texts(request: IncomingRequest) -> Iterator[tuple[str, str]]:
    for part in request.path[:_MAX_TEXT_LENGTH].split("/", MAX_FIELDS)[:MAX_FIELDS]:
        yield part, "the path"
    for _, value in fields_of(request.query[:_MAX_TEXT_LENGTH]):
        yield value, "the query"
    scheme, _, value = request.header(b"authorization").partition(" ")
    yield value or scheme, "the header Authorization"
    if scheme.lower() == "basic":
        yield from ((part, "the header Authorization") for part in _basic_credentials(value))
    for name, place in _KEY_HEADERS.items():
        yield request.header(name), place


def _basic_credentials(value: str) -> list[str]:
    """User and password of Basic auth."""
    try:
        return base64.b64decode(value, validate=True).decode().split(":", 1)
    except ValueError:  # not ASCII, not base64, or not text
        return []
