"""A cache of authenticated credentials. Entries expire after seconds, so that changes of key pairs
soon take effect in every process."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ingest.auth.authenticate import AuthResult, authenticate, explain_misplaced, lookup_keys
from ingest.auth.misplaced_keys import KeyCandidate
from ingest.dialects import Dialect
from ingest.values import Credentials, IncomingRequest, KeyPairSnapshot, Refusal

FRESH_SECONDS = 2.0  # older entries are refreshed in the background
STALE_SECONDS = 4.5  # older entries are not used: changes must take effect within 5 s
CACHE_SIZE = 10_000

Finder = Callable[[Sequence[str]], Awaitable[list[KeyPairSnapshot]]]


class _Cached(NamedTuple):
    at: float
    answer: AuthResult


CacheKey = tuple[str, Credentials]


class CredentialCache:
    """`find` returns every key pair that has one of the given secrets, now or before a rotation."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        # a dict, as one look-up per request counts: docs/decisions/0011-bounded-caches.md
        self._cache: dict[CacheKey, _Cached] = {}
        self._in_flight: dict[CacheKey, asyncio.Task[AuthResult]] = {}

    def known(self, dialect: Dialect, credentials: Credentials) -> AuthResult | None:
        """The cached result, or None. Most requests need no look-up."""
        cached = self._cache.get((dialect.name, credentials))
        if cached is None:
            return None
        age = time.monotonic() - cached.at
        if age > STALE_SECONDS:
            return None
        if age > FRESH_SECONDS:
            self._look_up_once(dialect, credentials)
        return cached.answer

    def was_right(self, dialect: Dialect, credentials: Credentials) -> bool:
        """Whether the last look-up accepted these credentials, no matter how long ago."""
        return (dialect.name, credentials) in self._cache

    async def misplaced(
        self,
        dialect: Dialect,
        request: IncomingRequest,
        presented: list[KeyCandidate],
        refusal: Refusal,
    ) -> AuthResult:
        """The key pair of a refused request that has a known key where the dialect reads none."""
        secrets = [candidate.secret for candidate in presented]
        found = await self._find(secrets) if secrets else []
        return explain_misplaced(dialect, request, presented, found, refusal)

    async def held(self, words: Sequence[str]) -> frozenset[str]:
        """The words that are keys of any pair. Use this only for masking: the result must not reach
        a sender."""
        found = await self._find(words) if words else []
        return frozenset(key for pair in found for key in (pair.api_key, pair.auth_key))

    async def answer(self, dialect: Dialect, credentials: Credentials) -> AuthResult:
        known = self.known(dialect, credentials)
        if known is not None:
            return known
        return await asyncio.shield(self._look_up_once(dialect, credentials))

    def _look_up_once(self, dialect: Dialect, credentials: Credentials) -> asyncio.Task[AuthResult]:
        """Concurrent requests with the same credentials share one look-up."""
        key = (dialect.name, credentials)
        task = self._in_flight.get(key)
        if task is None:
            task = asyncio.create_task(self._look_up(dialect, credentials))
            self._in_flight[key] = task
            task.add_done_callback(lambda task: self._looked_up(key, task))
        return task

    def _looked_up(self, key: CacheKey, task: asyncio.Task[AuthResult]) -> None:
        self._in_flight.pop(key, None)
        if not task.cancelled():
            task.exception()  # mark as retrieved: a refresh has no waiter

    async def _look_up(self, dialect: Dialect, credentials: Credentials) -> AuthResult:
        at = time.monotonic()
        secrets = lookup_keys(dialect, credentials)
        found = await self._find(secrets) if secrets else []
        answer = authenticate(dialect, credentials, found)
        if answer.refusal is None:  # guesses must not evict entries in use
            self._keep((dialect.name, credentials), _Cached(at, answer))
        else:
            self._cache.pop((dialect.name, credentials), None)
        return answer

    def _keep(self, key: CacheKey, cached: _Cached) -> None:
        while len(self._cache) >= CACHE_SIZE:
            del self._cache[next(iter(self._cache))]
        self._cache[key] = cached
