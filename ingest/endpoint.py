"""The test endpoints: a plain ASGI callable in front of everything else.

Read `_take_in` for the way of a delivery; the rest is refusing well.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from ingest.auth.authenticate import AuthResult, wrong_vendor
from ingest.auth.credential_cache import CredentialCache
from ingest.auth.guess_limit import MAX_GUESSES_PER_PAIR, WINDOW_SECONDS, WITHHELD, GuessLimiter
from ingest.auth.key_format import strip_decoration
from ingest.auth.misplaced_keys import KeyCandidate, find_keys_anywhere
from ingest.concurrency import Crowded, Turns, refusal_threads
from ingest.dialects.dialect import problem_headers
from ingest.problems import WARNING, Problem
from ingest.receiving import body as bodies
from ingest.receiving.body import Body, ClientDisconnected, KeyNotFound, RequestRejected
from ingest.receiving.key_tokens import KeyMask, mask_key
from ingest.receiving.networks import network_of
from ingest.receiving.redaction import DeliveryRow, RedactedHead, delivery_row, words_of_request
from ingest.receiving.request_cache import ParsedHead, ParsedHeadCache
from ingest.storage.metrics import REQUESTS
from ingest.storage.run_ranges import RUN, run_name
from ingest.storage.write_request import WriteRequest
from ingest.storage.writer import WriteFailed, Writer
from ingest.timestamps import format_utc
from ingest.tracking_plan.versions import PlanValidator
from ingest.validation.history.type_drift import TypeDriftDetector
from ingest.validation.pipeline import DeliveryProcessor, ProcessedDelivery, Receive
from ingest.values import (
    Credentials,
    DatabaseUnavailable,
    IncomingRequest,
    KeyPairSnapshot,
    ParsedBody,
    Refusal,
    Reply,
    ValidatedEvent,
)

T = TypeVar("T")
Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

RETRY_AFTER = b"1"  # seconds
LOOKS_SECRET = 16  # characters; what is as long may be a key, wherever it stands
MAX_PAUSE = 0.05  # seconds between two refusals
CROWDED_SECONDS = 5.0  # delay of the reply when too many requests of strangers wait
MAX_LOOKUPS = 4  # of strangers' keys at a time
SMALL_REFUSAL = 1024  # bytes of head and body that are masked on the event loop
HEADER_OVERHEAD = 130  # bytes of objects for each header
MAX_DELAYED = 200  # replies to guesses that are held back at a time


class _Attempt:
    """One request on its way: what is known of it so far."""

    __slots__ = (
        *("_anywhere", "answers", "body", "credentials", "delay", "dialect", "head", "other"),
        *("pair", "request"),
    )

    def __init__(self, head: ParsedHead, request: IncomingRequest) -> None:
        self.head = head
        self.dialect = head.dialect
        self.request = request
        self.credentials: Credentials | None = head.credentials
        self.pair: KeyPairSnapshot | None = None
        self.other: KeyPairSnapshot | None = None  # whose the second of two good halves is
        self.body = Body(request.sender)
        self.answers: dict[Credentials, AuthResult] = {}  # looked up while the body was read
        self.delay = 0.0  # seconds that a refusal must wait
        self._anywhere: list[KeyCandidate] | None = None

    @property
    def network(self) -> str:
        return network_of(self.request.sender)

    @property
    def presented(self) -> Credentials:
        """The keys that were read, in the head or in the body."""
        return self.credentials or Credentials()

    @property
    def anywhere(self) -> list[KeyCandidate]:
        if self._anywhere is None:
            self._anywhere = find_keys_anywhere(self.request)
        return self._anywhere


class Endpoint:
    def __init__(
        self,
        otherwise: Application,
        keys: CredentialCache,
        writer: Writer,
        judge: DeliveryProcessor,
        plans: PlanValidator | None = None,
        limit_heads: Callable[[Application], Application] = lambda application: application,
    ) -> None:
        self._otherwise = otherwise
        self._handle_new_head = limit_heads(self._handle)  # a remembered one is within limits
        self._keys = keys
        self._writer = writer
        self._judge = judge
        self._heads = ParsedHeadCache(judge.limits)
        self._tries = GuessLimiter()
        self._kinds = TypeDriftDetector()
        self._plans = plans or PlanValidator()
        self._delayed = 0
        self._lookups = Turns(MAX_LOOKUPS)  # of keys that were not in use lately
        self._refusals = Turns()  # to explain and record one

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = self._heads.remembered(scope) if scope["type"] == "http" else None
        if head is None:
            await self._handle_new_head(scope, receive, send)
        else:
            await self._respond(head, scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = self._heads.new(scope) if scope["type"] == "http" else None
        if head is None:
            await self._otherwise(scope, receive, send)
        else:
            await self._respond(head, scope, receive, send)

    async def _respond(self, head: ParsedHead, scope: Scope, receive: Receive, send: Send) -> None:
        reply = head.at_once
        if reply is None:
            reply = await self._answer(_Attempt(head, _request(head, scope)), receive)
        else:
            REQUESTS.labels(head.dialect.name, reply.status).inc()
        if reply is not None:
            for message in head.messages(reply):
                await send(message)

    async def _answer(self, attempt: _Attempt, receive: Receive) -> Reply | None:
        """The reply; None when nobody is there to get it."""
        try:
            return await self._take_in(attempt, receive)
        except RequestRejected as refused:
            return await self._turn_away(attempt, receive, refused)
        except (WriteFailed, DatabaseUnavailable):
            return _try_later(attempt, Refusal("not-stored"))
        except Crowded:
            return await self._try_much_later(attempt, receive)
        finally:
            self._judge.room.give_back(attempt.body)

    async def _take_in(self, attempt: _Attempt, receive: Receive) -> Reply:
        """The way of a delivery: keys, body, pieces, verdicts, store, reply."""
        head, request, body = attempt.head, attempt.request, attempt.body
        dialect, credentials = head.dialect, head.credentials
        if credentials is not None:
            answer = self._keys.known(dialect, credentials)
            pair = _admit(attempt, answer or await self._look_up(attempt, credentials))
            body.pair = pair.id
        refusal = head.refusal or head.too_large
        if refusal is not None:
            raise RequestRejected(refusal)
        if credentials is not None:
            reading = await self._judge.read(dialect, request, receive, body)
        else:
            reading = await self._read_of_stranger(attempt, receive)
            pair = await self._admit_by_body(attempt, reading)
        earlier = partial(self._kinds.compare, pair.id, dialect.rules.names)
        judged = await self._judge.judge(dialect, request, body, reading, pair.api_key, earlier)
        if pair.works_until is not None:
            judged = _with_old_keys(judged, pair.works_until)
        kept = delivery_row(
            head.masked(pair),
            request,
            reply=judged.reply,
            encoding=body.encoding,
            wire_size=body.wire_size,
            size=len(body.text),
            problems=judged.problems,
        )
        events: Sequence[ValidatedEvent] = judged.events
        plan = 0
        if pair.plan:
            events, plan = await self._plans.judge(pair, events)
        deposit = WriteRequest(pair.id, kept, events, plan=plan)
        if RUN in request.headers:
            deposit.run = _run_of(request, pair)
            deposit.is_public = not attempt.presented.auth_required
        await self._writer.append(deposit)
        if not head.is_remembered:
            self._heads.remember(head)
        return judged.reply

    # -- strangers, whose key may be in the body ---------------------------------------------

    async def _read_of_stranger(self, attempt: _Attempt, receive: Receive) -> ParsedBody:
        find_pair = partial(self._pair_shown, attempt)
        try:
            return await self._judge.read(
                attempt.dialect, attempt.request, receive, attempt.body, find_pair
            )
        except KeyNotFound:
            for credentials, answer in attempt.answers.items():
                attempt.credentials = credentials
                _admit(attempt, answer)  # says better what is wrong
            raise

    async def _pair_shown(
        self, attempt: _Attempt, beginning: bytes, is_at_hand: bool
    ) -> int | None:
        for credentials in attempt.dialect.credentials_at_start(attempt.request, beginning):
            known = self._keys.known(attempt.dialect, credentials)
            if known is None and is_at_hand:
                continue
            pair, refusal, _ = known or await self._look_up(attempt, credentials)
            if pair is not None and refusal is None:
                return pair.id
        return None

    async def _admit_by_body(self, attempt: _Attempt, reading: ParsedBody) -> KeyPairSnapshot:
        credentials = attempt.dialect.credentials_in_body(reading) or Credentials()
        attempt.credentials = credentials
        answer = self._keys.known(attempt.dialect, credentials)
        pair = _admit(attempt, answer or await self._look_up(attempt, credentials))
        if attempt.body.pair is None:
            self._judge.room.admit(attempt.body, pair.id)
        return pair

    async def _look_up(self, attempt: _Attempt, credentials: Credentials) -> AuthResult:
        """Raises Refused while too many guesses wait for their replies."""
        answer = attempt.answers.get(credentials)
        if answer is not None:
            return answer
        if not self._keys.was_right(attempt.dialect, credentials):
            delay = self._tries.turn(attempt.request.sender, credentials)
            if delay is None:
                raise RequestRejected(WITHHELD._replace(status=503))
            attempt.delay = delay
            async with self._lookups.turn(attempt.network, _memory_of(attempt)):
                answer = await self._keys.answer(attempt.dialect, credentials)
        else:
            answer = await self._keys.answer(attempt.dialect, credentials)
        attempt.answers[credentials] = answer
        return answer

    # -- refusals --------------------------------------------------------------------------

    async def _turn_away(
        self, attempt: _Attempt, receive: Receive, refused: RequestRejected
    ) -> Reply | None:
        try:
            if isinstance(refused, ClientDisconnected):
                await self._record_refusal(attempt, refused.refusal, None)
                return None
            return await self._refuse(attempt, receive, refused.refusal)
        except (WriteFailed, DatabaseUnavailable):
            return _try_later(attempt, Refusal("not-stored"))
        except Crowded:
            return await self._try_much_later(attempt, receive)

    async def _try_much_later(self, attempt: _Attempt, receive: Receive) -> Reply:
        """Delay the reply: a stranger who gets it at once sends the next request at once."""
        await bodies.wait_for_disconnect(receive, CROWDED_SECONDS)
        return _try_later(attempt, Refusal("overloaded"))

    async def _refuse(self, attempt: _Attempt, receive: Receive, refusal: Refusal) -> Reply:
        """A body that was not looked at yet is read to its end and let go, because most
        clients only look at the reply once they have sent everything."""
        if refusal.status == 503:
            return _try_later(attempt, refusal)
        if not attempt.body.begun and refusal.status != 413:
            await bodies.drain(receive, self._judge.limits, attempt.body)
        reason = await self._explain(attempt, refusal)
        told, delay, is_first = self._tries.told(
            reason, attempt.pair, attempt.request.sender, attempt.presented
        )
        if told is WITHHELD:  # the vendor's own words tell of a key, too
            refusal = Refusal("unknown-keys")
        reply = _with_reason(attempt.dialect.refuse(attempt.request, refusal), told)
        logger.info("refused: %s, %s", attempt.dialect.name, reason.code)
        await self._record_refusal(attempt, reason, reply, _GUESSED if is_first else None)
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

    async def _explain(self, attempt: _Attempt, refusal: Refusal) -> Refusal:
        """A better reason where there is one. The vendor's reply stays that of `refusal`."""
        dialect, request = attempt.dialect, attempt.request
        if attempt.pair is None:
            presented = attempt.anywhere
            secrets = [secret for secret, _ in presented]
            if not secrets or not self._tries.may_be_sought(request.sender, secrets):
                return refusal
            async with self._lookups.turn(attempt.network, _memory_of(attempt)):
                attempt.pair, better, _ = await self._keys.misplaced(dialect, presented, refusal)
            return better or refusal
        if attempt.pair.dialect != dialect.name and refusal.code == "wrong-path":
            return wrong_vendor(dialect, attempt.pair)
        return refusal

    async def _record_refusal(
        self,
        attempt: _Attempt,
        refusal: Refusal,
        reply: Reply | None,
        for_staff: Problem | None = None,
    ) -> None:
        excerpt = attempt.body.excerpt()
        # 0.5 ms for a small request, 25 ms for the largest head
        size, network = _size_to_mask(attempt), attempt.network
        is_small = size <= SMALL_REFUSAL
        words = await self._in_turn(attempt, is_small, words_of_request, attempt.request, excerpt)
        async with self._lookups.turn(network, _memory_of(attempt)):
            hiding = await self._hiding(words)
        deposits = await self._in_turn(
            attempt, is_small, _refusal_deposits, attempt, hiding, refusal, reply, for_staff
        )
        try:
            await asyncio.gather(*map(self._writer.append, deposits))
        except WriteFailed:
            return  # the sender still gets its answer; the log has the reason

    async def _in_turn(
        self,
        attempt: _Attempt,
        is_small: bool,
        function: Callable[..., T],
        *args: Any,
    ) -> T:
        """Run one task at a time. If others wait, pause for as long as the task took, so that
        senders and pages get half of the time."""
        async with self._refusals.turn(attempt.network, _memory_of(attempt)):
            began = time.monotonic()
            if is_small:
                result = function(*args)
            else:
                result = await refusal_threads.run(function, *args)
            if self._refusals.is_waited_for:
                await asyncio.sleep(min(time.monotonic() - began, MAX_PAUSE))
            return result

    async def _hiding(self, words: list[str]) -> KeyMask:
        try:
            held = await self._keys.held(words)
        except DatabaseUnavailable:  # perhaps the record can be stored all the same
            held = frozenset(words)
        return KeyMask(held, words)


