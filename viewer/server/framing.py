"""Rate limits for bodies in tiny chunks, which cost many times as much to read as other bodies."""

from __future__ import annotations

import time

from cachetools import LRUCache

from viewer.server.limits import (
    FRAMING_BURST,
    FRAMING_BURST_PER_NETWORK,
    FRAMING_RATE,
    FRAMING_RATE_PER_NETWORK,
)

_WASTEFUL = 4  # bytes received for each byte of content
_MAX_NETWORKS = 10_000


class _Bucket:
    """Fills at `rate` bytes a second up to `burst`."""

    __slots__ = ("_at", "_burst", "_left", "_rate")

    def __init__(self, rate: float, burst: float) -> None:
        self._rate, self._burst = rate, burst
        self._left, self._at = burst, time.monotonic()

    def take(self, size: int) -> bool:
        now = time.monotonic()
        self._left = min(self._burst, self._left + (now - self._at) * self._rate) - size
        self._at = now
        return self._left >= 0


class Framing:
    def __init__(self) -> None:
        self._all = _Bucket(FRAMING_RATE, FRAMING_BURST)
        self._networks: LRUCache[str, _Bucket] = LRUCache(_MAX_NETWORKS)

    def allows(self, network: str, received: int, content: int) -> bool:
        """Whether the network may send more after `received` bytes of a body, of which `content`
        bytes are not framing."""
        if received <= _WASTEFUL * content:
            return True
        bucket = self._networks.get(network)
        if bucket is None:
            bucket = _Bucket(FRAMING_RATE_PER_NETWORK, FRAMING_BURST_PER_NETWORK)
            self._networks[network] = bucket
        return self._all.take(received) & bucket.take(received)
