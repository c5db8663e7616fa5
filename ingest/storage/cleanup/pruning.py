"""What is no longer kept: pruned by the store as new events arrive, or deleted because
somebody asked. Numbers, tallies and the balance stay in either case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from time import monotonic
from typing import NamedTuple

from ingest.models import Delivery, Event, KeyPair, RunRange
from ingest.storage.db.cursor import cursor_transaction, open_cursor
from ingest.storage.db.insert import Cursor
from ingest.storage.db.row_sizes import DELIVERY_BYTES, EVENT_BYTES

PIECE_SECONDS = 0.05  # how long one piece may hold senders up, roughly
MAX_IN_PIECE = 5_000
MIN_IN_PIECE = 50

_KEYPAIR, _EVENT, _DELIVERY, _SPAN = (
    f'"{model._meta.db_table}"' for model in (KeyPair, Event, Delivery, RunRange)
)

Piece = Callable[[Cursor, int], int]  # (cursor, how many rows at the most) → how many went


_OLDEST_EVENTS = (
    f"SELECT seq, {EVENT_BYTES} FROM {_EVENT} WHERE keypair_id = ? AND seq >= ? AND seq < ? "
    "ORDER BY seq LIMIT ?"
)
_OLDEST_DELIVERIES = (
    f"SELECT number, first_seq, events, {DELIVERY_BYTES} FROM {_DELIVERY} "
    "WHERE keypair_id = ? ORDER BY number LIMIT ?"
)


def prune_events(cursor: Cursor, pair: int, keep_from: int, dropped: int = 0) -> None:
    """Events below a number, which is the first one kept from now on. Those below `dropped` go
    with the partition they lie in."""
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
    """What goes together: events below `keep_from`, deliveries up to `through`."""

    keep_from: int
    through: int
    freed: int = 0  # bytes
    events: int = 0


NOTHING = Oldest(0, 0)


def find_oldest(cursor: Cursor, pair: int, goal: int, most: int) -> Oldest:
    """The oldest events and deliveries of so many bytes, in the order in which they came; the
    newest event stays. `most` is the number of rows of each. The key pair is locked."""
    query = f"SELECT first_seq, last_seq FROM {_KEYPAIR} WHERE id = ?"
    first_seq, last_seq = cursor.execute(query, (pair,)).fetchone() or (1, 0)
    events = cursor.execute(_OLDEST_EVENTS, (pair, first_seq, last_seq, most)).fetchall()
    deliveries = cursor.execute(_OLDEST_DELIVERIES, (pair, most)).fetchall()
    return _oldest(first_seq, events, deliveries, goal, are_all=len(events) < most)


def _oldest(
    first_seq: int,
    events: Sequence[tuple[int, int]],
    deliveries: Sequence[tuple[int, int | None, int, int]],
    goal: int,
    *,
    are_all: bool,
) -> Oldest:
    """`are_all`: there are no more events than these, and the newest."""
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
    """Of the events that are kept so far."""
    query = (
        f"SELECT coalesce(sum({EVENT_BYTES}), 0) FROM {_EVENT} WHERE keypair_id = ? AND seq < ? "
        f"AND seq >= (SELECT first_seq FROM {_KEYPAIR} WHERE id = ?)"
    )
    return int(cursor.execute(query, (pair, keep_from, pair)).fetchone()[0])


def delete_up_to(pair: int, through: int) -> Iterator[int]:
    """Delete the events up to a number, and the requests up to the last one whose events are
    all among them. In pieces, each a short transaction of its own; gives the number of events
    that each deleted. The caller pauses between two, so that senders get their turn. Breaking
    off and doing it again does no harm."""
    yield from _in_pieces(lambda cursor, most: _delete_events(cursor, pair, through, most))
    last = _last_delivery(pair, through)
    for _ in _in_pieces(lambda cursor, most: _delete_deliveries(cursor, pair, last, most)):
        yield 0


def _in_pieces(delete: Piece) -> Iterator[int]:
    """Until nothing is left. Lines may be short or a mebibyte long: how long the last piece
    took tells how large the next one may be."""
    most = 500
    while True:
        start = monotonic()
        deleted = _in_transaction(delete, most)
        if not deleted:
            return
        yield deleted
        fitting = int(most * PIECE_SECONDS / max(monotonic() - start, 0.001))
        most = max(MIN_IN_PIECE, min(MAX_IN_PIECE, fitting))


def _in_transaction(delete: Piece, most: int) -> int:
    with cursor_transaction() as cursor:
        return delete(cursor, most)


def _delete_events(cursor: Cursor, pair: int, through: int, most: int) -> int:
    query = f"SELECT first_seq, last_seq FROM {_KEYPAIR} WHERE id = ?{cursor.for_update}"
    first_seq, last_seq = cursor.execute(query, (pair,)).fetchone() or (1, 0)
    keep_from = min(first_seq + most, through + 1, last_seq + 1)
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


def _delete_deliveries(cursor: Cursor, pair: int, last: int, most: int) -> int:
    query = f"SELECT min(number) FROM {_DELIVERY} WHERE keypair_id = ? AND number <= ?"
    (first,) = cursor.execute(query, (pair, last)).fetchone()
    if first is None:
        return 0
    prune_deliveries(cursor, pair, min(first + most - 1, last))
    return most
