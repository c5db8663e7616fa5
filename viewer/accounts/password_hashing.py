"""Password hashing with a bound: each hash takes 16 MiB and a core for a seventh of a second, so a
process computes two at a time, for sign-in, invitations and new passwords together."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from django.contrib.auth import hashers

MAX_HASHES = 2  # at a time in one process
MAX_ASKING = 8  # threads that hash or wait for it
MAX_WAIT = 10.0  # seconds
MAX_SIGN_INS = 8  # under way in one process
MAX_SIGN_INS_OF_NETWORK = 4


class HashingBusy(Exception):
    """Too many passwords are being checked; `seconds` from now on it may be tried again."""

    seconds = 2

    def __init__(self) -> None:
        super().__init__("Too many people are signing in at the moment. Try again in 2 seconds.")


# threads of its own: what they allocate is used again, where each page's thread would keep its own
_hashing = ThreadPoolExecutor(MAX_HASHES, thread_name_prefix="hash")
_asking = threading.BoundedSemaphore(MAX_ASKING)
_signing_in: Counter[str] = Counter()
_counting = threading.Lock()


def hash_in_turn(encode: Callable[[], str]) -> str:
    """Raises HashingBusy."""
    if not _asking.acquire(blocking=False):
        raise HashingBusy
    try:
        hashed = _hashing.submit(encode)
        try:
            return hashed.result(MAX_WAIT)
        except TimeoutError:
            hashed.cancel()
            raise HashingBusy from None
    finally:
        _asking.release()


@contextmanager
def limited_sign_in(network: str) -> Iterator[None]:
    """While it is under way. Raises HashingBusy where there are too many."""
    with _counting:
        is_full = _signing_in.total() >= MAX_SIGN_INS
        if is_full or _signing_in[network] >= MAX_SIGN_INS_OF_NETWORK:
            raise HashingBusy
        _signing_in[network] += 1
    try:
        yield
    finally:
        with _counting:
            _signing_in[network] -= 1
            if not _signing_in[network]:
                del _signing_in[network]


class ScryptPasswordHasher(hashers.ScryptPasswordHasher):
    """Checking a password encodes it, too."""

    def encode(
        self,
        password: str,
        salt: str,
        n: int | None = None,
        r: int | None = None,
        p: int | None = None,
    ) -> str:
        encode = super().encode
        return hash_in_turn(lambda: encode(password, salt, n, r, p))


class PBKDF2PasswordHasher(hashers.PBKDF2PasswordHasher):
    def encode(self, password: str, salt: str, iterations: int | None = None) -> str:
        encode = super().encode
        return hash_in_turn(lambda: encode(password, salt, iterations))
