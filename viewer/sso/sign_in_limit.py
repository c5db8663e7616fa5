"""Limits the sign-ins that strangers may start: each stores a session until it expires."""

from __future__ import annotations

import threading
import time
from collections import Counter

OF_A_NETWORK = 200  # within the lifetime of such a session
OF_ALL = 10_000


class SignInLimit:
    """Counts in this process; thread-safe."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._lock = threading.Lock()
        self._ends = 0.0
        self._by_network: Counter[str] = Counter()

    def allows(self, network: str) -> bool:
        """Count a sign-in and return whether it may start."""
        with self._lock:
            if time.monotonic() >= self._ends:
                self._ends = time.monotonic() + self._seconds
                self._by_network.clear()
            if self._by_network[network] >= OF_A_NETWORK or self._by_network.total() >= OF_ALL:
                return False
            self._by_network[network] += 1
            return True
