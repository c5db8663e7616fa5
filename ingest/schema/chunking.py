"""Splits a large event into chunks. The validator keeps the interpreter lock until it has found all
errors of its input, and each error takes microseconds. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from ingest.values import Json

MAX_MEMBERS = 300  # of an event that is not split, or inside one member of a chunk
_CHUNK_MEMBERS = 100  # members of a chunk: if each is wrong, validation takes a millisecond


class Chunk(NamedTuple):
    """`is_cut`: a member of this or an earlier chunk was truncated."""

    value: Json
    is_cut: bool


def needs_chunking(value: Json) -> bool:
    """Whether the value has more than MAX_MEMBERS members, including nested ones."""
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
    """Each chunk has all top-level members whose names are `known`, and others of the others in
    order, all truncated to MAX_MEMBERS."""
    known_members: dict[str, Json] = {}
    is_cut = False
    for name in value.keys() & known:
        truncator = _Truncator(known)
        known_members[name] = truncator.truncate(value[name])
        is_cut |= truncator.cut
    others: dict[str, Json] = {}
    truncator = _Truncator(known)
    for name, item in value.items():
        if name in known:
            continue
        others[name] = truncator.truncate(item)
        truncator.left -= 1
        is_cut |= truncator.cut
        if truncator.left <= MAX_MEMBERS - _CHUNK_MEMBERS:
            yield Chunk(known_members | others, is_cut)
            others, truncator = {}, _Truncator(known)
    yield Chunk(known_members | others, is_cut)


class _Truncator:
    """Truncates containers to a budget of members; never empties a non-empty one."""

    def __init__(self, known: frozenset[str]) -> None:
        self._known = known
        self.left = MAX_MEMBERS
        self.cut = False

    def truncate(self, value: Json) -> Json:
        if not value or not isinstance(value, (dict, list)):
            return value
        if isinstance(value, dict):
            if self._known.isdisjoint(value):
                return dict(self._some(value.items()))
            # known names first: they can be required
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
            yield name, self.truncate(item)
