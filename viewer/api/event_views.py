"""`/api/events` and what a page asks of a key pair's events: summary, fields, names, chart."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ingest.models import Event, KeyPair
from viewer import query
from viewer.api.event_poll import EventPoll
from viewer.events import chart, coverage, fields, summary
from viewer.events.serializers import SerializedEvent, serialize_event
from viewer.live.long_poll import wait_until
from viewer.rest.requests import MAX_EVENTS, PairRequest, ParameterError, int_parameter, rest_view
from viewer.rest.responses import error_response, json_response
from viewer.workload.visitor_queries import run_query

MAX_WAIT = 60.0


@rest_view
async def list_events(request: PairRequest) -> HttpResponse:
    wanted = query.parse_query(request.GET.get("q", ""))
    after = int_parameter(request, "after", 0)
    before = int_parameter(request, "before", 0) or None
    limit = int_parameter(request, "limit", 100, least=1, most=MAX_EVENTS)
    wait = int_parameter(request, "wait", 0, most=int(MAX_WAIT))
    order = request.GET.get("order", "asc")
    if order not in ("asc", "desc"):
        raise ParameterError("order must be asc or desc.")

    poll = EventPoll(
        wanted,
        after=after,
        before=before,
        limit=limit,
        newest_first=order == "desc",
        is_highlight=_is_highlight(request),
        keys=request.own_keys,
    )
    pair = request.pair.pk
    answer = await wait_until(
        request.asker,
        lambda: poll.at(KeyPair.objects.get(pk=pair)),
        lambda answer: bool(answer["events"]),
        wait,
        has_more=lambda answer: "searched_to" in answer,
    )
    return json_response(answer)


@rest_view
async def get_event(request: PairRequest, seq: int) -> HttpResponse:
    def read() -> SerializedEvent | None:
        found = Event.objects.filter(keypair=request.pair, seq=seq).first()
        return None if found is None else serialize_event(found, request.own_keys)

    shown = await run_query(request.asker, read)
    if shown is None:
        return error_response(404, f"There is no event {seq}: not yet, or no longer kept.")
    return json_response(shown)


@rest_view
async def get_summary(request: PairRequest) -> HttpResponse:
    return json_response(await run_query(request.asker, summary.summarize, request.pair))


@rest_view
async def check_query(request: PairRequest) -> HttpResponse:
    """For who types a query: whether it can be asked, without an error for what is half typed."""
    try:
        query.parse_query(request.GET.get("q", ""))
    except query.QuerySyntaxError as mistake:
        return json_response({"mistake": {"message": str(mistake), "at": mistake.at}})
    return json_response({"mistake": None})


@rest_view
async def list_fields(request: PairRequest) -> HttpResponse:
    return json_response(await run_query(request.asker, fields.field_values, request.pair))


@rest_view
async def get_coverage(request: PairRequest) -> HttpResponse:
    return json_response(await run_query(request.asker, coverage.event_coverage, request.pair))


@rest_view
async def get_chart(request: PairRequest) -> HttpResponse:
    wanted = query.parse_query(request.GET.get("q", ""))
    step = int_parameter(request, "step", 1)
    if step not in chart.STEPS:
        raise ParameterError("step must be 1 or 60.")
    most = chart.max_bars(step)
    count = int_parameter(request, "count", min(300, most), least=1, most=most)
    until = int_parameter(request, "until", 0)
    answer = await run_query(
        request.asker, chart.chart_bars, request.pair, wanted, step, count, until
    )
    return json_response(answer)


def _is_highlight(request: HttpRequest) -> bool:
    mode = request.GET.get("mode", "filter")
    if mode not in ("filter", "highlight"):
        raise ParameterError("mode must be filter or highlight.")
    return mode == "highlight"


@csrf_exempt
async def api_not_found(request: HttpRequest, rest: str = "") -> HttpResponse:
    return error_response(404, "There is nothing at this address of the API.")
