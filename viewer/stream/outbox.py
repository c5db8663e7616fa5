"""Large answers that are on their way: a client that reads slowly, or not at all, makes the server
hold them."""

from __future__ import annotations

import weakref
from collections import Counter

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from viewer.executors import TooBusy

LARGE = 256 * 2**10  # bytes: smaller answers are not counted
OF_VISITOR = 32 * 2**20  # bytes
OF_ALL = 128 * 2**20
OF_EXPORT = 4 * 2**20  # what one holds at any time

_held: Counter[str] = Counter()  # bytes of each visitor, in this process


def hold(answer: HttpResponseBase, visitor: str) -> None:
    """Counts an answer until it is gone. Raises TooBusy."""
    size = len(answer.content) if isinstance(answer, HttpResponse) else OF_EXPORT
    if size < LARGE:
        return
    is_too_much = _held[visitor] and _held[visitor] + size > OF_VISITOR
    if is_too_much or _held.total() + size > OF_ALL:
        raise TooBusy
    _held[visitor] += size
    let_go = weakref.finalize(answer, _let_go, visitor, size)
    reference = weakref.ref(answer)

    def sent() -> None:
        """Django closes what was sent, and may keep it for long."""
        let_go()
        closed = reference()
        if isinstance(closed, HttpResponse):
            closed.content = b""

    answer._resource_closers.append(sent)  # type: ignore[attr-defined]


def _let_go(visitor: str, size: int) -> None:
    _held[visitor] -= size
    if not _held[visitor]:
        del _held[visitor]
