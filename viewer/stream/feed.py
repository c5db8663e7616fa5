"""Stored events as REST and the live page show them. Reads; never writes."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

from ingest.check import VERDICTS
from ingest.clock import iso
from ingest.mend import mend_event
from ingest.models import Event, KeyPair
from ingest.problems import Problem, in_words, unpack

Shown = dict[str, Any]


def balance_of(pair: KeyPair) -> Shown:
    """received = valid + warning + invalid + malformed, always; refused beside it."""
    counts = {verdict: getattr(pair, verdict) for verdict in VERDICTS}
    return {"received": pair.last_seq, **counts, "refused": pair.refused}


def show_event(event: Event) -> Shown:
    """One event as in design.md, section 5, and `mended`: text and difference, or null."""
    raw = bytes(event.raw)
    mended = show_mend(raw, event.size, unpack(event.problems))
    return {**show_row(event, raw), "mended": mended}


def show_mend(raw: bytes, size: int, problems: Sequence[Problem]) -> Shown | None:
    """Only for an event that is read by itself: this takes its time."""
    mend = mend_event(raw, problems) if size == len(raw) else None  # a cut line stays as it is
    return mend._asdict() if mend else None


def show_row(event: Any, raw: bytes | None) -> Shown:
    """`event` is one, or has its columns."""
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
