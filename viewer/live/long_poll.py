"""Long polls: responses held until a condition is met. A waiting request holds no thread."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

from viewer.live.notifier import LOOK_ANYWAY, notifier, wait_for_change
from viewer.workload.visitor_queries import Asker, check_right, hold_waiting, run_query_in_slices

T = TypeVar("T")


async def wait_until(
    asker: Asker,
    read: Callable[[], T],
    is_done: Callable[[T], bool],
    seconds: float,
    *,
    has_more: Callable[[T], bool] = lambda answer: False,
) -> T:
    """The first answer of `read` that is done, or the last one when time is up. It is read again
    when something of the key pair changes, and at once while it `has_more` to look at. Raises
    RightEnded, TooBusy, TimeUp."""

    async def look() -> T:
        return await run_query_in_slices(asker, read)

    if seconds <= 0:
        return await look()
    with hold_waiting(asker):
        async with notifier.of(asker.pair) as changed:  # joined before the first look
            return await read_until(
                look,
                is_done,
                seconds,
                changed,
                recheck=lambda: check_right(asker),
                has_more=has_more,
            )


async def read_until(
    look: Callable[[], Awaitable[T]],
    is_done: Callable[[T], bool],
    seconds: float,
    changed: asyncio.Event,
    *,
    recheck: Callable[[], Awaitable[None]],
    has_more: Callable[[T], bool] = lambda answer: False,
    longest: float = LOOK_ANYWAY,
) -> T:
    """Every answer but the first is followed by `recheck`, which raises if the visitor may no
    longer have it. Looks every `longest` seconds even if nothing changed."""
    clock = asyncio.get_running_loop().time
    deadline = clock() + seconds
    has_waited = False
    while True:
        changed.clear()
        answer = await look()
        if has_waited:
            await recheck()
        left = deadline - clock()
        if is_done(answer) or left <= 0:
            return answer
        has_waited = True
        if not has_more(answer):
            await wait_for_change(changed, min(left, longest))
