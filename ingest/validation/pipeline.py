"""From the bytes of a body to validated events and the vendor's reply: all steps of a delivery
before it is stored.

`DeliveryProcessor.validate_delivery` decides the verdicts and the reply, for the test endpoints and
for `POST /api/validate`; ingest/verdicts.py defines the parts of a verdict. Findings that depend on
the commit are a second step: history/at_commit.py.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from itertools import islice
from typing import Any, NamedTuple

from ingest.concurrency import ingest_threads
from ingest.dialects import Dialect
from ingest.dialects.dialect import problem_headers
from ingest.parsing.malformed.cut_text import cut_by_length
from ingest.problems import WARNING, Problem
from ingest.receiving import body as bodies
from ingest.receiving.body import Body, FindPair, RequestRejected, content_length
from ingest.receiving.decompression import ENCODINGS
from ingest.receiving.memory_budget import MemoryBudget
from ingest.timestamps import format_utc
from ingest.validation.envelopes import explain_refusal
from ingest.validation.history.type_drift import TypeDriftDetector
from ingest.validation.validate_event import (
    MALFORMED,
    HistoryCheck,
    judge_of,
    shortened,
    validate_events,
)
from ingest.values import (
    IncomingRequest,
    KeyPairSnapshot,
    Limits,
    ParsedBody,
    Piece,
    Refusal,
    Reply,
    Text,
    ValidatedEvent,
    made,
)

Receive = Callable[[], Awaitable[dict[str, Any]]]
ApplyPlan = Callable[
    [KeyPairSnapshot, Sequence[ValidatedEvent]], Awaitable[tuple[Sequence[ValidatedEvent], int]]
]  # like PlanValidator.validate

_ASIDE_BYTES = 512 * 2**10  # larger bodies are parsed in a thread
_STRANGER_ASIDE_BYTES = 2 * 2**10  # the same for a sender who has not shown a key yet
_SMALL_LINES = 256  # in a delivery that is validated at once
_EVENT_BYTES = 2**10  # of memory that a validated event uses beside its text, until it is stored
_LONG_LINE = 16 * 2**10  # an event that may take long to explain, and a delivery that is not small
_GROUP_LINES = 32  # the events of a large delivery are validated in groups: this many, or
_GROUP_BYTES = 16 * 2**10  # this much text
_SLOW_GROUP = 0.005  # seconds; the group after a slower one is validated in a thread
_TURN_SECONDS = 0.003  # of validation before small deliveries get their turn
MAX_PROBLEMS = 20_000  # per delivery; events beyond it keep one each
_CHARSETS = ("utf", "iso-8859", "us-ascii", "ascii", "latin", "windows-", "charset")
_SHARE_GROUPS = 64  # validated before another large delivery gets its share


class ReceiptChecks(NamedTuple):
    """Checks on receipt in addition to the vendor's rules."""

    type_drift: TypeDriftDetector
    apply_plan: ApplyPlan


class ProcessedDelivery(NamedTuple):
    """`problems` concern the request as a whole; `plan` is the version of the tracking plan that
    validated the events, 0 for none."""

    events: Sequence[ValidatedEvent]
    reply: Reply
    problems: tuple[Problem, ...]
    plan: int


