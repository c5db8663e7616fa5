"""The events to examine: those of a key pair after a number, or those of a run."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from ingest.models import Event, KeyPair, Run
from viewer.events.chunked_scan import ChunkedScan
from viewer.query.expressions import InRun
from viewer.workload.visitor_queries import QueryUnfinished

SLICE_SECONDS = 1.0  # seconds per turn, before other queries get theirs
WIDEST = 10_000  # events per batch


@dataclass(frozen=True)
class Scope:
    """Events with after < seq. With a run, only its own events since its start."""

    pair: int
    after: int = 0
    run: str = ""

    def range(self, pair: KeyPair, cursor: int = 0) -> tuple[int, int, Q] | None:
        """[low, high] of the numbers beyond `cursor`, and a further condition on the events; None
        if there are no new ones."""
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
        """The same as batches of events in ascending order, each with the last number it covers.
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
