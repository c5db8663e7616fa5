"""Events of one key pair that match a query, read piece by piece."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from django.db.models import Case, F, QuerySet, Value, When

from ingest.models import Event, KeyPair
from viewer.access.key_masking import NONE, OwnKeys
from viewer.events.chunked_scan import ChunkedScan
from viewer.events.prepared_query import A, B, C, PreparedQuery
from viewer.events.seq_lookup import first_since
from viewer.events.serializers import SerializedRow, serialize_row, texts_without
from viewer.query import Query
from viewer.workload.deadline import TimeUp, within_deadline

MAX_BYTES = 8 * 2**20  # of one answer: raw lines, which it holds twice for a while, and problems
SEARCH_SECONDS = 1.0  # then the answer contains the events found so far
EXTRA_SECONDS = 2.0  # more for the current chunk, which is cancelled after that
COUNT_SECONDS = 0.5
LIGHT = 8_192  # bytes: lines up to so many may be read by the thousand
FEW = 2_000  # events that are sooner looked at than narrowed down
LATE = 120_000  # milliseconds: so much later than it was received may an event be numbered
MAX_COUNTED = 20_000  # events that are looked at only to be counted


class EventRow(NamedTuple):
    """The columns of an event that are shown."""

    seq: int
    received_at: int
    occurred_at: int | None
    name: str | None
    verdict: str
    problems: str
    account: str | None
    user: str | None
    session: str | None
    size: int
    line: int
    delivery: int
    status: int
    short_raw: bytes | None
    matches: bool


@dataclass
class Found:
    """Events, and where the search for them ended: `is_full` says at their number or size,
    `searched_to` names the last number looked at when time was up."""

    events: list[SerializedRow]
    is_full: bool = False
    searched_to: int | None = None


class Search:
    """Finds at most `limit` events at a time. Longer lines than `raw_limit` are left out, in
    the database already. For a highlight all events come, each with whether it `matches`."""

    def __init__(
        self,
        query: Query,
        *,
        limit: int,
        newest_first: bool = False,
        is_highlight: bool = False,
        raw_limit: int = 2**40,
        most_bytes: int = MAX_BYTES,
        seconds: float = SEARCH_SECONDS,
    ) -> None:
        self.query = query
        self._limit = limit
        self._newest_first = newest_first
        self._is_highlight = is_highlight and bool(query)
        self._raw_limit = raw_limit
        self._most_bytes = most_bytes
        self._seconds = seconds
        self._compiled: PreparedQuery | None = None

    def find(
        self,
        pair: KeyPair,
        after: int = 0,
        before: int | None = None,
        most: int = 2**31,
        keys: OwnKeys = NONE,
    ) -> Found:
        """Events with after < seq < before; never ones newer than `pair` knows, no more than
        `most` and than fit into `most_bytes`, and those found in about so many seconds. `keys`
        are hidden in them. Raises TimeUp where that is not enough to look at any."""
        until = min(before or pair.last_seq + 1, pair.last_seq + 1)
        low, high = max(after + 1, pair.first_seq), until - 1
        is_search = bool(self.query) and not self._is_highlight
        if is_search:
            low, high = _within_times(pair, self.query, low, high)
        # PostgreSQL's driver holds all rows of a statement at once
        is_light = not self.query and self._raw_limit <= LIGHT
        parts = ChunkedScan(low, high, is_downwards=self._newest_first, whole=is_light)
        found = Found([])
        try:
            with self._deadline():
                found.is_full = self._add(found.events, pair, parts, min(self._limit, most), keys)
        except TimeUp:
            if parts.reached is None:
                raise
            found.events = [e for e in found.events if parts.has_passed(e["seq"])]
        if not found.is_full:
            found.searched_to = parts.reached
        return found

    @contextmanager
    def _deadline(self) -> Iterator[None]:
        """Without a query there is nothing to search through."""
        if not self.query:
            yield
            return
        with within_deadline(self._seconds + EXTRA_SECONDS):
            yield

    def _add(
        self,
        events: list[SerializedRow],
        pair: KeyPair,
        parts: ChunkedScan,
        limit: int,
        keys: OwnKeys,
    ) -> bool:
        """Whether there is no room for more."""
        room = self._most_bytes
        for first, last in parts.within(self._seconds):
            for row in self._rows.rows(pair.pk, first, last):
                event = EventRow._make(row)
                events.append(self._show(_without(keys, event) if keys else event))
                room -= 300 + 2 * len(event.short_raw or b"") + 4 * len(event.problems)
                if room <= 0 or len(events) == limit:
                    return True
        return False

    @property
    def _rows(self) -> PreparedQuery:
        if self._compiled is None:
            self._compiled = PreparedQuery(self._queryset())
        return self._compiled

    def _queryset(self) -> QuerySet[Any, Any]:
        short = Case(When(size__lte=self._raw_limit, then=F("raw")), default=None)
        matches: Any = Value(True)
        rows = Event.objects.filter(keypair=A, seq__gte=B, seq__lte=C)
        if self._is_highlight:
            matches = Case(When(self.query.condition, then=True), default=False)
        else:
            rows = rows.filter(self.query.condition)
        rows = rows.annotate(short_raw=short, matches=matches)
        ordered = rows.order_by("-seq" if self._newest_first else "seq")
        return ordered.values_list(*EventRow._fields)[: self._limit]

    def _show(self, event: EventRow) -> SerializedRow:
        shown = serialize_row(event, event.short_raw)
        return {**shown, "matches": bool(event.matches)} if self._is_highlight else shown


def _without(keys: OwnKeys, event: EventRow) -> EventRow:
    raw = event.short_raw and bytes(event.short_raw)
    texts = texts_without(keys, event, raw)
    return event._replace(**texts, short_raw=raw and keys.hidden_bytes(raw))


def _within_times(pair: KeyPair, query: Query, low: int, high: int) -> tuple[int, int]:
    """The part of a range of numbers that the times in a query leave."""
    since, until = query.times if high - low > FEW else (None, None)
    if since is not None:
        low = max(low, first_since(pair, since - LATE))
    if until is not None:
        high = min(high, first_since(pair, until + LATE) - 1)
    return low, high


def count_between(pair: KeyPair, query: Query, after: int, before: int) -> int | None:
    """How many stored events with after < seq < before match; None where it takes too long to
    count them."""
    numbers = max(0, before - 1 - max(after, pair.first_seq - 1))
    if not query:  # numbers have no gaps
        return numbers
    if numbers > MAX_COUNTED:
        return None
    between = Event.objects.filter(query.condition, keypair=pair, seq__gt=after, seq__lt=before)
    try:
        with within_deadline(COUNT_SECONDS):
            return between.count()
    except TimeUp:
        return None
