"""Python's garbage collector and the C library's memory, as a process that runs for long wants
them. Pure."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's mallopt
_LARGE = 512 * 2**10  # bytes


def settle() -> None:
    """What is alive now stays: it need not be looked at again and again. And a request makes few
    cycles."""
    _give_back_large_blocks()
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _give_back_large_blocks() -> None:
    """To the system as soon as they are free: left to itself, glibc keeps blocks of up to 32 MiB
    when such were in use once, so that one large delivery would leave its size behind."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
