"""A large event in portions, for a validator that holds the interpreter until it has every finding
of what it is given, and takes some microseconds for each. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.values import Json

MAX_MEMBERS = 300  # of an event that is looked at whole; of what one member of a portion holds
_ENOUGH = 100  # members of a portion: a millisecond's work, when each is wrong


class Chunk(NamedTuple):
    """`is_cut`: some member of it, or of a portion before, holds more than is in it."""

    value: Json
    is_cut: bool


def needs_chunking(value: Json) -> bool:
    """Whether it has more members, its members' members included."""
    left = MAX_MEMBERS
    waiting = [value]
    while waiting:
        inner = waiting.pop()
        if isinstance(inner, (dict, list)):
            left -= len(inner)
            if left < 0:
                return True
            waiting += inner.values() if isinstance(inner, dict) else inner
    return False


def split_into_chunks(value: dict[str, Json], known: frozenset[str]) -> Iterator[Chunk]:
    """Each has all members at the top whose names are `known`, shortened, and some of the others,
    in their order; the last has the rest of them."""
    spoken_of: dict[str, Json] = {}
    is_cut = False
    for name in value.keys() & known:
        scissors = _Scissors(known)
        spoken_of[name] = scissors.shorten(value[name])
        is_cut |= scissors.cut
    some: dict[str, Json] = {}
    scissors = _Scissors(known)
    for name, item in value.items():
        if name in known:
            continue
        some[name] = scissors.shorten(item)
        scissors.left -= 1
        is_cut |= scissors.cut
        if scissors.left <= MAX_MEMBERS - _ENOUGH:
            yield Chunk(spoken_of | some, is_cut)
            some, scissors = {}, _Scissors(known)
    yield Chunk(spoken_of | some, is_cut)


class _Scissors:
    """Leaves so many members of what it shortens, and never makes empty what holds something."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self.left = MAX_MEMBERS
        self.cut = False

    def shorten(self, value: Json) -> Json:
        if not value or not isinstance(value, (dict, list)):
            return value
        if isinstance(value, dict):
            if self._known.isdisjoint(value):
                return dict(self._some(value.items()))
            # what may be required stays
            members = [(name, item) for name, item in value.items() if name in self._known]
            members += ((name, item) for name, item in value.items() if name not in self._known)
            return dict(self._some(members))
        return [item for _, item in self._some(enumerate(value))]

    def _some(self, members: Iterable[tuple[object, Json]]) -> Iterator[tuple[object, Json]]:
        for count, (name, item) in enumerate(members):
            if count and self.left <= 0:
                self.cut = True
                return
            self.left -= 1
            yield name, self.shorten(item)
