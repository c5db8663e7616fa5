"""Limits guesses at keys. After a number of different wrong keys, replies to a network or about a
key pair are delayed and lose their hints; finally they do not reveal whether a guess was right.

Each process counts in its own memory, up to fixed limits.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from typing import NamedTuple

from ingest.receiving.networks import network_of
from ingest.values import Credentials, KeyPairSnapshot, Refusal

MAX_GUESSES_PER_PAIR = 10  # different wrong keys beside the right one: then hints are withheld
MAX_GUESSES_PER_SENDER = 30  # the same for one network, which many senders may share
MAX_GUESSES_PER_NETWORK = 100  # different wrong keys: then the reason is withheld
WINDOW_SECONDS = 600.0  # after which counting starts again
MAX_REMEMBERED = 10_000  # windows, of pairs and networks
MAX_DIGESTS = 200_000  # in all windows: 15 MB
TARPIT_SECONDS = 1.0  # between two replies once the limit is exceeded
MAX_PENDING = 5  # delayed replies to one network

_ONE_KEY_RIGHT = frozenset({"wrong-auth-key", "wrong-api-key", "one-character-off", "case-differs"})
_REVEALS_KEYS = _ONE_KEY_RIGHT | {
    *("unknown-keys", "key-misplaced", "key-in-other-place", "keys-of-two-pairs", "keys-swapped"),
    *("other-dialect", "wrong-joint", "token-alone", "query-key-used", "half-rotated"),
    *("header-misnamed", "header-in-value", "scheme-missing", "other-scheme", "key-below-top"),
    *("no-space-after-bearer", "key-field-misnamed", "sign-in-address", "place-not-read"),
}
_MINUTES = f"{WINDOW_SECONDS / 60:g}"
WITHHELD = Refusal("too-many-tries", {"minutes": _MINUTES})


class LimitedRefusal(NamedTuple):
    """`refusal` is the reason that the sender sees, `delay` the seconds before the reply.
    `is_first` marks the first reply that the limit changes, which is reported to staff."""

    refusal: Refusal
    delay: float = 0.0
    is_first: bool = False


class _Window:
    __slots__ = ("began", "is_over", "next_reply", "tried")

    def __init__(self, now: float) -> None:
        self.began = now
        self.tried: set[bytes] = set()  # digests
        self.is_over = False  # a guess exceeded the limit
        self.next_reply = 0.0


class GuessLimiter:
    """Repeating a wrong key reveals nothing new, so only different keys count."""

    def __init__(self) -> None:
        # not a cache of cachetools: the size of a window grows while it is in it
        self._windows: OrderedDict[str, _Window] = OrderedDict()
        self._digests = 0

    def limit(
        self, refusal: Refusal, pair: KeyPairSnapshot | None, sender: str, tried: Credentials
    ) -> LimitedRefusal:
        """Count a refusal. `pair` is the key pair of the key that was right, if one was."""
        if refusal.code not in _REVEALS_KEYS:
            return LimitedRefusal(refusal)
        network, digest = network_of(sender), _digest(*tried[:2])
        may_have_hint, delay, is_first = True, 0.0, False
        if pair is not None and refusal.code in _ONE_KEY_RIGHT:
            of_pair, _ = self._allows(f"pair {pair.id}", digest, MAX_GUESSES_PER_PAIR)
            of_sender, _ = self._allows(f"hints {network}", digest, MAX_GUESSES_PER_SENDER)
            may_have_hint = of_pair and of_sender
            right = next((key for key in tried[:2] if key in (pair.api_key, pair.auth_key)), "")
            is_free, is_first = self._allows(
                _key_window(network, right), digest, MAX_GUESSES_PER_PAIR
            )
            delay = 0.0 if of_pair and is_free else TARPIT_SECONDS
        name = f"sender {network}"
        is_free, is_first_of_sender = self._allows(name, digest, MAX_GUESSES_PER_NETWORK)
        is_first = is_first or is_first_of_sender
        if not is_free:
            return LimitedRefusal(WITHHELD, delay, is_first)
        if not may_have_hint:
            return LimitedRefusal(refusal.plain or refusal, delay, is_first)
        return LimitedRefusal(refusal, delay, is_first)

    def turn(self, sender: str, credentials: Credentials) -> float | None:
        """Seconds to delay the refusal of credentials that are not known to be right. None if they
        must not be looked up, because too many guesses of this network with one of these keys are
        already delayed: a reply of 200 would reveal which guess is right."""
        network, digest = network_of(sender), _digest(*credentials[:2])
        for key in filter(None, credentials[:2]):
            name = _key_window(network, key)
            if self._is_over(name, digest, MAX_GUESSES_PER_PAIR):
                return self._turn(name)
        name = f"sender {network}"
        return self._turn(name) if self._is_over(name, digest, MAX_GUESSES_PER_NETWORK) else 0.0

    def _is_over(self, name: str, digest: bytes, limit: int) -> bool:
        window = self._windows.get(name)
        return window is not None and len(window.tried) >= limit and digest not in window.tried

    def may_look_up(self, sender: str, presented: list[str]) -> bool:
        """Whether keys in places that the dialect does not read may be looked up."""
        name = f"places {network_of(sender)}"
        return self._allows(name, _digest(*presented), MAX_GUESSES_PER_NETWORK)[0]

    def _allows(self, name: str, digest: bytes, limit: int) -> tuple[bool, bool]:
        """Whether a guess is within the limit; and if not, whether it is the first that is not."""
        window = self._window(name)
        if digest in window.tried:
            return True, False
        if len(window.tried) < limit:
            window.tried.add(digest)
            self._digests += 1
            return True, False
        is_first, window.is_over = not window.is_over, True
        return False, is_first

    def _turn(self, name: str) -> float | None:
        """Seconds until the next reply; None if too many replies are already delayed."""
        window, now = self._window(name), time.monotonic()
        wait = max(window.next_reply - now, 0.0) + TARPIT_SECONDS
        if wait > MAX_PENDING * TARPIT_SECONDS:
            return None
        window.next_reply = now + wait
        return wait

    def _window(self, name: str) -> _Window:
        now = time.monotonic()
        window = self._windows.get(name)
        if window is None or now - window.began > WINDOW_SECONDS:
            self._digests -= len(window.tried) if window else 0
            window = self._windows[name] = _Window(now)
        self._windows.move_to_end(name)
        while len(self._windows) > MAX_REMEMBERED or self._digests > MAX_DIGESTS:
            _, oldest = self._windows.popitem(last=False)
            self._digests -= len(oldest.tried)
        return window


def _key_window(network: str, key: str) -> str:
    return f"key {network} {_digest(key).hex()}"


def _digest(*tried: str) -> bytes:
    text = "\0".join(tried).encode("utf-8", "surrogatepass")
    return hashlib.blake2b(text, digest_size=8).digest()
