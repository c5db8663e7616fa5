"""Limits what a WebSocket may send. Pages only answer pings."""

from __future__ import annotations

import time

from viewer.server.limits import INCOMING_BYTES, INCOMING_SECONDS


class IncomingBudget:
    """Bytes of all frames, control frames included, per time window."""

    __slots__ = ("_ends", "_left")

    def __init__(self) -> None:
        self._ends = 0.0
        self._left = 0

    def takes(self, size: int) -> bool:
        now = time.monotonic()
        if now > self._ends:
            self._ends, self._left = now + INCOMING_SECONDS, INCOMING_BYTES
        self._left -= size
        return self._left >= 0
