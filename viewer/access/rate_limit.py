"""In-memory rate limits of one process."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from cachetools import LRUCache

MAX_KEYS = 4_096  # the oldest is evicted


class RateLimit:
    """At most `limit` events in `seconds` per key."""

    def __init__(
        self, limit: int, seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self._windows: LRUCache[Hashable, tuple[float, int]] = LRUCache(MAX_KEYS)
        self._lock = threading.Lock()

    def wait(self, key: Hashable) -> int:
        """Count an event; return the seconds until it is allowed, 0 if it is allowed now."""
        now = self._clock()
        with self._lock:
            began, count = self._windows.get(key, (now, 0))
            if now - began >= self.seconds:
                began, count = now, 0
            self._windows[key] = (began, count + 1)
        if count < self.limit:
            return 0
        return max(1, int(began + self.seconds - now))
