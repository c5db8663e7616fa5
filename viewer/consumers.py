"""The live feed of one key pair to one page."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from time import monotonic
from typing import Any
from urllib.parse import parse_qs

import orjson
from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import InterfaceError, OperationalError

from ingest.announce import group_of
from ingest.check import VERDICTS
from ingest.metrics import FEED_LAG, PAGES
from ingest.models import KeyPair
from ingest.pairs import now
from viewer import access, chart
from viewer.compiled import A, Compiled
from viewer.feed import Shown, balance_of
from viewer.query import Mistake, Query, parse
from viewer.search import Found, Search, count_between

FRAME_PAUSE = 0.03  # seconds from the start of one frame to that of the next
BREATH = 0.01  # what is left between two frames in any case
BEAT = 15.0  # seconds of silence before a sign of life
MOST_PUSHED = 500  # events a frame; what is more is counted, stored, and loaded on demand
MOST_AT_FIRST = 100  # in the first frame, which someone waits for
MOST_IN_FRAME = 600_000  # bytes, roughly: Daphne sends no message of more than 1 MiB
ASKED_EVERY = 1.0  # seconds: whether the page may still see the pair
SEARCH_SECONDS = 0.5  # of a frame; what is not found by then is loaded on demand, too
RAW_IN_FRAME = 4096  # bytes; longer lines are loaded when they are opened

NOT_ALLOWED = 4404
BAD_QUERY = 4400
FAILED = 4500

logger = logging.getLogger(__name__)


NUMBERS = ("last_seq", "first_seq", "last_received_at", *VERDICTS, "refused")


@functools.cache
def _numbers() -> Compiled:
    """What changes of a key pair from frame to frame."""
    return Compiled(KeyPair.objects.filter(pk=A).values_list(*NUMBERS))


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
        self.is_highlight = parameters.get("mode") == ["highlight"]
        self.is_first = True  # frame: it may look through all that is stored; no chart with it
        self.kept_from = 0  # the oldest number kept, as last told
        self.pair: KeyPair | None = None
        self.asked_at = 0.0  # when it was last asked whether the page may see it
        try:
            self.query = parse(parameters.get("q", [""])[0])
        except Mistake as mistake:
            await self._turn_away(BAD_QUERY, str(mistake), mistake.at)
            return
        self.listed = Query() if self.is_highlight else self.query  # what events come at all
        self.search = Search(
            self.query,
            limit=MOST_PUSHED,
            newest_first=True,
            is_highlight=self.is_highlight,
            raw_limit=RAW_IN_FRAME,
            most_bytes=MOST_IN_FRAME,
            seconds=SEARCH_SECONDS,
        )
        if not await database_sync_to_async(access.pair_for)(self.scope["user"], self.pair_id):
            await self._turn_away(NOT_ALLOWED, "There is no such key pair, or it is not yours.")
            return
        self.awake = asyncio.Event()
        self.awake.set()
        await self.channel_layer.group_add(group_of(self.pair_id), self.channel_name)
        await self.accept()
        PAGES.inc()
        self.sender = asyncio.create_task(self._send_frames())

    async def disconnect(self, code: int) -> None:
        if self.sender is None:
            return
        PAGES.dec()
        self.sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.sender
        with contextlib.suppress(Exception):  # the channel layer may be what was lost
            await self.channel_layer.group_discard(group_of(self.pair_id), self.channel_name)

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
        except (OperationalError, InterfaceError) as error:
            logger.error("the feed of key pair %d ended: %s", self.pair_id, error)
            await self.close(code=FAILED)
        except Exception:
            logger.exception("the feed of key pair %d ended", self.pair_id)
            await self.close(code=FAILED)

    async def _send_frame_after_frame(self) -> None:
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BEAT):
                    await self.awake.wait()
            self.awake.clear()
            began = asyncio.get_running_loop().time()
            frame = await self._read_frame()
            if frame is None:
                await self.close(code=NOT_ALLOWED)
                return
            await self.send(text_data=orjson.dumps(frame).decode())
            taken = asyncio.get_running_loop().time() - began
            await asyncio.sleep(max(BREATH, FRAME_PAUSE - taken))

    async def _read_frame(self) -> Shown | None:
        """All feeds share one thread, in which no search may keep the others waiting."""
        is_search = self.is_first and bool(self.query)
        look = database_sync_to_async(self._next_frame, thread_sensitive=not is_search)
        frame: Shown | None = await look()
        return frame

    def _still_signed_in(self) -> bool:
        """Signing out in another tab ends this feed, too."""
        session = self.scope["session"]
        return bool(session.session_key) and session.exists(session.session_key)

    def _pair_now(self) -> KeyPair | None:
        """With its numbers of this moment; None when the page may no longer see it."""
        if monotonic() - self.asked_at >= ASKED_EVERY or self.pair is None:
            self.asked_at = monotonic()
            pair = access.pair_for(self.scope["user"], self.pair_id)
            return pair if self._still_signed_in() else None
        numbers = next(_numbers().rows(self.pair_id), None)
        if numbers is None:
            return None
        for name, number in zip(NUMBERS, numbers, strict=True):
            setattr(self.pair, name, number)
        return self.pair

    def _next_frame(self) -> Shown | None:
        """What is new since the last frame; a beat when nothing is; None when the page may
        no longer see the pair."""
        pair = self.pair = self._pair_now()
        if pair is None:
            return None
        balance = balance_of(pair)
        told = (self.balance, self.kept_from)
        if told == (balance, pair.first_seq) and pair.last_seq <= self.cursor:
            return {"type": "beat", "last": pair.last_seq}
        self.balance, self.kept_from = balance, pair.first_seq
        after = min(self.cursor, pair.last_seq)
        most = MOST_AT_FIRST if self.is_first else MOST_PUSHED
        found = self.search.find(pair, after, most=most)
        # absolute without a query, increments with one: see viewer/chart.py
        seconds = [] if self.is_first else chart.changed_seconds(pair, self.listed, after)
        if not self.is_first and found.events:
            FEED_LAG.observe(max(0, now() - (pair.last_received_at or 0)) / 1000)
        self.is_first = False
        self.cursor = pair.last_seq
        return {
            "type": "events",
            "after": after,
            "events": found.events[::-1],
            "last": pair.last_seq,
            "first": pair.first_seq if pair.first_seq <= pair.last_seq else 0,
            **self._left_out(pair, found, after),
            "balance": balance,
            "seconds": seconds,
        }

    def _left_out(self, pair: KeyPair, found: Found, after: int) -> Shown:
        """How many matching events the frame has no room for; null: nobody knows. Where time
        was up, also down to which number it has all."""
        if found.searched_to is not None:
            return {"skipped": None, "searched_to": found.searched_to}
        if not found.is_full:
            return {"skipped": 0}
        return {"skipped": count_between(pair, self.listed, after, found.events[-1]["seq"])}
