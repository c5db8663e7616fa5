"""The support desk: who sends in vain, and whose keys these are. For owners and support."""

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
from viewer.live.long_poll import read_until
from viewer.pages import SerializedUnmatched, serialize_unmatched, to_datetime
from viewer.rest.parameters import Number, Parameters, whole_number
from viewer.rest.requests import MissingRight
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import ErrorAnswer, RestRouter
from viewer.support import search
from viewer.workload.visitor_queries import RightEnded

HOUR = 3_600  # seconds
PAIRS_SHOWN = 20
UNMATCHED_SHOWN = 50
MAX_WAIT = 30
LOOKS_EVERY = 1.0  # seconds, while a desk waits
_NOT_STAFF = "Only the staff of this server may see these."

router = RestRouter()


@require_http_methods(["GET", "POST"])
@staff_required
def support_desk(request: HttpRequest) -> HttpResponse:
    """A search comes by POST: a piece of a key has no place in an address."""
    context: dict[str, Any] = {"unmatched": _newest_unmatched(0), "refusing": _refusing()}
    if request.method == "POST":
        needle = request.POST.get("needle", "").strip()
        context |= {"needle": needle, **_search(needle)}
    return render(request, "support/desk.html", context)


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
    """Unmatched requests, the newest first, as soon as there are any."""
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
    if not search.MIN_LENGTH <= len(needle) <= search.MAX_LENGTH or "\0" in needle:
        limits = f"{search.MIN_LENGTH} to {search.MAX_LENGTH}"
        return {"error": f"Look for {limits} characters."}
    found = search.find_key_pairs(needle)
    matches = [
        {
            "pair": match.pair,
            "api_key": mask_key(match.pair.api_key),
            "reasons": match.reasons,
            "seq": match.seq,
            "last": _when(match.pair.last_received_at),
        }
        for match in found.matches
    ]
    return {"matches": matches, "found": found}


def _newest_unmatched(after: int) -> list[SerializedUnmatched]:
    rows = UnmatchedRequest.objects.filter(pk__gt=after).order_by("-pk")[:UNMATCHED_SHOWN]
    return serialize_unmatched(rows)


def _refusing() -> list[dict[str, Any]]:
    """Key pairs that refused requests within the last hour, and why the newest one."""
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
