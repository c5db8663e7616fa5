"""The size of a stored event or delivery, computed identically in Python and SQL: the lengths of
its long columns, and a constant for the others. Lengths of text are in characters."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.receiving.redaction import DeliveryRow
from ingest.values import ValidatedEvent

ROW = 200  # approximate bytes of the short columns and of the B-tree entry

EVENT_BYTES = f"length(raw) + length(problems) + {ROW}"
DELIVERY_BYTES = (
    "length(path) + length(headers) + length(problems) + length(excerpt) "
    f"+ coalesce(length(reply), 0) + {ROW}"
)


def event_row_bytes(events: Sequence[ValidatedEvent], packed: Sequence[str]) -> int:
    """`packed` are the serialized problems of the events that have any."""
    size = sum([len(event.raw) for event in events]) + ROW * len(events)
    return size + sum(map(len, packed)) if packed else size


def delivery_row_bytes(record: DeliveryRow) -> int:
    size = len(record.path) + len(record.headers) + len(record.problems) + len(record.excerpt)
    return size + len(record.reply or "") + ROW
