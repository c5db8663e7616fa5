"""The live feed of one key pair to one page."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import Any
from urllib.parse import parse_qs

import orjson
from channels.generic.websocket import AsyncWebsocketConsumer
from django.db import InterfaceError, OperationalError

from ingest.receiving.networks import network_of
from ingest.storage.metrics import PAGES
from viewer.access.bulk_permissions import Subscriber
from viewer.access.permissions import NOTHING, Right, visitor_of_session
from viewer.live.broadcast import FeedEnded, FeedQuestion, SharedFeed, chains
from viewer.live.notifier import notifier
from viewer.live.open_pages import OpenPage, TooManyPages, register_page
from viewer.live.permission_watch import sight
from viewer.query import QuerySyntaxError, parse_query
from viewer.workload.deadline import TimeUp
from viewer.workload.thread_pools import PoolTurn, feed_pool

MIN_FRAME_GAP = 0.005  # seconds left between two frames in any case
HEARTBEAT_SECONDS = 15.0  # seconds of silence before a sign of life

NOT_ALLOWED = 4404
ASK_ANEW = 4409  # the page may see less than when it was opened: it connects again by itself
BAD_QUERY = 4400
TOO_MUCH = 4429  # too many pages, or a query that takes too long
FAILED = 4500
UNEXPECTED = 4405  # a page has nothing to send

_MAX_DIGITS = 18

logger = logging.getLogger(__name__)


class FeedConsumer(AsyncWebsocketConsumer):  # type: ignore[misc]
    """Follows by its own cursor. An announcement only wakes it, so a lost one loses nothing: the
    next one, or the next beat, finds the same rows."""

    channel_layer_alias = (
        "none"  # a process listens once for all its pages: viewer/live/notifier.py
    )

    async def connect(self) -> None:
        """Without the right to see the key pair the handshake is refused; the page reads the reason
        over REST."""
        self.pair_id = int(self.scope["url_route"]["kwargs"]["pair_id"])
        self.sender: asyncio.Task[None] | None = None
        self.rights = await feed_pool.run(PoolTurn(self.pair_id, None), self._rights)
        if Right.SEE not in self.rights:
            await self.close()
            return
        parameters = parse_qs(self.scope["query_string"].decode("latin-1"))
        after = parameters.get("after", ["0"])[0]
        is_highlight = parameters.get("mode") == ["highlight"]
        try:
            query = parse_query(parameters.get("q", [""])[0])
        except QuerySyntaxError as mistake:
            await self._refuse(BAD_QUERY, str(mistake), mistake.at)
            return
        await self.accept()
        hides_keys = Right.KEYS not in self.rights
        question = FeedQuestion(self.pair_id, query, is_highlight, hides_keys)
        cursor = int(after[:_MAX_DIGITS]) if after.isascii() and after.isdecimal() else 0
        self.sender = asyncio.create_task(self._send_frames(question, cursor))

    async def disconnect(self, code: int) -> None:
        if self.sender is None:
            return
        self.sender.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self.sender

    async def websocket_receive(self, message: dict[str, Any]) -> None:
        """The first one ends the connection; what is still under way behind it is not looked at."""
        if self.sender is not None and not self.sender.done():
            self.sender.cancel()
            await self.close(code=UNEXPECTED)

    async def _refuse(self, code: int, message: str, at: int | None = None) -> None:
        """Accept first: a browser only learns the code of a connection that was opened. The
        reason is a frame of its own, because not every server passes one with the code."""
        await self.accept()
        await self._end(code, message, at)

    async def _end(self, code: int, message: str, at: int | None = None) -> None:
        frame = {"type": "error", "message": message, "at": at}
        await self.send(text_data=orjson.dumps(frame).decode())
        await self.close(code=code)

    async def _send_frames(self, question: FeedQuestion, cursor: int) -> None:
        session = self.scope["session"].session_key
        address = network_of((self.scope.get("client") or [""])[0])
        right = Right.SEE if question.hides_keys else Right.KEYS
        looker = Subscriber(self.pair_id, session, right)
        try:
            with (
                register_page(OpenPage(self.pair_id, session, address, bool(question.query))),
                PAGES.track_inprogress(),
                sight.of(looker),
                chains.of(question) as chain,
            ):
                async with notifier.of(self.pair_id) as something_new:
                    await self._follow(chain, cursor, something_new, looker)
        except _Left:
            return
        except FeedEnded:
            rights = await feed_pool.run(PoolTurn(self.pair_id, None), self._rights)
            await self.close(code=ASK_ANEW if Right.SEE in rights else NOT_ALLOWED)
        except (TooManyPages, TimeUp) as error:
            await self._end(TOO_MUCH, str(error))
        except (OperationalError, InterfaceError, OSError) as error:
            logger.error("the feed of key pair %d ended: %s", self.pair_id, error)
            await self.close(code=FAILED)
        except Exception:
            logger.exception("the feed of key pair %d ended", self.pair_id)
            await self.close(code=FAILED)

    async def _follow(
        self, chain: SharedFeed, cursor: int, something_new: asyncio.Event, looker: Subscriber
    ) -> None:
        """Frame after frame. Raises FeedEnded when the page may see no more."""
        turn = await chain.enter(cursor)
        await self._tell(turn.text)
        while True:
            await asyncio.sleep(MIN_FRAME_GAP)
            is_silent = await _is_silent(something_new, looker)
            something_new.clear()  # before the look: what comes from now on is looked for again
            if not await sight.lasts(looker):
                raise FeedEnded
            following = await chain.next(turn)
            if following is not None:
                turn = following
                await self._tell(turn.text)
            elif is_silent:
                await self._tell(orjson.dumps({"type": "beat", "last": turn.last}).decode())
            if chain.is_beyond(turn):
                something_new.set()

    async def _tell(self, text: str) -> None:
        """Raises _Left. ASGI says only OSError of a line that is gone, as others say of theirs."""
        try:
            await self.send(text_data=text)
        except OSError as error:
            raise _Left from error

    def _rights(self) -> frozenset[Right]:
        """The rights of the session's visitor now."""
        visitor = visitor_of_session(self.scope["session"].session_key)
        pair = visitor.pair(self.pair_id)
        return NOTHING if pair is None else visitor.rights(pair)


class _Left(Exception):
    """The client disconnected; there is nothing to send."""


async def _is_silent(something_new: asyncio.Event, looker: Subscriber) -> bool:
    """Wait for a change; true if none came in time. Raises FeedEnded if the right ended."""
    clock = asyncio.get_running_loop().time
    beat_at = clock() + HEARTBEAT_SECONDS
    while (left := beat_at - clock()) > 0:
        try:
            async with asyncio.timeout(min(left, sight.seconds_left)):
                await something_new.wait()
        except TimeoutError:
            if not await sight.lasts(looker):
                raise FeedEnded from None
        else:
            return False
    return True
