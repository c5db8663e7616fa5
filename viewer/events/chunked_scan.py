"""Scans a range of event numbers chunk by chunk until a deadline. A few matches may be far apart
among many events: the caller gets what was found in time, and the last number scanned."""

from __future__ import annotations

import time
from collections.abc import Iterator

FIRST = 16  # numbers; each event may have 1 MiB
WIDER = 4  # factor
_QUICK = 0.05  # seconds; a faster chunk is followed by a larger one
_SLOW = 0.25  # seconds; a slower chunk is followed by a smaller one


class ChunkedScan:
    """From `low` to `high`, both included, or downwards. `whole` makes it one chunk."""

    def __init__(
        self, low: int, high: int, *, is_downwards: bool, whole: bool, widest: int = 2**62
    ) -> None:
        self._low = low
        self._high = high
        self._is_downwards = is_downwards
        self._width = high - low + 1 if whole else FIRST
        self._widest = widest
        self.reached: int | None = (
            None  # the last number scanned, if the deadline came before the end
        )

    def within(self, seconds: float) -> Iterator[tuple[int, int]]:
        """Yields at least one chunk, so that repeated calls make progress."""
        deadline = time.monotonic() + seconds
        while self._low <= self._high:
            began = time.monotonic()
            if self.reached is not None and began > deadline:
                return
            part = self._next()
            yield part
            took = time.monotonic() - began
            if took <= _QUICK:
                self._width = min(self._width * WIDER, self._widest)
            elif took > _SLOW:
                self._width = max(1, self._width // WIDER)
            self.reached = part[0] if self._is_downwards else part[1]
        self.reached = None

    def has_passed(self, number: int) -> bool:
        """Whether the number is in a completed chunk."""
        if self.reached is None:
            return False
        return number >= self.reached if self._is_downwards else number <= self.reached

    def _next(self) -> tuple[int, int]:
        if self._is_downwards:
            part = max(self._low, self._high - self._width + 1), self._high
            self._high = part[0] - 1
        else:
            part = self._low, min(self._high, self._low + self._width - 1)
            self._low = part[1] + 1
        return part
