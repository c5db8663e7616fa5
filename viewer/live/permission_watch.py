"""Checks whether the open pages of this process may still see their key pairs: one check for all of
them, run by the first page for which it is due."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from viewer.access.bulk_permissions import Subscriber, filter_allowed
from viewer.workload.thread_pools import PoolTurn, feed_pool

ASKED_EVERY = 1.0  # seconds
ASKED_AT_LEAST = 4.0  # whatever the number of pages, a change is in force within 5 s
LOOKERS_A_SECOND = 250  # subscribers under check


class PermissionWatch:
    def __init__(self) -> None:
        self._pages: Counter[Subscriber] = Counter()
        self._seeing: set[Subscriber] = set()
        self._asked_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    @contextmanager
    def of(self, looker: Subscriber) -> Iterator[None]:
        """For the life of a page, which was authorised at this moment."""
        self._pages[looker] += 1
        self._seeing.add(looker)
        try:
            yield
        finally:
            self._pages[looker] -= 1
            if not self._pages[looker]:
                del self._pages[looker]
                self._seeing.discard(looker)

    async def lasts(self, looker: Subscriber) -> bool:
        """Whether it may still see the pair, as of a few seconds ago at most. Raises database
        errors."""
        if monotonic() - self._asked_at >= self._every:
            if self._asking is None or self._asking.done():
                self._asking = asyncio.create_task(self._ask())
            await asyncio.shield(self._asking)  # any waiting page may be cancelled
        return looker in self._seeing

    @property
    def seconds_left(self) -> float:
        """Seconds until the last result is too old, also for a page without events."""
        return max(0.0, self._asked_at + ASKED_AT_LEAST - monotonic())

    @property
    def _every(self) -> float:
        return min(ASKED_AT_LEAST, max(ASKED_EVERY, len(self._pages) / LOOKERS_A_SECOND))

    async def _ask(self) -> None:
        asked_at, lookers = monotonic(), set(self._pages)
        seeing = await feed_pool.run(PoolTurn(None, None), filter_allowed, lookers)
        # pages opened during the query were authorised when they connected
        self._seeing = self._pages.keys() & (seeing | self._pages.keys() - lookers)
        self._asked_at = asked_at


sight = PermissionWatch()  # of this process
