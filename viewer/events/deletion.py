"""Deletes events up to a number, at a user's request. The counts remain."""

from __future__ import annotations

import asyncio
from time import monotonic

from channels.db import database_sync_to_async
from typing_extensions import TypedDict

from ingest.models import KeyPair
from ingest.publish import publish
from ingest.storage.cleanup import erasure
from ingest.storage.cleanup.pruning import delete_up_to
from viewer.access.audit_log import log_action
from viewer.access.permissions import Visitor
from viewer.models import Action
from viewer.workload.visitor_queries import RIGHTS_EVERY, Asker, check_right

PAUSE = 0.05  # seconds between two pieces: as long for the senders as for the deletion


class DeletedEvents(TypedDict):
    """How many; and the first and last number of what is left."""

    deleted: int
    first: int | None
    last: int


async def delete_events_through(
    pair: KeyPair, through: int, visitor: Visitor, asker: Asker
) -> DeletedEvents:
    """Raises RightEnded."""
    detail = f"up to No. {min(through, pair.last_seq)}"
    await database_sync_to_async(log_action)(visitor, Action.EVENTS_DELETED, pair, detail)
    try:
        deleted = await _delete(asker, min(through, pair.last_seq))
    finally:  # also when the one who asked left, or may no longer: what went is gone
        await publish(pair.pk, pair.last_seq)
        erasure.empty_log_later()
    await pair.arefresh_from_db()
    return {"deleted": deleted, "first": oldest_seq(pair), "last": pair.last_seq}


def oldest_seq(pair: KeyPair) -> int | None:
    """The oldest number that is kept."""
    return pair.first_seq if pair.first_seq <= pair.last_seq else None


async def _delete(asker: Asker, through: int) -> int:
    """Raises RightEnded."""
    pieces = delete_up_to(asker.pair, through)
    next_piece = database_sync_to_async(lambda: next(pieces, None))
    deleted, allowed_at = 0, monotonic()
    while (count := await next_piece()) is not None:
        deleted += count
        await asyncio.sleep(PAUSE)
        if monotonic() - allowed_at > RIGHTS_EVERY:
            await check_right(asker)
            allowed_at = monotonic()
    return deleted
