"""Garbage collector and malloc settings for long-running processes. Pure."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of glibc's mallopt
_LARGE = 512 * 2**10  # bytes
_REUSED = 4 * 2**20  # bytes of a block that is used again
_KEPT = 64 * 2**20  # free bytes at the end of the heap


# Arguments of gc.set_threshold.
_DELIVERIES = (20_000, 20, 50)  # leave few reference cycles
_PAGES = (20_000, 5, 3)  # a refused or cancelled page request leaves cycles that hold all of it


def freeze_heap(*, has_pages: bool = False) -> None:
    """Freeze the objects created at start-up, so that the collector skips them."""
    _return_large_blocks()
    gc.collect()
    gc.freeze()
    gc.set_threshold(*(_PAGES if has_pages else _DELIVERIES))


def _return_large_blocks() -> None:
    """Return freed blocks to the system. By default glibc raises its mmap threshold to up to
    32 MiB after such a block was freed, so that one large delivery would stay allocated."""
    with suppress(OSError, AttributeError):  # another C library
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)


def reuse_large_blocks() -> None:
    """Keep freed blocks until `return_memory`. SQLite copies an event of 1 MiB several times, and
    storing takes twice as long if the system has to provide each copy."""
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _REUSED)
        mallopt(_TRIM_THRESHOLD, _KEPT)


def return_memory() -> None:
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
