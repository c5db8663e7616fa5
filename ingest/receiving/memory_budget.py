"""Limits the memory that the process uses for request bodies, and divides it between senders."""

from __future__ import annotations

from ingest.receiving.body import SMALL_BYTES, Body, RequestRejected
from ingest.receiving.networks import network_of
from ingest.values import Refusal


class MemoryBudget:
    """A budget of `size` bytes. Bodies take their bytes as they arrive and give them back after the
    reply.

    All strangers together can use 1/16, and each of their networks a quarter of that. A key pair
    can use a quarter, a network a half. Large bodies leave 1/16 free for small ones. In its shares
    one body counts at most 1/8, so that a body of the largest allowed size neither exceeds them
    alone nor blocks small bodies of the same sender."""

    __slots__ = ("_large", "_max_per_body", "_shares", "held", "size")

    def __init__(self, size: int) -> None:
        self.size = size
        self.held = 0
        self._large = size - size // 16
        self._max_per_body = size // 8
        self._shares: dict[object, int] = {}

    def take_small(self, body: Body, size: int) -> None:
        """Take `size` bytes for a complete body of at most SMALL_BYTES that is not a stranger's. It
        is not counted in shares, because it does not wait for its sender. Raises
        RequestRejected."""
        held = self.held + size
        if held > self.size:
            raise RequestRejected(Refusal("overloaded", status=503))
        self.held = held
        body.held += size

    def take(self, body: Body, size: int) -> None:
        """Take `size` more bytes. Raises RequestRejected if a limit would be exceeded."""
        held, of_body = self.held + size, body.held + size
        counted = min(of_body, self._max_per_body)
        more = counted - body.counted
        shares = self._shares
        first, first_limit, second, second_limit = self._shares_of(body)
        in_first = shares.get(first, 0) + more
        in_second = shares.get(second, 0) + more
        if (
            held > (self.size if of_body <= SMALL_BYTES else self._large)
            or in_first > first_limit
            or in_second > second_limit
        ):
            raise RequestRejected(Refusal("overloaded", status=503))
        shares[first] = in_first
        shares[second] = in_second
        self.held = held
        body.held = of_body
        body.counted = counted

    def admit(self, body: Body, pair: int) -> None:
        """Move `body` from the shares of strangers to those of `pair`."""
        self._discount(body)
        body.pair = pair
        first, _, second, _ = self._shares_of(body)
        for share in (first, second):
            self._shares[share] = self._shares.get(share, 0) + body.counted

    def release(self, body: Body) -> None:
        """Return all bytes of `body`."""
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
        """Two shares, each followed by its limit in bytes."""
        size, network = self.size, network_of(body.sender)
        if body.pair is None:
            return "strangers", size // 16, ("strangers", network), size // 64
        return body.pair, size // 4, network, size // 2
