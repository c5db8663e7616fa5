"""Python's garbage collector, as a process that runs for long wants it. Pure."""

from __future__ import annotations

import gc


def settle() -> None:
    """What is alive now stays: it need not be looked at again and again. And a request makes few
    cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