def _memory_of(attempt: _Attempt) -> int:
    """Bytes, roughly: the text is held about twice. A body counts in its room."""
    return 2 * _size_to_mask(attempt) + HEADER_OVERHEAD * len(attempt.request.headers)


def _size_to_mask(attempt: _Attempt) -> int:
    request = attempt.request
    head = sum(len(name) + len(value) for name, value in request.headers.items())
    return head + len(request.path) + len(request.query) + len(attempt.body.excerpt())


def _refusal_deposits(
    attempt: _Attempt,
    hiding: KeyMask,
    refusal: Refusal,
    reply: Reply | None,
    for_staff: Problem | None,
) -> list[WriteRequest]:
    """The rows of a refused request, one for each page that shows it."""
    masked = RedactedHead(attempt.dialect, attempt.request, _secrets_of(attempt), hiding)
    excerpt = attempt.body.excerpt()

    def kept(problem: Problem) -> DeliveryRow:
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
    deposits = [WriteRequest(pair.id if pair else None, kept(problem))]
    if pair and other:  # on the page of each, naming neither; staff see which two
        deposits.append(WriteRequest(other.id, deposits[0].record))
        ids = {"api_pair": str(pair.id), "auth_pair": str(other.id)}
        deposits.append(WriteRequest(None, kept(problem._replace(args=ids))))
    if for_staff:
        deposits.append(WriteRequest(None, kept(for_staff)))
    return deposits


