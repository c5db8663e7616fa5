"""`DELETE /api/events?through=N`: events up to a number, on somebody's wish. What was
counted stays counted."""

from __future__ import annotations

import asyncio
from time import monotonic

from channels.db import database_sync_to_async
from django.http import HttpResponse

from ingest.models import KeyPair
from ingest.publish import announce
from ingest.storage.cleanup import erasure
from ingest.storage.cleanup.pruning import delete_through
from viewer.access.audit_log import note
from viewer.access.permissions import Right
from viewer.models import Action
from viewer.rest.requests import BadParameter, PairRequest, for_pair, number
from viewer.rest.responses import answer_json
from viewer.workload.visitor_queries import RIGHTS_EVERY, Asker, check_right

PAUSE = 0.05  # seconds between two pieces: as long for the senders as for the deletion


async def _delete_events(request: PairRequest) -> HttpResponse:
    if not request.GET.get("through"):
        raise BadParameter("through is missing: the number up to which events are deleted.")
    pair = request.pair
    through = number(request, "through", 0, least=1)
    detail = f"up to No. {min(through, pair.last_seq)}"
    await database_sync_to_async(note)(request.visitor, Action.EVENTS_DELETED, pair, detail)
    try:
        deleted = await _delete(request.asker, min(through, pair.last_seq))
    finally:  # also when the one who asked left, or may no longer: what went is gone
        await announce(pair.pk, pair.last_seq)
        erasure.empty_log_later()
    await pair.arefresh_from_db()
    return answer_json({"deleted": deleted, "first": first_of(pair), "last": pair.last_seq})


delete_events = for_pair(_delete_events, ("DELETE",), Right.MANAGE)


def first_of(pair: KeyPair) -> int | None:
    """The oldest number that is kept."""
    return pair.first_seq if pair.first_seq <= pair.last_seq else None


async def _delete(asker: Asker, through: int) -> int:
    """Raises NoLonger."""
    pieces = delete_through(asker.pair, through)
    next_piece = database_sync_to_async(lambda: next(pieces, None))
    deleted, allowed_at = 0, monotonic()
    while (count := await next_piece()) is not None:
        deleted += count
        await asyncio.sleep(PAUSE)
        if monotonic() - allowed_at > RIGHTS_EVERY:
            await check_right(asker)
            allowed_at = monotonic()
    return deleted
