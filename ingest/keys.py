"""Credentials → key pair, or the reason why not. Cached for seconds, so that a change is
in force on every process soon, and bounded, so that guessers fill nothing."""

from __future__ import annotations

import asyncio
import hmac
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ingest.clock import in_words
from ingest.dialects import Dialect
from ingest.shapes import Credentials, KeyPairKeys, Refusal

FRESH_SECONDS = 2.0  # then it is looked up again, beside the requests that use it
STALE_SECONDS = 4.5  # then it is not used any more; a change must be in force within 5 s
CACHE_SIZE = 10_000
LONGEST_KEY = 200

_WRONG_JOINTS = ":,|;/ +_-"

Finder = Callable[[Sequence[str]], Awaitable[list[KeyPairKeys]]]


class Answer(NamedTuple):
    """The key pair that answers for a request, and why it is refused, if it is."""

    pair: KeyPairKeys | None
    refusal: Refusal | None = None


class _Cached(NamedTuple):
    at: float
    answer: Answer


Question = tuple[str, Credentials]


class Keys:
    """`find` returns every key pair, present or retired, that has one of some secrets."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        self._cache: dict[Question, _Cached] = {}
        self._under_way: dict[Question, asyncio.Task[Answer]] = {}

    def known(self, dialect: Dialect, credentials: Credentials) -> Answer | None:
        """The answer, if it is at hand: most requests need not wait for it."""
        cached = self._cache.get((dialect.name, credentials))
        if cached is None:
            return None
        age = time.monotonic() - cached.at
        if age > STALE_SECONDS:
            return None
        if age > FRESH_SECONDS:
            self._look_up_once(dialect, credentials)
        return cached.answer

    async def answer(self, dialect: Dialect, credentials: Credentials) -> Answer:
        known = self.known(dialect, credentials)
        if known is not None:
            return known
        return await asyncio.shield(self._look_up_once(dialect, credentials))

    def _look_up_once(self, dialect: Dialect, credentials: Credentials) -> asyncio.Task[Answer]:
        """One look-up for all that ask the same at the same time."""
        question = (dialect.name, credentials)
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._look_up(dialect, credentials))
            self._under_way[question] = task
            task.add_done_callback(lambda _: self._under_way.pop(question, None))
        return task

    async def _look_up(self, dialect: Dialect, credentials: Credentials) -> Answer:
        at = time.monotonic()
        secrets = candidates(credentials)
        found = await self._find(secrets) if secrets else []
        answer = judge(dialect, credentials, found)
        if found:  # guesses would only push out what is in use
            self._keep((dialect.name, credentials), _Cached(at, answer))
        else:
            self._cache.pop((dialect.name, credentials), None)
        return answer

    def _keep(self, question: Question, cached: _Cached) -> None:
        while len(self._cache) >= CACHE_SIZE:
            del self._cache[next(iter(self._cache))]
        self._cache[question] = cached


def candidates(credentials: Credentials) -> list[str]:
    """The secrets worth looking up: both halves, and what a wrong joint may have joined."""
    halves = [half for half in credentials[:2] if half]
    if len(halves) == 1:
        halves += [halves[0].split(joint, 1)[0] for joint in _WRONG_JOINTS if joint in halves[0]]
    return [half for half in halves if 0 < len(half) <= LONGEST_KEY]


def judge(dialect: Dialect, credentials: Credentials, found: list[KeyPairKeys]) -> Answer:
    """Who answers, of the key pairs that share a secret with the credentials. Pure."""
    api_key, auth_key, auth_required = credentials
    if not api_key and not auth_key:
        return Answer(None, Refusal("no-keys", {"expected": dialect.keys_hint}))
    own = [pair for pair in found if pair.dialect == dialect.name]
    by_api = _first(own, lambda pair: _same(pair.api_key, api_key))
    by_auth = _first(own, lambda pair: _same(pair.auth_key, auth_key))
    if by_api and (not auth_required or _same(by_api.auth_key, auth_key)):
        return _in_force(by_api)
    return _half_right(dialect, credentials, own, by_api, by_auth) or _stranger(found, own)


def _half_right(
    dialect: Dialect,
    credentials: Credentials,
    own: list[KeyPairKeys],
    by_api: KeyPairKeys | None,
    by_auth: KeyPairKeys | None,
) -> Answer | None:
    api_key, auth_key, _ = credentials
    names = dict(zip(("api_name", "auth_name"), dialect.key_names, strict=True))
    if by_api and by_auth:
        return Answer(by_api, Refusal("keys-of-two-pairs"))
    if by_api:
        return Answer(by_api, Refusal("wrong-auth-key", names))
    crossed = _first(own, lambda pair: _same(pair.auth_key, api_key))
    if crossed and auth_key and _same(crossed.api_key, auth_key):
        return Answer(crossed, Refusal("keys-swapped", {"expected": dialect.keys_hint}))
    if crossed and not auth_key:
        return Answer(crossed, Refusal(dialect.auth_key_alone))
    if by_auth:
        return Answer(by_auth, Refusal("wrong-api-key", names))
    if crossed:
        return Answer(crossed, Refusal("wrong-auth-key", names))
    joined = _first(own, lambda pair: api_key.startswith(pair.api_key) and not auth_key)
    if joined and dialect.joins_keys:
        return Answer(joined, Refusal("wrong-joint", {"joint": api_key[len(joined.api_key)]}))
    return None


def _stranger(found: list[KeyPairKeys], own: list[KeyPairKeys]) -> Answer:
    if found and not own:
        return Answer(None, Refusal("other-dialect"))
    return Answer(None, Refusal("unknown-keys"))


def _in_force(pair: KeyPairKeys) -> Answer:
    if pair.retired_at is not None:
        return Answer(pair, Refusal("rotated", {"since": in_words(pair.retired_at)}))
    if pair.disabled_at is not None:
        return Answer(pair, Refusal("disabled", {"since": in_words(pair.disabled_at)}))
    return Answer(pair)


def _first(pairs: list[KeyPairKeys], wanted: Callable[[KeyPairKeys], bool]) -> KeyPairKeys | None:
    return next((pair for pair in pairs if wanted(pair)), None)


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