_GUESSED = Problem(
    "keys-guessed",
    args={"count": str(MAX_GUESSES_PER_PAIR), "minutes": f"{WINDOW_SECONDS / 60:g}"},
)


def _admit(attempt: _Attempt, answer: AuthResult) -> KeyPairSnapshot:
    """Set the key pair that answers, also for a refusal. Raises Refused."""
    attempt.pair, refusal, attempt.other = answer
    if refusal is not None or attempt.pair is None:
        # a wrong path or method explains more than the keys it was tried with
        raise RequestRejected(attempt.head.refusal or refusal or Refusal("unknown-keys"))
    return attempt.pair


def _run_of(request: IncomingRequest, pair: KeyPairSnapshot) -> str:
    name = run_name(request.headers[RUN])
    for key in (pair.api_key, pair.auth_key):
        name = name.replace(key, mask_key(key))
    return name


def _request(head: ParsedHead, scope: Scope) -> IncomingRequest:
    same, client = head.request, scope.get("client")
    sender = client[0] if client else ""
    at = time.time_ns() // 1_000_000
    return IncomingRequest(same.method, same.path, same.query, same.headers, sender, at)


def _secrets_of(attempt: _Attempt) -> list[str]:
    """What a record of the refusal must not show, besides what the dialect reads as a key:
    the pairs' own secrets, and whatever may be one."""
    pairs = [pair for pair in (attempt.pair, attempt.other) if pair]
    secrets = [secret for pair in pairs for secret in (pair.api_key, pair.auth_key)]
    secrets += strip_decoration(attempt.dialect, attempt.presented)[:2]
    secrets += attempt.presented[:2]
    return secrets + [secret for secret, _ in attempt.anywhere if len(secret) >= LOOKS_SECRET]


def _with_reason(reply: Reply, told: Refusal) -> Reply:
    """The vendor's reply with our two headers for what the sender is told."""
    ours = problem_headers(told.problem())
    names = {name for name, _ in ours}
    others = [header for header in reply.headers if header[0] not in names]
    return reply._replace(headers=[*ours, *others])


def _with_old_keys(judged: ProcessedDelivery, until: int) -> ProcessedDelivery:
    """Taken, and told that these keys will soon be refused."""
    problem = Problem("old-keys", WARNING, args={"until": format_utc(until)})
    headers = [*problem_headers(problem), *judged.reply.headers]
    reply = judged.reply._replace(headers=headers)
    return judged._replace(reply=reply, problems=(*judged.problems, problem))


def _try_later(attempt: _Attempt, refusal: Refusal) -> Reply:
    REQUESTS.labels(attempt.dialect.name, 503).inc()
    reply = attempt.dialect.refuse(attempt.request, refusal._replace(status=503))
    return reply._replace(headers=[*reply.headers, (b"retry-after", RETRY_AFTER)])
