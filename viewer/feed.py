"""Stored events as REST and the live page show them. Reads; never writes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Case, F, QuerySet, When

from ingest.check import VERDICTS
from ingest.clock import iso
from ingest.mend import mend_event
from ingest.models import Event, KeyPair
from ingest.problems import Problem, in_words, unpack
from viewer.kept import first_since
from viewer.parts import Parts
from viewer.query import Query

Shown = dict[str, Any]

MOST_BYTES = 16 * 2**20  # raw lines and problems of one answer
SEARCH_SECONDS = 1.0  # then an answer tells what it found so far
FEW = 2_000  # events that are sooner looked at than narrowed down
LATE = 120_000  # milliseconds: so much later than it was received may an event be numbered
MOST_COUNTED = 20_000  # events that are looked at only to be counted


def balance_of(pair: KeyPair) -> Shown:
    """received = valid + warning + invalid + malformed, always; refused beside it."""
    counts = {verdict: getattr(pair, verdict) for verdict in VERDICTS}
    return {"received": pair.last_seq, **counts, "refused": pair.refused}


@dataclass
class Found:
    """Events, and where the search for them ended: `is_full` says at their number or size,
    `searched_to` names the last number looked at when time was up."""

    events: list[Shown]
    is_full: bool = False
    searched_to: int | None = None


def read_events(
    pair: KeyPair,
    query: Query,
    *,
    after: int = 0,
    before: int | None = None,
    limit: int,
    newest_first: bool = False,
    is_highlight: bool = False,
    raw_limit: int = 2**40,
    most_bytes: int = MOST_BYTES,
    seconds: float = SEARCH_SECONDS,
) -> Found:
    """Events with after < seq < before that match; never ones newer than `pair` knows, no
    more than fit into `most_bytes`, and those found in about so many seconds. Longer lines
    than `raw_limit` are left out, in the database already. For a highlight all events come,
    each with whether it `matches`."""
    is_highlight = is_highlight and bool(query)
    rows = _rows(pair, query, raw_limit, is_highlight)
    until = min(before or pair.last_seq + 1, pair.last_seq + 1)
    low, high = max(after + 1, pair.first_seq), until - 1
    is_search = bool(query) and not is_highlight
    if is_search:
        low, high = _within_times(pair, query, low, high)
    parts = Parts(low, high, is_downwards=newest_first, whole=not is_search)
    found = Found([])
    room = most_bytes
    for first, last in parts.within(seconds):
        part = rows.filter(seq__gte=first, seq__lte=last).order_by(
            "-seq" if newest_first else "seq"
        )
        for event in part[: limit - len(found.events)].iterator(100):
            found.events.append(_show_found(event, is_highlight))
            room -= 300 + 2 * len(event.short_raw or b"") + 4 * len(event.problems)
            if room <= 0:
                break
        if room <= 0 or len(found.events) == limit:
            found.is_full = True
            return found
    found.searched_to = parts.reached
    return found


def _within_times(pair: KeyPair, query: Query, low: int, high: int) -> tuple[int, int]:
    """The part of a range of numbers that the times in a query leave."""
    since, until = query.times if high - low > FEW else (None, None)
    if since is not None:
        low = max(low, first_since(pair, since - LATE))
    if until is not None:
        high = min(high, first_since(pair, until + LATE) - 1)
    return low, high


def _rows(pair: KeyPair, query: Query, raw_limit: int, is_highlight: bool) -> QuerySet[Any]:
    short = Case(When(size__lte=raw_limit, then=F("raw")), default=None)
    rows = Event.objects.filter(keypair=pair).defer("raw").annotate(short_raw=short)
    if is_highlight:
        return rows.annotate(matches=Case(When(query.condition, then=True), default=False))
    return rows.filter(query.condition)


def _show_found(event: Any, is_highlight: bool) -> Shown:
    shown = show_row(event, event.short_raw)
    return {**shown, "matches": event.matches} if is_highlight else shown


def count_between(pair: KeyPair, query: Query, after: int, before: int) -> int | None:
    """How many stored events with after < seq < before match; None where that are too many to
    look at."""
    numbers = max(0, before - 1 - max(after, pair.first_seq - 1))
    if not query:  # numbers have no gaps
        return numbers
    if numbers > MOST_COUNTED:
        return None
    between = Event.objects.filter(query.condition, keypair=pair, seq__gt=after, seq__lt=before)
    return between.count()


def show_event(event: Event) -> Shown:
    """One event as in design.md, section 5, and `mended`: text and difference, or null."""
    raw = bytes(event.raw)
    mended = show_mend(raw, event.size, unpack(event.problems))
    return {**show_row(event, raw), "mended": mended}


def show_mend(raw: bytes, size: int, problems: Sequence[Problem]) -> Shown | None:
    """Only for an event that is read by itself: this takes its time."""
    mend = mend_event(raw, problems) if size == len(raw) else None  # a cut line stays as it is
    return mend._asdict() if mend else None


def show_row(event: Event, raw: bytes | None) -> Shown:
    shown = {
        "seq": event.seq,
        "received_at": iso(event.received_at),
        "occurred_at": None if event.occurred_at is None else iso(event.occurred_at),
        "name": event.name,
        "verdict": event.verdict,
        "problems": [in_words(problem) for problem in unpack(event.problems)],
        "account": event.account,
        "user": event.user,
        "session": event.session,
        "raw": None,
        "size": event.size,
        "line": event.line,
        "delivery": event.delivery,
        "status": event.status,
    }
    if raw is not None:
        add_raw(shown, raw)
    return shown


def add_raw(shown: Shown, raw: bytes) -> None:
    """The text as sent; bytes that are no text stand beside it."""
    try:
        shown["raw"] = raw.decode()
    except UnicodeDecodeError:
        shown["raw"] = raw.decode("utf-8", "replace")
        shown["raw_base64"] = base64.b64encode(raw).decode()
