"""How many events came in each second, for the chart: bars of time, verdict and count."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, F, QuerySet
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair, SecondCount
from ingest.storage.time_buckets import RETENTION_SECONDS
from ingest.timestamps import now_ms
from ingest.validation.validate_event import VERDICTS
from viewer.events.chunked_scan import ChunkedScan
from viewer.events.prepared_query import A, B, C, PreparedQuery
from viewer.events.search import COUNT_SECONDS, EXTRA_SECONDS, SEARCH_SECONDS
from viewer.events.seq_lookup import first_since
from viewer.query import Query
from viewer.workload.deadline import TimeUp, within_deadline

STEPS = (1, 60)  # seconds a bar
MAX_COUNTED = 5_000  # events that a frame of a filtered feed looks at to count them
LATE = 120  # seconds: a body may take that long, and counts for the second when it began

Bar = list[int]  # seconds since 1970, then the count of each verdict in its order
Counts = Counter[tuple[int, str]]  # of that time and verdict


class ChartBars(TypedDict):
    """Times are in seconds since 1970, but `now`, which is in milliseconds."""

    step: int
    to: int
    now: int
    last: int
    bars: list[Bar]
    kept_only: bool
    complete_since: int | None


def changed_buckets(pair: KeyPair, query: Query, after: int) -> list[Bar] | None:
    """The `seconds` of a frame that follows the number `after`.

    Without a query: every changed second with its current counts. With one: the number of
    matching events above `after`, which the page adds. None: too many to count here; the
    page loads its chart again."""
    if not query:
        since = now_ms() // 1000 - LATE
        return _bars(_changed().rows(pair.pk, since, after), 1)
    if pair.last_seq - after > MAX_COUNTED:
        return None
    try:
        with within_deadline(COUNT_SECONDS):
            return _stacked(_matching(pair, query, 1, seq__gt=after, seq__lte=pair.last_seq))
    except TimeUp:
        return None


def chart_bars(pair: KeyPair, query: Query, step: int, count: int, until: int = 0) -> ChartBars:
    """The newest `count` bars, those without events left out. With a query, of the events up
    to number `until` that are kept; bars before `complete_since` lack what is gone, or what
    there was no time to look at."""
    pair.refresh_from_db()
    at = now_ms()
    to = at // 1000 // step * step
    start = to - (count - 1) * step
    if not query:
        bars = _bars(_since().rows(pair.pk, start), step)
        since = None
    else:
        bars, reached = _search(pair, query, step, start, until)
        since = None if reached is None else _second_of(pair, reached)
    return {
        "step": step,
        "to": to,
        "now": at,
        "last": pair.last_seq,
        "bars": bars,
        "kept_only": bool(query),
        "complete_since": since,
    }


def _search(
    pair: KeyPair, query: Query, step: int, start: int, until: int
) -> tuple[list[Bar], int | None]:
    """The newest first, for as long as there is time; and the number down to which it came, None
    if that is all of the period."""
    low = first_since(pair, (start - LATE) * 1000)
    high = min(until or pair.last_seq, pair.last_seq)
    parts = ChunkedScan(low, high, is_downwards=True, whole=False)
    counts: Counts = Counter()
    try:
        with within_deadline(SEARCH_SECONDS + EXTRA_SECONDS):
            for first, last in parts.within(SEARCH_SECONDS):
                here = {"seq__gte": first, "seq__lte": last, "received_at__gte": start * 1000}
                counts.update(_matching(pair, query, step, **here))
    except TimeUp:
        if parts.reached is None:
            raise
    if parts.reached is None and low > pair.first_seq:
        return _stacked(counts), None  # older events are stored, so none of the period is gone
    return _stacked(counts), parts.reached or low


def _second_of(pair: KeyPair, seq: int) -> int | None:
    """When that event came, unless it is the very first one."""
    rows = Event.objects.filter(keypair=pair, seq__gte=seq).order_by("seq")
    moment = rows.values_list("received_at", flat=True).first() if seq > 1 else None
    return None if moment is None else moment // 1000


def max_bars(step: int) -> int:
    return RETENTION_SECONDS // step


def _seconds() -> QuerySet[SecondCount, tuple[int, ...]]:
    rows = SecondCount.objects.filter(keypair=A, second__gte=B).order_by("second")
    return rows.values_list("second", *VERDICTS)


@functools.cache
def _since() -> PreparedQuery:
    return PreparedQuery(_seconds())


@functools.cache
def _changed() -> PreparedQuery:
    return PreparedQuery(_seconds().filter(last_seq__gt=C))


def _bars(rows: Iterable[tuple[int, ...]], step: int) -> list[Bar]:
    """One bar for `step` seconds, oldest first."""
    bars: dict[int, Bar] = {}
    for second, *counts in rows:
        if any(counts):
            at = second // step * step
            bar = bars.setdefault(at, [at, 0, 0, 0, 0])
            bar[1:] = [had + more for had, more in zip(bar[1:], counts, strict=True)]
    return list(bars.values())


def _matching(pair: KeyPair, query: Query, step: int, **within: int) -> Counts:
    found = Event.objects.filter(query.condition, keypair=pair, **within)
    rows = found.annotate(at=F("received_at") / (1000 * step)).values_list("at", "verdict")
    counted = rows.annotate(count=Count("*")).order_by("at")
    return Counter({(at * step, verdict): count for at, verdict, count in counted})


def _stacked(counts: Counts) -> list[Bar]:
    return [
        [at, *(counts[at, verdict] for verdict in VERDICTS)]
        for at in sorted({at for at, _ in counts})
    ]
