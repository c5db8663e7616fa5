"""The parts of a refused request in which keys may be, although the dialect reads none there: what
is in them, and what is wrong with the place.

Pure, and without knowledge of any key, so its findings reveal nothing.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import NamedTuple
from urllib.parse import unquote, unquote_plus

from ingest.auth.browser_requests import allows_no_headers
from ingest.auth.key_characters import read_as_utf8
from ingest.dialects import Dialect
from ingest.dialects.authorization import authorization_error
from ingest.parsing.form_fields import MAX_FIELDS, fields_of
from ingest.values import IncomingRequest, Refusal

_MAX_TEXT_LENGTH = 4096
_MAX_VALUE_LENGTH = 500  # bytes of a header; longer than a decorated key
_MAX_IN_BODY = 10
_KEY_WORDS = re.compile(
    r"key|token|secret|auth|credential|eventbunker|usermaven|natero|freshsuccess", re.IGNORECASE
)
_OTHER_HEADERS = frozenset(  # that contain such a word, or never a key
    name
    for names in (
        "authority idempotency-key x-idempotency-key x-csrf-token x-xsrf-token csrf-token",
        "sec-websocket-key surrogate-key x-amz-security-token www-authenticate cookie host origin",
        "referer user-agent accept accept-encoding accept-language content-type content-length",
        "content-encoding connection transfer-encoding expect cache-control pragma authorization",
    )
    for name in names.split()
)
_KEY_FIELDS = frozenset(  # in a body, other names with “key” or “token” may be of the event
    ("apikey", "authkey", "writekey", "servertoken", "apitoken", "xeventbunkerwritekey")
    + ("eventbunkerwritekey", "eventbunkerkey", "usermavenkey", "usermaventoken", "xauthtoken")
)
_SHOWN_NAME = re.compile(r"[A-Za-z_.:-]{1,40}")
_NOT_ALNUM = re.compile(r"[^a-z0-9]")
_NAMED_VALUE = re.compile(
    r"(?<![\w-])([\w-]{3,40})[\"']?\s{0,5}[:=]\s{0,5}[\"']?([^\s\"',;&{}]{6,402})"
)


class KeySighting(NamedTuple):
    """`is_named`: the name of the place shows that a key is meant. `error` is more specific than
    that no key is read there."""

    text: str
    place: str
    is_named: bool = False
    error: Refusal | None = None


def key_sightings(dialect: Dialect, request: IncomingRequest, body: str) -> Iterator[KeySighting]:
    """Those in places with a name first. `body` is the beginning of the body."""
    query = request.query[:_MAX_TEXT_LENGTH]
    fields = [_query_sighting(dialect, name, value) for name, value in fields_of(query)]
    headers = _header_sightings(dialect, request)
    by_name = [sighting for sighting in headers if sighting.is_named]
    yield from chain(by_name, _wrong_signs(dialect, request))
    yield from (sighting for sighting in fields if sighting.is_named)
    yield from _body_sightings(dialect, body)
    for part in request.path[:_MAX_TEXT_LENGTH].split("/", MAX_FIELDS)[:MAX_FIELDS]:
        yield KeySighting(part, "the path")
    yield from (sighting for sighting in [*fields, *headers] if not sighting.is_named)


def empty_place(dialect: Dialect, request: IncomingRequest) -> Refusal | None:
    """The refusal if a place in which keys are read is there, but empty."""
    for name in dialect.key_headers:
        if request.headers.get(name.encode()) == b"":
            return Refusal("empty-key", {"place": f"The header {name}"})
    for name in dialect.key_parameters:
        if re.search(rf"(?:^|&){name}=?(?:&|$)", request.query[:_MAX_TEXT_LENGTH]):
            return Refusal("empty-key", {"place": f"“{name}” in the query"})
    return None


def hint_for(dialect: Dialect, request: IncomingRequest) -> str:
    """How to send the keys; also from a browser, if they need a header."""
    if dialect.key_headers and not dialect.key_parameters and allows_no_headers(request):
        return f"{dialect.keys_hint} sendBeacon, forms and mode “no-cors” cannot: use fetch."
    return dialect.keys_hint


# -- headers -----------------------------------------------------------------------------------


def _header_sightings(dialect: Dialect, request: IncomingRequest) -> list[KeySighting]:
    found = list(_authorization_sightings(dialect, request))
    for raw_name, raw_value in islice(request.headers.items(), MAX_FIELDS):
        name = raw_name.decode("latin-1")
        if len(raw_value) > _MAX_VALUE_LENGTH:
            continue
        value = read_as_utf8(raw_value.decode("latin-1"))
        if name not in _OTHER_HEADERS:
            found.append(_header_sighting(dialect, name, value))
        elif name not in dialect.key_headers:
            found += _inner_headers(dialect, name, value)
    return found


def _header_sighting(dialect: Dialect, name: str, value: str) -> KeySighting:
    place = f"the header {shown_name(name)}"
    if name in dialect.key_headers or not _KEY_WORDS.search(name):
        return KeySighting(value, place)
    args = {
        "name": shown_name(name),
        "title": dialect.title,
        "expected": _right_name(dialect, name),
    }
    error = Refusal("header-misnamed", args) if dialect.key_headers else None
    return KeySighting(value, place, True, error)


def _right_name(dialect: Dialect, name: str) -> str:
    right = next((one for one in dialect.key_headers if _bare(one) == _bare(name)), "")
    if not right:
        return dialect.header_hint
    return f"Name it {right}" + (", with hyphens instead of underscores." if "_" in name else ".")


def _inner_headers(dialect: Dialect, outer: str, value: str) -> Iterator[KeySighting]:
    """Headers in the value of another one: a client joined them."""
    for name in dialect.key_headers:
        found = re.search(rf"\b{name}\s{{0,5}}[:=]\s{{0,5}}(.{{6,402}})", value, re.IGNORECASE)
        if found:
            args = {"name": name, "outer": shown_name(outer), "expected": dialect.header_hint}
            error = Refusal("header-in-value", args)
            yield KeySighting(found[1], f"the header {shown_name(outer)}", True, error)


def _authorization_sightings(dialect: Dialect, request: IncomingRequest) -> Iterator[KeySighting]:
    value = read_as_utf8(request.header(b"authorization")[:_MAX_TEXT_LENGTH]).strip()
    if not value:
        return
    error, place = None, "the header Authorization"
    if "authorization" in dialect.key_headers:
        error = authorization_error(value, dialect.title, dialect.header_hint)
        if error is None:
            return
    scheme, _, rest = value.partition(" ")
    for text in (rest.strip() or scheme, value, *_basic_credentials(rest.strip())):
        yield KeySighting(text, place, True, error)


def _basic_credentials(value: str) -> list[str]:
    """User and password of Basic auth."""
    try:
        text = base64.b64decode(value, validate=True).decode()
    except ValueError:  # not ASCII, not base64, or not text
        return []
    return [text, *text.split(":", 1)]


# -- path, query, body ---------------------------------------------------------------------------


def _query_sighting(dialect: Dialect, name: str, value: str) -> KeySighting:
    if name in dialect.key_parameters or not _KEY_WORDS.search(name):
        return KeySighting(value, "the query")
    return KeySighting(value, "the query", True, _misnamed(dialect, name, "query"))


def _misnamed(dialect: Dialect, name: str, part: str) -> Refusal | None:
    if not dialect.key_parameters:
        return None
    shown = shown_name(name)
    field = f"“{shown}”" if shown == name else f"a field {shown}"
    args = {"field": field, "part": part, "title": dialect.title, "expected": dialect.keys_hint}
    return Refusal("key-field-misnamed", args)


def _wrong_signs(dialect: Dialect, request: IncomingRequest) -> Iterator[KeySighting]:
    """Fields of the query that are none, because a sign before or after their names is wrong."""
    if not dialect.key_parameters:
        return
    names = "|".join(dialect.key_parameters)
    address = f"{request.path[-_MAX_TEXT_LENGTH:]}?{request.query[:_MAX_TEXT_LENGTH]}"
    before = r"&amp;|&%23(?:38|x26)(?:;|%3B)|&amp%3B|%26amp%3B|%26|%3F|\?\?|%20|[?;,&/+]"
    pattern = rf"({before})({names})(=|%3D|:|%3A)([^&;?#]{{6,402}})"
    for found in re.finditer(pattern, address, re.IGNORECASE):
        sign, written = _sign_due(found, len(request.path[-_MAX_TEXT_LENGTH:]))
        if sign:
            args = {"written": written, "sign": sign, "name": found[2]}
            error = Refusal("sign-in-address", args | {"expected": _sign_hint(dialect, written)})
            place = "the path" if sign == "?" and written != "??" else "the query"
            yield KeySighting(unquote_plus(found[4]), place, True, error)


def _sign_due(found: re.Match[str], path_length: int) -> tuple[str, str]:
    """The sign that is due, and the one that was sent; empty if the field is well separated."""
    before, sign = found[1], found[3]
    if found.start() < path_length:
        return "?", {"?": "%3F"}.get(before, before)
    if found.start() == path_length and before != "??":
        return ("=", sign) if sign != "=" else ("", "")
    if before == "??":
        return "?", before
    if before != "&":
        return "&", before
    return ("=", sign) if sign != "=" else ("", "")


def _sign_hint(dialect: Dialect, written: str) -> str:
    if "amp" in written.lower() or "%23" in written:
        return "The address was escaped for HTML: send it unescaped, with a plain “&”."
    return dialect.keys_hint


def _body_sightings(dialect: Dialect, body: str) -> Iterator[KeySighting]:
    pairs = (found.groups() for found in _NAMED_VALUE.finditer(body))
    for name, value in islice((one for one in pairs if _KEY_WORDS.search(one[0])), _MAX_IN_BODY):
        if _bare(name) not in _KEY_FIELDS:
            yield KeySighting(value, "the body")
        elif name in dialect.key_parameters:
            yield KeySighting(value, "the body", True, Refusal("key-below-top"))
        else:
            yield KeySighting(unquote(value), "the body", True, _misnamed(dialect, name, "body"))


def shown_name(name: str) -> str:
    """The name of a header or field for messages, unless a key may be in it."""
    return name if _SHOWN_NAME.fullmatch(name) else "of another name"


def _bare(name: str) -> str:
    return _NOT_ALNUM.sub("", name.lower())
