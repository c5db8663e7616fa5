"""Tells pages that something was committed: a number, never a payload. The only file of
this room that knows Channels."""

from __future__ import annotations

import asyncio
import logging

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

PAUSE = 0.02  # seconds between two messages; what comes meanwhile goes into the next one


def group_of(pair: int) -> str:
    return f"pair.{pair}"


async def announce(pair: int, seq: int) -> None:
    """Tell the pages of a key pair to look: something other than its newest events changed."""
    await get_channel_layer().group_send(group_of(pair), {"type": "events.stored", "last": seq})


class Announcer:
    """At most one message in PAUSE for each key pair, however many commits there are."""

    def __init__(self) -> None:
        self._newest: dict[int, int] = {}
        self._task: asyncio.Task[None] | None = None

    def announce(self, pair: int, seq: int) -> None:
        self._newest[pair] = seq
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        layer = get_channel_layer()
        while self._newest:
            newest, self._newest = self._newest, {}
            for pair, seq in newest.items():
                try:
                    await layer.group_send(group_of(pair), {"type": "events.stored", "last": seq})
                except Exception:  # a page that misses this looks for itself before long
                    logger.exception("key pair %d: no announcement", pair)
            await asyncio.sleep(PAUSE)
