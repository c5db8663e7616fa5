"""How many different wrong halves may be tried before near misses are told no more, and
answers come slowly.

Counted in memory, in each process by itself, and bounded.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import NamedTuple

from ingest.shapes import KeyPairKeys, Refusal

PAIR_TRIES = 10  # different wrong halves with one pair's right half,
SENDER_TRIES = 30  # and from one address, behind which many may be,
WINDOW_SECONDS = 600.0  # within so long; then near misses are told again
REMEMBERED = 10_000  # pairs and addresses
GUESS_SECONDS = 1.0  # that whoever goes on guessing a pair's other half waits for each answer

_COUNTED = frozenset({"wrong-auth-key", "wrong-api-key", "one-character-off", "case-differs"})

_Window = tuple[float, set[bytes]]  # when it began, and digests of what was tried


class Told(NamedTuple):
    """What is said of a refusal, and how many seconds later than it could be."""

    refusal: Refusal
    delay: float = 0.0


class Tries:
    """Who repeats a wrong key learns nothing new, so only different ones count."""

    def __init__(self) -> None:
        self._windows: OrderedDict[str, _Window] = OrderedDict()

    def told(self, refusal: Refusal, pair: KeyPairKeys, sender: str, tried: str) -> Told:
        """What the sender hears of a refusal: with too many tries, only its plain form."""
        if refusal.code not in _COUNTED:
            return Told(refusal)
        digest = hashlib.blake2b(tried.encode(), digest_size=8).digest()
        of_pair = self._allows(f"pair {pair.id}", digest, PAIR_TRIES)
        of_sender = self._allows(f"sender {sender}", digest, SENDER_TRIES)
        if of_pair and of_sender:
            return Told(refusal)
        return Told(refusal.plain or refusal, 0.0 if of_pair else GUESS_SECONDS)

    def _allows(self, name: str, digest: bytes, most: int) -> bool:
        now = time.monotonic()
        began, tried = self._windows.get(name, (now, set()))
        if now - began > WINDOW_SECONDS:
            began, tried = now, set()
        self._windows[name] = (began, tried)
        self._windows.move_to_end(name)
        while len(self._windows) > REMEMBERED:
            self._windows.popitem(last=False)
        if digest in tried:
            return True
        if len(tried) >= most:
            return False
        tried.add(digest)
        return True
