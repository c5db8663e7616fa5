"""Limits the memory of large responses in transit, which the server holds while clients read slowly
or not at all."""

from __future__ import annotations

import weakref
from collections import Counter

from django.http import HttpResponse
from django.http.response import HttpResponseBase

from viewer.workload.thread_pools import TooBusy

LARGE = 256 * 2**10  # bytes; smaller responses are not counted
OF_ALL = 128 * 2**20  # bytes
OF_VISITOR = OF_ALL // 4
OF_PAIR = OF_ALL // 4  # for all visitors of a key pair together
OF_NEWCOMERS = OF_ALL // 8  # part of the total, reserved for visitors without a held response
OF_EXPORT = 4 * 2**20  # always available to one visitor

_of_visitor: Counter[str] = Counter()  # bytes in this process
_of_pair: Counter[int] = Counter()


class TooManyUnreadAnswers(TooBusy):
    """Too many bytes of large responses are unread. The message is for the visitor."""


def hold_response(answer: HttpResponseBase, visitor: str, pair: int) -> None:
    """Count a response until it is sent. Raises TooManyUnreadAnswers."""
    size = len(answer.content) if isinstance(answer, HttpResponse) else OF_EXPORT
    if size < LARGE:
        return
    _check_room(size, visitor, pair)
    _of_visitor[visitor] += size
    _of_pair[pair] += size
    let_go = weakref.finalize(answer, _let_go, visitor, pair, size)
    reference = weakref.ref(answer)

    def sent() -> None:
        """Django closes a sent response, and may keep it for long."""
        let_go()
        closed = reference()
        if isinstance(closed, HttpResponse):
            closed.content = b""

    answer._resource_closers.append(sent)  # type: ignore[attr-defined]


def _check_room(size: int, visitor: str, pair: int) -> None:
    """Raises TooManyUnreadAnswers."""
    of_visitor, of_pair = _of_visitor[visitor], _of_pair[pair]
    if of_visitor and of_visitor + size > OF_VISITOR:
        raise TooManyUnreadAnswers(
            "Large answers that you asked for are not read yet. Read them to the end, or close "
            "their connections, then ask again."
        )
    if of_pair and of_pair + size > OF_PAIR:
        raise TooManyUnreadAnswers(
            "Large answers about this key pair are not read yet by those who asked for them. Ask "
            "again when they are."
        )
    if _of_pair.total() + size > (OF_ALL - OF_NEWCOMERS if of_visitor else OF_ALL):
        raise TooManyUnreadAnswers(
            "As many large answers as the server may hold are not read yet by those who asked for "
            "them. Ask again in a moment."
        )


def _let_go(visitor: str, pair: int, size: int) -> None:
    _of_visitor[visitor] -= size
    _of_pair[pair] -= size
    if not _of_visitor[visitor]:
        del _of_visitor[visitor]
    if not _of_pair[pair]:
        del _of_pair[pair]
