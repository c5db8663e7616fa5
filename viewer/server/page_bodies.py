"""Limits on bodies of requests to pages and REST. Django would read a body of any size, at any
rate, before it checks who sends it.

Only routes that accept a body get one: up to a limit per route, within a deadline and at a minimum
rate, and within the memory for all unanswered requests. Other bodies are not read, and the
connection closes with the response.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter

from django.urls import Resolver404, resolve

from ingest.receiving.body import content_length
from ingest.receiving.networks import network_of
from viewer.server.answers import Application, Header, Message, Receive, Scope, Send, response_start
from viewer.server.limits import (
    LINGER_BYTES,
    LINGER_SECONDS,
    PAGE_BODIES_BYTES,
    PAGE_BODIES_BYTES_ALWAYS,
    PAGE_BODIES_BYTES_PER_NETWORK,
    PAGE_BODY_BYTES,
    PAGE_BODY_GRACE,
    PAGE_BODY_RATE,
)

_WITHOUT_BODY = frozenset(("GET", "HEAD", "OPTIONS", "TRACE"))
_NEVER_WITH_BODY = frozenset(("healthz", "readyz", "metrics"))  # names of routes
_VALIDATE = "/api/validate"  # explains itself that a body exceeds the endpoint's limit
_CLOSE = (b"connection", b"close")


class _Refused(Exception):
    def __init__(self, status: int, sentence: str, *headers: Header) -> None:
        super().__init__(sentence)
        self.status = status
        self.sentence = sentence
        self.headers = headers


class _Share:
    """Bytes of bodies held, by network."""

    def __init__(self, largest_body: int) -> None:
        self._most_of_one = max(PAGE_BODIES_BYTES_PER_NETWORK, largest_body + 1)
        self._most = max(PAGE_BODIES_BYTES, 2 * self._most_of_one)
        self._held: Counter[str] = Counter()
        self._all = 0

    def take(self, network: str, size: int) -> None:
        """Raises _Refused. A small share is reserved for every network."""
        own = self._held[network] + size
        is_little = own <= PAGE_BODIES_BYTES_ALWAYS and self._all <= 2 * self._most
        if own > self._most_of_one or (self._all + size > self._most and not is_little):
            sentence = "Too many request bodies are being received. Try again in a moment."
            raise _Refused(503, sentence, (b"retry-after", b"1"))
        self._held[network] = own
        self._all += size

    def release(self, network: str, size: int) -> None:
        self._all -= size
        self._held[network] -= size
        if not self._held[network]:
            del self._held[network]


class PageBodies:
    """`largest_body` is the limit of POST /api/validate, `seconds` the deadline of a body."""

    def __init__(self, application: Application, largest_body: int, seconds: float) -> None:
        self._application = application
        self._largest_body = largest_body
        self._seconds = seconds
        self._share = _Share(largest_body)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        length = _declared(scope) if scope["type"] == "http" else 0
        if length == 0:
            await self._application(scope, receive, send)
            return
        body = self._body_of(scope, receive)
        sending = _Sending(body, send)
        try:
            if length is not None:
                body.expect(length)
            await self._application(scope, body.receive, sending)
        except _Refused as refused:
            if sending.has_begun:
                raise
            start, text = response_start(scope, refused.status, refused.sentence, *refused.headers)
            await sending(start)
            await sending({"type": "http.response.body", "body": text})
        finally:
            self._share.release(body.network, body.held)

    def _body_of(self, scope: Scope, receive: Receive) -> _Body:
        client = scope.get("client")
        network = network_of(client[0] if client else "")
        if not _takes_body(scope["method"], scope["path"]):
            return _Body(receive, self._share, network, 0, self._seconds, is_cut=True)
        is_cut = scope["path"] == _VALIDATE
        most = self._largest_body + 1 if is_cut else PAGE_BODY_BYTES
        return _Body(receive, self._share, network, most, self._seconds, is_cut=is_cut)


def _declared(scope: Scope) -> int | None:
    """Content-Length; None if the body has no declared length."""
    length: int | None = 0
    for name, value in scope["headers"]:
        if name == b"transfer-encoding":
            return None
        if name == b"content-length":
            again = content_length(value)
            if again is None:
                return None
            length = max(length or 0, again)
    return length


def _takes_body(method: str, path: str) -> bool:
    if method in _WITHOUT_BODY:
        return False
    try:
        match = resolve(path)
    except Resolver404:
        return False
    return match.url_name not in _NEVER_WITH_BODY and "rest" not in match.kwargs


class _Body:
    """One request's body. `is_cut`: a body that is too large is truncated at the limit instead of
    refused."""

    def __init__(
        self,
        receive: Receive,
        share: _Share,
        network: str,
        most: int,
        seconds: float,
        *,
        is_cut: bool,
    ) -> None:
        self._receive = receive
        self._share = share
        self._most = most
        self._seconds = seconds
        self._is_cut = is_cut
        self._loop = asyncio.get_running_loop()
        self._began: float | None = None  # when the application asked for it
        self._size = 0
        self.network = network
        self.held = 0
        self.is_told = False  # the application has received all of it
        self.is_read = False  # no more of it will arrive

    def expect(self, length: int) -> None:
        """Raises _Refused if the declared length alone is too large."""
        if length > self._most:
            if not self._is_cut:
                raise self._too_large()
            self._most = 0

    async def receive(self) -> Message:
        if not self.is_told:
            return await self._next()
        # from now on only to notice a disconnect
        if not self.is_read:
            await self.discard(LINGER_BYTES)
        return await self._receive()

    async def discard(self, most: int) -> None:
        """Discard the rest of the body, up to a limit."""
        while not self.is_read and most > 0:
            message = await self._receive()
            most -= len(message.get("body", b""))
            if message["type"] == "http.disconnect" or not message.get("more_body"):
                self.is_read = True
        if not self.is_read:
            await asyncio.get_running_loop().create_future()  # stops reading from the peer

    async def _next(self) -> Message:
        if self._most == 0:
            self.is_told = True
            return {"type": "http.request", "body": b"", "more_body": False}
        if self._began is None:
            self._began = self._loop.time()
        try:
            async with asyncio.timeout_at(self._deadline(self._began)):
                message = await self._receive()
        except TimeoutError:
            raise self._too_slow() from None
        if message["type"] == "http.disconnect":
            self.is_read = self.is_told = True
            return message
        part = message.get("body", b"")
        self.is_read = self.is_told = not message.get("more_body")
        if self._size + len(part) >= self._most and self._is_cut:
            part = part[: self._most - self._size]
            self.is_told = True
        self._count(len(part))
        return {"type": "http.request", "body": part, "more_body": not self.is_told}

    def _count(self, size: int) -> None:
        self._size += size
        if self._size > self._most:
            raise self._too_large()
        self._share.take(self.network, size)
        self.held += size

    def _deadline(self, began: float) -> float:
        allowed = PAGE_BODY_GRACE + self._size / PAGE_BODY_RATE
        return began + min(self._seconds, allowed)

    def _too_large(self) -> _Refused:
        return _Refused(413, f"The body is larger than {self._most:,} bytes. Send less.")

    def _too_slow(self) -> _Refused:
        return _Refused(
            408,
            f"The body came too slowly: it may take {self._seconds:g} seconds in all, and after "
            f"{PAGE_BODY_GRACE:g} seconds must come at {PAGE_BODY_RATE:,} bytes a second.",
        )


class _Sending:
    """Sends the response, and closes the connection if the body was not read completely."""

    def __init__(self, body: _Body, send: Send) -> None:
        self._body = body
        self._send = send
        self.has_begun = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.has_begun = True
            if not self._body.is_read:
                message = {**message, "headers": [*message.get("headers", []), _CLOSE]}
        elif not message.get("more_body") and not self._body.is_read:
            await self._send({**message, "more_body": True})
            await self._linger()
            message = {"type": "http.response.body"}
        await self._send(message)

    async def _linger(self) -> None:
        """A client that still sends reads the response only if the connection stays open for a
        moment."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LINGER_SECONDS):
                await self._body.discard(LINGER_BYTES)
