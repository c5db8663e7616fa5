"""Jobs for a tracking plan worker, executed in turns; each turn is one request to its process."""

from __future__ import annotations

import asyncio
import marshal
import time
from collections import deque
from collections.abc import Sequence
from itertools import islice
from typing import Any, Protocol, TypeVar

import orjson

from ingest.messages import SENTENCES
from ingest.problems import ERROR, WARNING, Problem, json_pointer
from ingest.schema.schema_rules import truncate
from ingest.tracking_plan import worker_protocol
from ingest.tracking_plan.rules import PLAN, PlanNames, not_validated
from ingest.tracking_plan.worker_client import Ended
from ingest.tracking_plan.worker_protocol import COMPILING, JUDGE, OUT_OF_MEMORY, READ
from ingest.values import Raw

TURN_EVENTS = 4_000  # typical ones take 40 ms
TURN_BYTES = 2 * 2**20
MAX_FAILURES = 2  # the process may have been filled by other plans: the next one is new

Item = tuple[str | None, Raw, Sequence[str]]  # name, text, paths of the vendor rules' errors
Found = list[Problem]
Answer = TypeVar("Answer")


class NotEvaluated(Exception):
    """No process can evaluate it now. A later attempt may succeed."""


class KnownPlan:
    """A version of a key pair's plan as the server knows it; only worker processes evaluate it.
    `suspended` is the reason why it is not applied, or empty."""

    def __init__(
        self, pair: int, version: int, dialect: str, content: str, suspended: str = ""
    ) -> None:
        self.pair = pair
        self.version = version
        self.dialect = dialect
        self.content = content
        self.names = PlanNames(version, orjson.loads(content))
        self.suspended = suspended
        self.looked_at = time.monotonic()  # checked for a suspension by another process
        self.failures = 0  # worker processes that ended with it since its last success


class Job(Protocol):
    key: tuple[str, int]
    until: float  # time.monotonic(); after it the events are validated later

    @property
    def is_done(self) -> bool: ...

    def fail(self, error: Exception) -> None: ...


class Turn(Protocol):
    @property
    def jobs(self) -> Sequence[Job]: ...

    @property
    def plan(self) -> tuple[int, int] | None:
        """Key pair and version, if the process should know the plan."""

    def request(self, with_content: bool, seconds: float) -> bytes:
        """The request for a turn of so many seconds."""

    def replied(self, reply: dict[str, Any]) -> float:
        """Returns the seconds to charge."""

    def ended(self, how: Ended) -> None:
        """The process ended while it evaluated this job."""

    def overcharged(self) -> None:
        """The key pair has had more than its share of the minute."""


class _Awaited:
    """A result that a coroutine waits for."""

    def __init__(self, patience: float) -> None:
        self.until = time.monotonic() + patience
        self.done: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

    @property
    def is_done(self) -> bool:
        return self.done.done()

    def finish(self, answer: object) -> None:
        if not self.done.done():
            self.done.set_result(answer)

    def fail(self, error: Exception) -> None:
        if not self.done.done():
            self.done.set_exception(error)


class Judging(_Awaited):
    """The events of one delivery. The result lists the findings, one entry per event."""

    def __init__(self, plan: KnownPlan, items: Sequence[Item], patience: float) -> None:
        super().__init__(patience)
        self.key = (JUDGE, plan.pair)
        self.plan = plan
        self.items = items
        self.next = 0  # index of the first event that was not evaluated yet
        self.end = len(items)  # no event from this index on will be evaluated
        self._found: list[Found] = [[] for _ in items]

    def advance(self, count: int) -> None:
        self.next += count
        self._finish_at_end()

    def put(self, place: int, found: Found) -> None:
        self._found[place] = found

    def cut(self, end: int) -> None:
        """Evaluate no event from this index on; they are marked as not evaluated."""
        self.end = min(self.end, end)
        self._finish_at_end()

    def _finish_at_end(self) -> None:
        if self.next >= self.end and not self.is_done:
            for place in range(self.end, len(self.items)):
                self._found[place] = [not_validated()]
            self.finish(self._found)


class Reading(_Awaited):
    """A plan to be saved. The result is the output of plan_parser."""

    def __init__(self, pair: int, body: bytes, patience: float) -> None:
        super().__init__(patience)
        self.key = (READ, pair)
        self.body = body


