"""Reads the body of a request: size limits, Content-Encoding, slow senders.

Reading stops at the limits, both for received and for inflated bytes, and every byte in memory
counts against the memory budget. A stranger is a sender whose keys are not verified yet.
"""

from __future__ import annotations

import asyncio
import contextlib
import zlib
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from ingest.concurrency import ingest_threads
from ingest.receiving import decompression
from ingest.receiving.decompression import MAX_MEMBERS, CutOff, Inflater, TooManyMembers
from ingest.receiving.inflation_faults import inflation_refusal
from ingest.receiving.transfer_rate import MIN_BYTES_PER_SECOND, STALL_SECONDS, TransferRate
from ingest.values import Limits, Refusal, Text

if TYPE_CHECKING:
    from ingest.receiving.memory_budget import MemoryBudget

Receive = Callable[[], Awaitable[dict[str, Any]]]
# Returns the key pair whose key is in the beginning of a stranger's body, or None. If the second
# argument is True, only cached keys are considered.
FindPair = Callable[[bytes, bool], Awaitable[int | None]]

EXCERPT_BYTES = 4096
SMALL_BYTES = 64 * 2**10  # bodies up to this size can use the reserve of the memory budget
DRAINED_BYTES = 2**20  # of a stranger's unread body, before the reply

_SLICE = 2**20  # bytes inflated in one step in a thread
_ON_LOOP_WIRE = 64 * 2**10  # larger bodies are inflated in a thread
_ON_LOOP_TEXT = 256 * 2**10  # inflated bytes after which a thread continues
_ON_LOOP_STEP = 64 * 2**10  # bytes inflated between two turns of the event loop


class RequestRejected(Exception):
    """The request is refused, because of `refusal`."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


class ClientDisconnected(RequestRejected):
    """The client disconnected before the body was complete."""


class KeyNotFound(RequestRejected):
    """A stranger's body exceeds the limit without a valid key in it."""


class Body:
    """A request body. `wire` are the bytes received so far; once the body is complete, `text` is
    its inflated form. `held` is its size in the memory budget, `counted` the part of that in the
    shares of its sender. `begun`: reading has started. `pair` is None for a stranger's body."""

    __slots__ = (
        *("begun", "counted", "encoding", "held", "pair", "sender", "text", "wire"),
        "wire_size",
    )

    def __init__(self, sender: str = "", pair: int | None = None) -> None:
        self.text: Text = b""
        self.wire: Text = b""
        self.wire_size = 0
        self.encoding = ""
        self.sender = sender
        self.pair = pair
        self.held = 0
        self.counted = 0
        self.begun = False

    def excerpt(self) -> bytes:
        """The first EXCERPT_BYTES: inflated, or as received if it was not inflated."""
        return bytes((self.text or self.wire)[:EXCERPT_BYTES])


async def no_pair(beginning: bytes, is_at_hand: bool) -> None:
    """A FindPair for senders that need no key in the body."""


async def read_body(
    receive: Receive,
    headers: dict[bytes, bytes],
    limits: Limits,
    budget: MemoryBudget,
    body: Body,
    find_pair: FindPair = no_pair,
) -> None:
    """Fill `body`. Raises RequestRejected; `body` then holds the part that was received. A body
    from a stranger is read past `stranger_bytes` only if its beginning holds a key in force."""
    body.begun = True
    encoding = headers.get(b"content-encoding")
    if encoding is not None:
        body.encoding = encoding.decode("latin-1").strip()[:40]
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body.wire = wire = message.get("body", b"")
        size = len(wire)
        if body.pair is None:
            await _BodyReader(limits, budget, body, find_pair).begin(wire)
        is_small = size <= SMALL_BYTES and size <= limits.wire_bytes
        if is_small and body.pair is not None and not body.held:
            body.wire_size = size
            budget.take_small(body, size)
        else:
            reader = _BodyReader(limits, budget, body, find_pair)
            await (reader.check if body.held else reader.count)(size)
    else:
        await _read_on(receive, message, _BodyReader(limits, budget, body, find_pair))
    if encoding is None:
        body.text = body.wire
        return
    body.text = await _inflated(body, limits, budget, find_pair)
    body.wire = b""


