"""Tells pages that something was committed: a number, never a payload. The only file of
this room that knows Channels."""

from __future__ import annotations

import asyncio
import logging

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

PAUSE = 0.01  # seconds between two messages; what comes meanwhile goes into the next one


def group_name(pair: int) -> str:
    return f"pair.{pair}"


async def publish(pair: int, seq: int) -> None:
    """Tell the pages of a key pair to look. One that misses it looks for itself before long."""
    try:
        await get_channel_layer().group_send(
            group_name(pair), {"type": "events.stored", "last": seq}
        )
    except Exception as error:
        _outage.tell(error)
    else:
        _outage.is_over()


class _Outage:
    """Told once, not at every commit."""

    def __init__(self) -> None:
        self._is_told = False

    def tell(self, error: Exception) -> None:
        if not self._is_told:
            logger.error("pages are not told of new events: %r", error)
        self._is_told = True

    def is_over(self) -> None:
        if self._is_told:
            logger.warning("pages are told of new events again")
        self._is_told = False


_outage = _Outage()


class Publisher:
    """At most one message in PAUSE for each key pair, however many commits there are."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None

    def announce(self, pair: int, seq: int) -> None:
        self._newest[pair] = seq
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        while self._newest:
            newest, self._newest = self._newest, {}
            for pair, seq in newest.items():
                await publish(pair, seq)
            await asyncio.sleep(PAUSE)
