"""Daphne that waits for slow readers, and that tells them when an answer broke off.

As it comes, Daphne takes every part of an answer at once and keeps what the client has not
read yet: a long export to a slow client would stand in memory as a whole. Here the sending
coroutine waits while the connection is full, as it does under uvicorn. And an answer that
fails midway closes the connection, so that nobody takes its first half for the whole.
"""

from __future__ import annotations

import asyncio
from typing import Any

from daphne.server import Server
from twisted.internet.interfaces import IPushProducer
from zope.interface import implementer

_BREAK_OFF = "viewer.break_off"  # a message of our own from an application to its server


@implementer(IPushProducer)
class Valve:
    """Twisted closes it while the connection holds more than it should."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.is_open.set()

    def pauseProducing(self) -> None:
        self.is_open.clear()

    def resumeProducing(self) -> None:
        self.is_open.set()

    def stopProducing(self) -> None:
        self.is_open.set()


class PatientServer(Server):  # type: ignore[misc]
    def __init__(self, application: Any, **options: Any) -> None:
        super().__init__(application=_telling(application), **options)

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == _BREAK_OFF:
            if protocol.channel is not None:
                protocol.channel.loseConnection()
        elif kind == "http.response.body" and protocol.channel is not None:
            await self._send_part(protocol, message)
        else:
            await super().handle_reply(protocol, message)

    async def _send_part(self, protocol: Any, message: dict[str, Any]) -> None:
        has_more = message.get("more_body", False)
        if has_more and protocol.producer is None:
            protocol.registerProducer(Valve(), True)
        elif not has_more and protocol.producer is not None:
            protocol.unregisterProducer()
        await super().handle_reply(protocol, message)
        if has_more and protocol.producer is not None:
            await protocol.producer.is_open.wait()


def _telling(application: Any) -> Any:
    """What Daphne itself does with an exception is to begin another answer."""

    async def told(scope: Any, receive: Any, send: Any) -> None:
        has_begun = False

        async def watched(message: dict[str, Any]) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.body"
            await send(message)

        try:
            await application(scope, receive, watched)
        except Exception:
            if has_begun:
                await send({"type": _BREAK_OFF})
            raise

    return told
