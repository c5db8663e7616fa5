"""`/api/events` and what a page asks of a key pair's events: summary, fields, names, chart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ingest.models import Event, KeyPair
from viewer import query
from viewer.events import chart, coverage, fields, summary
from viewer.events.serializers import Serialized, serialize_event
from viewer.live.long_poll import LongPoll
from viewer.live.notifier import notifier, wait_for_change
from viewer.rest.requests import MAX_EVENTS, PairRequest, ParameterError, int_parameter, rest_view
from viewer.rest.responses import error_response, json_response
from viewer.workload.visitor_queries import Asker, check_right, hold_waiting, run_query

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

    look = LongPoll(
        wanted,
        after=after,
        before=before,
        limit=limit,
        newest_first=order == "desc",
        is_highlight=_is_highlight(request),
        keys=request.own_keys,
    )
    pair = request.pair.pk
    answer = await _wait_for(lambda: look.at(KeyPair.objects.get(pk=pair)), request.asker, wait)
    return json_response(answer)


@rest_view
async def get_event(request: PairRequest, seq: int) -> HttpResponse:
    def read() -> Serialized | None:
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


async def _wait_for(read: Callable[[], Serialized], asker: Asker, seconds: float) -> Serialized:
    """The first answer with an event in it, or the last one when time is up. Raises RightEnded."""
    if not seconds:
        return await run_query(asker, read)
    deadline = asyncio.get_running_loop().time() + seconds
    has_waited = False
    with hold_waiting(asker):
        async with notifier.of(asker.pair) as something_new:  # joined before the first look
            while True:
                something_new.clear()
                answer: Serialized = await run_query(asker, read)
                if has_waited:
                    await check_right(asker)
                left = deadline - asyncio.get_running_loop().time()
                if answer["events"] or left <= 0:
                    return answer
                has_waited = True
                if "searched_to" not in answer:
                    await wait_for_change(something_new, left)
