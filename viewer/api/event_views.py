"""Operations on a key pair's events, and what a page asks of them: summary, fields, chart."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair
from viewer import query
from viewer.access.permissions import Right
from viewer.api.event_poll import EventList, EventPoll
from viewer.events import chart, coverage, deletion, fields, summary
from viewer.events.serializers import SerializedEvent, serialize_event
from viewer.live.long_poll import wait_until
from viewer.rest.parameters import (
    MAX_EVENTS,
    Checked,
    Number,
    ParameterError,
    Parameters,
    PathNumber,
    QueryParameters,
    one_of,
    whole_number,
)
from viewer.rest.requests import PairRequest
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import PairRouter
from viewer.workload.visitor_queries import run_query

MAX_WAIT = 60

router = PairRouter()


class EventListParameters(QueryParameters):
    mode: Annotated[str, one_of("filter", "highlight")] = "filter"
    after: Number = 0
    before: Number = 0
    limit: Annotated[int, whole_number(1, MAX_EVENTS)] = 100
    order: Annotated[str, one_of("asc", "desc")] = "asc"
    wait: Annotated[int, whole_number(0, MAX_WAIT)] = Field(
        0, description="seconds to hold the answer"
    )


@router.pair_operation("GET", "events", EventList)
async def list_events(request: PairRequest, asked: Query[EventListParameters]) -> HttpResponse:
    poll = EventPoll(
        query.parse_query(asked.q),
        after=asked.after,
        before=asked.before or None,
        limit=asked.limit,
        newest_first=asked.order == "desc",
        is_highlight=asked.mode == "highlight",
        keys=request.own_keys,
    )
    pair = request.pair.pk
    answer = await wait_until(
        request.asker,
        lambda: poll.at(KeyPair.objects.get(pk=pair)),
        lambda answer: bool(answer["events"]),
        asked.wait,
        has_more=lambda answer: "searched_to" in answer,
    )
    return json_response(answer)


class DeletionParameters(Parameters):
    through: Annotated[int, whole_number(1)] = Field(
        description="the number up to which events are deleted"
    )


@router.pair_operation("DELETE", "events", deletion.DeletedEvents, right=Right.MANAGE)
async def delete_events(request: PairRequest, asked: Query[DeletionParameters]) -> HttpResponse:
    deleted = await deletion.delete_events_through(
        request.pair, asked.through, request.visitor, request.asker
    )
    return json_response(deleted)


@router.pair_operation("GET", "events/{int:seq}", SerializedEvent)
async def get_event(request: PairRequest, seq: PathNumber) -> HttpResponse:
    def read() -> SerializedEvent | None:
        found = Event.objects.filter(keypair=request.pair, seq=seq).first()
        return None if found is None else serialize_event(found, request.own_keys)

    shown = await run_query(request.asker, read)
    if shown is None:
        return error_response(404, f"There is no event {seq}: not yet, or no longer kept.")
    return json_response(shown)


@router.pair_operation("GET", "summary", summary.EventSummary)
async def get_summary(request: PairRequest) -> HttpResponse:
    return json_response(await run_query(request.asker, summary.summarize, request.pair))


class QueryMistake(TypedDict):
    message: str
    at: int


class QueryCheck(TypedDict):
    mistake: QueryMistake | None


@router.pair_operation("GET", "mistake", QueryCheck)
async def check_query(request: PairRequest, asked: Query[QueryParameters]) -> HttpResponse:
    """For who types a query: whether it can be asked, without an error for what is half typed."""
    answer: QueryCheck = {"mistake": None}
    try:
        query.parse_query(asked.q)
    except query.QuerySyntaxError as mistake:
        answer["mistake"] = {"message": str(mistake), "at": mistake.at}
    return json_response(answer)


@router.pair_operation("GET", "fields", fields.SeenFields)
async def list_fields(request: PairRequest) -> HttpResponse:
    return json_response(await run_query(request.asker, fields.field_values, request.pair))


@router.pair_operation("GET", "coverage", coverage.EventCoverage)
async def get_coverage(request: PairRequest) -> HttpResponse:
    return json_response(await run_query(request.asker, coverage.event_coverage, request.pair))


_STEP_NAMES = one_of(*map(str, chart.STEPS))
_STEP = Checked(
    lambda value: int(_STEP_NAMES.parse(value)), {"type": "integer", "enum": list(chart.STEPS)}
)


class ChartParameters(QueryParameters):
    step: Annotated[int, _STEP] = 1
    count: Annotated[int, whole_number(1, chart.max_bars(1))] = Field(
        300, description="bars, as many as an hour and ten minutes have at most"
    )
    until: Number = 0


@router.pair_operation("GET", "chart", chart.ChartBars)
async def get_chart(request: PairRequest, asked: Query[ChartParameters]) -> HttpResponse:
    wanted = query.parse_query(asked.q)
    most = chart.max_bars(asked.step)
    if asked.count > most and "count" in asked.model_fields_set:
        raise ParameterError(f"count must be a whole number from 1 to {most:,}.")
    count = min(asked.count, most)
    answer = await run_query(
        request.asker, chart.chart_bars, request.pair, wanted, asked.step, count, asked.until
    )
    return json_response(answer)


@csrf_exempt
async def api_not_found(request: HttpRequest, rest: str = "") -> HttpResponse:
    return error_response(404, "There is nothing at this address of the API.")
