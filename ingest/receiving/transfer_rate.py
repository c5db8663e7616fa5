"""How long to wait for the next part of a body: it must be complete in time, and a large one must
not stall meanwhile."""

from __future__ import annotations

MIN_BYTES_PER_SECOND = 8_000
STALL_SECONDS = 8.0  # that a sender may be behind this rate
FREE_BYTES = (
    16 * 2**10
)  # received before the rate counts: small bodies may come as slowly as they like


class TransferRate:
    """Times are those of the event loop. A sender earns patience with every byte, up to
    STALL_SECONDS, and spends it while it sends nothing: a fast start allows no long stall."""

    __slots__ = ("_at", "_patience", "_received", "end")

    def __init__(self, now: float, seconds: float) -> None:
        self.end = now + seconds
        self._at = now
        self._patience = STALL_SECONDS
        self._received = 0

    def received(self, size: int, now: float) -> float:
        """When the next part is due, now that so many bytes came."""
        self._received += size
        if self._received <= FREE_BYTES:
            self._at = now
            return self.end
        earned = self._patience - (now - self._at) + size / MIN_BYTES_PER_SECOND
        self._patience = min(STALL_SECONDS, earned)
        self._at = now
        return min(self.end, now + self._patience)
