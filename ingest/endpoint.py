"""The test endpoints: a plain ASGI callable in front of everything else.

Read `_deliver` for the way of a delivery; the rest is refusing well.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from ingest import body as bodies
from ingest.body import Body, Room, SenderLeft
from ingest.check import check
from ingest.dialects import Dialect, by_path
from ingest.keys import Keys
from ingest.problems import WARNING, Problem
from ingest.record import EXCERPT_BYTES, record
from ingest.shapes import (
    Credentials,
    Event,
    KeyPairKeys,
    Limits,
    Reading,
    Refusal,
    Reply,
    Request,
)
from ingest.store import Deposit
from ingest.writer import NotStored, Writer

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

RETRY_AFTER = b"1"  # seconds

_TURN = 256  # lines checked before other senders get their turn


class Endpoint:
    def __init__(self, otherwise: Application, keys: Keys, writer: Writer, limits: Limits) -> None:
        self._otherwise = otherwise
        self._keys = keys
        self._writer = writer
        self._limits = limits
        self._room = Room(limits.waiting_bytes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        dialect = by_path(scope["path"]) if scope["type"] == "http" else None
        if dialect is None:
            await self._otherwise(scope, receive, send)
            return
        request = _request(scope)
        reply = dialect.answers_at_once(request)
        if reply is None:
            body = Body()
            try:
                reply = await self._reply(dialect, request, receive, body)
            finally:
                self._room.give_back(body.held)
        if reply is not None:
            await _send(send, reply)

    async def _reply(
        self, dialect: Dialect, request: Request, receive: Receive, body: Body
    ) -> Reply | None:
        """The reply; None when nobody is there to get it."""
        pair = None
        try:
            refusal = dialect.refuses(request)
            credentials = dialect.credentials(request)
            if credentials is not None:
                known = self._keys.known(dialect, credentials)
                pair, refused = known or await self._keys.answer(dialect, credentials)
                refusal = refusal or refused
            if refusal is None and bodies.declared_too_large(request.headers, self._limits):
                refusal = bodies.too_large(self._limits)
            if refusal is not None:
                return await self._refuse(dialect, request, receive, refusal, pair)
            return await self._deliver(dialect, request, receive, body, pair)
        except SenderLeft as left:
            await self._record_refusal(dialect, request, left.refusal, pair, 0, left)
            return None
        except bodies.Refused as refused_body:
            return await self._refused(dialect, request, refused_body.refusal, pair, refused_body)
        except NotStored:
            return _with_retry(dialect.refuse(request, Refusal("not-stored", status=503)))

    async def _deliver(
        self,
        dialect: Dialect,
        request: Request,
        receive: Receive,
        body: Body,
        pair: KeyPairKeys | None,
    ) -> Reply:
        await bodies.read(receive, request.headers, self._limits, self._room, body)
        reading = self._read(dialect, request, body)
        if pair is None:
            pair = await self._pair_by_body(dialect, reading, body)
        if reading.refusal is not None:
            refused = bodies.Refused(
                reading.refusal, body.wire_size, bytes(body.text[:EXCERPT_BYTES])
            )
            return await self._refused(dialect, request, reading.refusal, pair, refused)
        events = await _check_all(dialect, reading, request, pair)
        reply = dialect.reply(request, events)
        await self._writer.append(
            Deposit(
                pair.id,
                record(
                    dialect,
                    request,
                    status=reply.status,
                    encoding=body.encoding,
                    wire_size=body.wire_size,
                    size=len(body.text),
                    problems=_of_delivery(reading, reply, body),
                ),
                events,
            )
        )
        return reply

    def _read(self, dialect: Dialect, request: Request, body: Body) -> Reading:
        if len(body.text) > self._limits.lines:
            lines = body.text.count(b"\n")  # type: ignore[union-attr]
            if lines > self._limits.lines:
                limit = {"limit": f"{self._limits.lines:,}"}
                refusal = Refusal("too-many-lines", limit, 413)
                raise bodies.Refused(refusal, body.wire_size, bytes(body.text[:EXCERPT_BYTES]))
        return dialect.read(request, body.text, self._limits)

    async def _pair_by_body(self, dialect: Dialect, reading: Reading, body: Body) -> KeyPairKeys:
        credentials = dialect.credentials_in_body(reading) or Credentials()
        pair, refusal = await self._keys.answer(dialect, credentials)
        if refusal is not None or pair is None:
            refusal = refusal or Refusal("no-keys", {"expected": dialect.keys_hint})
            excerpt = bytes(body.text[:EXCERPT_BYTES])
            refused = bodies.Refused(refusal, body.wire_size, excerpt)
            refused.pair = pair
            raise refused
        return pair

    # -- refusals --------------------------------------------------------------------------

    async def _refuse(
        self,
        dialect: Dialect,
        request: Request,
        receive: Receive,
        refusal: Refusal,
        pair: KeyPairKeys | None,
    ) -> Reply | None:
        """Refuse by the head alone. The body is read to its end and let go, because most
        clients only look at the reply once they have sent everything."""
        size, excerpt = 0, b""
        if refusal.status != 413:
            size, excerpt = await _let_go(receive, self._limits)
        came = bodies.Refused(refusal, size, excerpt)
        return await self._refused(dialect, request, refusal, pair, came)

    async def _refused(
        self,
        dialect: Dialect,
        request: Request,
        refusal: Refusal,
        pair: KeyPairKeys | None,
        came: bodies.Refused,
    ) -> Reply:
        reply = dialect.refuse(request, refusal)
        if refusal.status == 503:
            return _with_retry(reply)
        await self._record_refusal(dialect, request, refusal, pair or came.pair, reply.status, came)
        return reply

    async def _record_refusal(
        self,
        dialect: Dialect,
        request: Request,
        refusal: Refusal,
        pair: KeyPairKeys | None,
        status: int,
        came: bodies.Refused,
    ) -> None:
        kept = record(
            dialect,
            request,
            status=status,
            encoding=request.header(b"content-encoding")[:40],
            wire_size=came.wire_size,
            refused=True,
            problems=(refusal.problem(),),
            excerpt=came.excerpt,
        )
        try:
            await self._writer.append(Deposit(pair.id if pair else None, kept))
        except NotStored:
            return  # the sender still gets its answer; the log has the reason


def _request(scope: Scope) -> Request:
    client = scope.get("client")
    return Request(
        scope["method"],
        scope["path"],
        scope["query_string"].decode("latin-1"),
        dict(scope["headers"]),
        client[0] if client else "",
        time.time_ns() // 1_000_000,
    )


async def _check_all(
    dialect: Dialect, reading: Reading, request: Request, pair: KeyPairKeys
) -> list[Event]:
    at = request.received_at
    key = pair.api_key
    pieces = reading.pieces
    if len(pieces) <= _TURN:
        return [check(dialect, piece, at, key) for piece in pieces]
    events: list[Event] = []
    for start in range(0, len(pieces), _TURN):
        events += [check(dialect, piece, at, key) for piece in pieces[start : start + _TURN]]
        await asyncio.sleep(0)
    return events


def _of_delivery(reading: Reading, reply: Reply, body: Body) -> tuple[Problem, ...]:
    """Problems of the request as a whole."""
    problems = reading.problems
    if reply.status != 200 and len(reading.pieces) > 1:
        problems = (*problems, Problem("batch-refused"))
    if body.encoding and body.text is not None and body.encoding.lower() not in _ENCODINGS:
        problems = (
            *problems,
            Problem("unknown-encoding", WARNING, args={"encoding": body.encoding}),
        )
    return problems


_ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity"})


async def _let_go(receive: Receive, limits: Limits) -> tuple[int, bytes]:
    """Read a body without keeping it: its size as far as it came, and its start."""
    size = 0
    excerpt = b""
    try:
        async with asyncio.timeout(limits.body_seconds):
            while size <= limits.wire_bytes:
                message = await receive()
                if message["type"] == "http.disconnect":
                    break
                part = message.get("body", b"")
                size += len(part)
                if len(excerpt) < EXCERPT_BYTES:
                    excerpt += part[: EXCERPT_BYTES - len(excerpt)]
                if not message.get("more_body"):
                    break
    except TimeoutError:
        pass
    return size, excerpt


def _with_retry(reply: Reply) -> Reply:
    return reply._replace(headers=[*reply.headers, (b"retry-after", RETRY_AFTER)])


async def _send(send: Send, reply: Reply) -> None:
    status, headers, body = reply
    if status != 204:  # RFC 9110: no Content-Length with 204
        length = (b"content-length", b"%d" % len(body))
        headers = [*headers, length] if headers else [length]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
