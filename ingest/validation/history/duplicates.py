"""Events that came before: the same id, or the very same line.

Memory of one process, of what it stored itself; bounded, and gone when it ends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ingest.problems import REBUILT, WARNING, Problem
from ingest.values import ValidatedEvent
from ingest.verdicts import with_warning

SAME_ID = "duplicate-event-id"
SAME_LINE = "same-line-twice"
DUPLICATE_CODES = (SAME_ID, SAME_LINE)

MAX_REMEMBERED = 200_000  # ids and lines, of all key pairs: at least the newest half of so many


class Compared(NamedTuple):
    """`batches` with their warnings; `new` is what to remember: a key, and the place of
    its event in the batches, from 1 on."""

    batches: list[Sequence[ValidatedEvent]]
    new: dict[int, int]


class DuplicateDetector:
    """Belongs to the thread that stores: `compare` looks; `remember` what is on disk."""

    def __init__(self) -> None:
        # a dict from which the oldest were taken out would grow to six times of what it holds; a
        # cache of cachetools costs more with each event (docs/decisions/0011-bounded-caches.md)
        self._seqs: dict[int, int] = {}
        self._older: dict[int, int] = {}

    def compare(
        self, pair: int, batches: Iterable[Sequence[ValidatedEvent]], last_seq: Callable[[], int]
    ) -> Compared:
        """A warning for each echo. `last_seq` is the number before the batches' first; it is
        asked only when an echo has its origin among them."""
        new: dict[int, int] = {}
        seqs, older = self._seqs, self._older
        index = 0
        compared: list[Sequence[ValidatedEvent]] = []
        for events in batches:
            marked: list[ValidatedEvent] | None = None
            for at, event in enumerate(events):
                index += 1
                kind, key = _key(pair, event)
                if not kind:
                    continue
                first = seqs.get(key) or older.get(key)
                if first is None:
                    origin = new.setdefault(key, index)
                    if origin == index:
                        continue
                    first = last_seq() + origin
                marked = list(events) if marked is None else marked
                marked[at] = with_warning(event, _echo(kind, first))
            compared.append(events if marked is None else marked)
        return Compared(compared, new)

    def remember(self, new: dict[int, int], before: int) -> None:
        """`new` of `compare` is stored, numbered from `before` on."""
        for key, index in new.items():
            if len(self._seqs) >= MAX_REMEMBERED // 2:
                self._seqs, self._older = {}, self._seqs
            self._seqs[key] = before + index


def _key(pair: int, event: ValidatedEvent) -> tuple[str, int]:
    """What to know the event by, and a number for it. An event without a time of its own
    may well look like another one: two clicks do."""
    if event.verdict == "malformed":
        return "", 0
    if event.id:
        return SAME_ID, hash((pair, event.id))
    if event.columns[4] is None:
        return "", 0
    raw = event.raw if type(event.raw) is bytes else bytes(event.raw)
    return SAME_LINE, hash((pair, raw))


def _echo(code: str, first: int) -> Problem:
    path = "/event_id" if code == SAME_ID else ""
    return Problem(code, WARNING, path, REBUILT, {"first": f"{first:,}"})
