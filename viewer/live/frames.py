"""The frames of the live feed. Reads; never writes."""

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
    """The columns of a key pair that change from frame to frame."""
    return PreparedQuery(KeyPair.objects.filter(pk=A).values_list(*NUMBERS))


def current_numbers(pair: int) -> KeyPair | None:
    """A key pair's numbers of this moment, and nothing else of it; None when it is gone."""
    numbers = next(_numbers().rows(pair), None)
    if numbers is None:
        return None
    return KeyPair(id=pair, **dict(zip(NUMBERS, numbers, strict=True)))


def change_token(pair: KeyPair) -> tuple[int, ...]:
    """The state of a pair that a page knows; while it is unchanged there is no frame to send."""
    return (pair.first_seq, pair.last_seq, pair.refused, pair.judged)


class LeftOut(TypedDict):
    """The number of matching events omitted from the frame; null if unknown. If the search timed
    out, also the lowest number covered."""

    skipped: int | None
    searched_to: NotRequired[int]


class FeedFrame(LeftOut):
    """`seconds` is null if the page has to load its chart again."""

    type: Literal["events"]
    after: int
    events: list[SerializedRow]
    last: int
    first: int
    balance: EventBalance
    judged: int
    seconds: list[chart.Bar] | None


class Frames:
    """The frames of one query. A frame covers all events after a number, up to the newest that
    `pair` knows."""

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
        """The first frame, which may search everything stored; the chart is loaded separately."""
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
