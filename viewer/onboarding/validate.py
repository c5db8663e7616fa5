"""`POST /api/validate`: what the test endpoint would say of a body. Stores nothing, and what it
learns of the events it forgets."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import islice
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Query
from typing_extensions import TypedDict

from ingest.concurrency import ingest_threads
from ingest.dialects import BY_NAME, Dialect
from ingest.models import KeyPair
from ingest.problems import Problem, RenderedProblem, render_problem
from ingest.receiving.body import Body, RequestRejected, declared_too_large
from ingest.storage.writer import WriteFailed
from ingest.timestamps import now_ms
from ingest.tracking_plan import background
from ingest.validation.pipeline import ProcessedDelivery, ReceiptChecks, Receive
from ingest.values import (
    DatabaseUnavailable,
    IncomingRequest,
    KeyPairSnapshot,
    Reply,
    ValidatedEvent,
)
from viewer.events.search import MAX_BYTES
from viewer.events.serializers import (
    ReceivedCounts,
    SerializedFix,
    SerializedText,
    attach_raw,
    serialize_fix,
    verdict_counts,
)
from viewer.rest.answer_types import VerdictName
from viewer.rest.parameters import MAX_EVENTS, Parameters, whole_number
from viewer.rest.requests import PairRequest
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import PairRouter
from viewer.runtime import checks, plan_validator, processor, writer

_PART = 2**20  # of the body, read at one go
_HEADERS = ("Content-Type", "Content-Encoding", "Content-Length")  # what a body means by

router = PairRouter()


class ValidatedRow(SerializedText):
    line: int
    verdict: VerdictName
    name: str | None
    problems: list[RenderedProblem]
    fixed: SerializedFix | None


class PreviewedReply(TypedDict):
    """The reply of the test endpoint, and its reasons."""

    status: int
    body: str
    problems: list[RenderedProblem]


class BodyValidation(PreviewedReply):
    balance: ReceivedCounts
    events: list[ValidatedRow]


class ValidationParameters(Parameters):
    limit: Annotated[int, whole_number(1, MAX_EVENTS)] = MAX_EVENTS


_ANY_BODY = {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}


@router.pair_operation("POST", "validate", BodyValidation, extra={"requestBody": _ANY_BODY})
async def validate(request: PairRequest, given: Query[ValidationParameters]) -> HttpResponse:
    dialect = BY_NAME[request.pair.dialect]
    asked = _as_delivered(request, dialect, request.pair)
    body = Body(pair=request.pair.pk)
    try:
        refusal = declared_too_large(asked.headers, processor.limits)
        if refusal is not None:
            raise RequestRejected(refusal)
        reading = await processor.read(dialect, asked, _parts_of(request), body)
        pair = _snapshot(request.pair)
        judged = await processor.validate_delivery(
            dialect, asked, body, reading, pair, _checks_for_preview()
        )
        events = await writer.preview(pair.id, dialect.name, judged.events)
        return json_response(await _show(judged._replace(events=events), given.limit))
    except RequestRejected as refused:
        refusal = refused.refusal
        return json_response(
            {
                **_show_reply(dialect.refuse(asked, refusal), [refusal.problem()]),
                "balance": _balance_of([]),
                "events": [],
            }
        )
    except (DatabaseUnavailable, WriteFailed):
        answer = error_response(503, "The body cannot be validated now. Try again in a moment.")
        answer["Retry-After"] = "1"
        return answer
    finally:
        processor.memory_budget.release(body)


def _snapshot(pair: KeyPair) -> KeyPairSnapshot:
    return KeyPairSnapshot(pair.pk, pair.dialect, pair.api_key, pair.auth_key, plan=pair.plan)


def _checks_for_preview() -> ReceiptChecks:
    """Those of the test endpoints; neither what they know changes, nor does a sender wait."""
    return ReceiptChecks(checks.type_drift.preview(), _apply_plan_in_background)


async def _apply_plan_in_background(
    pair: KeyPairSnapshot, events: Sequence[ValidatedEvent]
) -> tuple[Sequence[ValidatedEvent], int]:
    judged, version = await plan_validator.validate(pair, events, background.validate_in_background)
    if version != pair.plan:
        raise DatabaseUnavailable
    return judged, version


def _as_delivered(request: HttpRequest, dialect: Dialect, pair: KeyPair) -> IncomingRequest:
    """The request that this body would come with, sent with the pair's own keys."""
    target, own = dialect.request_for(pair.api_key, pair.auth_key)
    path, _, query = target.partition("?")
    given = {name: request.headers[name] for name in _HEADERS if name in request.headers}
    headers = {
        name.lower().encode(): value.encode("latin-1", "replace")
        for name, value in {**own, **given}.items()
    }
    return IncomingRequest("POST", path, query, headers, "", now_ms())


def _parts_of(request: HttpRequest) -> Receive:
    """The body as a server hands it over, so that the same caps hold."""

    async def receive() -> dict[str, Any]:
        part = request.read(_PART)
        return {"type": "http.request", "body": part, "more_body": len(part) == _PART}

    return receive


async def _show(judged: ProcessedDelivery, limit: int) -> BodyValidation:
    return {
        **_show_reply(judged.reply, judged.problems),
        "balance": _balance_of(judged.events),
        "events": await _show_events(judged.events, limit),
    }


def _show_reply(reply: Reply, problems: Sequence[Problem]) -> PreviewedReply:
    return {
        "status": reply.status,
        "body": reply.body.decode("utf-8", "replace"),
        "problems": [render_problem(problem) for problem in problems],
    }


def _balance_of(events: Sequence[ValidatedEvent]) -> ReceivedCounts:
    """The counts of all events, including those beyond the limit of the list."""
    counts = Counter(event.verdict for event in events)
    return {"received": len(events), **verdict_counts(counts)}


async def _show_events(events: Sequence[ValidatedEvent], limit: int) -> list[ValidatedRow]:
    """The first ones, as many as an answer holds; others get their turn while one is
    explained and fixed."""
    shown: list[ValidatedRow] = []
    room = MAX_BYTES
    for event in islice(events, limit):
        shown.append(await _show_event(event))
        room -= 300 + 5 * len(event.raw) + 400 * len(event.problems)
        if room <= 0:
            break
    return shown


async def _show_event(event: ValidatedEvent) -> ValidatedRow:
    raw, problems = bytes(event.raw), event.problems
    fixed = await ingest_threads.run(serialize_fix, raw, event.size, problems) if problems else None
    shown: ValidatedRow = {
        "line": event.line,
        "verdict": event.verdict,
        "name": event.columns.name,
        "problems": [render_problem(problem) for problem in problems],
        "fixed": fixed,
        "raw": None,
    }
    attach_raw(shown, raw)
    return shown
