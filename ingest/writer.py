"""Group commit: one thread stores, in one transaction, everything that waits.

A request's future resolves after the commit that holds it, never before. The thread starts
on first use, because not every server says when it begins.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from collections.abc import Callable
from time import perf_counter

from django.db import InterfaceError, InternalError, OperationalError, connection

from ingest import metrics
from ingest.store import Deposit, Store

logger = logging.getLogger(__name__)

MOST_EVENTS_A_COMMIT = 20_000

# the database is away, locked, full or takes no writes: the same for every delivery
NOT_NOW = (OperationalError, InterfaceError, InternalError)

Waiting = tuple[Deposit, "asyncio.Future[None]"]


class NotStored(Exception):
    """Nothing of the delivery is in the database; sending it again is safe."""


class Writer:
    """`committed` is called on the event loop with the newest number of a key pair; `waiting`
    tells how many bytes the process holds.

    The loop hands over once a turn, not once a request: what the turn's requests bring goes
    into one commit, and while that one runs the next one gathers."""

    def __init__(
        self, committed: Callable[[int, int], None], waiting: Callable[[], int] = int
    ) -> None:
        self._committed = committed
        self._held = waiting
        self._loop: asyncio.AbstractEventLoop | None = None
        self._batches: queue.SimpleQueue[list[Waiting]] = queue.SimpleQueue()
        self._waiting: list[Waiting] = []
        self._busy = False

    def append(self, deposit: Deposit) -> asyncio.Future[None]:
        """Done when the deposit is on disk; its exception is NotStored."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._start(loop)
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((deposit, done))
        if not self._busy:
            self._schedule(loop)
        return done

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over when this turn of the loop ends. What comes during a commit is company
        enough for the next one; to wait longer leaves the loop idle (measured)."""
        self._busy = True
        loop.call_soon(self._hand_over)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._batches = queue.SimpleQueue()
        self._waiting = []
        self._busy = False
        arguments = (loop, self._batches)
        threading.Thread(target=self._run, args=arguments, name="writer", daemon=True).start()

    def _hand_over(self) -> None:
        batch, self._waiting = _first_commit(self._waiting)
        self._batches.put(batch)

    def _run(
        self, loop: asyncio.AbstractEventLoop, batches: queue.SimpleQueue[list[Waiting]]
    ) -> None:
        store = Store()
        while True:
            batch = batches.get()
            newest = _append(store, [deposit for deposit, _ in batch])
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(self._finish, batch, newest)

    def _finish(self, batch: list[Waiting], newest: dict[int, int]) -> None:
        self._busy = False
        metrics.WAITING.set(self._held())
        if self._waiting and self._loop is not None:
            self._schedule(self._loop)
        for deposit, done in batch:
            if done.done():
                continue
            if deposit.gone:
                done.set_exception(NotStored())
            else:
                done.set_result(None)
        for pair, seq in newest.items():
            self._committed(pair, seq)


def _first_commit(waiting: list[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """What the next commit takes, and what is left for the one after it."""
    events = 0
    for count, (deposit, _) in enumerate(waiting, 1):
        events += len(deposit.events)
        if events >= MOST_EVENTS_A_COMMIT:
            return waiting[:count], waiting[count:]
    return waiting, []


def _append(store: Store, deposits: list[Deposit]) -> dict[int, int]:
    """The newest number of each key pair. What could not be stored is marked `gone`."""
    began = perf_counter()
    try:
        with connection.wrap_database_errors:
            newest = store.append(deposits)
    except NOT_NOW as error:
        logger.error("%d deliveries were not stored: %s", len(deposits), error)
        connection.close()  # the next attempt gets a fresh one
    except Exception:
        if len(deposits) > 1:  # one that no database takes must not take others with it
            return _append_singly(store, deposits)
        logger.exception("a delivery cannot be stored")
    else:
        stored = [deposit for deposit in deposits if not deposit.gone]
        records, batches = [d.record for d in stored], [d.events for d in stored]
        metrics.committed(records, batches, perf_counter() - began)
        return newest
    metrics.FAILED.inc(len(deposits))
    for deposit in deposits:
        deposit.gone = True
    return {}


def _append_singly(store: Store, deposits: list[Deposit]) -> dict[int, int]:
    newest: dict[int, int] = {}
    for deposit in deposits:
        newest |= _append(store, [deposit])
    return newest
