"""Deadlines for the next part of a body: all of it must arrive in time, and a large body must keep
a minimum rate."""

from __future__ import annotations

MIN_BYTES_PER_SECOND = 8_000
STALL_SECONDS = 8.0  # tolerated delay behind this rate
FREE_BYTES = 16 * 2**10  # received before the rate counts: small bodies have no minimum rate


class TransferRate:
    """A token bucket. Every received byte adds to the allowed delay, up to STALL_SECONDS; waiting
    uses it up, so that a fast start does not permit a long stall. Times are those of the event
    loop."""

    __slots__ = ("_allowed_delay", "_at", "_received", "end")

    def __init__(self, now: float, seconds: float) -> None:
        self.end = now + seconds
        self._at = now
        self._allowed_delay = STALL_SECONDS
        self._received = 0

    def received(self, size: int, now: float) -> float:
        """Count `size` bytes received at `now`. Returns the deadline for the next part."""
        self._received += size
        if self._received <= FREE_BYTES:
            self._at = now
            return self.end
        earned = self._allowed_delay - (now - self._at) + size / MIN_BYTES_PER_SECOND
        self._allowed_delay = min(STALL_SECONDS, earned)
        self._at = now
        return min(self.end, now + self._allowed_delay)
