"""Python's garbage collector and the C library's memory, as a process that runs for long wants
them. Pure."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of glibc's mallopt
_LARGE = 512 * 2**10  # bytes


# Arguments of gc.set_threshold.
_DELIVERIES = (20_000, 20, 50)  # leave few reference cycles
_PAGES = (20_000, 5, 3)  # a refused or cancelled page request leaves cycles that hold all of it


def freeze_heap(*, has_pages: bool = False) -> None:
    """Freezes the objects of the start, so that the collector skips them."""
    _give_back_large_blocks()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*(_PAGES if has_pages else _DELIVERIES))


def _give_back_large_blocks() -> None:
    """To the system as soon as they are free: left to itself, glibc keeps blocks of up to 32 MiB
    when such were in use once, so that one large delivery would leave its size behind."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
