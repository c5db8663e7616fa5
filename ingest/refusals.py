"""Refuses requests: finds the most specific reason, replies as the vendor does, and records the
request."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, TypeVar

from ingest.attempt import Attempt
from ingest.auth.authenticate import wrong_vendor
from ingest.auth.credential_cache import CredentialCache
from ingest.auth.guess_limit import MAX_GUESSES_PER_PAIR, WINDOW_SECONDS, WITHHELD, GuessLimiter
from ingest.auth.key_format import strip_decoration
from ingest.auth.misplaced_keys import KeyCandidate, explain_absence, explain_form
from ingest.concurrency import Turns, refusal_threads
from ingest.dialects.dialect import problem_headers
from ingest.problems import Problem
from ingest.receiving import body as bodies
from ingest.receiving.key_tokens import KeyMask
from ingest.receiving.redaction import DeliveryRow, RedactedHead, delivery_row, words_of_request
from ingest.storage.metrics import REQUESTS
from ingest.storage.write_request import WriteRequest
from ingest.storage.writer import WriteFailed, Writer
from ingest.validation.pipeline import Receive
from ingest.values import DatabaseUnavailable, Limits, Refusal, Reply

T = TypeVar("T")

logger = logging.getLogger(__name__)

RETRY_AFTER = b"1"  # seconds
LOOKS_SECRET = 16  # characters; words of at least this length are masked as possible keys
MAX_PAUSE = 0.05  # seconds between two refusals
CROWDED_SECONDS = 5.0  # delay of the reply when too many requests of strangers wait
SMALL_REFUSAL = 1024  # bytes of head and body; larger requests are masked in a thread
MAX_DELAYED = 200  # replies to guesses that are delayed at the same time

_GUESSED = Problem(
    "keys-guessed",
    args={"count": str(MAX_GUESSES_PER_PAIR), "minutes": f"{WINDOW_SECONDS / 60:g}"},
)


class Refusals:
    def __init__(
        self,
        keys: CredentialCache,
        writer: Writer,
        limits: Limits,
        guesses: GuessLimiter,
        lookups: Turns,
    ) -> None:
        self._keys = keys
        self._writer = writer
        self._limits = limits
        self._guesses = guesses
        self._lookups = lookups
        self._turns = Turns()  # of masking and recording, one at a time
        self._delayed = 0

    async def overloaded(self, attempt: Attempt, receive: Receive) -> Reply:
        """Reply late: a stranger who gets the reply immediately sends the next request
        immediately."""
        await bodies.wait_for_disconnect(receive, CROWDED_SECONDS)
        return try_later(attempt, Refusal("overloaded"))

    async def refuse(self, attempt: Attempt, receive: Receive, refusal: Refusal) -> Reply:
        """Explain, record and reply. An unread body is drained first, because most clients read
        the reply only after they have sent everything."""
        if refusal.status == 503:
            return try_later(attempt, refusal)
        if not attempt.body.begun and refusal.status != 413:
            await bodies.drain(receive, self._limits, attempt.body)
        reason = await self._explain(attempt, refusal)
        shown, delay, is_first = self._guesses.limit(
            reason, attempt.pair, attempt.request.sender, attempt.presented
        )
        if shown is WITHHELD:  # the vendor's own wording would also reveal a key
            refusal = Refusal("unknown-keys")
        reply = _with_reason(attempt.dialect.refuse(attempt.request, refusal), shown)
        logger.info("refused: %s, %s", attempt.dialect.name, reason.code)
        await self.record(attempt, reason, reply, _GUESSED if is_first else None)
        await self._delay(attempt.delay or delay)
        return reply

    async def _delay(self, seconds: float) -> None:
        if not seconds or self._delayed >= MAX_DELAYED:
            return
        self._delayed += 1
        try:
            await asyncio.sleep(seconds)
        finally:
            self._delayed -= 1

    async def _explain(self, attempt: Attempt, refusal: Refusal) -> Refusal:
        """A more specific reason than `refusal`, if there is one. The vendor's reply stays the
        same."""
        dialect, request = attempt.dialect, attempt.request
        if attempt.pair is None:
            return await self._explain_places(attempt, explain_form(dialect, request, refusal))
        if attempt.pair.dialect != dialect.name and refusal.code == "wrong-path":
            return wrong_vendor(dialect, attempt.pair)
        return explain_form(dialect, request, refusal)

    async def _explain_places(self, attempt: Attempt, refusal: Refusal) -> Refusal:
        dialect, request, presented = attempt.dialect, attempt.request, attempt.key_candidates
        secrets = [candidate.secret for candidate in presented]
        if not secrets or not self._guesses.may_look_up(request.sender, secrets):
            return explain_absence(dialect, request, presented, refusal)
        async with self._lookups.turn(attempt.network, attempt.memory):
            answer = await self._keys.misplaced(dialect, request, presented, refusal)
        attempt.pair = answer.pair
        return answer.refusal or refusal

    async def record(
        self,
        attempt: Attempt,
        refusal: Refusal,
        reply: Reply | None,
        for_staff: Problem | None = None,
    ) -> None:
        excerpt = attempt.body.excerpt()
        words = await self._in_turn(attempt, words_of_request, attempt.request, excerpt)
        async with self._lookups.turn(attempt.network, attempt.memory):
            key_mask = await self._key_mask(words)
        rows = await self._in_turn(
            attempt, _refusal_rows, attempt, key_mask, refusal, reply, for_staff
        )
        try:
            await asyncio.gather(*map(self._writer.append, rows))
        except WriteFailed:
            return  # the sender still gets the reply; the writer has logged the error

    async def _in_turn(
        self,
        attempt: Attempt,
        function: Callable[..., T],
        *args: Any,
    ) -> T:
        """Run one task at a time. If others wait, pause for as long as the task took, so that
        senders and pages get half of the time."""
        async with self._turns.turn(attempt.network, attempt.memory):
            began = time.monotonic()
            if attempt.shown_size <= SMALL_REFUSAL:  # takes 0.5 ms; the largest head takes 25 ms
                result = function(*args)
            else:
                result = await refusal_threads.run(function, *args)
            if self._turns.is_waited_for:
                await asyncio.sleep(min(time.monotonic() - began, MAX_PAUSE))
            return result

    async def _key_mask(self, words: list[str]) -> KeyMask:
        try:
            held = await self._keys.held(words)
        except DatabaseUnavailable:  # the record may still be stored: mask all words
            held = frozenset(words)
        return KeyMask(held, words)


def _refusal_rows(
    attempt: Attempt,
    key_mask: KeyMask,
    refusal: Refusal,
    reply: Reply | None,
    for_staff: Problem | None,
) -> list[WriteRequest]:
    """The rows of a refused request, one for each page that shows it."""
    masked = RedactedHead(attempt.dialect, attempt.request, _secrets_of(attempt), key_mask)
    excerpt = attempt.body.excerpt()

    def row(problem: Problem) -> DeliveryRow:
        return delivery_row(
            masked,
            attempt.request,
            reply=reply,
            encoding=masked.masked(attempt.request.header(b"content-encoding"))[:40],
            wire_size=attempt.body.wire_size,
            size=len(attempt.body.text),
            refused=True,
            problems=(problem,),
            excerpt=excerpt,
        )

    pair, other, problem = attempt.pair, attempt.other, refusal.problem()
    rows = [WriteRequest(pair.id if pair else None, row(problem))]
    if pair and other:  # one row for each page, without the pairs' ids; staff see the ids
        rows.append(WriteRequest(other.id, rows[0].record))
        ids = {"api_pair": str(pair.id), "auth_pair": str(other.id)}
        rows.append(WriteRequest(None, row(problem._replace(args=ids))))
    if for_staff:
        rows.append(WriteRequest(None, row(for_staff)))
    return rows


def _secrets_of(attempt: Attempt) -> list[str]:
    """Words that the stored request must not show, in addition to those that the dialect reads as
    keys: the secrets of the pairs, and all words that may be one."""
    pairs = [pair for pair in (attempt.pair, attempt.other) if pair]
    secrets = [secret for pair in pairs for secret in (pair.api_key, pair.auth_key)]
    secrets += strip_decoration(attempt.dialect, attempt.presented)[:2]
    secrets += attempt.presented[:2]
    return secrets + [one.secret for one in attempt.key_candidates if _may_be_secret(one)]


def _may_be_secret(candidate: KeyCandidate) -> bool:
    """A shorter text with white space or unusual characters in it would not be found as a key."""
    secret = candidate.secret
    return len(secret) >= LOOKS_SECRET or not (secret.isascii() and secret.isprintable())


def _with_reason(reply: Reply, shown: Refusal) -> Reply:
    """Add the headers X-Problem and X-Problem-Detail to the vendor's reply."""
    ours = problem_headers(shown.problem())
    names = {name for name, _ in ours}
    others = [header for header in reply.headers if header[0] not in names]
    return reply._replace(headers=[*ours, *others])


def try_later(attempt: Attempt, refusal: Refusal) -> Reply:
    REQUESTS.labels(attempt.dialect.name, 503).inc()
    reply = attempt.dialect.refuse(attempt.request, refusal._replace(status=503))
    return reply._replace(headers=[*reply.headers, (b"retry-after", RETRY_AFTER)])


def internal_error(attempt: Attempt) -> Reply:
    REQUESTS.labels(attempt.dialect.name, 500).inc()
    return attempt.dialect.refuse(attempt.request, Refusal("internal-error", status=500))
