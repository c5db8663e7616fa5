"""The program of a tracking plan worker; worker_client.py starts it.

A fork of it reads requests from the connection and answers them one by one. When the fork exceeds
its processor time, the kernel ends it wherever it is, because nothing else could interrupt the
validator. The program then reports how it ended, the server reads the current job from `Progress`,
and the next fork is ready within milliseconds.

Imports no Django, so that it is small and starts in 0.1 s.
"""

from __future__ import annotations

import errno
import gc
import marshal
import os
import resource
import select
import time
import traceback
from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from signal import ITIMER_PROF, setitimer
from typing import Any, NoReturn

import orjson
from cachetools import LRUCache

from ingest.dialects import BY_NAME
from ingest.schema.fuzzy_names import limited_comparisons
from ingest.tracking_plan import worker_protocol
from ingest.tracking_plan.plan_parser import PlanUnreadable, parse_plan
from ingest.tracking_plan.rules import TrackingPlan
from ingest.tracking_plan.worker_protocol import CONNECTION, PROGRESS, Progress

FULL = 4  # exit status: restart with an empty cache

_BYTES_PER_CHARACTER = 40  # bytes of a compiled plan (measured)
_SMALL = 4 * 2**10  # bytes of a small event
_ARMED_SECONDS = (
    0.005  # seconds during which the limit of one small event also covers the next ones
)
_NEVER = -1.0
_REPLY_BYTES = 2**20  # seconds per turn, before other key pairs get theirs
_MESSAGES_UNSEEN = 64  # seconds between two checks of the memory in use
_PAGE = os.sysconf("SC_PAGE_SIZE")

_SizedPlan = tuple[TrackingPlan, int]  # and its compiled size in bytes
Item = tuple[str | None, bytes, Sequence[str]]  # name, text, paths of the dialect's errors


class Worker:
    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._plans: LRUCache[tuple[int, int], _SizedPlan] = LRUCache(
            worker_protocol.CACHE_BYTES, itemgetter(1)
        )
        self.has_grown = False  # since the last check

    def answer(self, request: tuple[Any, ...]) -> bytes:
        """Any failure on the way is caused by a customer's plan: `Progress` says which one."""
        kind, *arguments = request
        answer = self._judge if kind == worker_protocol.JUDGE else self._read
        reply = orjson.dumps(answer(*arguments))
        setitimer(ITIMER_PROF, 0)
        self._progress.clear()
        return reply

    def _judge(
        self,
        pair: int,
        version: int,
        dialect: str,
        content: str | None,
        items: list[Item],
        turn_seconds: float = worker_protocol.TURN_SECONDS,
    ) -> dict[str, Any]:
        """`done`: number of evaluated items; `found`: findings of those with problems. Ends early
        when others should have a turn. `is_unknown` asks for the plan's content."""
        self._progress.note(0, worker_protocol.COMPILING)
        plan = self._plan(pair, version, dialect, content)
        if plan is None:
            return {"is_unknown": True}
        found: list[tuple[int, list[Any]]] = []
        seconds = compiling = 0.0
        size = done = 0
        note, clock = self._progress.note, time.process_time
        began, armed = clock(), _NEVER
        with limited_comparisons():
            for index, (name, raw, taken) in enumerate(items):
                if not plan.is_compiled(name):
                    compiling += self._compile(plan, index, name)
                    began, armed = clock(), _NEVER
                note(index, worker_protocol.EVALUATING)
                if began - armed >= _ARMED_SECONDS or len(raw) > _SMALL:
                    setitimer(ITIMER_PROF, worker_protocol.seconds_for(len(raw)) + _ARMED_SECONDS)
                    armed = began if len(raw) <= _SMALL else _NEVER
                problems = plan.problems(name, raw, taken)
                if problems:
                    found.append((index, [problem[:5] for problem in problems]))
                    size += sum(200 + len(problem.path) for problem in problems)
                done += 1
                began, before = clock(), began
                seconds += began - before
                if seconds + compiling > turn_seconds or size > _REPLY_BYTES:
                    break
        return {"done": done, "found": found, "seconds": seconds}

    def _plan(
        self, pair: int, version: int, dialect: str, content: str | None
    ) -> TrackingPlan | None:
        key = (pair, version)
        if key in self._plans:
            return self._plans[key][0]
        if content is None:
            return None
        size = min(_BYTES_PER_CHARACTER * len(content), worker_protocol.CACHE_BYTES)
        plan = TrackingPlan(version, orjson.loads(content), BY_NAME[dialect])
        self._plans[key] = (plan, size)
        return plan

    def _compile(self, plan: TrackingPlan, index: int, name: str | None) -> float:
        began = time.process_time()
        self._progress.note(index, worker_protocol.COMPILING, (name or "").encode())
        setitimer(ITIMER_PROF, worker_protocol.COMPILE_SECONDS)
        plan.rules_of(name)
        self.has_grown = True
        return time.process_time() - began

    def _read(self, body: bytes) -> dict[str, Any]:
        began = time.process_time()
        self._begin("")
        setitimer(ITIMER_PROF, worker_protocol.READ_SECONDS)
        reply: dict[str, Any] = {}
        try:
            reply["content"] = parse_plan(body, self._begin)
        except PlanUnreadable as unreadable:
            reply["mistakes"] = [tuple(mistake) for mistake in unreadable.mistakes]
        return reply | {"seconds": time.process_time() - began}

    def _begin(self, name: str) -> None:
        self._progress.note(0, worker_protocol.READING, name.encode("utf-8", "replace"))


