"""Credentials → key pair, or the reason why not. Cached for seconds, so that a change is
in force on every process soon, and bounded, so that guessers fill nothing."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from ingest.auth.authenticate import AuthResult, authenticate, explain_misplaced, lookup_keys
from ingest.auth.misplaced_keys import KeyCandidate
from ingest.dialects import Dialect
from ingest.values import Credentials, KeyPairSnapshot, Refusal

FRESH_SECONDS = 2.0  # then it is looked up again, beside the requests that use it
STALE_SECONDS = 4.5  # then it is not used any more; a change must be in force within 5 s
CACHE_SIZE = 10_000

Finder = Callable[[Sequence[str]], Awaitable[list[KeyPairSnapshot]]]


class _Cached(NamedTuple):
    at: float
    answer: AuthResult


Question = tuple[str, Credentials]


class CredentialCache:
    """`find` returns every key pair, present or retired, that has one of some secrets."""

    def __init__(self, find: Finder) -> None:
        self._find = find
        # a dict, as one look-up per request counts: docs/decisions/0011-bounded-caches.md
        self._cache: dict[Question, _Cached] = {}
        self._under_way: dict[Question, asyncio.Task[AuthResult]] = {}

    def known(self, dialect: Dialect, credentials: Credentials) -> AuthResult | None:
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

    def was_right(self, dialect: Dialect, credentials: Credentials) -> bool:
        """Whether they were when they were last looked up, not necessarily lately."""
        return (dialect.name, credentials) in self._cache

    async def misplaced(
        self, dialect: Dialect, presented: list[KeyCandidate], refusal: Refusal
    ) -> AuthResult:
        """Who answers for a refused request that presents no known key where one is read."""
        found = await self._find([secret for secret, _ in presented]) if presented else []
        return explain_misplaced(dialect, presented, found, refusal)

    async def held(self, words: Sequence[str]) -> frozenset[str]:
        """Those of some words that are keys, of whatever pair. For masking alone: no sender may
        hear of it."""
        found = await self._find(words) if words else []
        return frozenset(key for pair in found for key in (pair.api_key, pair.auth_key))

    async def answer(self, dialect: Dialect, credentials: Credentials) -> AuthResult:
        known = self.known(dialect, credentials)
        if known is not None:
            return known
        return await asyncio.shield(self._look_up_once(dialect, credentials))

    def _look_up_once(self, dialect: Dialect, credentials: Credentials) -> asyncio.Task[AuthResult]:
        """One look-up for all that ask the same at the same time."""
        question = (dialect.name, credentials)
        task = self._under_way.get(question)
        if task is None:
            task = asyncio.create_task(self._look_up(dialect, credentials))
            self._under_way[question] = task
            task.add_done_callback(lambda task: self._looked_up(question, task))
        return task

    def _looked_up(self, question: Question, task: asyncio.Task[AuthResult]) -> None:
        self._under_way.pop(question, None)
        if not task.cancelled():
            task.exception()  # told to whoever waits; often that is nobody

    async def _look_up(self, dialect: Dialect, credentials: Credentials) -> AuthResult:
        at = time.monotonic()
        secrets = lookup_keys(dialect, credentials)
        found = await self._find(secrets) if secrets else []
        answer = authenticate(dialect, credentials, found)
        if answer.refusal is None:  # guesses would only push out what is in use
            self._keep((dialect.name, credentials), _Cached(at, answer))
        else:
            self._cache.pop((dialect.name, credentials), None)
        return answer

    def _keep(self, question: Question, cached: _Cached) -> None:
        while len(self._cache) >= CACHE_SIZE:
            del self._cache[next(iter(self._cache))]
        self._cache[question] = cached
