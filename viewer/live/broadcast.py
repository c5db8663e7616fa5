"""Frames shared by all pages of a process with the same query: each frame is read and serialized
once, whether one page is open or five hundred."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple, TypeVar

from ingest.models import KeyPair
from viewer.live.frames import MAX_PUSHED, Frames, change_token, current_numbers
from viewer.query import Query
from viewer.workload.thread_pools import PoolTurn, feed_pool, search_feed_pool
from viewer.workload.visitor_queries import run_within_deadline

FRAME_PAUSE = 0.03  # seconds from the start of one frame to that of the next
PAGE_SECONDS = 0.0004  # more for each page, because sending would otherwise take all the time
KEPT = 8  # frames kept for pages that are slightly behind
KEPT_BYTES = 2**20  # bytes of those frames, roughly
FRAME_SECONDS = 5.0  # seconds for reading one; searches end sooner, with partial results

T = TypeVar("T")


class FeedEnded(Exception):
    """The key pair was deleted, or the visitor may no longer see it."""


class FrameTurn(NamedTuple):
    """A frame, and the number up to which the page is current after it."""

    number: int
    last: int
    text: str


class FeedQuestion(NamedTuple):
    pair: int
    query: Query
    is_highlight: bool
    hides_keys: bool = False

    @property
    def can_be_shared(self) -> bool:
        """A query relative to the current time cannot be shared."""
        return all(term.path != ("time",) for group in self.query.groups for term in group)


class SharedFeed:
    """Each frame continues where the previous one ended. Frames with a search are read in separate
    threads, in which key pairs take turns, so that feeds without a query never wait for them."""

    def __init__(self, question: FeedQuestion) -> None:
        self.pages = 0
        self._pair_id = question.pair
        self._frames = Frames(
            question.query, is_highlight=question.is_highlight, hides_keys=question.hides_keys
        )
        self._pair: KeyPair | None = None  # as of the last frame
        self._turns: deque[FrameTurn] = deque()
        self._number = 0
        self._began = 0.0  # start of the last reading
        self._as_of = 0.0  # start of the last successful one
        self._lock = asyncio.Lock()

    async def enter(self, after: int) -> FrameTurn:
        """The first frame of a page that is current up to a number. Raises FeedEnded."""
        async with self._lock:
            await self._advance()
            pair, number = self._known, self._number
        text = await self._in_thread(lambda: self._frames.first(pair, after))
        return FrameTurn(number, pair.last_seq, text)

    async def next(self, turn: FrameTurn) -> FrameTurn | None:
        """The frame after this one; None if there is none yet. Raises FeedEnded."""
        asked_at = asyncio.get_running_loop().time()
        async with self._lock:
            # a later reading for another page also covers this one
            if turn.number == self._number and self._as_of <= asked_at:
                await self._pause()
                await self._advance()
            if turn.number == self._number:
                return None
            following = next((one for one in self._turns if one.number == turn.number + 1), None)
            pair, number = self._known, self._number
        if following is not None:
            return following
        text = await self._in_thread(lambda: self._frames.following(pair, turn.last, self._most))
        return FrameTurn(number, pair.last_seq, text)

    def is_beyond(self, turn: FrameTurn) -> bool:
        """Whether there are later frames."""
        return turn.number < self._number

    @property
    def _known(self) -> KeyPair:
        if self._pair is None:
            raise FeedEnded
        return self._pair

    @property
    def _slowness(self) -> float:
        """1 for a single page."""
        return 1 + self.pages * PAGE_SECONDS / FRAME_PAUSE

    @property
    def _most(self) -> int:
        return int(MAX_PUSHED * self._slowness)

    async def _pause(self) -> None:
        pause = FRAME_PAUSE * self._slowness
        await asyncio.sleep(self._began + pause - asyncio.get_running_loop().time())

    async def _advance(self) -> None:
        self._began = asyncio.get_running_loop().time()
        before = self._pair
        pair, text = await self._in_thread(lambda: self._read(before))
        self._pair, self._as_of = pair, self._began
        if text:
            self._number += 1
            self._turns.append(FrameTurn(self._number, pair.last_seq, text))
            self._drop_old()

    def _drop_old(self) -> None:
        """Keeps the newest one for the page that requested it."""
        most = KEPT if self.pages > 1 else 1
        while len(self._turns) > most or (
            len(self._turns) > 1 and sum(len(turn.text) for turn in self._turns) > KEPT_BYTES
        ):
            self._turns.popleft()

    async def _in_thread(self, read: Callable[[], T]) -> T:
        """Raises TimeUp if a query takes too long."""
        turn = PoolTurn(self._pair_id, None)
        if not self._frames.query:
            return await feed_pool.run(turn, read)
        return await run_within_deadline(search_feed_pool, turn, FRAME_SECONDS, read)

    def _read(self, before: KeyPair | None) -> tuple[KeyPair, str]:
        """The pair's current numbers, and the frame up to them; "" if no frame is needed."""
        pair = current_numbers(self._pair_id)
        if pair is None:
            raise FeedEnded
        if before is None or change_token(pair) == change_token(before):
            return pair, ""
        return pair, self._frames.following(pair, before.last_seq, self._most)


class SharedFeeds:
    """The shared feeds of this process that are in use."""

    def __init__(self) -> None:
        self._chains: dict[object, SharedFeed] = {}

    @contextmanager
    def of(self, question: FeedQuestion) -> Iterator[SharedFeed]:
        key: object = question if question.can_be_shared else object()
        chain = self._chains.get(key)
        if chain is None:
            chain = self._chains[key] = SharedFeed(question)
        chain.pages += 1
        try:
            yield chain
        finally:
            chain.pages -= 1
            if not chain.pages:
                del self._chains[key]


chains = SharedFeeds()
