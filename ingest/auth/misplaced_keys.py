"""Finds possible keys in parts of a request where the dialect does not read them, and explains why
none was found. Only used for requests that are refused anyway."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from ingest.auth.browser_requests import allows_no_headers
from ingest.auth.key_format import parse_key
from ingest.auth.key_places import KeySighting, empty_place, hint_for, key_sightings
from ingest.dialects import Dialect
from ingest.dialects.authorization import authorization_error
from ingest.values import IncomingRequest, Refusal

MIN_KEY_LENGTH = 6  # shorter keys could not be masked
MAX_KEY_LENGTH = 200
_MAX_COUNT = 20
_MAX_SIGHTINGS = 30  # each takes up to 0.1 ms
_PATH_WORDS = frozenset({"submitEvents", "events"})


class KeyCandidate(NamedTuple):
    secret: str
    place: str  # for messages: the path, the query, a header
    is_named: bool = False  # the name of the place shows that a key is meant
    error: Refusal | None = None  # more specific than that no key is read there


def find_keys_anywhere(
    dialect: Dialect, request: IncomingRequest, excerpt: bytes = b""
) -> list[KeyCandidate]:
    """The first _MAX_COUNT candidates. `excerpt` is the beginning of the body."""
    found: dict[str, KeyCandidate] = {}
    sightings = key_sightings(dialect, request, excerpt.decode("utf-8", "replace"))
    for sighting in islice(sightings, _MAX_SIGHTINGS):
        for secret in _secrets_in(sighting):
            found.setdefault(secret, KeyCandidate(secret, *sighting[1:]))
        if len(found) >= _MAX_COUNT:
            break
    return list(found.values())[:_MAX_COUNT]


def _secrets_in(sighting: KeySighting) -> Iterator[str]:
    """The text, and the keys that may be in it."""
    text = sighting.text
    bare = parse_key(text, may_hold_space=True).core
    for secret in (text, bare, *bare.split(".", 1), *bare.split(":", 1)):
        if MIN_KEY_LENGTH <= len(secret) <= MAX_KEY_LENGTH and secret not in _PATH_WORDS:
            yield secret


def place_refusal(dialect: Dialect, request: IncomingRequest, candidate: KeyCandidate) -> Refusal:
    """The refusal of a known key in this place."""
    args = {"title": dialect.title, "place": candidate.place}
    args["expected"] = hint_for(dialect, request)
    return candidate.error or Refusal("key-misplaced", args)


def explain_absence(
    dialect: Dialect,
    request: IncomingRequest,
    candidates: Sequence[KeyCandidate],
    refusal: Refusal,
) -> Refusal:
    """A more specific reason than `refusal`, from the text alone."""
    if refusal.code == "wrong-path":
        errors = (one.error for one in candidates if one.error)
        return next((error for error in errors if error.code == "sign-in-address"), refusal)
    if refusal.code != "no-keys":
        return refusal
    named = next((one for one in candidates if one.is_named), None)
    if named:
        args = {"title": dialect.title, "place": named.place}
        args["expected"] = hint_for(dialect, request)
        return named.error or Refusal("place-not-read", args)
    return _dropped_header(dialect, request) or empty_place(dialect, request) or refusal


def explain_form(dialect: Dialect, request: IncomingRequest, refusal: Refusal) -> Refusal:
    """A more specific reason if the word before a key is in the header Authorization."""
    if refusal.code != "name-before-key" or "authorization" not in dialect.key_headers:
        return refusal
    value = request.header(b"authorization")
    error = authorization_error(value, dialect.title, dialect.header_hint) if value else None
    return error or refusal


def _dropped_header(dialect: Dialect, request: IncomingRequest) -> Refusal | None:
    if not dialect.key_headers or not allows_no_headers(request):
        return None
    expected = "Use fetch in mode “cors”, with keepalive: true if the page may close."
    if dialect.key_parameters:
        expected = dialect.keys_hint
    return Refusal("header-dropped", {"header": dialect.key_headers[0], "expected": expected})
