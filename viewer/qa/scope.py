"""Which events of a key pair are looked at: from a number on, those of a run, or all that are
kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from ingest.models import KeyPair, Run
from viewer.query.sql import InRun


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


def of_run(run: Run) -> Scope:
    return Scope(run.keypair_id, run.first_seq - 1, run.name)
