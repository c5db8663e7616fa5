"""Liveness and readiness of this process."""

from __future__ import annotations

import asyncio
import contextvars
import time

from channels.layers import get_channel_layer
from django.db import close_old_connections
from django.http import HttpRequest, HttpResponse

from ingest.concurrency import ThreadPool
from ingest.models import KeyPair
from viewer.runtime import writer

_PATIENCE = 3.0
_REMEMBERED = 1.0  # seconds between two runs of the checks, whatever the request rate


class WriterGone(Exception):
    """The writer process ended and could not be replaced for the last commit."""


async def healthz(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", "text/plain")


async def readyz(request: HttpRequest) -> HttpResponse:
    """200 if all dependencies respond, else 503 with those that do not."""
    failure = await _readiness.failure()
    if failure:
        headers = {"Retry-After": "1"}
        return HttpResponse(f"{failure}\n", "text/plain", 503, headers=headers)
    return HttpResponse("ready\n", "text/plain")


class _Readiness:
    """The result of the last check. Requests during a check wait for its result."""

    def __init__(self) -> None:
        self._failure = ""
        self._until = 0.0
        self._look: asyncio.Task[str] | None = None

    async def failure(self) -> str:
        """ "" if all dependencies respond."""
        if time.monotonic() < self._until:
            return self._failure
        if self._look is None or self._look.done():
            # outside any request's context, because the first client may disconnect before the
            # others
            self._look = asyncio.create_task(_look(), context=contextvars.Context())
            self._look.add_done_callback(self._remember)
        return await asyncio.shield(self._look)

    def _remember(self, look: asyncio.Task[str]) -> None:
        if not look.cancelled() and look.exception() is None:
            self._failure = look.result()
            self._until = time.monotonic() + _REMEMBERED


_readiness = _Readiness()


async def _look() -> str:
    checks = (("database", _database), ("channel layer", _channel_layer), ("storing", _storing))
    for name, check in checks:
        try:
            async with asyncio.timeout(_PATIENCE):
                await check()
        except Exception as error:
            return f"{name}: {type(error).__name__}"
    return ""


_thread = ThreadPool("readiness", 1)


async def _database() -> None:
    await _thread.run(_ask_database)


def _ask_database() -> None:
    close_old_connections()
    try:
        KeyPair.objects.exists()
    finally:
        close_old_connections()


async def _storing() -> None:
    """Taken from the last commit. A load balancer sends nothing to a host that is not ready, so the
    writer is retried here."""
    if not writer.works:
        writer.try_again()
        raise WriterGone


_channel = ""  # one per process: Redis keeps a subscription for each


async def _channel_layer() -> None:
    global _channel
    layer = get_channel_layer()
    _channel = _channel or await layer.new_channel()
    sent = time.monotonic_ns()
    await layer.send(_channel, {"type": "ready", "at": sent})
    while (await layer.receive(_channel)).get("at") != sent:
        pass  # of an abandoned check
