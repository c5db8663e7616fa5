"""The test endpoints: a plain ASGI callable in front of everything else.

`_take_in` is the pipeline of a delivery. Refusals are in refusals.py.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

from ingest.attempt import Attempt
from ingest.auth.authenticate import AuthResult
from ingest.auth.credential_cache import CredentialCache
from ingest.auth.guess_limit import WITHHELD, GuessLimiter
from ingest.concurrency import Overloaded, Turns
from ingest.receiving.body import ClientDisconnected, KeyNotFound, RequestRejected
from ingest.receiving.framing_faults import NOT_FRAMED
from ingest.receiving.key_tokens import mask_key
from ingest.receiving.redaction import delivery_row
from ingest.receiving.request_cache import ParsedHead, ParsedHeadCache
from ingest.refusals import Refusals, internal_error, try_later
from ingest.storage.metrics import REQUESTS
from ingest.storage.run_ranges import RUN, run_name
from ingest.storage.write_request import WriteRequest
from ingest.storage.writer import WriteFailed, Writer
from ingest.tracking_plan.versions import PlanValidator
from ingest.validation.history.type_drift import TypeDriftDetector
from ingest.validation.pipeline import DeliveryProcessor, ReceiptChecks, Receive
from ingest.values import (
    Credentials,
    DatabaseUnavailable,
    IncomingRequest,
    KeyPairSnapshot,
    ParsedBody,
    Refusal,
    Reply,
)

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

logger = logging.getLogger(__name__)

_NOT_FRAMED_MESSAGES: tuple[dict[str, Any], ...] = (  # to a path that is no test endpoint
    {"type": "http.response.start", "status": 400, "headers": [(b"content-length", b"0")]},
    {"type": "http.response.body", "body": b""},
)
MAX_LOOKUPS = 4  # concurrent look-ups of unknown keys


class Endpoint:
    def __init__(
        self,
        otherwise: Application,
        keys: CredentialCache,
        writer: Writer,
        processor: DeliveryProcessor,
        checks: ReceiptChecks | None = None,
        limit_heads: Callable[[Application], Application] = lambda application: application,
    ) -> None:
        self._otherwise = otherwise
        self._handle_new_head = limit_heads(self._handle)  # a cached head is within the limits
        self._keys = keys
        self._writer = writer
        self._processor = processor
        self._heads = ParsedHeadCache(processor.limits)
        self._guesses = GuessLimiter()
        self._checks = checks or ReceiptChecks(TypeDriftDetector(), PlanValidator().validate)
        self._lookups = Turns(MAX_LOOKUPS)  # look-ups of keys that were not used lately
        self._refusals = Refusals(keys, writer, processor.limits, self._guesses, self._lookups)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        head = self._heads.remembered(scope) if scope["type"] == "http" else None
        if head is None:
            return self._handle_new_head(scope, receive, send)
        return self._respond(head, scope, receive, send)

    async def _handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = self._heads.new(scope) if scope["type"] == "http" else None
        if NOT_FRAMED in scope:
            receive, send = _nothing_to_read, _closing(send)
        if head is not None:
            await self._respond(head, scope, receive, send)
        elif NOT_FRAMED in scope:
            for message in _NOT_FRAMED_MESSAGES:
                await send(message)
        else:
            await self._otherwise(scope, receive, send)

    async def _respond(self, head: ParsedHead, scope: Scope, receive: Receive, send: Send) -> None:
        reply = head.at_once
        if reply is None:
            attempt = Attempt(head, _request(head, scope))
            try:  # in this function, because another coroutine costs each request 1 %
                reply = await self._take_in(attempt, receive)
            except RequestRejected as refused:
                reply = await self._refuse(attempt, receive, refused)
            except (WriteFailed, DatabaseUnavailable):
                reply = try_later(attempt, Refusal("not-stored"))
            except Overloaded:
                reply = await self._refusals.overloaded(attempt, receive)
            except Exception:  # a fault of this program: the sender gets the vendor's reply to one
                logger.exception("a request to %s failed", attempt.dialect.name)
                reply = internal_error(attempt)
            finally:
                self._processor.memory_budget.release(attempt.body)
        else:
            REQUESTS.labels(head.dialect.name, reply.status).inc()
        if reply is not None:
            for message in head.messages(reply):
                await send(message)

    async def _take_in(self, attempt: Attempt, receive: Receive) -> Reply:
        """The pipeline of a delivery: authenticate, read, split, validate, store, reply."""
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
            reading = await self._processor.read(dialect, request, receive, body)
        else:
            reading = await self._read_of_stranger(attempt, receive)
            pair = await self._admit_by_body(attempt, reading)
        judged = await self._processor.validate_delivery(
            dialect, request, body, reading, pair, self._checks
        )
        del reading  # its values use as much memory as the body, and storing takes a while
        kept = delivery_row(
            head.masked(pair),
            request,
            reply=judged.reply,
            encoding=body.encoding,
            wire_size=body.wire_size,
            size=len(body.text),
            problems=judged.problems,
        )
        body.text = body.wire = b""  # the events hold what they need
        write = WriteRequest(pair.id, kept, judged.events, plan=judged.plan)
        if RUN in request.headers:
            write.run = _run_of(request, pair)
            write.is_public = not attempt.presented.auth_required
        await self._writer.append(write)
        if not head.is_remembered:
            self._heads.remember(head)
        return judged.reply

    # -- senders whose key may be in the body --------------------------------------------------

    async def _read_of_stranger(self, attempt: Attempt, receive: Receive) -> ParsedBody:
        find_pair = partial(self._pair_shown, attempt)
        try:
            return await self._processor.read(
                attempt.dialect, attempt.request, receive, attempt.body, find_pair
            )
        except KeyNotFound:
            for credentials, answer in attempt.answers.items():
                attempt.credentials = credentials
                _admit(attempt, answer)  # reports a more specific reason
            raise

    async def _pair_shown(self, attempt: Attempt, beginning: bytes, is_at_hand: bool) -> int | None:
        for credentials in attempt.dialect.credentials_at_start(attempt.request, beginning):
            known = self._keys.known(attempt.dialect, credentials)
            if known is None and is_at_hand:
                continue
            pair, refusal, _ = known or await self._look_up(attempt, credentials)
            if pair is not None and refusal is None:
                return pair.id
        return None

    async def _admit_by_body(self, attempt: Attempt, reading: ParsedBody) -> KeyPairSnapshot:
        credentials = attempt.dialect.credentials_in_body(reading) or Credentials()
        attempt.credentials = credentials
        answer = self._keys.known(attempt.dialect, credentials)
        pair = _admit(attempt, answer or await self._look_up(attempt, credentials))
        if attempt.body.pair is None:
            self._processor.memory_budget.admit(attempt.body, pair.id)
        return pair

    async def _look_up(self, attempt: Attempt, credentials: Credentials) -> AuthResult:
        """Raises RequestRejected while too many guesses wait for their replies."""
        answer = attempt.answers.get(credentials)
        if answer is not None:
            return answer
        if not self._keys.was_right(attempt.dialect, credentials):
            delay = self._guesses.turn(attempt.request.sender, credentials)
            if delay is None:
                raise RequestRejected(WITHHELD._replace(status=503))
            attempt.delay = delay
            async with self._lookups.turn(attempt.network, attempt.memory):
                answer = await self._keys.answer(attempt.dialect, credentials)
        else:
            answer = await self._keys.answer(attempt.dialect, credentials)
        attempt.answers[credentials] = answer
        return answer

    # -- refusals --------------------------------------------------------------------------

    async def _refuse(
        self, attempt: Attempt, receive: Receive, refused: RequestRejected
    ) -> Reply | None:
        """Return the reply; None if the client has disconnected."""
        try:
            if isinstance(refused, ClientDisconnected):
                await self._refusals.record(attempt, refused.refusal, None)
                return None
            return await self._refusals.refuse(attempt, receive, refused.refusal)
        except (WriteFailed, DatabaseUnavailable):
            return try_later(attempt, Refusal("not-stored"))
        except Overloaded:
            return await self._refusals.overloaded(attempt, receive)


async def _nothing_to_read() -> dict[str, Any]:
    """Replaces `receive` for a body that must not be read."""
    return {"type": "http.disconnect"}


def _closing(send: Send) -> Send:
    """`send` for the last response of a connection."""

    async def closing(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            message = message | {"headers": [*message["headers"], (b"connection", b"close")]}
        await send(message)

    return closing


def _admit(attempt: Attempt, answer: AuthResult) -> KeyPairSnapshot:
    """Set the key pair, which a refusal also needs. Raises RequestRejected."""
    attempt.pair, refusal, attempt.other = answer
    if refusal is not None or attempt.pair is None:
        # a wrong path or method is a better explanation than the keys
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
