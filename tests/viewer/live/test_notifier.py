"""The channel layer drops every subscription of a page that left, however abruptly."""

from __future__ import annotations

import asyncio
import logging

import pytest
import redis.asyncio
from django.conf import settings

from viewer.live.notifier import ChangeNotifier

PAGES = 20  # pages that leave concurrently: each waits until all have unsubscribed


async def channels_in_redis() -> list[bytes]:
    async with redis.asyncio.from_url(settings.REDIS_URL) as client:
        found: list[bytes] = await client.pubsub_channels("*")
        return found


async def listen_and_go() -> list[bytes]:
    """The subscriptions left after all pages went."""
    news = ChangeNotifier()
    ready = asyncio.Semaphore(0)

    async def listen(pair: int) -> None:
        async with news.of(pair):
            ready.release()
            await asyncio.sleep(60)

    pages = [asyncio.create_task(listen(pair)) for pair in range(PAGES)]
    for _ in pages:
        await ready.acquire()
    assert len(await channels_in_redis()) >= PAGES
    for _ in range(3):
        for page in pages:
            page.cancel()
        await asyncio.sleep(0.001)
    await asyncio.wait(pages)
    for _ in range(100):
        if not (left := await channels_in_redis()):
            break
        await asyncio.sleep(0.02)
    return left


@pytest.mark.postgresql
def test_a_page_cancelled_again_while_leaving_leaves_nothing_behind(caplog):
    with caplog.at_level(logging.ERROR):
        assert asyncio.run(listen_and_go()) == []
    assert caplog.records == []
