"""Limits how many requests to pages run at a time, in all and for each network, so that a flood of
requests does not delay those of others.

A request releases its slot while it waits for its client. It leaves the slot for good once it has
shown keys or a session, because it may then wait for new events."""

from __future__ import annotations

import asyncio

from django.conf import settings
from django.http import HttpRequest

from ingest.concurrency import Overloaded, Turns
from ingest.receiving.body import wait_for_disconnect
from ingest.receiving.networks import network_of
from viewer.server.answers import Application, Message, Receive, Scope, Send, send_response
from viewer.server.limits import (
    CHANGE_SLOTS,
    PAGE_SLOTS,
    PAGE_SLOTS_PER_NETWORK,
    PAGES_WAITING,
    PAGES_WAITING_PER_NETWORK,
)

SLOT = "viewer.page_slot"  # in the scope
_HEALTH = "/healthz"
_READING = frozenset(["GET", "HEAD", "OPTIONS"])
_CROWDED_SECONDS = 3.0
_CROWDED = "The server has too many pages to answer. Try again in a moment."


def leave_slot(request: HttpRequest) -> None:
    """For a request that may wait for long, or that another limit applies to. Thread-safe."""
    slot = request.scope.get(SLOT) if hasattr(request, "scope") else None
    if slot is not None:
        slot.leave_from_anywhere()


class PageTurns:
    def __init__(self, application: Application) -> None:
        self._application = application
        self._pages = _new_turns()
        # Each kind has separate slots, so that a flood of sign-ins, which take long, does not delay
        # pages, files or health checks.
        self._changes = _new_turns(CHANGE_SLOTS)
        self._files = _new_turns()
        self._health = _new_turns()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        network = network_of(client[0] if client else "")
        slot = PageSlot(self._turns_of(scope), network, receive, send)
        try:
            await slot.acquire()
        except Overloaded:
            await wait_for_disconnect(receive, _CROWDED_SECONDS)  # type: ignore[arg-type]
            await send_response(scope, send, 503, _CROWDED, (b"retry-after", b"1"))
            return
        try:
            await self._application({**scope, SLOT: slot}, slot.receive, slot.send)
        finally:
            slot.leave()

    def _turns_of(self, scope: Scope) -> Turns:
        path = scope["path"]
        if path == _HEALTH:
            return self._health
        if path.startswith(settings.STATIC_URL):
            return self._files
        return self._pages if scope["method"] in _READING else self._changes


def _new_turns(slots: int = PAGE_SLOTS) -> Turns:
    return Turns(
        slots,
        PAGE_SLOTS_PER_NETWORK,
        waiting=PAGES_WAITING,
        waiting_per_key=PAGES_WAITING_PER_NETWORK,
    )


class PageSlot:
    """The slot of one request."""

    def __init__(self, turns: Turns, network: str, receive: Receive, send: Send) -> None:
        self._turns = turns
        self._network = network
        self._receive = receive
        self._send = send
        self._lock = asyncio.Lock()
        self._loop = asyncio.get_running_loop()
        self._is_held = False
        self._has_left = False
        self._has_body = False

    async def acquire(self) -> None:
        """Raises Overloaded."""
        async with self._lock:  # Django receives and sends in two tasks
            if self._has_left or self._is_held:
                return
            await self._turns.acquire(self._network)
            self._is_held = True
            if self._has_left:
                self.release()

    def release(self) -> None:
        if self._is_held:
            self._is_held = False
            self._turns.release(self._network)

    def leave(self) -> None:
        """Release the slot and do not take another one."""
        self._has_left = True
        self.release()

    def leave_from_anywhere(self) -> None:
        self._loop.call_soon_threadsafe(self.leave)

    async def receive(self) -> Message:
        if self._has_body:  # Django listens for a disconnect while it prepares the response
            return await self._receive()
        self.release()
        message = await self._receive()
        self._has_body = not message.get("more_body", False)
        await self._go_on()
        return message

    async def send(self, message: Message) -> None:
        self.release()
        await self._send(message)
        await self._go_on()

    async def _go_on(self) -> None:
        """A started request continues without a slot if too many wait."""
        try:
            await self.acquire()
        except Overloaded:
            self._has_left = True
