"""Credentials → key pair, or the reason for a refusal. Pure: the key pairs that a look-up found are
an argument."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from ingest.auth import key_similarity
from ingest.auth.key_format import find_format_error, strip_decoration
from ingest.auth.key_similarity import constant_time_equal
from ingest.auth.misplaced_keys import (
    MAX_KEY_LENGTH,
    KeyCandidate,
    explain_absence,
    place_refusal,
)
from ingest.dialects import BY_NAME, Dialect
from ingest.timestamps import format_utc
from ingest.values import Credentials, IncomingRequest, KeyPairSnapshot, Refusal

_EXPLAINED_BY_PLACE = frozenset({"no-keys", "unknown-keys"})
_MAX_CANDIDATES = 20
_WRONG_SEPARATORS = ":,|;/ +_-"


class AuthResult(NamedTuple):
    """The key pair that the request belongs to, and the reason if it is refused. `other` is set if
    the two keys belong to different pairs: it is the pair of the auth key."""

    pair: KeyPairSnapshot | None
    refusal: Refusal | None = None
    other: KeyPairSnapshot | None = None


def lookup_keys(dialect: Dialect, credentials: Credentials) -> list[str]:
    """The secrets to look up: both keys, as sent and without decoration, and the prefixes of a key
    that a wrong separator may have joined to a token."""
    keys = [key for key in credentials[:2] if key]
    found = [*keys, *(key for key in strip_decoration(dialect, credentials)[:2] if key)]
    if len(keys) == 1 and dialect.has_joined_keys:
        found += _prefixes(keys[0])
    return [key for key in dict.fromkeys(found) if len(key) <= MAX_KEY_LENGTH][:_MAX_CANDIDATES]


def authenticate(
    dialect: Dialect, credentials: Credentials, found: list[KeyPairSnapshot]
) -> AuthResult:
    """`found` are the key pairs that share a secret with the credentials."""
    if not credentials.api_key and not credentials.auth_key:
        return AuthResult(None, Refusal("no-keys", {"expected": dialect.keys_hint}))
    own = _of_dialect(dialect, found)
    match = _first(own, lambda pair: _matches(pair, credentials))
    if match:
        return _if_active(match)
    format_error = find_format_error(dialect, credentials)
    if format_error:
        return AuthResult(_likely_pair(dialect, credentials, own, found), format_error)
    return _one_key_matches(dialect, credentials, own) or _no_match(dialect, found)


def explain_misplaced(
    dialect: Dialect,
    request: IncomingRequest,
    presented: list[KeyCandidate],
    found: list[KeyPairSnapshot],
    refusal: Refusal,
) -> AuthResult:
    """Look for known keys in places that the dialect does not read. The result has a more specific
    reason than `refusal` where there is one."""
    for pairs in (_of_dialect(dialect, found), found):  # pairs of this dialect first
        for candidate in presented:
            pair = _first(pairs, partial(_has_key, candidate.secret))
            if pair:
                return AuthResult(pair, _explain_place(dialect, request, pair, candidate, refusal))
    return AuthResult(None, explain_absence(dialect, request, presented, refusal))


def _of_dialect(dialect: Dialect, found: list[KeyPairSnapshot]) -> list[KeyPairSnapshot]:
    return [pair for pair in found if pair.dialect == dialect.name]


def _has_key(secret: str, pair: KeyPairSnapshot) -> bool:
    return constant_time_equal(pair.api_key, secret) or constant_time_equal(pair.auth_key, secret)


def _explain_place(
    dialect: Dialect,
    request: IncomingRequest,
    pair: KeyPairSnapshot,
    candidate: KeyCandidate,
    refusal: Refusal,
) -> Refusal:
    if pair.dialect != dialect.name and refusal.code in _EXPLAINED_BY_PLACE | {"wrong-path"}:
        return wrong_vendor(dialect, pair)
    if pair.dialect == dialect.name and refusal.code in _EXPLAINED_BY_PLACE:
        return place_refusal(dialect, request, candidate)
    return explain_absence(dialect, request, [candidate], refusal)


def _matches(pair: KeyPairSnapshot, credentials: Credentials) -> bool:
    api_key, auth_key, auth_required = credentials
    right = constant_time_equal(pair.api_key, api_key)
    return right and (not auth_required or constant_time_equal(pair.auth_key, auth_key))


def _likely_pair(
    dialect: Dialect,
    credentials: Credentials,
    own: list[KeyPairSnapshot],
    found: list[KeyPairSnapshot],
) -> KeyPairSnapshot | None:
    """The key pair that the credentials match without their formatting error, or a likely one."""
    bare = strip_decoration(dialect, credentials)
    match = _first(own, lambda pair: _matches(pair, bare))
    return match or next(iter(own or found), None)


def _one_key_matches(
    dialect: Dialect, credentials: Credentials, own: list[KeyPairSnapshot]
) -> AuthResult | None:
    api_key, auth_key, _ = credentials
    by_api = _first(own, lambda pair: constant_time_equal(pair.api_key, api_key))
    by_auth = _first(own, lambda pair: constant_time_equal(pair.auth_key, auth_key))
    if by_api and by_auth:
        return _two_pairs(dialect, by_api, by_auth)
    if by_api:
        return AuthResult(by_api, _wrong_auth_key(dialect, auth_key, by_api))
    if by_auth:
        return AuthResult(by_auth, _wrong_api_key(dialect, api_key, by_auth))
    return _in_other_place(dialect, credentials, own) or _wrong_separator(dialect, credentials, own)


def _two_pairs(dialect: Dialect, by_api: KeyPairSnapshot, by_auth: KeyPairSnapshot) -> AuthResult:
    if by_api.id != by_auth.id:
        return AuthResult(by_api, Refusal("keys-of-two-pairs"), by_auth)
    api_name, auth_name = dialect.key_names
    if by_api.retired_at is None:
        old, new, since = auth_name, api_name, by_auth.retired_at
    elif by_auth.retired_at is None:
        old, new, since = api_name, auth_name, by_api.retired_at
    else:  # each key is from a different rotation
        return _if_active(max(by_api, by_auth, key=lambda pair: pair.retired_at or 0))
    args = {"old": old, "new": new, "since": format_utc(since or 0)}
    return AuthResult(by_api, Refusal("half-rotated", args))


def _in_other_place(
    dialect: Dialect, credentials: Credentials, own: list[KeyPairSnapshot]
) -> AuthResult | None:
    """A key in the place of the other one."""
    api_key, auth_key, _ = credentials
    by_first = _first(own, lambda pair: constant_time_equal(pair.auth_key, api_key))
    by_second = _first(own, lambda pair: constant_time_equal(pair.api_key, auth_key))
    if by_first and not auth_key:
        return AuthResult(by_first, Refusal(dialect.auth_key_alone))
    if by_first and constant_time_equal(by_first.api_key, auth_key):
        return AuthResult(by_first, Refusal("keys-swapped", {"expected": dialect.keys_hint}))
    api_name, auth_name = dialect.key_names
    key, place = (auth_name, api_name) if by_first else (api_name, auth_name)
    args = {"key": key, "place": place, "expected": dialect.keys_hint}
    crossed = by_first or by_second
    return AuthResult(crossed, Refusal("key-in-other-place", args)) if crossed else None


def _wrong_separator(
    dialect: Dialect, credentials: Credentials, own: list[KeyPairSnapshot]
) -> AuthResult | None:
    api_key, auth_key, _ = credentials
    if auth_key or not dialect.has_joined_keys:
        return None
    prefixes = set(_prefixes(api_key))
    joined = _first(own, lambda pair: pair.api_key in prefixes)
    if joined is None:
        return None
    return AuthResult(joined, Refusal("wrong-joint", {"joint": api_key[len(joined.api_key)]}))


def _prefixes(presented: str) -> list[str]:
    """The text before each character that may separate a key from a token."""
    start = presented[: MAX_KEY_LENGTH + 1]
    return [start[:at] for at, char in enumerate(start) if at and char in _WRONG_SEPARATORS]


def _wrong_auth_key(dialect: Dialect, presented: str, pair: KeyPairSnapshot) -> Refusal:
    api_name, auth_name = dialect.key_names
    plain = Refusal("wrong-auth-key", {"api_name": api_name, "auth_name": auth_name})
    return _near_miss(presented, pair.auth_key, auth_name, api_name, plain)


def _wrong_api_key(dialect: Dialect, presented: str, pair: KeyPairSnapshot) -> Refusal:
    api_name, auth_name = dialect.key_names
    plain = Refusal("wrong-api-key", {"api_name": api_name, "auth_name": auth_name})
    return _near_miss(presented, pair.api_key, api_name, auth_name, plain)


def _near_miss(presented: str, own: str, wrong: str, right: str, plain: Refusal) -> Refusal:
    """The difference between a wrong key and `own`, the partner of the key that matched. `wrong`
    and `right` are the names of the two keys."""
    args = {"wrong": wrong, "right": right}
    if key_similarity.differs_in_case(presented, own):
        return Refusal("case-differs", args, plain=plain)
    if key_similarity.one_character_off(presented, own):
        return Refusal("one-character-off", args, plain=plain)
    return plain


def _no_match(dialect: Dialect, found: list[KeyPairSnapshot]) -> AuthResult:
    """No key matches in this dialect; one may match in another."""
    foreign = _first(found, lambda pair: pair.dialect != dialect.name)
    if foreign:
        return AuthResult(foreign, wrong_vendor(dialect, foreign))
    return AuthResult(None, Refusal("unknown-keys"))


def wrong_vendor(dialect: Dialect, pair: KeyPairSnapshot) -> Refusal:
    """The refusal of keys of `pair` on a path of another dialect."""
    theirs = BY_NAME[pair.dialect]
    args = {"theirs": theirs.title, "ours": dialect.title, "expected": theirs.address}
    return Refusal("other-dialect", args)


def _if_active(pair: KeyPairSnapshot) -> AuthResult:
    if pair.retired_at is not None and pair.works_until is None:
        return AuthResult(pair, Refusal("rotated", {"since": format_utc(pair.retired_at)}))
    if pair.disabled_at is not None:
        return AuthResult(pair, Refusal("disabled", {"since": format_utc(pair.disabled_at)}))
    return AuthResult(pair)


def _first(
    pairs: list[KeyPairSnapshot], wanted: Callable[[KeyPairSnapshot], bool]
) -> KeyPairSnapshot | None:
    return next((pair for pair in pairs if wanted(pair)), None)
