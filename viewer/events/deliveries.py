"""HTTP requests as they came, accepted or refused, over REST."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.http import HttpResponse
from ninja import Query
from typing_extensions import TypedDict

from ingest.models import Delivery, Event
from ingest.problems import RenderedProblem, problems_from_json, render_problem
from ingest.receiving.redaction import REPLY_KEPT
from ingest.timestamps import iso
from viewer.rest.answer_types import Timestamp, VerdictName
from viewer.rest.parameters import (
    MAX_EVENTS,
    Flag,
    Number,
    Parameters,
    PathNumber,
    whole_number,
)
from viewer.rest.requests import PairRequest
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import PairRouter

MAX_SIBLINGS = 12
MAX_BYTES = 4 * 2**20  # of one answer
_AT_ONCE = 50  # rows

router = PairRouter()


class SerializedDelivery(TypedDict):
    id: int
    received_at: Timestamp
    method: str
    path: str
    headers: dict[str, str]
    sender: str
    user_agent: str
    status: int
    encoding: str
    wire_size: int
    size: int
    events: int
    first_seq: int | None
    refused: bool
    problems: list[RenderedProblem]


class DeliveryList(TypedDict):
    deliveries: list[SerializedDelivery]


class SerializedReply(TypedDict):
    """`size` is that of the whole body; `cut` says that `body` is only its beginning."""

    headers: dict[str, str]
    body: str
    size: int
    cut: bool


class SiblingEvent(TypedDict):
    seq: int
    line: int
    verdict: VerdictName
    name: str | None


class WholeDelivery(SerializedDelivery):
    reply: SerializedReply | None
    siblings: list[SiblingEvent]


class DeliveryListParameters(Parameters):
    refused: Flag = False
    before: Number = 0
    limit: Annotated[int, whole_number(1, MAX_EVENTS)] = 50


@router.pair_operation("GET", "deliveries", DeliveryList)
async def list_deliveries(
    request: PairRequest, asked: Query[DeliveryListParameters]
) -> HttpResponse:
    found = Delivery.objects.filter(keypair=request.pair)
    if asked.before:
        found = found.filter(number__lt=asked.before)
    if asked.refused:
        found = found.filter(refused=True)
    rows: list[SerializedDelivery] = []
    room = MAX_BYTES
    newest = found.defer("excerpt", "reply").order_by("-number")[: asked.limit]
    async for row in newest.aiterator(_AT_ONCE):
        rows.append(serialize_delivery(row))
        room -= 500 + len(row.path) + len(row.headers) + 4 * len(row.problems)
        if room <= 0:
            break
    return json_response({"deliveries": rows})


class DeliveryParameters(Parameters):
    around: Number = 0


@router.pair_operation("GET", "deliveries/{int:delivery}", WholeDelivery)
async def get_delivery(
    request: PairRequest, delivery: PathNumber, asked: Query[DeliveryParameters]
) -> HttpResponse:
    found = await Delivery.objects.filter(keypair=request.pair, number=delivery).afirst()
    if found is None:
        return error_response(404, f"There is no delivery {delivery}: not yet, or no longer kept.")
    siblings = await database_sync_to_async(serialize_siblings)(found, asked.around)
    answer: WholeDelivery = {
        **serialize_delivery(found),
        "reply": serialize_reply(found),
        "siblings": siblings,
    }
    return json_response(answer)


def serialize_delivery(delivery: Delivery) -> SerializedDelivery:
    """One HTTP request; its secrets were masked before it was stored."""
    headers = _headers(delivery.headers.split("\n"))
    return {
        "id": delivery.number,
        "received_at": iso(delivery.received_at),
        "method": delivery.method,
        "path": delivery.path,
        "headers": headers,
        "sender": delivery.sender,
        "user_agent": headers.get("user-agent", ""),
        "status": delivery.status,
        "encoding": delivery.encoding,
        "wire_size": delivery.wire_size,
        "size": delivery.size,
        "events": delivery.events,
        "first_seq": delivery.first_seq,
        "refused": delivery.refused,
        "problems": [render_problem(problem) for problem in problems_from_json(delivery.problems)],
    }


def serialize_reply(delivery: Delivery) -> SerializedReply | None:
    """The reply without the headers that the web server adds. None if there was no reply, or if
    the request is older than the storage of replies."""
    if delivery.reply is None:
        return None
    head, _, body = delivery.reply.partition("\n\n")
    headers = _headers(head.split("\n"))
    size = int(headers.get("content-length", 0))
    return {"headers": headers, "body": body, "size": size, "cut": size > REPLY_KEPT}


def serialize_siblings(delivery: Delivery, around: int) -> list[SiblingEvent]:
    """The events of the same delivery around a number, in order."""
    if delivery.first_seq is None:
        return []
    end = delivery.first_seq + delivery.events
    middle = max(delivery.first_seq, around - MAX_SIBLINGS // 2)
    start = max(delivery.first_seq, min(middle, end - MAX_SIBLINGS))
    found = Event.objects.filter(keypair=delivery.keypair_id, seq__gte=start, seq__lt=end)
    columns: Any = found.order_by("seq").values("seq", "line", "verdict", "name")
    return list(columns[:MAX_SIBLINGS])


def _headers(lines: Iterable[str]) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in lines if ": " in line)
