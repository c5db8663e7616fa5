"""How the process gives memory back. Only where the C library is glibc."""

from __future__ import annotations

import ctypes

_MMAP_THRESHOLD, _ARENA_MAX = -3, -8  # names of mallopt(3)

LARGE = 4 * 2**20  # bytes of a block that goes back to the system when it is freed
ARENAS = 4


def give_memory_back() -> None:
    """A block that was freed once raises the size from which glibc maps blocks, up to 32 MiB, and
    each thread takes its blocks from another arena: a few password hashes or large bodies at once
    would be kept many times over for good."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_MMAP_THRESHOLD, LARGE)
        mallopt(_ARENA_MAX, ARENAS)
