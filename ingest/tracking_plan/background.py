"""The worker that evaluates tracking plans for everything except deliveries: saved plans, bodies
sent for validation, and stored events after a plan changed. Deliveries have a separate worker, so
that none of this delays senders.

Its queue has its own event loop in a separate thread, because some callers are threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, TypeVar

from ingest.tracking_plan.jobs import Found, Item, KnownPlan
from ingest.tracking_plan.worker_queue import PATIENCE, PlanQueue

PATIENCE_OF_STORED = 600.0  # seconds; no request waits for stored events

Answer = TypeVar("Answer")

_pool = PlanQueue()
_lock = threading.Lock()
_loops: list[asyncio.AbstractEventLoop] = []


async def validate_in_background(
    plan: KnownPlan, items: Sequence[Item], patience: float = PATIENCE
) -> list[Found]:
    """As PlanQueue.validate."""
    return await asyncio.wrap_future(_begin(_pool.validate(plan, items, patience)))


def validate_stored(plan: KnownPlan, items: Sequence[Item]) -> list[Found]:
    """The same for threads."""
    return _begin(_pool.validate(plan, items, PATIENCE_OF_STORED)).result()


async def parse_plan_in_background(pair: int, body: bytes) -> dict[str, Any]:
    """As PlanQueue.read."""
    return await asyncio.wrap_future(_begin(_pool.read(pair, body)))


def _begin(work: Coroutine[Any, Any, Answer]) -> Future[Answer]:
    with _lock:
        if not _loops:
            loop = asyncio.new_event_loop()
            threading.Thread(target=loop.run_forever, name="plans", daemon=True).start()
            _loops.append(loop)
    return asyncio.run_coroutine_threadsafe(work, _loops[0])
