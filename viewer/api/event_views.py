"""`/api/events` and what a page asks of a key pair's events: summary, fields, names, chart."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from ingest.models import Event, KeyPair
from viewer import query
from viewer.events import chart, coverage, fields, summary
from viewer.events.serializers import Shown, show_event
from viewer.live.long_poll import Look
from viewer.live.notifier import news, wait_for_news
from viewer.rest.requests import MOST_EVENTS, BadParameter, PairRequest, for_pair, number
from viewer.rest.responses import answer_json, problem
from viewer.workload.visitor_queries import Asker, ask, check_right, held

MOST_WAIT = 60.0


@for_pair
async def events(request: PairRequest) -> HttpResponse:
    wanted = query.parse(request.GET.get("q", ""))
    after = number(request, "after", 0)
    before = number(request, "before", 0) or None
    limit = number(request, "limit", 100, least=1, most=MOST_EVENTS)
    wait = number(request, "wait", 0, most=int(MOST_WAIT))
    order = request.GET.get("order", "asc")
    if order not in ("asc", "desc"):
        raise BadParameter("order must be asc or desc.")

    look = Look(
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
    return answer_json(answer)


@for_pair
async def event(request: PairRequest, seq: int) -> HttpResponse:
    def read() -> Shown | None:
        found = Event.objects.filter(keypair=request.pair, seq=seq).first()
        return None if found is None else show_event(found, request.own_keys)

    shown = await ask(request.asker, read)
    if shown is None:
        return problem(404, f"There is no event {seq}: not yet, or no longer kept.")
    return answer_json(shown)


@for_pair
async def summarize(request: PairRequest) -> HttpResponse:
    return answer_json(await ask(request.asker, summary.of, request.pair))


@for_pair
async def mistake_in(request: PairRequest) -> HttpResponse:
    """For who types a query: whether it can be asked, without an error for what is half typed."""
    try:
        query.parse(request.GET.get("q", ""))
    except query.Mistake as mistake:
        return answer_json({"mistake": {"message": str(mistake), "at": mistake.at}})
    return answer_json({"mistake": None})


@for_pair
async def names_of_fields(request: PairRequest) -> HttpResponse:
    return answer_json(await ask(request.asker, fields.of, request.pair))


@for_pair
async def names(request: PairRequest) -> HttpResponse:
    return answer_json(await ask(request.asker, coverage.of, request.pair))


@for_pair
async def bars(request: PairRequest) -> HttpResponse:
    wanted = query.parse(request.GET.get("q", ""))
    step = number(request, "step", 1)
    if step not in chart.STEPS:
        raise BadParameter("step must be 1 or 60.")
    most = chart.most_bars(step)
    count = number(request, "count", min(300, most), least=1, most=most)
    until = number(request, "until", 0)
    answer = await ask(request.asker, chart.of, request.pair, wanted, step, count, until)
    return answer_json(answer)


def _is_highlight(request: HttpRequest) -> bool:
    mode = request.GET.get("mode", "filter")
    if mode not in ("filter", "highlight"):
        raise BadParameter("mode must be filter or highlight.")
    return mode == "highlight"


@csrf_exempt
async def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problem(404, "There is nothing at this address of the API.")


async def _wait_for(read: Callable[[], Shown], asker: Asker, seconds: float) -> Shown:
    """The first answer with an event in it, or the last one when time is up. Raises NoLonger."""
    if not seconds:
        return await ask(asker, read)
    deadline = asyncio.get_running_loop().time() + seconds
    has_waited = False
    with held(asker):
        async with news.of(asker.pair) as something_new:  # joined before the first look
            while True:
                something_new.clear()
                answer: Shown = await ask(asker, read)
                if has_waited:
                    await check_right(asker)
                left = deadline - asyncio.get_running_loop().time()
                if answer["events"] or left <= 0:
                    return answer
                has_waited = True
                if "searched_to" not in answer:
                    await wait_for_news(something_new, left)
