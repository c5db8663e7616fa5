"""The body of a request: both size caps, Content-Encoding, slow senders.

Nothing is read past a cap, on the wire or while inflating, and every byte held is counted
against what the process may hold.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from ingest.shapes import KeyPairKeys, Limits, Raw, Refusal

Receive = Callable[[], Awaitable[dict[str, Any]]]

_SLICE = 2**20  # inflated at one go, then others get their turn


class Refused(Exception):
    """The body cannot be taken; `wire_size` bytes of it came, beginning with `excerpt`.
    `pair` answers for it when only the body could tell."""

    pair: KeyPairKeys | None = None

    def __init__(self, refusal: Refusal, wire_size: int = 0, excerpt: bytes = b"") -> None:
        super().__init__(refusal.code)
        self.refusal = refusal
        self.wire_size = wire_size
        self.excerpt = excerpt


class SenderLeft(Refused):
    """Nobody is there to reply to."""


class Room:
    """Bytes that the process may hold for requests: taken as they come, given back
    when the request is answered."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0

    def take(self, size: int) -> None:
        """Raises Refused when there is no room."""
        if self.held + size > self.size:
            raise Refused(Refusal("overloaded", status=503))
        self.held += size

    def give_back(self, size: int) -> None:
        self.held -= size


class Body:
    """What came, as text; `held` is what it took of the room."""

    __slots__ = ("encoding", "held", "text", "wire_size")

    def __init__(self) -> None:
        self.text: Raw = b""
        self.wire_size = 0
        self.encoding = ""
        self.held = 0


async def read(
    receive: Receive, headers: dict[bytes, bytes], limits: Limits, room: Room, body: Body
) -> None:
    """Fill `body`, inflated. Raises Refused; what was taken of the room is in `body.held`
    either way."""
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        wire: Raw = message.get("body", b"")
        _take(body, room, limits, len(wire))
    else:
        wire = await _read_on(receive, message, limits, room, body)
    encoding = headers.get(b"content-encoding")
    if encoding is None:
        body.text = wire
        return
    body.encoding = encoding.decode("latin-1").strip()[:40]
    try:
        body.text = await _inflated(wire, body.encoding.lower(), limits, room, body)
    except Refused as refused:
        refused.excerpt = bytes(wire[:_EXCERPT])
        raise


_EXCERPT = 4096


def declared_too_large(headers: dict[bytes, bytes], limits: Limits) -> bool:
    """Whether Content-Length alone is reason to refuse, before anything is read."""
    length = headers.get(b"content-length", b"0")
    return length.isdigit() and int(length[:20]) > limits.wire_bytes


def too_large(limits: Limits) -> Refusal:
    return Refusal("body-too-large", {"limit": f"{limits.wire_bytes:,}"}, 413)


async def _read_on(
    receive: Receive, message: dict[str, Any], limits: Limits, room: Room, body: Body
) -> bytearray:
    """A body that comes in parts, within the time for it."""
    wire = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while True:
                if message["type"] == "http.disconnect":
                    raise SenderLeft(Refusal("sender-left", {"size": f"{len(wire):,}"}))
                part = message.get("body", b"")
                _take(body, room, limits, len(part))
                wire += part
                if not message.get("more_body"):
                    return wire
                message = await receive()
    except TimeoutError:
        slow = Refusal("sender-too-slow", {"limit": f"{limits.body_seconds:g}"}, 408)
        raise Refused(slow, len(wire), bytes(wire[:_EXCERPT])) from None
    except Refused as refused:
        refused.wire_size = body.wire_size
        refused.excerpt = bytes(wire[:_EXCERPT])
        raise


def _take(body: Body, room: Room, limits: Limits, size: int) -> None:
    body.wire_size += size
    if body.wire_size > limits.wire_bytes:
        raise Refused(too_large(limits), body.wire_size)
    room.take(size)
    body.held += size


async def _inflated(wire: Raw, encoding: str, limits: Limits, room: Room, body: Body) -> Raw:
    if encoding in ("gzip", "x-gzip"):
        modes = [16 + zlib.MAX_WBITS]
    elif encoding == "deflate":
        modes = [zlib.MAX_WBITS, -zlib.MAX_WBITS]  # zlib-wrapped by the standard, raw by many
    else:
        return wire
    for mode in modes:
        try:
            return await _inflate(wire, mode, limits, room, body)
        except zlib.error as error:
            detail = str(error).split(": ")[-1]
    raise Refused(_not_inflatable(encoding, detail), body.wire_size)


async def _inflate(wire: Raw, mode: int, limits: Limits, room: Room, body: Body) -> bytearray:
    """All members of a gzip file, one after the other; a slice at a time."""
    text = bytearray()
    rest: Raw = wire
    while rest:
        inflater = zlib.decompressobj(mode)
        while not inflater.eof:
            part = inflater.decompress(rest, _SLICE)
            rest = inflater.unconsumed_tail
            if len(text) + len(part) > limits.body_bytes:
                too_much = Refusal("inflated-too-large", {"limit": f"{limits.body_bytes:,}"}, 413)
                raise Refused(too_much, body.wire_size)
            room.take(len(part))
            body.held += len(part)
            text += part
            if not part and not rest and not inflater.eof:
                raise zlib.error("x: the compressed data ends too early")
            if len(part) == _SLICE:
                await asyncio.sleep(0)
        rest = inflater.unused_data
    return text


def _not_inflatable(encoding: str, detail: str) -> Refusal:
    return Refusal("not-inflatable", {"encoding": encoding, "detail": detail}, 400)
