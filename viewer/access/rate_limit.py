"""Rate limits that one process keeps in memory."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Hashable

from cachetools import LRUCache

MAX_KEYS = 4_096  # the oldest is forgotten for another


class RateLimit:
    """At most `limit` times in `seconds` for each key."""

    def __init__(
        self, limit: int, seconds: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.limit = limit
        self.seconds = seconds
        self._clock = clock
        self._windows: LRUCache[Hashable, tuple[float, int]] = LRUCache(MAX_KEYS)
        self._lock = threading.Lock()

    def wait(self, key: Hashable) -> int:
        """Counts one more; seconds until there may be one, 0 where there may be one now."""
        now = self._clock()
        with self._lock:
            began, count = self._windows.get(key, (now, 0))
            if now - began >= self.seconds:
                began, count = now, 0
            self._windows[key] = (began, count + 1)
        if count < self.limit:
            return 0
        return max(1, int(began + self.seconds - now))
