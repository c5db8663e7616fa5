"""Deletes events and deliveries: the store prunes them as new ones arrive, and users delete them.
Numbers, counters and the balance stay in both cases.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import NamedTuple

from ingest.models import Delivery, Event, KeyPair, RunRange
from ingest.storage.db.cursor import cursor_transaction, open_cursor
from ingest.storage.db.insert import Cursor
from ingest.storage.db.row_sizes import DELIVERY_BYTES, EVENT_BYTES

BATCH_SECONDS = 0.05  # approximate time that one batch blocks senders
MAX_IN_BATCH = 5_000
MIN_IN_BATCH = 50

_KEYPAIR, _EVENT, _DELIVERY, _SPAN = (
    f'"{model._meta.db_table}"' for model in (KeyPair, Event, Delivery, RunRange)
)

DeleteBatch = Callable[[Cursor, int], int]  # (cursor, maximum of rows) → deleted rows


_OLDEST_EVENTS = (
    f"SELECT seq, {EVENT_BYTES} FROM {_EVENT} WHERE keypair_id = ? AND seq >= ? AND seq < ? "
    "ORDER BY seq LIMIT ?"
)
_OLDEST_DELIVERIES = (
    f"SELECT number, first_seq, events, {DELIVERY_BYTES} FROM {_DELIVERY} "
    "WHERE keypair_id = ? ORDER BY number LIMIT ?"
)


def prune_events(cursor: Cursor, pair: int, keep_from: int, dropped: int = 0) -> None:
    """Delete the events below `keep_from`, except those below `dropped`, whose partitions are
    dropped afterwards."""
    freed = _bytes_below(cursor, pair, keep_from)
    if keep_from > dropped:
        cursor.execute(
            f"DELETE FROM {_EVENT} WHERE keypair_id = ? AND seq >= ? AND seq < ?",
            (pair, dropped, keep_from),
        )
    cursor.execute(
        f"DELETE FROM {_SPAN} WHERE keypair_id = ? AND first_seq < ? AND last_seq < ?",
        (pair, keep_from, keep_from),
    )
    cursor.execute(
        f"UPDATE {_KEYPAIR} SET first_seq = ?, stored_bytes = stored_bytes - ? WHERE id = ?",
        (keep_from, freed, pair),
    )


def prune_deliveries(cursor: Cursor, pair: int, through: int) -> None:
    where = f"FROM {_DELIVERY} WHERE keypair_id = ? AND number <= ?"
    query = f"SELECT coalesce(sum({DELIVERY_BYTES}), 0) {where}"
    (freed,) = cursor.execute(query, (pair, through)).fetchone()
    if freed:
        cursor.execute(f"DELETE {where}", (pair, through))
        query = f"UPDATE {_KEYPAIR} SET stored_bytes = stored_bytes - ? WHERE id = ?"
        cursor.execute(query, (int(freed), pair))


class Oldest(NamedTuple):
    """Rows to delete together: events below `keep_from`, deliveries up to `through`."""

    keep_from: int
    through: int
    freed: int = 0  # bytes
    events: int = 0


NOTHING = Oldest(0, 0)


def find_oldest(cursor: Cursor, pair: int, goal: int, limit: int) -> Oldest:
    """The oldest events and deliveries, in order of arrival, until they have `goal` bytes; at most
    `limit` rows of each, and never the newest event. The key pair's row must be locked."""
    query = f"SELECT first_seq, last_seq FROM {_KEYPAIR} WHERE id = ?"
    first_seq, last_seq = cursor.execute(query, (pair,)).fetchone() or (1, 0)
    events = cursor.execute(_OLDEST_EVENTS, (pair, first_seq, last_seq, limit)).fetchall()
    deliveries = cursor.execute(_OLDEST_DELIVERIES, (pair, limit)).fetchall()
    return _oldest(first_seq, events, deliveries, goal, are_all=len(events) < limit)


