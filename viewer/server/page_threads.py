"""Threads for pages: a fixed number, fewer per network; further calls take turns.

Django gives each request its own thread for its whole life, so there would be as many threads as
requests. Here a request returns its thread, with the thread's database connection, while it waits
for new events or when others need one.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from asgiref.sync import ThreadSensitiveContext
from django.db import connections

from ingest.receiving.networks import network_of
from viewer.server.answers import Application, Receive, Scope, Send, send_response
from viewer.server.limits import (
    PAGE_QUEUE,
    PAGE_QUEUE_PER_NETWORK,
    PAGE_THREADS,
    PAGE_THREADS_PER_NETWORK,
    THREAD_IDLE_SECONDS,
)

_ALWAYS = "/healthz"  # runs in no thread
_BUSY = "The server has too many pages to answer. Try again in a moment."


class PageThreads:
    def __init__(self, application: Application) -> None:
        self._application = application
        self._turns = _Turns()
        self._requests = 0
        self._timer: asyncio.TimerHandle | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        client = scope.get("client")
        network = network_of(client[0] if client else "")
        if self._turns.is_full(network) and scope["path"] != _ALWAYS:
            await send_response(scope, send, 503, _BUSY, (b"retry-after", b"1"))
            return
        thread = _RequestThread(self._turns, network)
        self._requests += 1
        if self._timer is None:
            self._look_later()
        try:
            async with ThreadSensitiveContext(executor=thread):
                await self._application(scope, receive, send)
        finally:
            self._requests -= 1
            self._turns.forget(thread)

    def _look_later(self) -> None:
        loop = asyncio.get_running_loop()
        self._timer = loop.call_later(THREAD_IDLE_SECONDS, self._end_idle)

    def _end_idle(self) -> None:
        self._timer = None
        self._turns.end_idle(time.monotonic() - THREAD_IDLE_SECONDS)
        if self._requests:
            self._look_later()


@dataclass(slots=True)
class _Call:
    function: Callable[[], Any]
    future: Future[Any]
    thread: _RequestThread


class _Turns:
    """Decides which call is next and which request has a thread. Used by the loop and by the
    threads."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._waiting: dict[str, deque[_Call]] = {}  # by network, next first
        self._running: Counter[str] = Counter()
        self._idle: dict[_RequestThread, None] = {}  # have a thread, longest unused first

    def is_full(self, network: str) -> bool:
        with self.lock:
            own = len(self._waiting.get(network, ()))
            return own >= PAGE_QUEUE_PER_NETWORK or (
                bool(self._waiting) and sum(map(len, self._waiting.values())) >= PAGE_QUEUE
            )

    def add(self, call: _Call) -> None:
        """Calls of one request run one after the other. A cancelled request makes further calls
        while one of its calls still runs."""
        with self.lock:
            call.thread.calls.append(call)
            if len(call.thread.calls) == 1:
                self._enqueue(call)

    def _enqueue(self, call: _Call) -> None:
        self._waiting.setdefault(call.thread.network, deque()).append(call)
        self._start()

    def ended(self, thread: _RequestThread) -> None:
        with self.lock:
            thread.calls.popleft()
            if thread.calls:
                self._waiting.setdefault(thread.network, deque()).append(thread.calls[0])
            if thread.is_alive:
                self._idle[thread] = None
            self._running[thread.network] -= 1
            if not self._running[thread.network]:
                del self._running[thread.network]
            self._start()

    def forget(self, thread: _RequestThread) -> None:
        with self.lock:
            self._idle.pop(thread, None)
            thread.end()

    def end_idle(self, before: float) -> None:
        with self.lock:
            for thread in [one for one in self._idle if one.used < before]:
                del self._idle[thread]
                thread.rest()

    def _start(self) -> None:
        while self._running.total() < PAGE_THREADS:
            network = next(filter(self._may_run, self._waiting), None)
            if network is None:
                return
            waiting = self._waiting.pop(network)
            call = waiting.popleft()
            if waiting:
                self._waiting[network] = waiting  # behind the other networks
            self._running[network] += 1
            self._run(call)

    def _may_run(self, network: str) -> bool:
        return self._running[network] < PAGE_THREADS_PER_NETWORK

    def _run(self, call: _Call) -> None:
        """There are never more threads than the limit, so another request may lose its own."""
        if call.thread.is_alive:
            self._idle.pop(call.thread, None)
        elif len(self._idle) + self._running.total() > PAGE_THREADS:
            longest = next(iter(self._idle))
            del self._idle[longest]
            longest.rest()
        call.thread.run(call)


class _RequestThread(Executor):
    """Runs the synchronous calls of one request, one at a time, in one thread while they follow
    each other closely. All methods but `submit` need the lock of the turns."""

    def __init__(self, turns: _Turns, network: str) -> None:
        self.network = network
        self.calls: deque[_Call] = deque()  # the first one waits or runs
        self.used = 0.0
        self._turns = turns
        self._thread: ThreadPoolExecutor | None = None
        self._has_ended = False

    @property
    def is_alive(self) -> bool:
        return self._thread is not None

    def submit(self, function: Callable[..., Any], /, *args: Any, **options: Any) -> Future[Any]:
        future: Future[Any] = Future()
        self._turns.add(_Call(lambda: function(*args, **options), future, self))
        return future

    def run(self, call: _Call) -> None:
        if self._thread is None:
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="page")
        self._thread.submit(self._run, call)
        if self._has_ended:  # the request was abandoned while its call waited
            self.end()

    def rest(self) -> None:
        """Return the thread; the next call gets another one."""
        if self._thread is not None:
            self._thread.submit(connections.close_all)
            self._thread.shutdown(wait=False)
            self._thread = None

    def end(self) -> None:
        self._has_ended = True
        if self._thread is not None:
            self._thread.shutdown(wait=False)
            self._thread = None

    def _run(self, call: _Call) -> None:
        error: BaseException | None = None
        result = None
        is_wanted = call.future.set_running_or_notify_cancel()
        if is_wanted:
            try:
                result = call.function()
            except BaseException as raised:  # passed to the caller, as Executor does
                error = raised
        self.used = time.monotonic()
        self._turns.ended(self)
        if is_wanted and error is not None:
            call.future.set_exception(error)
        elif is_wanted:
            call.future.set_result(result)
        del call, error, result  # the exception's traceback refers to this frame: a cycle