def declared_too_large(headers: dict[bytes, bytes], limits: Limits) -> Refusal | None:
    """The refusal if Content-Length exceeds the limit, before anything is read."""
    if (content_length(headers.get(b"content-length", b"0")) or 0) > limits.wire_bytes:
        return _too_large(limits)
    return None


def content_length(value: bytes) -> int | None:
    """Parse the header, with any number of leading zeros. None if it is not a number."""
    return int(value.lstrip(b"0")[:20] or b"0") if value.isdigit() else None


def _too_large(limits: Limits) -> Refusal:
    return Refusal("body-too-large", {"limit": f"{limits.wire_bytes:,}"}, 413)


async def drain(receive: Receive, limits: Limits, body: Body) -> None:
    """Read and discard the rest of the body, except an excerpt, within the limits of size, time and
    rate."""
    limit = limits.wire_bytes if body.pair is not None else min(limits.wire_bytes, DRAINED_BYTES)
    loop = asyncio.get_running_loop()
    rate = TransferRate(loop.time(), limits.body_seconds)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout_at(rate.end) as timeout:
            while body.wire_size <= limit:
                message = await receive()
                if message["type"] == "http.disconnect":
                    return
                part = message.get("body", b"")
                body.wire_size += len(part)
                if len(body.wire) < EXCERPT_BYTES:
                    body.wire += part[:EXCERPT_BYTES]
                if not message.get("more_body"):
                    return
                timeout.reschedule(rate.received(len(part), loop.time()))


