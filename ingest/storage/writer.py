"""Group commit: the writer process stores all waiting deliveries in one transaction.

The future of a delivery resolves only after its commit. The thread for large batches starts on
first use, because not every server signals its start.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial

from ingest.problems import Problem
from ingest.storage import metrics
from ingest.storage.commit_result import CommitResult
from ingest.storage.write_request import PreviewRequest, WriteRequest
from ingest.storage.writer_client import WriterClient
from ingest.values import ValidatedEvent
from ingest.verdicts import with_warning

# The batch ends with the delivery that reaches a limit. Both processes hold it in memory.
EVENTS_A_COMMIT = 10_000
BYTES_A_COMMIT = 8 * 2**20
# Many senders would otherwise fill one batch together, and the event loop would idle during its
# commit.
_EARLY_BATCH = 16  # deliveries

logger = logging.getLogger(__name__)

Waiting = tuple[WriteRequest, "asyncio.Future[None]"]
Previewing = tuple[PreviewRequest, "asyncio.Future[Sequence[ValidatedEvent]]"]
Job = Callable[[], Callable[[], None]]  # runs in the thread; returns a call for the event loop


class WriteFailed(Exception):
    """The delivery is not acknowledged, so the sender must repeat it. It can be stored all the
    same, if the process or its connection ended between the commit and the reply."""


class Writer:
    """`committed` is called on the event loop with a key pair and its newest number. `waiting`
    returns the bytes that this process holds for requests in progress.

    The deliveries of one iteration of the event loop form one batch, or several if there are many;
    those that arrive during a commit form the next one. The event loop itself sends a small batch
    and reads its result: in a thread, both wait for the interpreter lock, which makes a commit take
    a third longer (measured). The thread sends large batches, and starts the writer process."""

    def __init__(
        self, committed: Callable[[int, int], None], waiting: Callable[[], int] = int
    ) -> None:
        self._committed = committed
        self._held = waiting
        self.works = True  # the writer process answered the last commit
        self._process = WriterClient()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._jobs: queue.SimpleQueue[Job] = queue.SimpleQueue()
        self._waiting: list[Waiting] = []
        self._preview: Previewing | None = None
        self._busy = False  # the writer process has a request; it gets one at a time
        self._scheduled: asyncio.Handle | None = None  # will send the next request
        self._was_large = False
        self._previews = asyncio.Lock()

    def prepare(self) -> None:
        """Start the writer process, so that the first sender does not wait for it."""
        self._process.start()

    def append(self, write: WriteRequest) -> asyncio.Future[None]:
        """The future resolves when the delivery is on disk, or raises WriteFailed."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._start(loop)
        done: asyncio.Future[None] = loop.create_future()
        self._waiting.append((write, done))
        if not self._busy:
            self._schedule(loop)
        elif self._scheduled is not None and len(self._waiting) >= _EARLY_BATCH:
            self._scheduled.cancel()
            self._hand_over(loop)
        return done

    async def preview(
        self, pair: int, dialect: str, events: Sequence[ValidatedEvent]
    ) -> Sequence[ValidatedEvent]:
        """The events with the warnings that their commit would add now, without storing them.
        Raises WriteFailed."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:
            self._start(loop)
        async with self._previews:  # so that a commit waits for one of them at most
            answer: asyncio.Future[Sequence[ValidatedEvent]] = loop.create_future()
            self._preview = PreviewRequest(pair, dialect, events), answer
            if not self._busy:
                self._schedule(loop)
            return await answer

    def try_again(self) -> None:
        """Send an empty commit, to find out whether the writer process works again."""
        if self._loop is not None and not self._busy:
            self._schedule(self._loop)

    def _schedule(self, loop: asyncio.AbstractEventLoop) -> None:
        """Send the batch at the end of this iteration of the loop, or once it has _EARLY_BATCH
        deliveries; waiting longer only idles the loop (measured)."""
        self._busy = True
        self._scheduled = loop.call_soon(self._hand_over, loop)

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._jobs = queue.SimpleQueue()
        self._waiting = []
        self._preview = None
        self._busy = False
        self._scheduled = None
        self._previews = asyncio.Lock()
        arguments = (loop, self._jobs)
        threading.Thread(target=_run_jobs, args=arguments, name="writer", daemon=True).start()
        self._loop = loop

    def _hand_over(self, loop: asyncio.AbstractEventLoop) -> None:
        self._scheduled = None
        if self._preview is not None:
            preview, self._preview = self._preview, None
            self._jobs.put(partial(self._compare, *preview))
            return
        batch, self._waiting = take_batch(self._waiting, after_large=self._was_large)
        self._was_large = any(write.is_large for write, _ in batch)
        descriptor = self._process.send([write for write, _ in batch])
        if descriptor is None:
            self._jobs.put(partial(self._commit, batch))
        else:
            loop.add_reader(descriptor, self._read_answer, loop, descriptor, batch)
            os.set_blocking(descriptor, True)  # uvloop makes it non-blocking, also for the thread

    def _read_answer(
        self, loop: asyncio.AbstractEventLoop, descriptor: int, batch: list[Waiting]
    ) -> None:
        loop.remove_reader(descriptor)
        self._finish(batch, self._process.receive(len(batch)))

    def _commit(self, batch: list[Waiting]) -> Callable[[], None]:
        result = self._process.commit([write for write, _ in batch])
        return partial(self._finish, batch, result)

    def _compare(
        self, request: PreviewRequest, answer: asyncio.Future[Sequence[ValidatedEvent]]
    ) -> Callable[[], None]:
        added = self._process.preview(request)
        return partial(self._finish_preview, request, answer, added)

    def _finish(self, batch: list[Waiting], result: CommitResult) -> None:
        self.works = not result.unanswered
        metrics.WAITING.set(self._held())
        self._become_free()
        for place in result.lost:
            _, done = batch[place]
            if not done.done():
                done.set_exception(WriteFailed())
        for _, done in batch:
            if not done.done():
                done.set_result(None)
        for pair, seq in result.newest.items():
            self._committed(pair, seq)
        _count(result)

    def _finish_preview(
        self,
        request: PreviewRequest,
        answer: asyncio.Future[Sequence[ValidatedEvent]],
        added: list[tuple[int, Sequence[Problem]]] | None,
    ) -> None:
        self._become_free()
        _answer_preview(request, answer, added)

    def _become_free(self) -> None:
        self._busy = False
        if self._loop is not None and (self._waiting or self._preview is not None):
            self._schedule(self._loop)


def _run_jobs(loop: asyncio.AbstractEventLoop, jobs: queue.SimpleQueue[Job]) -> None:
    while True:
        finish = jobs.get()()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(finish)
        del finish  # free the memory before waiting for the next batch


def _answer_preview(
    request: PreviewRequest,
    answer: asyncio.Future[Sequence[ValidatedEvent]],
    added: list[tuple[int, Sequence[Problem]]] | None,
) -> None:
    if answer.done():
        return
    if added is None:
        answer.set_exception(WriteFailed())
        return
    events = list(request.events)
    for place, problems in added:
        for problem in problems:
            events[place] = with_warning(events[place], problem)
    answer.set_result(events)


def _count(result: CommitResult) -> None:
    """Update the metrics; errors must not delay replies."""
    try:
        metrics.record_commit(result)
    except Exception:
        logger.exception("a commit is missing from the metrics")


def take_batch(
    waiting: list[Waiting], *, after_large: bool = False
) -> tuple[list[Waiting], list[Waiting]]:
    """Split the waiting deliveries into the next batch and the rest. The batch after a large
    delivery contains the small ones of other key pairs, which therefore never wait for two large
    ones."""
    pairs = {write.pair for write, _ in waiting if write.is_large} if after_large else set()
    if pairs:
        small = [each for each in waiting if each[0].pair not in pairs]
        if small:
            batch, rest = take_batch(small)
            return batch, [*(each for each in waiting if each[0].pair in pairs), *rest]
    events = size = 0
    for count, (write, _) in enumerate(waiting, 1):
        events += len(write.events)
        size += write.record.size
        if events >= EVENTS_A_COMMIT or size >= BYTES_A_COMMIT:
            return waiting[:count], waiting[count:]
    return waiting, []
