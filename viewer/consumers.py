"""The live feed of one key pair to one page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import parse_qs

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from ingest.announce import group_of
from viewer import access, chart, query
from viewer.feed import Shown, balance_of, count_between, read_events

FRAME_PAUSE = 0.05  # at most 20 frames a second
BEAT = 15.0  # seconds of silence before a sign of life
MOST_PUSHED = 500  # events a frame; what is more is counted, stored, and loaded on demand
MOST_IN_FRAME = 600_000  # bytes, roughly: Daphne sends no message of more than 1 MiB
RAW_IN_FRAME = 4096  # bytes; longer lines are loaded when they are opened

NOT_ALLOWED = 4404
BAD_QUERY = 4400
FAILED = 4500

logger = logging.getLogger(__name__)


class FeedConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Reads by its own cursor. A message only wakes it, so a lost one loses nothing: the
    next one, or the next beat, finds the same rows."""

    async def connect(self) -> None:
        self.pair_id = int(self.scope["url_route"]["kwargs"]["pair_id"])
        self.sender: asyncio.Task[None] | None = None
        parameters = parse_qs(self.scope["query_string"].decode("latin-1"))
        after = parameters.get("after", ["0"])[0]
        self.cursor = int(after) if after.isdecimal() else 0
        self.balance: Shown = {}
        self.is_first = True  # frame: its page reads /api/chart
        try:
            self.query = query.parse(parameters.get("q", [""])[0])
        except query.Mistake as mistake:
            await self._turn_away(BAD_QUERY, str(mistake), mistake.at)
            return
        if not await database_sync_to_async(access.pair_for)(self.scope["user"], self.pair_id):
            await self._turn_away(NOT_ALLOWED, "There is no such key pair, or it is not yours.")
            return
        self.awake = asyncio.Event()
        self.awake.set()
        await self.channel_layer.group_add(group_of(self.pair_id), self.channel_name)
        await self.accept()
        self.sender = asyncio.create_task(self._send_frames())

    async def disconnect(self, code: int) -> None:
        if self.sender is None:
            return
        await self.channel_layer.group_discard(group_of(self.pair_id), self.channel_name)
        self.sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.sender

    async def events_stored(self, message: dict[str, Any]) -> None:
        self.awake.set()

    async def _turn_away(self, code: int, message: str, at: int | None = None) -> None:
        """Accept first: a browser only learns the code of a connection that was opened. The
        reason is a frame of its own, because not every server passes one with the code."""
        await self.accept()
        frame = {"type": "error", "message": message, "at": at}
        await self.send(text_data=orjson.dumps(frame).decode())
        await self.close(code=code)

    async def _send_frames(self) -> None:
        try:
            await self._send_frame_after_frame()
        except Exception:
            logger.exception("the feed of key pair %d ended", self.pair_id)
            await self.close(code=FAILED)

    async def _send_frame_after_frame(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self.awake.wait()
            self.awake.clear()
            frame = await database_sync_to_async(self._next_frame)()
            if frame is None:
                await self.close(code=NOT_ALLOWED)
                return
            await self.send(text_data=orjson.dumps(frame).decode())
            await asyncio.sleep(FRAME_PAUSE)

    def _still_signed_in(self) -> bool:
        """Signing out in another tab ends this feed, too."""
        session = self.scope["session"]
        return bool(session.session_key) and session.exists(session.session_key)

    def _next_frame(self) -> Shown | None:
        """What is new since the last frame; a beat when nothing is; None when the page may
        no longer see the pair."""
        pair = access.pair_for(self.scope["user"], self.pair_id)
        if pair is None or not self._still_signed_in():
            return None
        balance = balance_of(pair)
        if balance == self.balance and pair.last_seq <= self.cursor:
            return {"type": "beat", "last": pair.last_seq}
        self.balance = balance
        after = min(self.cursor, pair.last_seq)
        events = read_events(
            pair,
            self.query,
            after=after,
            limit=MOST_PUSHED,
            newest_first=True,
            raw_limit=RAW_IN_FRAME,
            most_bytes=MOST_IN_FRAME,
        )[::-1]
        # absolute without a query, increments with one: see viewer/chart.py
        seconds = [] if self.is_first else chart.changed_seconds(pair, self.query, after)
        self.is_first = False
        skipped = 0
        if events:
            skipped = count_between(pair, self.query, after, events[0]["seq"])
        self.cursor = pair.last_seq
        return {
            "type": "events",
            "events": events,
            "last": pair.last_seq,
            "first": pair.first_seq if pair.first_seq <= pair.last_seq else 0,
            "skipped": skipped,
            "balance": balance,
            "seconds": seconds,
        }
