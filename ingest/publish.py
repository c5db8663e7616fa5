"""Notifies pages of commits. A message contains the newest number, never events. The only module of
ingest that uses Channels."""

from __future__ import annotations

import asyncio
import logging

from channels.layers import get_channel_layer

logger = logging.getLogger(__name__)

PAUSE = 0.01  # seconds between two messages; commits in between share the next one


def group_name(pair: int) -> str:
    return f"pair.{pair}"


async def publish(pair: int, seq: int) -> None:
    """Notify the pages of a key pair. Pages that miss a message poll within seconds."""
    try:
        await get_channel_layer().group_send(
            group_name(pair), {"type": "events.stored", "last": seq}
        )
    except Exception as error:
        _outage.log(error)
    else:
        _outage.end()


class _Outage:
    """Logs an outage once, not at every commit."""

    def __init__(self) -> None:
        self._is_logged = False

    def log(self, error: Exception) -> None:
        if not self._is_logged:
            logger.error("pages are not notified of new events: %r", error)
        self._is_logged = True

    def end(self) -> None:
        if self._is_logged:
            logger.warning("pages are notified of new events again")
        self._is_logged = False


_outage = _Outage()


class Publisher:
    """Sends at most one message per PAUSE and key pair."""

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
