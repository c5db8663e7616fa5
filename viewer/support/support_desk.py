"""The support desk: unmatched and refused requests, and the search for key pairs. For owners and
support."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from channels.db import database_sync_to_async
from django.db.models import Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods
from ninja import Query
from typing_extensions import TypedDict

from ingest.models import Delivery, KeyPair, SecondCount, UnmatchedRequest
from ingest.problems import problems_from_json, render_problem
from ingest.receiving.key_tokens import mask_key
from ingest.timestamps import now_ms
from viewer.access.decorators import staff_required
from viewer.access.permissions import visitor_of, visitor_of_session
from viewer.events.summary import last_event_times
from viewer.http.page_forms import focus_first_error
from viewer.live.long_poll import read_until
from viewer.pages import SerializedUnmatched, serialize_unmatched, to_datetime
from viewer.rest.parameters import Number, Parameters, whole_number
from viewer.rest.requests import MissingRight
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import ErrorAnswer, RestRouter
from viewer.support import search
from viewer.support.forms import DeskSearchForm
from viewer.workload.visitor_queries import RightEnded

HOUR = 3_600  # seconds
PAIRS_SHOWN = 20
UNMATCHED_SHOWN = 50
MAX_WAIT = 30
LOOKS_EVERY = 1.0  # seconds between two checks while a page waits
_NOT_STAFF = "Only the staff of this server may see these."

router = RestRouter()


@require_http_methods(["GET", "POST"])
@staff_required
def support_desk(request: HttpRequest) -> HttpResponse:
    """A search is a POST, because part of a key must not appear in an address."""
    form = DeskSearchForm(request.POST if request.method == "POST" else None)
    context = {"form": form, "unmatched": _newest_unmatched(0), "refusing": _refusing()}
    if form.is_valid():
        context |= _search(form.cleaned_data["needle"])
    focus_first_error(form)
    return render(request, "support/support_desk.html", context)


class _StaffAuth:
    is_async = True

    async def __call__(self, request: HttpRequest) -> bool:
        """Raises MissingRight."""
        if not await database_sync_to_async(lambda: visitor_of(request).is_staff)():
            raise MissingRight(_NOT_STAFF)
        return True


class UnmatchedParameters(Parameters):
    after: Number = 0
    wait: Annotated[int, whole_number(0, MAX_WAIT)] = 0


class UnmatchedList(TypedDict):
    unmatched: list[SerializedUnmatched]


@router.operation(
    "GET", "unmatched-requests", UnmatchedList, auth=_StaffAuth(), also={403: ErrorAnswer}
)
async def list_unmatched(request: HttpRequest, asked: Query[UnmatchedParameters]) -> HttpResponse:
    """Unmatched requests, newest first, as soon as there are any."""
    try:
        found = await read_until(
            lambda: database_sync_to_async(_newest_unmatched)(asked.after),
            bool,
            asked.wait,
            asyncio.Event(),  # never set: unmatched requests are not announced
            recheck=lambda: database_sync_to_async(_check_staff)(request),
            longest=LOOKS_EVERY,
        )
    except RightEnded:
        return error_response(403, _NOT_STAFF)
    return json_response({"unmatched": found})


def _check_staff(request: HttpRequest) -> None:
    """Raises RightEnded."""
    if not visitor_of_session(request.session.session_key).is_staff:
        raise RightEnded


def _search(needle: str) -> dict[str, Any]:
    found = search.find_key_pairs(needle)
    last_events = last_event_times(match.pair.pk for match in found.matches)
    matches = [
        {
            "pair": match.pair,
            "api_key": mask_key(match.pair.api_key),
            "reasons": match.reasons,
            "seq": match.seq,
            "last": _when(last_events.get(match.pair.pk)),
        }
        for match in found.matches
    ]
    return {"matches": matches, "found": found}


def _newest_unmatched(after: int) -> list[SerializedUnmatched]:
    rows = UnmatchedRequest.objects.filter(pk__gt=after).order_by("-pk")[:UNMATCHED_SHOWN]
    return serialize_unmatched(rows)


def _refusing() -> list[dict[str, Any]]:
    """Key pairs that refused requests within the last hour, with the reason of the newest one."""
    since = now_ms() // 1000 - HOUR
    lately = SecondCount.objects.filter(second__gte=since, refused__gt=0, keypair__deleted_at=None)
    counts = lately.values("keypair").annotate(total=Sum("refused")).order_by("-total")
    totals = {row["keypair"]: row["total"] for row in counts[:PAIRS_SHOWN]}
    pairs = KeyPair.objects.in_bulk(totals)
    return [_refused_of(pairs[pk], total) for pk, total in totals.items() if pk in pairs]


def _refused_of(pair: KeyPair, total: int) -> dict[str, Any]:
    refused = Delivery.objects.filter(keypair=pair, refused=True).order_by("-number").first()
    found = problems_from_json(refused.problems) if refused else []
    words = render_problem(found[0]) if found else {"message": "", "hint": "", "code": ""}
    at = _when(refused.received_at) if refused else None
    return {"pair": pair, "total": total, "at": at, **words}


def _when(milliseconds: int | None) -> Any:
    return None if milliseconds is None else to_datetime(milliseconds)
