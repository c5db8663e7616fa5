"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio

from channels.layers import get_channel_layer
from django.http import HttpRequest, HttpResponse

from ingest.models import KeyPair
from viewer.storing import writer

_PATIENCE = 3.0


class NoProcess(Exception):
    """The one that stores ended, and the last commit had no other."""


async def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", "text/plain")


async def ready(request: HttpRequest) -> HttpResponse:
    """200 when all that is needed answers, else 503 and what does not."""
    checks = (("database", _database), ("channel layer", _channel_layer), ("storing", _storing))
    for name, check in checks:
        try:
            async with asyncio.timeout(_PATIENCE):
                await check()
        except Exception as error:
            text = f"{name}: {type(error).__name__}\n"
            return HttpResponse(text, "text/plain", 503, headers={"Retry-After": "1"})
    return HttpResponse("ready\n", "text/plain")


async def _database() -> None:
    await KeyPair.objects.aexists()


async def _storing() -> None:
    """Known from the last commit. Nobody may send to a host that is not ready, so it is tried
    again here, for whoever asks next."""
    if not writer.works:
        writer.try_again()
        raise NoProcess


async def _channel_layer() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "ready"})
    await layer.receive(channel)
