"""Validates stored events again after a plan changed: one task per key pair, in the background. Any
request for a key pair with pending events starts the task, so another process resumes unfinished
work."""

from __future__ import annotations

import asyncio
import contextvars
import logging
from contextlib import suppress

from ingest.auth.credential_cache import STALE_SECONDS
from ingest.models import KeyPair
from ingest.publish import publish
from ingest.tracking_plan import background
from ingest.tracking_plan.background import PATIENCE_OF_STORED
from ingest.tracking_plan.revalidation import Revalidation
from viewer.workload.thread_pools import PoolTurn, rejudging_pool

logger = logging.getLogger(__name__)

PAUSE = 0.01  # seconds between two batches, left to senders and pages
_STRAGGLERS = (
    STALE_SECONDS + 1.0
)  # seconds during which deliveries may still be validated against the previous plan


class _Work:
    """The work of one key pair: `asked` counts requests, `done` those covered."""

    def __init__(self, pair: int) -> None:
        self.asked = asyncio.Event()
        self.done = asyncio.Event()
        # A separate context: the task outlives the request that starts it, and its thread.
        self.task = asyncio.create_task(_run(pair, self), context=contextvars.Context())


_under_way: dict[int, _Work] = {}


def start_revalidation(pair: int) -> None:
    """Start now, and once more when no process uses the previous plan."""
    work = _under_way.get(pair)
    if work is None or work.task.done():
        _under_way[pair] = _Work(pair)
    else:
        work.done.clear()
        work.asked.set()


async def wait_until_revalidated(pair: int, seconds: float) -> None:
    """Wait until the events stored at the call are validated, or until the time is up."""
    work = _under_way.get(pair)
    if work is not None:
        with suppress(TimeoutError):
            await asyncio.wait_for(work.done.wait(), seconds)


async def _run(pair: int, work: _Work) -> None:
    try:
        while await _judge_all(pair, work):
            pass
    except Exception:
        logger.exception("key pair %d: stored events are not judged by its plan yet", pair)
    finally:
        work.done.set()
        _under_way.pop(pair, None)


async def _judge_all(pair: int, work: _Work) -> bool:
    """Returns whether events may be left."""
    work.asked.clear()
    await _judge(pair)
    if not work.asked.is_set():
        work.done.set()
    with suppress(TimeoutError):
        await asyncio.wait_for(work.asked.wait(), _STRAGGLERS)
        return True
    await _judge(pair)
    return work.asked.is_set()


async def _judge(pair: int) -> None:
    rejudging = Revalidation(pair)
    has_looked = False
    turn = PoolTurn(pair, None)
    while (piece := await rejudging_pool.run(turn, rejudging.read)) is not None:
        has_looked = True
        reading, items = piece
        found = await background.validate_in_background(reading.plan, items, PATIENCE_OF_STORED)
        await rejudging_pool.run(turn, rejudging.store, reading, found)
        await asyncio.sleep(PAUSE)
    if has_looked:
        last = await KeyPair.objects.filter(pk=pair).values_list("last_seq", flat=True).afirst()
        await publish(pair, last or 0)
