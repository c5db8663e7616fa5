"""Wakes who waits for something new of a key pair. A process joins the channel layer once for each
pair, however many of its pages and requests wait."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from channels.layers import get_channel_layer

from ingest.publish import group_name

logger = logging.getLogger(__name__)

_AGAIN = 1.0  # seconds after the channel layer failed
LOOK_ANYWAY = 4.0  # seconds: announcements may be lost; an ended right is in force within 5 s


class _Watch:
    """One subscription."""

    def __init__(self, pair: int) -> None:
        self.waiting: set[asyncio.Event] = set()
        self._group = group_name(pair)
        self.joined = asyncio.ensure_future(self._join())
        self._listening: asyncio.Task[None] | None = None

    async def _join(self) -> None:
        self._layer = get_channel_layer()
        self._channel = await self._layer.new_channel()
        await self._layer.group_add(self._group, self._channel)
        self._listening = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        while True:
            try:
                await self._layer.receive(self._channel)
            except Exception as error:
                logger.error("no announcements for now: %r", error)
                await asyncio.sleep(_AGAIN)
            for event in self.waiting:
                event.set()

    async def leave(self) -> None:
        if self._listening is None:
            return
        self._listening.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._listening
        with contextlib.suppress(Exception):  # the channel layer may be what was lost
            await self._layer.group_discard(self._group, self._channel)


class ChangeNotifier:
    def __init__(self) -> None:
        self._watches: dict[int, _Watch] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def of(self, pair: int) -> AsyncIterator[asyncio.Event]:
        """An event that is set when there may be something new. Joined before it is given.
        Raises what the channel layer raises."""
        watch = self._watches.get(pair)
        if watch is None:
            watch = self._watches[pair] = _Watch(pair)
        event = asyncio.Event()
        watch.waiting.add(event)
        try:
            await asyncio.shield(watch.joined)
            yield event
        finally:
            watch.waiting.discard(event)
            if not watch.waiting and self._watches.get(pair) is watch:
                del self._watches[pair]
                await asyncio.shield(self._left(watch))

    def _left(self, watch: _Watch) -> asyncio.Task[None]:
        """Leave the channel layer even if the waiting task is cancelled a second time."""
        task = asyncio.create_task(watch.leave())
        self._leaving.add(task)
        task.add_done_callback(self._leaving.discard)
        return task


notifier = ChangeNotifier()  # of this process


async def wait_for_change(something_new: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await something_new.wait()
