"""What a visitor asks of a key pair: in threads for questions, in turns with other visitors, and
with a deadline."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic
from typing import ParamSpec, TypeVar

from ingest.receiving.networks import network_of
from viewer.access import key_proofs
from viewer.access.permissions import Right, Visitor, visitor_of_session
from viewer.workload.deadline import Deadline, TimeUp, within
from viewer.workload.thread_pools import FairPool, TooBusy, Turn, lookup_pool, question_pool

P = ParamSpec("P")
T = TypeVar("T")

QUESTION_SECONDS = 5.0  # of one turn; searches end sooner, with what they found
SLICES_SECONDS = 30.0  # of all turns together of what goes on where its last turn ended
MOST_HELD = 60  # answers that are held back for a visitor
RIGHTS_EVERY = 1.0  # seconds


class Unfinished(Exception):
    """A turn is over, and another one will go on from there."""


class NoLonger(Exception):
    """The right to see the key pair ended while an answer was held back."""


@dataclass(frozen=True)
class Asker:
    """Somebody with a right to a key pair, which they may lose while an answer is held back."""

    pair: int
    right: Right
    visitor: str  # under which questions are counted
    sender: str  # the address
    session: str | None = None
    keys: tuple[str, str] | None = None
    sees_keys: bool = False  # in what is answered

    @property
    def turn(self) -> Turn:
        return Turn(self.pair, self.visitor)

    def may_still(self) -> bool:
        """As things stand now. Asks the database."""
        if self.keys is not None:
            held = key_proofs.holder_of(*self.keys)
            return held is not None and held.pk == self.pair
        visitor = visitor_of_session(self.session)
        pair = visitor.pair(self.pair, self.right)
        if pair is None:
            return False
        return not self.sees_keys or Right.KEYS in visitor.rights(pair)


async def look_up(sender: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Something short, such as who asks: in turns with other addresses. Raises TooBusy."""
    network = network_of(sender)
    return await lookup_pool.run(Turn(network, network), function, *args, **kwargs)


def visitor_name(visitor: Visitor) -> str:
    """Under which questions are counted: all sessions of a user, all keys from one address."""
    if visitor.user.is_authenticated:
        return f"user {visitor.user.pk}"
    return network_of(visitor.sender)


async def ask(asker: Asker, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Raises TooBusy, TimeUp, NoLonger, and what the function raises."""
    began = monotonic()
    answer = await run_within(
        question_pool, asker.turn, QUESTION_SECONDS, lambda: function(*args, **kwargs)
    )
    if monotonic() - began > RIGHTS_EVERY:  # it may have waited minutes for its turn
        await check_right(asker)
    return answer


async def check_right(asker: Asker) -> None:
    """Raises NoLonger."""
    if not await look_up(asker.sender, asker.may_still):
        raise NoLonger


async def ask_in_slices(asker: Asker, function: Callable[[], T]) -> T:
    """Of what raises Unfinished until it is done. Raises TooBusy, TimeUp."""
    ends = monotonic() + SLICES_SECONDS
    while True:
        try:
            return await ask(asker, function)
        except Unfinished:
            if monotonic() > ends:
                raise TimeUp(SLICES_SECONDS) from None


async def run_within(pool: FairPool, turn: Turn, seconds: float, call: Callable[[], T]) -> T:
    """In a thread of the pool, for so many seconds from its beginning; no longer than somebody
    waits for it. Raises TooBusy, TimeUp."""
    begun: list[Deadline] = []

    def bounded() -> T:
        with within(seconds) as deadline:
            begun.append(deadline)
            return call()

    try:
        return await pool.run(turn, bounded)
    except asyncio.CancelledError:
        for deadline in begun:
            deadline.expire()
        raise


_held: Counter[str] = Counter()


@contextmanager
def held(asker: Asker) -> Iterator[None]:
    """While an answer is held back. Raises TooBusy."""
    if _held[asker.visitor] >= MOST_HELD:
        raise TooBusy
    _held[asker.visitor] += 1
    try:
        yield
    finally:
        _held[asker.visitor] -= 1
        if not _held[asker.visitor]:
            del _held[asker.visitor]
