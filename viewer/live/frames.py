"""What a frame of the live feed holds. Reads; see design.md, section 5."""

from __future__ import annotations

import functools
from typing import Literal, NotRequired

import orjson
from typing_extensions import TypedDict

from ingest.models import KeyPair
from ingest.storage.metrics import FEED_LAG
from ingest.timestamps import now_ms
from ingest.validation.validate_event import VERDICTS
from viewer.access.key_masking import NONE, own_keys_of
from viewer.events import chart
from viewer.events.prepared_query import A, PreparedQuery
from viewer.events.search import Found, Search, count_between
from viewer.events.serializers import EventBalance, SerializedRow, balance
from viewer.query import Query

MAX_PUSHED = 500  # events a frame; what is more is counted, stored, and loaded on demand
MAX_IN_A_CROWD = 2_000  # where frames come less often, each may hold more
MAX_AT_FIRST = 100  # in the first frame, which someone waits for
MAX_IN_FRAME = 600_000  # bytes, roughly: Daphne sends no message of more than 1 MiB
SEARCH_SECONDS = 0.5  # of a frame; what is not found by then is loaded on demand, too
RAW_IN_FRAME = 4096  # bytes; longer lines are loaded when they are opened

NUMBERS = ("last_seq", "first_seq", "last_received_at", *VERDICTS, "refused", "judged")


@functools.cache
def _numbers() -> PreparedQuery:
    """What changes of a key pair from frame to frame."""
    return PreparedQuery(KeyPair.objects.filter(pk=A).values_list(*NUMBERS))


def current_numbers(pair: int) -> KeyPair | None:
    """A key pair's numbers of this moment, and nothing else of it; None when it is gone."""
    numbers = next(_numbers().rows(pair), None)
    if numbers is None:
        return None
    return KeyPair(id=pair, **dict(zip(NUMBERS, numbers, strict=True)))


def change_token(pair: KeyPair) -> tuple[int, ...]:
    """What a page knows of a pair: while it is the same there is nothing to tell."""
    return (pair.first_seq, pair.last_seq, pair.refused, pair.judged)


class LeftOut(TypedDict):
    """How many matching events a frame has no room for; null: nobody knows. Where time was up,
    also down to which number it has all."""

    skipped: int | None
    searched_to: NotRequired[int]


class FeedFrame(LeftOut):
    """`seconds` is null where the page has to read its chart anew."""

    type: Literal["events"]
    after: int
    events: list[SerializedRow]
    last: int
    first: int
    balance: EventBalance
    judged: int
    seconds: list[chart.Bar] | None


class Frames:
    """Of one question. A frame says all that came after a number, up to what `pair` knows."""

    def __init__(self, query: Query, *, is_highlight: bool, hides_keys: bool = False) -> None:
        self.query = query
        self._hides_keys = hides_keys
        self._listed = Query() if is_highlight else query  # what events come at all
        self._search = Search(
            query,
            limit=MAX_IN_A_CROWD,
            newest_first=True,
            is_highlight=is_highlight,
            raw_limit=RAW_IN_FRAME,
            most_bytes=MAX_IN_FRAME,
            seconds=SEARCH_SECONDS,
        )

    def first(self, pair: KeyPair, after: int) -> str:
        """It may look through all that is stored; the chart is read beside it."""
        return self._text(pair, after, MAX_AT_FIRST, [])

    def following(self, pair: KeyPair, after: int, most: int = MAX_PUSHED) -> str:
        # absolute without a query, increments with one: see viewer/events/chart.py
        seconds = chart.changed_buckets(pair, self._listed, after)
        if pair.last_seq > after:
            FEED_LAG.observe(max(0, now_ms() - (pair.last_received_at or 0)) / 1000)
        return self._text(pair, after, min(most, MAX_IN_A_CROWD), seconds)

    def _text(self, pair: KeyPair, after: int, most: int, seconds: list[chart.Bar] | None) -> str:
        after = min(after, pair.last_seq)
        keys = own_keys_of(pair.pk) if self._hides_keys else NONE
        found = self._search.find(pair, after, most=most, keys=keys)
        frame: FeedFrame = {
            "type": "events",
            "after": after,
            "events": found.events[::-1],
            "last": pair.last_seq,
            "first": pair.first_seq if pair.first_seq <= pair.last_seq else 0,
            **self._left_out(pair, found, after),
            "balance": balance(pair),
            "judged": pair.judged,
            "seconds": seconds,
        }
        return orjson.dumps(frame).decode()

    def _left_out(self, pair: KeyPair, found: Found, after: int) -> LeftOut:
        if found.searched_to is not None:
            return {"skipped": None, "searched_to": found.searched_to}
        if not found.is_full:
            return {"skipped": 0}
        return {"skipped": count_between(pair, self._listed, after, found.events[-1]["seq"])}
