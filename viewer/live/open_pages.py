"""Limits the open live pages. Pages with the same query share their frames; a page with its own
query costs a search per frame."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

OF_SESSION = 100
OF_ADDRESS = 1_000
SEARCHING_OF_SESSION = 10
SEARCHING_OF_PAIR = 50


class TooManyPages(Exception):
    """The message is for the page."""


class OpenPage(NamedTuple):
    pair: int
    session: str | None
    address: str
    has_query: bool


_open: Counter[tuple[str, Hashable]] = Counter()  # of this process


@contextmanager
def register_page(page: OpenPage) -> Iterator[None]:
    """For the life of a page. Raises TooManyPages."""
    limits = list(_limits_of(page))
    for kind, most, message in limits:
        if _open[kind] >= most:
            raise TooManyPages(message)
    for kind, _, _ in limits:
        _open[kind] += 1
    try:
        yield
    finally:
        for kind, _, _ in limits:
            _open[kind] -= 1
            if not _open[kind]:
                del _open[kind]


def _limits_of(page: OpenPage) -> Iterator[tuple[tuple[str, Hashable], int, str]]:
    close = "Close another one, then try again."
    yield ("session", page.session), OF_SESSION, f"You have {OF_SESSION} live pages open. {close}"
    yield (
        ("address", page.address),
        OF_ADDRESS,
        f"There are {OF_ADDRESS:,} live pages open from your network address. {close}",
    )
    if page.has_query:
        yield (
            ("searching session", page.session),
            SEARCHING_OF_SESSION,
            f"You have {SEARCHING_OF_SESSION} live pages with a query open. {close}",
        )
        yield (
            ("searching pair", page.pair),
            SEARCHING_OF_PAIR,
            f"There are {SEARCHING_OF_PAIR} live pages with a query open for this key pair. "
            "Clear the query, or close another one and try again.",
        )
