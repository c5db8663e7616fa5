"""The memory that the process may hold for request bodies, divided between senders."""

from __future__ import annotations

from ingest.receiving.body import SMALL_BYTES, Body, RequestRejected
from ingest.receiving.networks import network_of
from ingest.values import Refusal


class MemoryBudget:
    """Bytes that the process may hold for requests, in shares: taken as they come, given back
    when the request is answered.

    All strangers together get 1/16, each network of them a quarter of that; a key pair gets a
    quarter, a network a half. Large bodies leave 1/16 free for small ones. One body counts at
    most 1/8 in its shares: one of the largest size allowed neither exceeds them by itself nor
    shuts out the small ones beside it."""

    __slots__ = ("_large", "_most_of_body", "_shares", "held", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0
        self._large = size - size // 16
        self._most_of_body = size // 8
        self._shares: dict[object, int] = {}

    def take_small(self, body: Body, size: int) -> None:
        """The same for a body of SMALL_BYTES at most that came whole, from no stranger: not
        counted in its shares, because it does not wait for its sender."""
        held = self.held + size
        if held > self.size:
            raise RequestRejected(Refusal("overloaded", status=503))
        self.held = held
        body.held += size

    def take(self, body: Body, size: int) -> None:
        """Raises RequestRejected when there is no room."""
        held, of_body = self.held + size, body.held + size
        counted = min(of_body, self._most_of_body)
        more = counted - body.counted
        shares = self._shares
        first, most_of_first, second, most_of_second = self._shares_of(body)
        in_first = shares.get(first, 0) + more
        in_second = shares.get(second, 0) + more
        if (
            held > (self.size if of_body <= SMALL_BYTES else self._large)
            or in_first > most_of_first
            or in_second > most_of_second
        ):
            raise RequestRejected(Refusal("overloaded", status=503))
        shares[first] = in_first
        shares[second] = in_second
        self.held = held
        body.held = of_body
        body.counted = counted

    def admit(self, body: Body, pair: int) -> None:
        """The sender of `body` has shown a key of `pair`: no stranger any more."""
        self._discount(body)
        body.pair = pair
        first, _, second, _ = self._shares_of(body)
        for share in (first, second):
            self._shares[share] = self._shares.get(share, 0) + body.counted

    def give_back(self, body: Body) -> None:
        """All that `body` took."""
        if body.counted:
            self._discount(body)
        self.held -= body.held
        body.held = body.counted = 0

    def _discount(self, body: Body) -> None:
        first, _, second, _ = self._shares_of(body)
        for share in (first, second):
            left = self._shares.get(share, 0) - body.counted
            if left > 0:
                self._shares[share] = left
            else:
                self._shares.pop(share, None)

    def _shares_of(self, body: Body) -> tuple[object, int, object, int]:
        """Two shares, each with its size."""
        size, network = self.size, network_of(body.sender)
        if body.pair is None:
            return "strangers", size // 16, ("strangers", network), size // 64
        return body.pair, size // 4, network, size // 2
