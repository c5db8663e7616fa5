"""Which events of a key pair are looked at: from a number on, those of a run, or all that are
kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from ingest.models import Event, KeyPair, Run
from viewer.events.chunked_scan import ChunkedScan
from viewer.query.expressions import InRun
from viewer.workload.visitor_queries import QueryUnfinished

SLICE_SECONDS = 1.0  # of one turn: others have theirs before it goes on
WIDEST = 10_000  # events of a piece


@dataclass(frozen=True)
class Scope:
    """Events with after < seq. With a run only its own, and none before it has begun."""

    pair: int
    after: int = 0
    run: str = ""

    def range(self, pair: KeyPair, cursor: int = 0) -> tuple[int, int, Q] | None:
        """[low, high] of what is not looked at yet, beyond `cursor`, and what events must fulfil
        besides; None while there is nothing to look at."""
        low, high, condition = max(self.after, cursor) + 1, pair.last_seq, Q()
        if self.run:
            run = Run.objects.filter(keypair=self.pair, name=self.run).first()
            if run is None:
                return None
            low = max(low, run.first_seq)
            high = high if run.last_seq is None else min(high, run.last_seq)
            condition = Q(InRun(run.pk))
        low = max(low, pair.first_seq)
        return None if low > high else (low, high, condition)

    def pieces(self, pair: KeyPair, cursor: int) -> Iterator[tuple[QuerySet[Event], int]]:
        """The same as events, upwards, some at a time, and the number that each piece ends with.
        Raises QueryUnfinished at the end of a turn."""
        found = self.range(pair, cursor)
        if found is None:
            return
        low, high, condition = found
        parts = ChunkedScan(low, high, is_downwards=False, whole=False, widest=WIDEST)
        for first, last in parts.within(SLICE_SECONDS):
            here = Event.objects.filter(condition, keypair=pair, seq__gte=first, seq__lte=last)
            yield here, last
        if parts.reached is not None:
            raise QueryUnfinished


def scope_of_run(run: Run) -> Scope:
    return Scope(run.keypair_id, run.first_seq - 1, run.name)
