"""Warns near a vendor's limit on distinct event names, beyond which the vendor drops new names
silently."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ingest.problems import WARNING, Problem
from ingest.schema.schema_rules import truncate
from ingest.values import ValidatedEvent
from ingest.verdicts import with_warning

MANY_NAMES = "many-names"
NEAR = 0.95  # share of the limit at which warnings start


def warn_high_cardinality(
    batches: Iterable[Sequence[ValidatedEvent]], known: set[str], limit: int, path: str
) -> list[Sequence[ValidatedEvent]]:
    """The batches with a warning for each event with a new name near or beyond the limit. `known`
    are the earlier names, `path` is the field of the event's name."""
    names = {event.columns.name for events in batches for event in events} - known - {None}
    if len(known) + len(names) < limit * NEAR:
        return list(batches)
    count = len(known)
    counted: dict[str, int] = {}
    warned_batches: list[Sequence[ValidatedEvent]] = []
    for events in batches:
        marked = list(events)
        for at, event in enumerate(events):
            name = event.columns.name
            if name in names and name is not None and name not in counted:
                count += 1
                counted[name] = count
                if count >= limit * NEAR:
                    args = {"value": truncate(name), "count": f"{count:,}", "limit": f"{limit:,}"}
                    marked[at] = with_warning(event, Problem(MANY_NAMES, WARNING, path, args=args))
        warned_batches.append(marked)
    return warned_batches