async def wait_for_disconnect(receive: Receive, seconds: float) -> None:
    """Wait for `seconds`, or until the client disconnects. Incoming data is dropped."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while (await receive())["type"] != "http.disconnect":  # noqa: ASYNC110
                await asyncio.sleep(0)  # lets the timeout fire while data keeps coming


class _BodyReader:
    """Counts the received and inflated bytes of one body against the limits for its sender."""

    def __init__(
        self, limits: Limits, budget: MemoryBudget, body: Body, find_pair: FindPair
    ) -> None:
        self.limits = limits
        self.budget = budget
        self.body = body
        self._find_pair = find_pair

    async def begin(self, wire: bytes) -> None:
        """Admit a stranger whose body begins with a key in force. `wire` is counted before the
        look-up, because the look-up may wait."""
        start = self._beginning(wire)
        self.body.pair = await self._find_pair(start, True)
        if self.body.pair is None:
            self.budget.take(self.body, len(wire))
            await self._admit(start)

    async def look_for_key(self, wire: Text) -> None:
        """Admit a stranger if the body received so far contains a key in force."""
        await self._admit(self._beginning(wire))

    def _beginning(self, wire: Text) -> bytes:
        limit = self.limits.stranger_bytes
        return bytes(decompression.beginning_of(wire, self.body.encoding, limit))

    async def count(self, size: int) -> None:
        """Raises RequestRejected if the body is too large or the memory budget is exhausted."""
        await self.check(size)
        self.budget.take(self.body, size)

    async def check(self, size: int) -> None:
        """Check the limits without using the memory budget. Raises RequestRejected."""
        body = self.body
        wire_size = body.wire_size + size
        if body.pair is None and wire_size > self.limits.stranger_bytes:
            await self.look_for_key(body.wire)
            self._check_stranger(wire_size)
        body.wire_size = wire_size
        if wire_size > self.limits.wire_bytes:
            raise RequestRejected(_too_large(self.limits))

    async def count_inflated(self, text: bytearray, part: bytes) -> None:
        """Count `part`, which follows `text` in the inflated body. Raises RequestRejected."""
        body, size = self.body, len(part)
        inflated = len(text) + size
        if body.pair is None and inflated > self.limits.stranger_bytes:
            await self._admit(text + part)
            self._check_stranger(inflated)
        if inflated > self.limits.body_bytes:
            limit = {"limit": f"{self.limits.body_bytes:,}"}
            raise RequestRejected(Refusal("inflated-too-large", limit, 413))
        self.budget.take(body, size)

    async def _admit(self, text: Text) -> None:
        pair = await self._find_pair(bytes(text[: self.limits.stranger_bytes]), False)
        if pair is not None:
            self.budget.admit(self.body, pair)

    def _check_stranger(self, size: int) -> None:
        if self.body.pair is None:
            limit = {"limit": f"{self.limits.stranger_bytes:,}"}
            raise KeyNotFound(Refusal("large-without-key", limit, 413))


async def _read_on(receive: Receive, message: dict[str, Any], reader: _BodyReader) -> None:
    """Read a body that arrives in several messages, within its time limit."""
    body, seconds = reader.body, reader.limits.body_seconds
    body.wire = wire = bytearray()
    loop = asyncio.get_running_loop()
    rate = TransferRate(loop.time(), seconds)
    try:
        async with asyncio.timeout_at(rate.end) as timeout:
            while message["type"] != "http.disconnect":
                part = message.get("body", b"")
                is_first = body.pair is None and not wire and part
                if is_first:
                    await reader.begin(part)
                wire += part
                await (reader.check if body.held and is_first else reader.count)(len(part))
                if not message.get("more_body"):
                    return
                timeout.reschedule(rate.received(len(part), loop.time()))
                message = await receive()
    except TimeoutError:
        raise RequestRejected(_too_slow(loop.time() >= rate.end, seconds)) from None
    raise ClientDisconnected(Refusal("sender-left", {"size": f"{len(wire):,}"}))


def _too_slow(is_time_over: bool, seconds: float) -> Refusal:
    if is_time_over:
        return Refusal("sender-too-slow", {"limit": f"{seconds:g}"}, 408)
    args = {"rate": f"{MIN_BYTES_PER_SECOND:,}", "seconds": f"{STALL_SECONDS:g}"}
    return Refusal("sender-stalled", args, 408)


async def _inflated(body: Body, limits: Limits, budget: MemoryBudget, find_pair: FindPair) -> Text:
    modes = decompression.modes_of(body.encoding)
    if not modes:
        return body.wire
    if body.pair is not None:  # small bodies are inflated in one step
        text = decompression.inflate_small(body.wire, modes[0], min(SMALL_BYTES, limits.body_bytes))
        if text is not None:
            budget.take(body, len(text))
            return text
    errors: list[zlib.error] = []
    for mode in modes:
        try:
            return await _inflate(body, mode, limits, budget, find_pair)
        except zlib.error as error:
            errors.append(error)
    raise RequestRejected(inflation_refusal(body.wire, body.encoding.lower(), errors))


async def _inflate(
    body: Body, mode: int, limits: Limits, budget: MemoryBudget, find_pair: FindPair = no_pair
) -> bytearray:
    """Inflate all members of a compressed body, yielding to the event loop between steps."""
    reader = _BodyReader(limits, budget, body, find_pair)
    inflater = Inflater(body.wire, mode)
    in_thread = len(body.wire) > _ON_LOOP_WIRE
    text = bytearray()
    try:
        while not inflater.is_done:
            if in_thread or len(text) >= _ON_LOOP_TEXT:
                part = await ingest_threads.run(inflater.step, _SLICE)
            else:
                part = inflater.step(_ON_LOOP_STEP)
                if not inflater.is_done:
                    await asyncio.sleep(0)
            await reader.count_inflated(text, part)
            text += part
    except CutOff as error:
        error.text = bytes(text[:EXCERPT_BYTES])
        raise
    except TooManyMembers:
        args = {"encoding": body.encoding.lower(), "limit": str(MAX_MEMBERS)}
        raise RequestRejected(Refusal("too-many-members", args, 400)) from None
    return text
