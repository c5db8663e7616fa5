"""The size of a stored event or delivery, computed identically in Python and SQL: the lengths of
its long columns, and a constant for the others. Lengths of text are in characters."""

from __future__ import annotations

from ingest.receiving.redaction import DeliveryRow

ROW = 200  # approximate bytes of the short columns and of the B-tree entry

# store.py adds up the same for new events, in the loop that counts them
EVENT_BYTES = f"length(raw) + length(problems) + {ROW}"
DELIVERY_BYTES = (
    "length(path) + length(headers) + length(problems) + length(excerpt) "
    f"+ coalesce(length(reply), 0) + {ROW}"
)


def delivery_row_bytes(record: DeliveryRow) -> int:
    size = len(record.path) + len(record.headers) + len(record.problems) + len(record.excerpt)
    return size + len(record.reply or "") + ROW
