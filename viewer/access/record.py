"""The record: who revealed, rotated, shared, deleted, exported what, and when."""

from __future__ import annotations

from ingest.models import KeyPair
from viewer.access import housekeeping
from viewer.access.rights import Visitor
from viewer.models import Action, RecordEntry

COMMAND_LINE = Visitor()


def note(visitor: Visitor, action: Action, pair: KeyPair | None = None, detail: str = "") -> None:
    """Write down what `visitor` did. `detail` must hold no secret."""
    RecordEntry.objects.create(
        action=action,
        actor="command line" if visitor is COMMAND_LINE else visitor.name[:150],
        sender=visitor.sender[:100],
        pair_id=pair.pk if pair else None,
        pair_name=pair.name if pair else "",
        detail=detail[:2_000],
    )
    housekeeping.after_new_row()