def serve_plans(worker: Worker) -> None:
    count = 0
    while (request := _receive()) is not None:
        reply = worker.answer(marshal.loads(request))  # noqa: S302 - our own
        del request
        _send(reply)
        count += 1
        if worker.has_grown or count % _MESSAGES_UNSEEN == 0:
            worker.has_grown = False
            if _resident() > worker_protocol.RESIDENT_BYTES:
                os._exit(FULL)


def _receive() -> bytearray | None:
    """None after a long idle time, or when the server ended."""
    poll = select.poll()
    poll.register(CONNECTION, select.POLLIN)
    if not poll.poll(worker_protocol.IDLE_SECONDS * 1000):
        return None
    header = _read_exactly(worker_protocol.HEADER_BYTES)
    return _read_exactly(worker_protocol.length_in(header)) if header else None


def _read_exactly(count: int) -> bytearray | None:
    text = bytearray()
    while len(text) < count:
        part = os.read(CONNECTION, count - len(text))
        if not part:
            return None
        text += part
    return text


def _send(payload: bytes) -> None:
    view = memoryview(worker_protocol.framed(payload))
    while view:
        view = view[os.write(CONNECTION, view) :]


def _resident() -> int:
    with suppress(OSError), open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * _PAGE
    return 0


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(
        resource.RLIMIT_DATA, (worker_protocol.DATA_BYTES, worker_protocol.DATA_BYTES)
    )


def supervise_worker(progress: Progress) -> None:
    """Run until the server ends or stays idle for long."""
    while True:
        child = os.fork()
        if child == 0:
            _work(progress)
        exit_code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if exit_code == FULL:
            continue
        if exit_code == 0 or not progress.is_set:  # possibly within a reply
            return
        _send(orjson.dumps({"ended": exit_code}))


def _work(progress: Progress) -> NoReturn:
    try:
        serve_plans(Worker(progress))
    except MemoryError:
        os._exit(worker_protocol.OUT_OF_MEMORY)
    except OSError as error:
        if error.errno == errno.ENOMEM:
            os._exit(worker_protocol.OUT_OF_MEMORY)
        # otherwise the server ended
    except BaseException:
        traceback.print_exc()
        os._exit(1)
    os._exit(0)


if __name__ == "__main__":
    os.closerange(PROGRESS + 1, os.sysconf("SC_OPEN_MAX"))
    _limit()
    gc.freeze()
    with suppress(OSError):
        supervise_worker(Progress(PROGRESS))
