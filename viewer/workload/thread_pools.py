"""Thread pools for static files, feeds and queries. With a pool per kind, slow work of one kind
cannot occupy the threads of another. asyncio's shared default executor is not used.

A thread may hold a database connection. All threads together stay below `max_size` of PostgreSQL's
pool (viewer/settings.py), which leaves connections for requests.
"""

from __future__ import annotations

import asyncio
import contextvars
import threading
from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from itertools import count
from typing import Any, NamedTuple, ParamSpec, TypeVar

from django.db import close_old_connections

from ingest.concurrency import ThreadPool

P = ParamSpec("P")
T = TypeVar("T")


class TooBusy(Exception):
    """The visitor has the maximum number of waiting tasks."""


class PoolTurn(NamedTuple):
    """Whose turn a task counts for: key pairs alternate, and the visitors of one key pair
    alternate."""

    pair: Hashable
    visitor: Hashable


class _Task(NamedTuple):
    turn: PoolTurn
    call: Callable[[], Any]
    future: Future[Any]


class FairPool:
    """Threads with database connections that key pairs and their visitors use in turns. At most
    `per_pair` and `per_visitor` tasks run concurrently, and at most `waiting` tasks of a visitor
    wait."""

    def __init__(
        self, name: str, threads: int, *, per_pair: int, per_visitor: int, waiting: int
    ) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._per_pair = per_pair
        self._per_visitor = per_visitor
        self._most_waiting = waiting
        self._lock = threading.Lock()
        self._waiting: dict[PoolTurn, deque[_Task]] = {}
        self._running: Counter[PoolTurn] = Counter()
        self._served: dict[PoolTurn, int] = {}  # time of the last turn
        self._turns = count(1)

    async def run(
        self, turn: PoolTurn, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Await `function`, called with the caller's context variables. Raises TooBusy."""
        context = contextvars.copy_context()

        def call() -> T:
            return context.run(_with_database, lambda: function(*args, **kwargs))

        return await asyncio.wrap_future(self._submit(turn, call))

    def _submit(self, turn: PoolTurn, call: Callable[[], T]) -> Future[T]:
        future: Future[T] = Future()
        with self._lock:
            self._forget_cancelled()
            queues = self._waiting.items()
            if _of_visitor(turn, ((t, len(q)) for t, q in queues)) >= self._most_waiting:
                raise TooBusy
            self._waiting.setdefault(turn, deque()).append(_Task(turn, call, future))
        self._threads.submit(self._work)
        return future

    def _work(self) -> None:
        """Run tasks until none is left that may run. A task that has to wait for another one is
        started by the thread that finishes the other."""
        while (task := self._next()) is not None:
            try:
                _complete(task)
            finally:
                with self._lock:
                    self._running -= Counter((task.turn,))

    def _next(self) -> _Task | None:
        with self._lock:
            self._forget_cancelled()
            ready = [turn for turn in self._waiting if self._may_run(turn)]
            if not ready:
                return None
            turn = min(ready, key=self._rank())
            task = self._waiting[turn].popleft()
            if not self._waiting[turn]:
                del self._waiting[turn]
            self._running[turn] += 1
            self._served[turn] = next(self._turns)
            present = self._waiting.keys() | self._running.keys()
            self._served = {turn: at for turn, at in self._served.items() if turn in present}
        if len(ready) > 1:  # the end of one task may allow two to start
            with suppress(RuntimeError):  # the process is shutting down
                self._threads.submit(self._work)
        return task

    def _may_run(self, turn: PoolTurn) -> bool:
        running = self._running.items()
        return (
            _of_visitor(turn, running) < self._per_visitor
            and sum(n for other, n in running if other.pair == turn.pair) < self._per_pair
        )

    def _rank(self) -> Callable[[PoolTurn], tuple[int, int, int]]:
        """The pair with the fewest running tasks first, then the one whose last turn is longest
        ago."""
        running: Counter[Hashable] = Counter()
        for turn, number in self._running.items():
            running[turn.pair] += number
        served: dict[Hashable, int] = {}
        for turn, at in self._served.items():
            served[turn.pair] = max(at, served.get(turn.pair, 0))
        return lambda turn: (
            running[turn.pair],
            served.get(turn.pair, 0),
            self._served.get(turn, 0),
        )

    def _forget_cancelled(self) -> None:
        for turn, queue in list(self._waiting.items()):
            kept = deque(task for task in queue if not task.future.cancelled())
            if not kept:
                del self._waiting[turn]
            elif len(kept) < len(queue):
                self._waiting[turn] = kept


def _of_visitor(turn: PoolTurn, counts: Iterable[tuple[PoolTurn, int]]) -> int:
    return sum(n for other, n in counts if other.visitor == turn.visitor)


def _complete(task: _Task) -> None:
    if not task.future.set_running_or_notify_cancel():
        return
    try:
        result = task.call()
    except BaseException as error:
        task.future.set_exception(error)
        del task  # the exception's traceback refers to this frame: a cycle
    else:
        task.future.set_result(result)


def _with_database(call: Callable[[], T]) -> T:
    """As channels.db does: a thread keeps no connection that it does not use."""
    close_old_connections()
    try:
        return call()
    finally:
        close_old_connections()


static_threads = ThreadPool("static", 2)
feed_pool = FairPool("feed", 2, per_pair=2, per_visitor=2, waiting=100_000)
search_feed_pool = FairPool("searching-feed", 2, per_pair=1, per_visitor=2, waiting=100_000)
lookup_pool = FairPool(
    "lookup", 3, per_pair=3, per_visitor=2, waiting=200
)  # authentication and permission checks
question_pool = FairPool("question", 4, per_pair=3, per_visitor=2, waiting=100)
rejudging_pool = FairPool("rejudging", 1, per_pair=1, per_visitor=1, waiting=100_000)
