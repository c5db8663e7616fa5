"""Returns memory to the system. Only for glibc."""

from __future__ import annotations

import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # names of mallopt(3)

LARGE = 4 * 2**20  # bytes; larger blocks go back to the system when freed
ARENAS = 4


def give_memory_back() -> None:
    """Fix the mmap threshold and the number of arenas. By default glibc raises the threshold to up
    to 32 MiB when a large block is freed, and each thread uses an arena of its own, so a few
    concurrent password hashes or large bodies would be kept many times over."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, ARENAS)