class JudgingTurn:
    """The events that one plan can evaluate in a turn, from the first waiting deliveries."""

    def __init__(self, waiting: deque[Judging]) -> None:
        self.waiting = waiting
        self._plan = waiting[0].plan
        self.plan = (self._plan.pair, self._plan.version)
        self._shares: list[tuple[Judging, int]] = []
        self._items: list[Item] = []
        size = 0
        for job in waiting:
            if job.plan.version != self._plan.version or len(self._items) >= TURN_EVENTS:
                break
            count = 0
            for item in islice(job.items, job.next, job.end):
                if len(self._items) >= TURN_EVENTS or (count and size >= TURN_BYTES):
                    break
                self._items.append((item[0], bytes(item[1]), item[2]))
                size += len(item[1])
                count += 1
            self._shares.append((job, count))
            if size >= TURN_BYTES:
                break
        self.jobs = [job for job, _ in self._shares]

    def request(self, with_content: bool, seconds: float) -> bytes:
        content = self._plan.content if with_content else None
        return marshal.dumps((JUDGE, *self.plan, self._plan.dialect, content, self._items, seconds))

    def replied(self, reply: dict[str, Any]) -> float:
        self._plan.failures = 0
        done = int(reply["done"])
        found = {int(at): [_problem(row) for row in rows] for at, rows in reply["found"]}
        start = 0
        for job, count in self._shares:
            count = min(count, done - start)
            for at in range(start, start + count):
                if at in found:
                    job.put(job.next + at - start, found[at])
            job.advance(count)
            start += count
        size = sum(len(raw) for _, raw, _ in self._items[:done])
        return float(reply["seconds"]) - worker_protocol.free_seconds(done, size)

    def ended(self, how: Ended) -> None:
        self._plan.failures += 1
        if not how.took_too_long and self._plan.failures < MAX_FAILURES:
            return
        if self._plan.suspended:  # in events evaluated before
            self._suspend(self._plan.suspended, 0)
        else:
            self._suspend(_reason(how, self._items[how.item]), how.item)

    def overcharged(self) -> None:
        seconds = worker_protocol.MINUTE_SECONDS
        reason = f"Checking events took more than {seconds:g} s of processor time in a minute."
        self._suspend(reason, 0)

    def _suspend(self, reason: str, culprit: int) -> None:
        """Events before the culprit are evaluated again."""
        self._plan.suspended = reason
        start = 0
        ends = {}
        for job, count in self._shares:
            ends[job] = job.next + max(0, min(count, culprit - start))
            start += count
        for job in list(self.waiting):
            if job.plan.version == self._plan.version:
                job.plan.suspended = reason
                job.cut(ends.get(job, job.next))


class ReadingTurn:
    def __init__(self, waiting: deque[Reading]) -> None:
        self._job = waiting[0]
        self.jobs = [self._job]
        self.plan = None

    def request(self, with_content: bool, seconds: float) -> bytes:
        return marshal.dumps((READ, self._job.body))

    def replied(self, reply: dict[str, Any]) -> float:
        self._job.finish(reply)
        return float(reply["seconds"])

    def ended(self, how: Ended) -> None:
        if how.took_too_long:
            message = f"Checking this plan takes more than {worker_protocol.READ_SECONDS:g} s"
        else:
            message = f"Checking this plan takes more than {_mebibytes()} of memory"
        path = json_pointer(["events", how.label]) if how.label else ""
        mistake = (path, f"{message}: make it smaller or simpler.", None)
        self._job.finish({"mistakes": [mistake]})

    def overcharged(self) -> None:
        """The next ones wait for the next minute."""


def _reason(how: Ended, item: Item) -> str:
    name, raw, _ = item
    event = f"an event “{truncate(name or '')}” of {len(raw):,} bytes"
    what = f"Checking {event}"
    if how.phase == COMPILING:
        what = f"Preparing the schema of “{truncate(how.label)}”"
    if how.took_too_long and how.phase == COMPILING:
        return f"{what} took more than {worker_protocol.COMPILE_SECONDS:g} s of processor time."
    if how.took_too_long:
        seconds = worker_protocol.seconds_for(len(raw))
        return f"{what} took more than {seconds * 1000:,.0f} ms of processor time."
    if how.exit_code in (OUT_OF_MEMORY, -_SIGABRT):
        return f"{what} took more than {_mebibytes()} of memory."
    return f"{what} ended the process that does it."


_SIGABRT = 6  # the validator's message when memory is exhausted


def _mebibytes() -> str:
    return f"{worker_protocol.DATA_BYTES // 2**20} MiB"


def _problem(row: list[Any]) -> Problem:
    """Parse a reply strictly: the process has run customers' input and is not trusted."""
    code, severity, path, _, args = row
    if code not in SENTENCES or severity not in (ERROR, WARNING) or not isinstance(path, str):
        raise ValueError("no problem of a plan")
    if args is not None and not isinstance(args, dict):
        raise ValueError("no arguments of a problem")
    return Problem(code, severity, path, PLAN, args)
