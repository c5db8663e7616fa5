"""How many events came in each second, for the chart: bars of time, verdict and count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from django.db.models import Count, F, QuerySet

from ingest.check import VERDICTS
from ingest.models import Event, KeyPair, Second
from ingest.pairs import now
from ingest.seconds import KEPT
from viewer.feed import Shown
from viewer.kept import first_since
from viewer.query import Query

STEPS = (1, 60)  # seconds a bar
MOST_COUNTED = 20_000  # events that a frame of a filtered feed counts anew
LATE = 120  # seconds: a body may take that long, and counts for the second when it began

Bar = list[int]  # seconds since 1970, then the count of each verdict in its order


def changed_seconds(pair: KeyPair, query: Query, after: int) -> list[Bar] | None:
    """The `seconds` of a frame that follows the number `after`.

    Without a query: every second that changed, as it now stands. With one: how many of the
    events above `after` match, to be added to what a page has. None: too many to count
    here; the page reads its chart anew."""
    if not query:
        since = now() // 1000 - LATE
        return _bars(_seconds(pair, since).filter(last_seq__gt=after), 1)
    if pair.last_seq - after > MOST_COUNTED:
        return None
    return _matching(pair, query, 1, seq__gt=after, seq__lte=pair.last_seq)


def of(pair: KeyPair, query: Query, step: int, count: int, until: int = 0) -> Shown:
    """The newest `count` bars, those without events left out; of what matches the query
    only events that are kept can be counted, up to number `until`."""
    pair.refresh_from_db()
    at = now()
    to = at // 1000 // step * step
    start = to - (count - 1) * step
    shown: Shown = {"step": step, "to": to, "now": at, "last": pair.last_seq}
    if not query:
        return {**shown, "bars": _bars(_seconds(pair, start), step), "kept_only": False}
    last = min(until or pair.last_seq, pair.last_seq)
    low = first_since(pair, (start - LATE) * 1000)
    bars = _matching(pair, query, step, seq__gte=low, seq__lte=last, received_at__gte=start * 1000)
    return {**shown, "bars": bars, "kept_only": True}


def most_bars(step: int) -> int:
    return KEPT // step


def _seconds(pair: KeyPair, since: int) -> QuerySet[Second]:
    return Second.objects.filter(keypair=pair, second__gte=since)


def _bars(rows: QuerySet[Second], step: int) -> list[Bar]:
    """One bar for `step` seconds, oldest first."""
    bars: dict[int, Bar] = {}
    for second, *counts in rows.order_by("second").values_list("second", *VERDICTS):
        if any(counts):
            at = second // step * step
            bar = bars.setdefault(at, [at, 0, 0, 0, 0])
            bar[1:] = [had + more for had, more in zip(bar[1:], counts, strict=True)]
    return list(bars.values())


def _matching(pair: KeyPair, query: Query, step: int, **within: int) -> list[Bar]:
    found = Event.objects.filter(query.condition, keypair=pair, **within)
    rows = found.annotate(at=F("received_at") / (1000 * step)).values_list("at", "verdict")
    return _stacked(rows.annotate(count=Count("*")).order_by("at"), step)


def _stacked(rows: Iterable[tuple[int, str, int]], step: int) -> list[Bar]:
    counts = Counter({(at * step, verdict): count for at, verdict, count in rows})
    return [
        [at, *(counts[at, verdict] for verdict in VERDICTS)]
        for at in sorted({at for at, _ in counts})
    ]
