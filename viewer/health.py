"""Whether this process lives, and whether it can do its work."""

from __future__ import annotations

import asyncio

from channels.layers import get_channel_layer
from django.http import HttpRequest, HttpResponse

from ingest.models import KeyPair

_PATIENCE = 3.0


async def alive(request: HttpRequest) -> HttpResponse:
    return HttpResponse("alive\n", "text/plain")


async def ready(request: HttpRequest) -> HttpResponse:
    """200 when database and channel layer answer, else 503 and which one does not."""
    for name, check in (("database", _database), ("channel layer", _channel_layer)):
        try:
            async with asyncio.timeout(_PATIENCE):
                await check()
        except Exception as error:
            text = f"{name}: {type(error).__name__}\n"
            return HttpResponse(text, "text/plain", 503, headers={"Retry-After": "1"})
    return HttpResponse("ready\n", "text/plain")


async def _database() -> None:
    await KeyPair.objects.aexists()


async def _channel_layer() -> None:
    layer = get_channel_layer()
    channel = await layer.new_channel()
    await layer.send(channel, {"type": "ready"})
    await layer.receive(channel)
