"""Queries of visitors: run in query threads, in turns with other visitors, and with a deadline."""

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
from viewer.workload.deadline import Deadline, TimeUp, within_deadline
from viewer.workload.thread_pools import FairPool, PoolTurn, TooBusy, lookup_pool, question_pool

P = ParamSpec("P")
T = TypeVar("T")

QUESTION_SECONDS = 5.0  # per turn; searches end sooner, with partial results
SLICES_SECONDS = 30.0  # for all turns of a query that resumes
MAX_HELD = 60  # held responses of one visitor
RIGHTS_EVERY = 1.0  # seconds


class QueryUnfinished(Exception):
    """The turn is over; the query resumes in another turn."""


class RightEnded(Exception):
    """The right to see the key pair ended while the response was held."""


@dataclass(frozen=True)
class Asker:
    """A visitor with a right to a key pair, who may lose it while a response is held."""

    pair: int
    right: Right
    visitor: str  # queries are counted by this name
    sender: str  # the address
    session: str | None = None
    keys: tuple[str, str] | None = None
    sees_keys: bool = False  # in responses

    @property
    def turn(self) -> PoolTurn:
        return PoolTurn(self.pair, self.visitor)

    def may_still(self) -> bool:
        """Check the right now. Queries the database."""
        if self.keys is not None:
            hold_waiting = key_proofs.holder_of(*self.keys)
            return hold_waiting is not None and hold_waiting.pk == self.pair
        visitor = visitor_of_session(self.session)
        pair = visitor.pair(self.pair, self.right)
        if pair is None:
            return False
        return not self.sees_keys or Right.KEYS in visitor.rights(pair)


async def run_lookup(sender: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run a short task, such as authentication, in turns with other addresses. Raises TooBusy."""
    network = network_of(sender)
    return await lookup_pool.run(PoolTurn(network, network), function, *args, **kwargs)


def visitor_name(visitor: Visitor) -> str:
    """The name that queries are counted by: one for all sessions of a user, one for all keys from
    an address."""
    if visitor.user.is_authenticated:
        return f"user {visitor.user.pk}"
    return network_of(visitor.sender)


async def run_query(asker: Asker, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Raises TooBusy, TimeUp, RightEnded, and exceptions of the function."""
    began = monotonic()
    answer = await run_within_deadline(
        question_pool, asker.turn, QUESTION_SECONDS, lambda: function(*args, **kwargs)
    )
    if monotonic() - began > RIGHTS_EVERY:  # the turn may have come after minutes
        await check_right(asker)
    return answer


async def check_right(asker: Asker) -> None:
    """Raises RightEnded."""
    if not await run_lookup(asker.sender, asker.may_still):
        raise RightEnded


async def run_query_in_slices(asker: Asker, function: Callable[[], T]) -> T:
    """Repeat the function while it raises QueryUnfinished. Raises TooBusy, TimeUp."""
    ends = monotonic() + SLICES_SECONDS
    while True:
        try:
            return await run_query(asker, function)
        except QueryUnfinished:
            if monotonic() > ends:
                raise TimeUp(SLICES_SECONDS) from None


async def run_within_deadline(
    pool: FairPool, turn: PoolTurn, seconds: float, call: Callable[[], T]
) -> T:
    """Run the function in a thread of the pool, for at most so many seconds and only while the
    client waits. Raises TooBusy, TimeUp."""
    begun: list[Deadline] = []

    def bounded() -> T:
        with within_deadline(seconds) as deadline:
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
def hold_waiting(asker: Asker) -> Iterator[None]:
    """Count a held response. Raises TooBusy."""
    if _held[asker.visitor] >= MAX_HELD:
        raise TooBusy
    _held[asker.visitor] += 1
    try:
        yield
    finally:
        _held[asker.visitor] -= 1
        if not _held[asker.visitor]:
            del _held[asker.visitor]