def _oldest(
    first_seq: int,
    events: Sequence[tuple[int, int]],
    deliveries: Sequence[tuple[int, int | None, int, int]],
    goal: int,
    *,
    are_all: bool,
) -> Oldest:
    """`are_all`: `events` are all events except the newest."""
    keep_from, through, freed = first_seq, 0, 0
    waiting = iter(events)
    for number, first, count, size in deliveries:
        if freed >= goal:
            break
        end = first + count if first is not None else 0
        while keep_from < end:
            seq, of_event = next(waiting, (0, 0))
            if not seq and are_all:
                break
            if freed >= goal or not seq:
                return Oldest(keep_from, through, freed, keep_from - first_seq)
            keep_from, freed = seq + 1, freed + of_event
        through, freed = number, freed + size
    return Oldest(keep_from, through, freed, keep_from - first_seq)


def _bytes_below(cursor: Cursor, pair: int, keep_from: int) -> int:
    """Bytes of the stored events below `keep_from`."""
    query = (
        f"SELECT coalesce(sum({EVENT_BYTES}), 0) FROM {_EVENT} WHERE keypair_id = ? AND seq < ? "
        f"AND seq >= (SELECT first_seq FROM {_KEYPAIR} WHERE id = ?)"
    )
    return int(cursor.execute(query, (pair, keep_from, pair)).fetchone()[0])


def delete_up_to(pair: int, through: int) -> Iterator[int]:
    """Delete the events up to the number `through`, and the deliveries up to the last one whose
    events are all among them. Works in batches, each a short transaction, and yields the number of
    deleted events of each. The caller must pause between batches, so that senders are not blocked.
    Can be interrupted and repeated."""
    yield from _in_batches(lambda cursor, limit: _delete_events(cursor, pair, through, limit))
    last = _last_delivery(pair, through)
    for _ in _in_batches(lambda cursor, limit: _delete_deliveries(cursor, pair, last, limit)):
        yield 0


def _in_batches(delete: DeleteBatch) -> Iterator[int]:
    """Delete until nothing is left. The size of a batch follows from the duration of the last one,
    because events can be a few bytes or a mebibyte long."""
    limit = 500
    while True:
        start = monotonic()
        deleted = _in_transaction(delete, limit)
        if not deleted:
            return
        yield deleted
        fitting = int(limit * BATCH_SECONDS / max(monotonic() - start, 0.001))
        limit = max(MIN_IN_BATCH, min(MAX_IN_BATCH, fitting))


def _in_transaction(delete: DeleteBatch, limit: int) -> int:
    with cursor_transaction() as cursor:
        return delete(cursor, limit)


def _delete_events(cursor: Cursor, pair: int, through: int, limit: int) -> int:
    query = f"SELECT first_seq, last_seq FROM {_KEYPAIR} WHERE id = ?{cursor.for_update}"
    first_seq, last_seq = cursor.execute(query, (pair,)).fetchone() or (1, 0)
    keep_from = min(first_seq + limit, through + 1, last_seq + 1)
    if keep_from <= first_seq:
        return 0
    prune_events(cursor, pair, keep_from)
    return int(keep_from - first_seq)


def _last_delivery(pair: int, through: int) -> int:
    row = (
        open_cursor()
        .execute(
            f"SELECT number FROM {_DELIVERY} WHERE keypair_id = ? AND first_seq + events <= ? "
            "ORDER BY number DESC LIMIT 1",
            (pair, through + 1),
        )
        .fetchone()
    )
    return int(row[0]) if row else 0


def _delete_deliveries(cursor: Cursor, pair: int, last: int, limit: int) -> int:
    query = f"SELECT min(number) FROM {_DELIVERY} WHERE keypair_id = ? AND number <= ?"
    (first,) = cursor.execute(query, (pair, last)).fetchone()
    if first is None:
        return 0
    prune_deliveries(cursor, pair, min(first + limit - 1, last))
    return limit
