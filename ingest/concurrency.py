"""Thread pools with one purpose each, so that slow work of one kind cannot occupy the threads
that another kind needs."""

from __future__ import annotations

import asyncio
import contextvars
from collections import Counter, OrderedDict, deque
from collections.abc import AsyncIterator, Callable, Hashable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class ThreadPool:
    """A named pool. Threads start on first use."""

    def __init__(self, name: str, size: int) -> None:
        self._threads = ThreadPoolExecutor(size, thread_name_prefix=name)

    async def run(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Await `function` in a thread of this pool, with the caller's context variables."""
        context = contextvars.copy_context()
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._threads, lambda: context.run(function, *args, **kwargs)
        )


class Overloaded(Exception):
    """Too many tasks are waiting."""


class Turns:
    """A semaphore that is fair between keys: at most `slots` tasks run at a time on an event loop,
    at most `slots_per_key` of one key, and keys are served in turn. A waiting task starts in a
    separate iteration of the loop, so that other callbacks run in between. The waiting tasks of
    one key can hold at most a quarter of `waiting_bytes`."""

    def __init__(
        self,
        slots: int = 1,
        slots_per_key: int | None = None,
        *,
        waiting: int = 1_000,
        waiting_per_key: int = 100,
        waiting_bytes: int = 4 * 2**20,
    ) -> None:
        self._free = slots
        self._per_key = slots_per_key or slots
        self._max_waiting = waiting
        self._max_waiting_per_key = waiting_per_key
        self._max_waiting_bytes = waiting_bytes
        self._running: Counter[Hashable] = Counter()
        self._waiting: OrderedDict[Hashable, deque[asyncio.Future[None]]] = OrderedDict()
        self._count = 0  # waiting tasks
        self._bytes: Counter[Hashable] = Counter()  # held by waiting tasks

    @property
    def is_waited_for(self) -> bool:
        return self._count > 0

    @asynccontextmanager
    async def turn(self, key: Hashable, size: int = 0) -> AsyncIterator[None]:
        """Hold a slot. The task occupies `size` bytes while it waits. Raises Overloaded."""
        await self.acquire(key, size)
        try:
            yield
        finally:
            self.release(key)

    async def acquire(self, key: Hashable, size: int = 0) -> None:
        """Wait for a slot; call `release` afterwards. Raises Overloaded."""
        if self._free and self._running[key] < self._per_key:
            self._take(key)
            return
        if self._is_crowded(key, size):
            raise Overloaded
        future = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(key, deque()).append(future)
        self._count += 1
        self._bytes[key] += size
        try:
            await future
        except asyncio.CancelledError:
            if not future.cancelled():  # it already has a slot
                self.release(key)
            raise
        finally:
            self._bytes[key] -= size
            if not self._bytes[key]:
                del self._bytes[key]

    def _is_crowded(self, key: Hashable, size: int) -> bool:
        limit = self._max_waiting_bytes
        return (
            self._count >= self._max_waiting
            or len(self._waiting.get(key, ())) >= self._max_waiting_per_key
            or self._bytes.total() + size > limit
            or self._bytes[key] + size > limit // 4
        )

    def release(self, key: Hashable) -> None:
        self._free += 1
        self._running[key] -= 1
        if not self._running[key]:
            del self._running[key]
        while self._free and self._start_next():
            pass

    def _take(self, key: Hashable) -> None:
        self._free -= 1
        self._running[key] += 1

    def _start_next(self) -> bool:
        for key in self._waiting:
            if self._running[key] < self._per_key:
                break
        else:
            return False
        queue = self._waiting.pop(key)
        future = queue.popleft()
        self._count -= 1
        if queue:
            self._waiting[key] = queue  # behind the other keys
        if not future.done():
            self._take(key)
            future.set_result(None)
        return True


ingest_threads = ThreadPool("ingest", 2)  # parsing and validating large bodies
refusal_threads = ThreadPool("refusal", 1)  # masking keys in large refused requests
