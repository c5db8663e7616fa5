"""Detects duplicates: the same id, or the same line. In-memory, per process, for events that this
process stored; bounded, and empty after a restart."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from ingest.problems import REBUILT, WARNING, Problem
from ingest.values import ValidatedEvent
from ingest.verdicts import with_warning

SAME_ID = "duplicate-event-id"
SAME_LINE = "same-line-twice"
DUPLICATE_CODES = (SAME_ID, SAME_LINE)

MAX_REMEMBERED = (
    200_000  # ids and lines of all key pairs; at least the newest half of this number is kept
)


class Compared(NamedTuple):
    """`batches` with their warnings; `new` maps each key to the place of its event in the batches,
    from 1."""

    batches: list[Sequence[ValidatedEvent]]
    new: dict[int, int]


class DuplicateDetector:
    """Belongs to the writer's thread. `compare` only compares; `remember` adds committed events."""

    def __init__(self) -> None:
        # a dict whose oldest entries are removed one by one would grow to six times its content; a
        # cache of cachetools costs more per event (docs/decisions/0011-bounded-caches.md)
        self._seqs: dict[int, int] = {}
        self._older: dict[int, int] = {}

    def compare(
        self, pair: int, batches: Iterable[Sequence[ValidatedEvent]], last_seq: Callable[[], int]
    ) -> Compared:
        """Add a warning for each duplicate. `last_seq` is a query for the number before the first
        of the batches. It is called once at most, and only if a duplicate has its original among
        them."""
        before: int | None = None
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
                    if before is None:
                        before = last_seq()
                    first = before + origin
                marked = list(events) if marked is None else marked
                marked[at] = with_warning(event, _echo(kind, first))
            compared.append(events if marked is None else marked)
        return Compared(compared, new)

    def remember(self, new: dict[int, int], before: int) -> None:
        """Add `new` of `compare` after the commit, numbered from `before` on."""
        for key, index in new.items():
            if len(self._seqs) >= MAX_REMEMBERED // 2:
                self._seqs, self._older = {}, self._seqs
            self._seqs[key] = before + index


def _key(pair: int, event: ValidatedEvent) -> tuple[str, int]:
    """The duplicate-detection rule that applies, and the event's hash. Events without a time can
    legitimately be equal, as two clicks are."""
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
