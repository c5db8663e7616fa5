"""The body of a request: both size caps, Content-Encoding, slow senders.

Nothing is read past a cap, on the wire or while inflating, and every byte held is counted
against what the process may hold.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Awaitable, Callable
from typing import Any

from ingest.disguises import GZIP, beginning, is_text
from ingest.shapes import Limits, Refusal, Text

Receive = Callable[[], Awaitable[dict[str, Any]]]

ENCODINGS = frozenset({"gzip", "x-gzip", "deflate", "identity"})
EXCERPT_BYTES = 4096

_SLICE = 2**20  # inflated at one go, then others get their turn


class Refused(Exception):
    """The request cannot be taken."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class SenderLeft(Refused):
    """Nobody is there to reply to."""


class Room:
    """Bytes that the process may hold for requests: taken as they come, given back when
    the request is answered."""

    __slots__ = ("held", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0

    def take(self, body: Body, size: int) -> None:
        """Raises Refused when there is no room."""
        held = self.held + size
        if held > self.size:
            raise Refused(Refusal("overloaded", status=503))
        self.held = held
        body.held += size

    def give_back(self, size: int) -> None:
        self.held -= size


class Body:
    """What came: `text` is the body inflated, once it is whole; until then `wire` is what
    came so far. `held` is what it took of the room; `begun` says that reading began."""

    __slots__ = ("begun", "encoding", "held", "text", "wire", "wire_size")

    def __init__(self) -> None:
        self.text: Text = b""
        self.wire: Text = b""
        self.wire_size = 0
        self.encoding = ""
        self.held = 0
        self.begun = False

    def excerpt(self) -> bytes:
        """The start of it, as it came if it was not inflated."""
        return bytes((self.text or self.wire)[:EXCERPT_BYTES])


async def read(
    receive: Receive, headers: dict[bytes, bytes], limits: Limits, room: Room, body: Body
) -> None:
    """Fill `body`. Raises Refused; `body` then tells how far it came."""
    body.begun = True
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body.wire = message.get("body", b"")
        _count(body, room, limits, len(body.wire))
    else:
        await _read_on(receive, message, limits, room, body)
    encoding = headers.get(b"content-encoding")
    if encoding is None:
        body.text = body.wire
        return
    body.encoding = encoding.decode("latin-1").strip()[:40]
    body.text = await _inflated(body, limits, room)
    body.wire = b""


def declared_too_large(headers: dict[bytes, bytes], limits: Limits) -> Refusal | None:
    """Content-Length alone may be reason to refuse, before anything is read."""
    length = headers.get(b"content-length", b"0")
    if length.isdigit() and int(length[:20]) > limits.wire_bytes:
        return _too_large(limits)
    return None


def _too_large(limits: Limits) -> Refusal:
    return Refusal("body-too-large", {"limit": f"{limits.wire_bytes:,}"}, 413)


async def let_go(receive: Receive, limits: Limits, body: Body) -> None:
    """Read to the end without keeping more than an excerpt."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(limits.body_seconds):
            while body.wire_size <= limits.wire_bytes:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                part = message.get("body", b"")
                body.wire_size += len(part)
                if len(body.wire) < EXCERPT_BYTES:
                    body.wire += part[:EXCERPT_BYTES]
                if not message.get("more_body"):
                    return


async def _read_on(
    receive: Receive, message: dict[str, Any], limits: Limits, room: Room, body: Body
) -> None:
    """A body that comes in parts, within the time for it."""
    body.wire = wire = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds):
            while message["type"] != "http.disconnect":
                part = message.get("body", b"")
                _count(body, room, limits, len(part))
                wire += part
                if not message.get("more_body"):
                    return
                message = await receive()
    except TimeoutError:
        limit = {"limit": f"{limits.body_seconds:g}"}
        raise Refused(Refusal("sender-too-slow", limit, 408)) from None
    raise SenderLeft(Refusal("sender-left", {"size": f"{len(wire):,}"}))


def _count(body: Body, room: Room, limits: Limits, size: int) -> None:
    body.wire_size += size
    if body.wire_size > limits.wire_bytes:
        raise Refused(_too_large(limits))
    room.take(body, size)


async def _inflated(body: Body, limits: Limits, room: Room) -> Text:
    encoding = body.encoding.lower()
    if encoding in ("gzip", "x-gzip"):
        modes = [16 + zlib.MAX_WBITS]
    elif encoding == "deflate":
        modes = [zlib.MAX_WBITS, -zlib.MAX_WBITS]  # zlib-wrapped by the standard, raw by many
    else:
        return body.wire
    first: zlib.error | None = None
    for mode in modes:
        try:
            return await _inflate(body, mode, limits, room)
        except zlib.error as error:
            first = first or error
    raise Refused(_why_not_inflated(body, encoding, first))


def _why_not_inflated(body: Body, encoding: str, error: zlib.error | None) -> Refusal:
    head = bytes(body.wire[:EXCERPT_BYTES])
    args = {"encoding": encoding}
    actual = _compression_of(head)
    if actual and (actual == "gzip") == (encoding == "deflate"):
        return Refusal("compressed-otherwise", args | {"actual": actual}, 400)
    if isinstance(error, _CutOff):
        args |= {"at": f"{body.wire_size:,}", "inside": beginning(error.text)}
        return Refusal("truncated-gzip", args, 400)
    if not actual and is_text(head):
        begins = head[:20].decode("utf-8", "ignore").strip()
        return Refusal("declared-but-plain", args | {"begins": begins}, 400)
    return Refusal("not-inflatable", args | {"detail": str(error).split(": ")[-1]}, 400)


def _compression_of(head: bytes) -> str:
    """By its first bytes; raw deflate has none of its own."""
    if head.startswith(GZIP):
        return "gzip"
    if len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2]) % 31 == 0:  # RFC 1950
        return "deflate"
    return ""


class _CutOff(zlib.error):
    """The compressed data ends too early; `text` is how the inflated text begins."""

    def __init__(self, text: bytes) -> None:
        super().__init__("the compressed data ends too early")
        self.text = text


async def _inflate(body: Body, mode: int, limits: Limits, room: Room) -> bytearray:
    """All members of a gzip file, one after the other; a slice at a time."""
    text = bytearray()
    rest: Text = body.wire
    while rest:
        inflater = zlib.decompressobj(mode)
        while not inflater.eof:
            part = inflater.decompress(rest, _SLICE)
            rest = inflater.unconsumed_tail
            if len(text) + len(part) > limits.body_bytes:
                limit = {"limit": f"{limits.body_bytes:,}"}
                raise Refused(Refusal("inflated-too-large", limit, 413))
            room.take(body, len(part))
            text += part
            if not part and not rest and not inflater.eof:
                raise _CutOff(bytes(text[:EXCERPT_BYTES]))
            if len(part) == _SLICE:
                await asyncio.sleep(0)
        rest = inflater.unused_data
    return text
