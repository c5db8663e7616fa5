"""Settings of the garbage collector and of glibc's malloc for long-running processes. Other C
libraries ignore those of malloc."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress

# Arguments of gc.set_threshold.
_DELIVERIES = (20_000, 20, 50)  # leave few reference cycles
_PAGES = (20_000, 5, 3)  # a refused or cancelled page request leaves cycles that hold all of it

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8  # parameters of mallopt(3)
_MMAP_BYTES = 4 * 2**20  # larger blocks are returned to the system when they are freed
_TRIM_BYTES = 64 * 2**20  # free bytes at the end of the heap that are kept
_ARENAS = 4


def freeze_heap(*, has_pages: bool = False) -> None:
    """Freeze the objects created at start-up, so that the collector skips them."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*(_PAGES if has_pages else _DELIVERIES))


def limit_kept_memory() -> None:
    """Fix the mmap threshold and the number of arenas. By default glibc raises the threshold to up
    to 32 MiB when a large block is freed, and each thread uses an arena of its own, so a few
    concurrent password hashes or large bodies would be kept many times over."""
    _mallopt({_MMAP_THRESHOLD: _MMAP_BYTES, _ARENA_MAX: _ARENAS})


def reuse_large_blocks() -> None:
    """Keep freed blocks until `return_memory`. SQLite copies an event of 1 MiB several times, and
    storing takes twice as long if the system has to provide each copy."""
    _mallopt({_MMAP_THRESHOLD: _MMAP_BYTES, _TRIM_THRESHOLD: _TRIM_BYTES})


def return_memory() -> None:
    """Return all free memory to the system."""
    with suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)


def _mallopt(settings: dict[int, int]) -> None:
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        for parameter, value in settings.items():
            mallopt(parameter, value)