class DeliveryProcessor:
    """One per process, with one memory budget for all bodies."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.memory_budget = MemoryBudget(limits.waiting_bytes)
        self._judging = asyncio.Lock()
        self._strangers = asyncio.Semaphore(1)  # threads for bodies of unknown senders

    async def read(
        self,
        dialect: Dialect,
        request: IncomingRequest,
        receive: Receive,
        body: Body,
        find_pair: FindPair = bodies.no_pair,
    ) -> ParsedBody:
        """Fill `body`, which is not `declared_too_large`, and split it into pieces. Raises
        RequestRejected; `body` then holds the received part. `body` always knows its share of the
        memory budget."""
        limits, budget = self.limits, self.memory_budget
        await bodies.read_body(receive, request.headers, limits, budget, body, find_pair)
        text = body.text
        if len(text) > limits.lines and text.count(b"\n") > limits.lines:
            raise RequestRejected(Refusal("too-many-lines", {"limit": f"{limits.lines:,}"}, 413))
        if body.pair is None and len(text) > _STRANGER_ASIDE_BYTES:
            async with self._strangers:
                return await ingest_threads.run(dialect.read, request, text, limits)
        if _may_take_long(text):
            return await ingest_threads.run(dialect.read, request, text, limits)
        return dialect.read(request, text, limits)

    async def validate_delivery(
        self,
        dialect: Dialect,
        request: IncomingRequest,
        body: Body,
        reading: ParsedBody,
        pair: KeyPairSnapshot,
        checks: ReceiptChecks,
    ) -> ProcessedDelivery:
        """The verdicts on receipt and the reply, which does not depend on the plan. Raises
        RequestRejected if there is nothing to validate, and errors of `checks.apply_plan`."""
        if reading.refusal is not None:
            raise RequestRejected(await _explained(dialect, request, body, reading.refusal, pair))
        pieces, api_key = reading.pieces, pair.api_key
        earlier = partial(checks.type_drift.compare, pair.id, dialect.rules.names)
        events: Sequence[ValidatedEvent]
        if len(body.text) < _LONG_LINE and len(pieces) <= _SMALL_LINES:
            events = validate_events(dialect, pieces, request.received_at, api_key, earlier)
        else:
            self.memory_budget.take(body, _EVENT_BYTES * len(pieces))
            events = await self._check_in_turns(dialect, request, pieces, api_key, earlier)
        if events and events[-1].verdict == MALFORMED and _is_as_declared(request, body):
            events = await _explain_end(events, body)
        reply = dialect.reply(request, events)
        problems = _of_request(reading, reply, body)
        if pair.works_until is not None:
            reply, problems = _with_old_keys(reply, problems, pair.works_until)
        plan = 0
        if pair.plan:
            events, plan = await checks.apply_plan(pair, events)
        return made(ProcessedDelivery, (events, reply, problems, plan))

    async def _check_in_turns(
        self,
        dialect: Dialect,
        request: IncomingRequest,
        pieces: Sequence[Piece],
        api_key: str,
        earlier: HistoryCheck | None,
    ) -> list[ValidatedEvent]:
        """Large deliveries take turns, so that the first is written while the next is validated.
        Each gets a share at a time, and small deliveries run between turns."""
        at = request.received_at
        check_some = partial(validate_events, dialect)
        events: list[ValidatedEvent] = []
        problems, is_slow = 0, False
        groups = _groups(pieces)
        while share := list(islice(groups, _SHARE_GROUPS)):
            async with self._judging:
                yielded = time.monotonic()
                for group in share:
                    began = time.monotonic()
                    if is_slow or any(len(piece.raw) >= _LONG_LINE for piece in group):
                        found = await ingest_threads.run(check_some, group, at, api_key, earlier)
                    else:
                        found = check_some(group, at, api_key, earlier)
                    ended = time.monotonic()
                    is_slow = ended - began > _SLOW_GROUP
                    events += found if problems < MAX_PROBLEMS else map(shortened, found)
                    problems += sum(len(event.problems) for event in found)
                    if ended - yielded > _TURN_SECONDS:
                        await asyncio.sleep(0)
                        yielded = time.monotonic()
        return events


def _is_as_declared(request: IncomingRequest, body: Body) -> bool:
    """Whether Content-Length decided where the text ends."""
    declared = request.headers.get(b"content-length")
    return declared is not None and content_length(declared) == len(body.text) == body.wire_size


async def _explain_end(events: Sequence[ValidatedEvent], body: Body) -> Sequence[ValidatedEvent]:
    """The last event of a body may end too early because of its Content-Length."""
    last = events[-1]
    if len(last.raw) != last.size:  # it was cut here
        return events
    arguments = last.raw, body.text, last.problems
    if len(body.text) < _LONG_LINE:
        found = cut_by_length(*arguments)
    else:
        found = await ingest_threads.run(cut_by_length, *arguments)
    return events if found is None else [*events[:-1], last._replace(problems=found)]


async def _explained(
    dialect: Dialect,
    request: IncomingRequest,
    body: Body,
    refusal: Refusal,
    pair: KeyPairSnapshot,
) -> Refusal:
    judge = judge_of(dialect, request.received_at, pair.api_key)
    if len(body.text) < _LONG_LINE:
        return explain_refusal(refusal, body.text, judge)
    return await ingest_threads.run(explain_refusal, refusal, body.text, judge)


def _may_take_long(text: Text) -> bool:
    """Whether parsing may take long: the body is large, or begins with a long line."""
    size = len(text)
    return size >= _ASIDE_BYTES or (size >= _LONG_LINE and text.find(b"\n", 0, _LONG_LINE) < 0)


def _groups(pieces: Sequence[Piece]) -> Iterator[Sequence[Piece]]:
    start = size = 0
    for end, piece in enumerate(pieces):
        if end - start >= _GROUP_LINES or size >= _GROUP_BYTES:
            yield pieces[start:end]
            start, size = end, 0
        size += len(piece.raw)
    yield pieces[start:]


def _of_request(reading: ParsedBody, reply: Reply, body: Body) -> tuple[Problem, ...]:
    """Problems of the request as a whole."""
    problems = reading.problems
    if reply.status != 200 and len(reading.pieces) > 1:
        problems = (*problems, Problem("batch-refused"))
    if body.encoding and body.encoding.lower() not in ENCODINGS:
        problems = (*problems, _of_encoding(body.encoding))
    return problems


def _of_encoding(encoding: str) -> Problem:
    is_charset = encoding.lower().startswith(_CHARSETS)
    advice = " A character set belongs in Content-Type, after “; charset=”." if is_charset else ""
    args = {"encoding": encoding, "advice": advice}
    return Problem("unknown-encoding", WARNING, args=args)


def _with_old_keys(
    reply: Reply, problems: tuple[Problem, ...], until: int
) -> tuple[Reply, tuple[Problem, ...]]:
    """Accepted, with a warning that these keys will soon be refused."""
    problem = Problem("old-keys", WARNING, args={"until": format_utc(until)})
    headers = [*problem_headers(problem), *reply.headers]
    return reply._replace(headers=headers), (*problems, problem)
