"""The queue of a tracking plan worker; the process starts on first use. Key pairs take turns of
some milliseconds, so that the plan of one delays the events of another by at most one turn. A plan
that exceeds a turn's or a minute's limit is suspended: it is not applied any more."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict, deque
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import orjson

from ingest.tracking_plan import worker_protocol
from ingest.tracking_plan.jobs import (
    Found,
    Item,
    Judging,
    JudgingTurn,
    KnownPlan,
    NotEvaluated,
    Reading,
    ReadingTurn,
    Turn,
)
from ingest.tracking_plan.worker_client import Ended, PlanWorker
from ingest.tracking_plan.worker_protocol import READ

TURN_WALL_SECONDS = 5.0  # limit for a stalled machine; a turn needs at most 0.3 s of processor time
START_WALL_SECONDS = 15.0  # seconds for the first turn of a process
PATIENCE = 15.0  # seconds that a delivery waits; after that its events are evaluated later
MAX_READINGS = 4  # waiting plans of one key pair
MAX_STOPPED = 3  # consecutive processes that ended without a culprit
RESTART_SECONDS = 1.0  # seconds before the next attempt
_WATCH_SECONDS = 1.0
_MAX_GIVEN = 1_000

logger = logging.getLogger(__name__)

Key = tuple[str, int]


class Busy(Exception):
    """The key pair has used its share of processor time for now."""


class PlanQueue:
    """Belongs to one event loop at a time; restarts on another."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: PlanWorker | None = None
        self._begin()

    async def validate(
        self, plan: KnownPlan, items: Sequence[Item], patience: float = PATIENCE
    ) -> list[Found]:
        """The plan's findings for each event. If `plan.suspended` is set afterwards, it was not
        applied to all of them. Raises NotEvaluated."""
        if not items:
            return []
        self._use_running_loop()
        job = Judging(plan, items, patience)
        if plan.suspended:
            job.cut(0)
        else:
            self._append(job)
        found: list[Found] = await job.done
        return found

    async def read(self, pair: int, body: bytes) -> dict[str, Any]:
        """The `content` of a plan, or `mistakes`. Raises NotEvaluated, Busy."""
        self._use_running_loop()
        job = Reading(pair, body, PATIENCE)
        if self._account.is_used_up(job.key) or len(self._queues.get(job.key, ())) > MAX_READINGS:
            raise Busy
        self._append(job)
        answer: dict[str, Any] = await job.done
        return answer

    def prepare(self) -> None:
        """Start the process now, because it will be needed soon."""
        self._use_running_loop()
        with suppress(OSError):
            self._started()

    def close(self) -> None:
        """End the process. Waiting callers get no result."""
        if self._worker is not None:
            self._worker.abandon()
            self._worker = None

    # -- the queue -----------------------------------------------------------------------------

    def _begin(self) -> None:
        self._queues: OrderedDict[Key, deque[Any]] = OrderedDict()
        self._turn: Turn | None = None
        self._turn_until = 0.0  # time.monotonic()
        self._is_watched = False
        self._given: set[tuple[int, int]] = set()  # plans that the process should know
        self._account = _Account()
        self._stopped = 0
        self._not_before = 0.0
        self._is_expired = False
        self._has_replied = False

    def _use_running_loop(self) -> None:
        loop = asyncio.get_running_loop()
        if self._loop is loop:
            return
        self.close()
        self._loop = loop
        self._begin()

    def _append(self, job: Judging | Reading) -> None:
        if time.monotonic() < self._not_before:
            job.fail(NotEvaluated())
            return
        self._queues.setdefault(job.key, deque()).append(job)
        if self._turn is None:
            self._next_turn()

    def _next_turn(self) -> None:
        """The turn of the key pair that has waited longest."""
        self._turn = None
        while self._queues:
            key, waiting = self._queues.popitem(last=False)
            _drop_done(waiting)
            if waiting:
                self._queues[key] = waiting
                self._turn = _turn(key, waiting)
                self._send()
                return

    def _send(self) -> None:
        turn = self._turn
        if turn is None:
            return
        try:
            worker = self._started()
        except OSError as error:
            logger.error("no process to evaluate tracking plans could be started: %s", error)
            self._give_up()
            return
        with_content = turn.plan is not None and turn.plan not in self._given
        if with_content and turn.plan is not None:
            if len(self._given) >= _MAX_GIVEN:
                self._given.clear()
            self._given.add(turn.plan)
        self._watch_turn(worker)
        is_alone = len(self._queues) == 1
        seconds = worker_protocol.TURN_SECONDS_ALONE if is_alone else worker_protocol.TURN_SECONDS
        worker.send(turn.request(with_content, seconds))

    def _watch_turn(self, worker: PlanWorker) -> None:
        """At most one timer per second, not one per turn."""
        seconds = TURN_WALL_SECONDS if self._has_replied else START_WALL_SECONDS
        self._turn_until = time.monotonic() + seconds
        if not self._is_watched:
            self._is_watched = True
            worker.loop.call_later(_WATCH_SECONDS, self._watch)

    def _watch(self) -> None:
        self._is_watched = False
        if self._turn is None or self._worker is None or self._is_expired:
            return
        if time.monotonic() < self._turn_until:
            self._is_watched = True
            self._worker.loop.call_later(_WATCH_SECONDS, self._watch)
            return
        logger.error("a process that evaluates tracking plans does not answer")
        self._is_expired = True
        self._worker.kill()

    def _started(self) -> PlanWorker:
        """Raises OSError."""
        if self._worker is None:
            self._worker = PlanWorker(self._replied, self._ended)
            self._given.clear()
            self._has_replied = False
        return self._worker

    # -- what the process does -----------------------------------------------------------------

    def _replied(self, reply: bytes) -> None:
        turn, worker = self._turn, self._worker
        self._has_replied = True
        if turn is None or worker is None:
            return
        try:
            answer = orjson.loads(reply)
            if "ended" in answer:
                self._given.clear()
                self._blame(turn, worker.ended_with(int(answer["ended"])))
            elif answer.get("is_unknown"):
                self._given.discard(turn.plan or (0, 0))
                self._send()
                return
            else:
                seconds = turn.replied(answer)
                self._stopped = 0
                self._charge(turn, seconds)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            logger.error("a process that evaluates tracking plans answered nonsense: %s", error)
            self._fail(turn)
        self._go_on()

    def _charge(self, turn: Turn, seconds: float) -> None:
        if self._account.charge(turn.jobs[0].key, seconds) > worker_protocol.MINUTE_SECONDS:
            turn.overcharged()

    def _ended(self, how: Ended) -> None:
        self._worker = None
        turn = self._turn
        if turn is None:
            return  # it was idle for a long time
        if self._is_expired:
            self._is_expired = False
            self._fail(turn)
        else:
            self._blame(turn, how)
        self._go_on()

    def _blame(self, turn: Turn, how: Ended) -> None:
        """Blame the plan, unless the process was stopped from outside."""
        logger.warning("a process that evaluated a tracking plan ended: %s", how)
        if not how.phase or how.was_stopped:
            self._stopped += 1
            return
        turn.ended(how)
        if turn.plan is None:
            self._charge(turn, worker_protocol.READ_SECONDS)

    def _go_on(self) -> None:
        if self._stopped >= MAX_STOPPED:
            logger.error("processes that evaluate tracking plans end again and again")
            self._give_up()
        else:
            self._next_turn()

    def _fail(self, turn: Turn) -> None:
        for job in turn.jobs:
            job.fail(NotEvaluated())

    def _give_up(self) -> None:
        """Stop trying for a moment."""
        self._stopped = 0
        self._not_before = time.monotonic() + RESTART_SECONDS
        for waiting in self._queues.values():
            for job in waiting:
                job.fail(NotEvaluated())
        self._queues.clear()
        self._turn = None


def _turn(key: Key, waiting: deque[Any]) -> Turn:
    return ReadingTurn(waiting) if key[0] == READ else JudgingTurn(waiting)


def _drop_done(waiting: deque[Any]) -> None:
    now = time.monotonic()
    while waiting and (waiting[0].is_done or waiting[0].until < now):
        waiting.popleft().fail(NotEvaluated())


class _Account:
    """Processor time per key pair in this minute."""

    def __init__(self) -> None:
        self._minute = 0
        self._taken: dict[Key, float] = {}

    def charge(self, key: Key, seconds: float) -> float:
        """Returns the total time."""
        self._begin()
        taken = self._taken.get(key, 0.0)
        if seconds > 0:
            taken = self._taken[key] = taken + seconds
        return taken

    def is_used_up(self, key: Key) -> bool:
        self._begin()
        return self._taken.get(key, 0.0) > worker_protocol.MINUTE_SECONDS

    def _begin(self) -> None:
        minute = int(time.monotonic() / 60)
        if minute != self._minute:
            self._minute = minute
            self._taken.clear()
