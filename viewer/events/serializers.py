"""Stored events as REST and the live page show them. Reads; never writes."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired

from typing_extensions import TypedDict

from ingest.models import Event, KeyPair
from ingest.parsing.malformed.repair import repair_event
from ingest.problems import (
    Problem,
    RenderedProblem,
    problems_from_json,
    problems_to_json,
    render_problem,
)
from ingest.timestamps import iso
from ingest.validation.validate_event import VERDICTS
from viewer.access.key_masking import NONE, OwnKeys
from viewer.rest.answer_types import Timestamp, VerdictName


class VerdictCounts(TypedDict):
    valid: int
    warning: int
    invalid: int
    malformed: int


class ReceivedCounts(VerdictCounts):
    received: int


class EventBalance(ReceivedCounts):
    refused: int


class SerializedText(TypedDict):
    """`raw` is null where it is too long; bytes that are no text come in base64, too."""

    raw: str | None
    raw_base64: NotRequired[str]


class SerializedRow(SerializedText):
    """`matches` is there when all events were asked for, with those that match highlighted."""

    seq: int
    received_at: Timestamp
    occurred_at: Timestamp | None
    name: str | None
    verdict: VerdictName
    problems: list[RenderedProblem]
    account: str | None
    user: str | None
    session: str | None
    size: int
    line: int
    delivery: int
    status: int
    matches: NotRequired[bool]


class SerializedFix(TypedDict):
    """The fixed text, and its parts: "=" kept, "-" removed, "+" added."""

    text: str
    parts: list[tuple[str, str]]


class SerializedEvent(SerializedRow):
    fixed: SerializedFix | None


class MaskedTexts(TypedDict):
    name: str | None
    account: str | None
    user: str | None
    session: str | None
    problems: str


def verdict_counts(counts: Mapping[str, int]) -> VerdictCounts:
    valid, warning, invalid, malformed = (counts[verdict] for verdict in VERDICTS)
    return {"valid": valid, "warning": warning, "invalid": invalid, "malformed": malformed}


def balance(pair: KeyPair) -> EventBalance:
    """received = valid + warning + invalid + malformed, always; refused beside it."""
    counts = verdict_counts({verdict: getattr(pair, verdict) for verdict in VERDICTS})
    return {"received": pair.last_seq, **counts, "refused": pair.refused}


def serialize_event(event: Event, keys: OwnKeys = NONE) -> SerializedEvent:
    """One event as in docs/rest-api.md, with `fixed`: text and difference, or null."""
    is_whole = event.size == len(event.raw)
    mask_event_keys(event, keys)
    raw = bytes(event.raw)
    fixed = serialize_fix(raw, len(raw) if is_whole else -1, problems_from_json(event.problems))
    return {**serialize_row(event, raw), "fixed": fixed}


def mask_event_keys(event: Event, keys: OwnKeys) -> None:
    """Mask keys in a loaded event. Do not save it afterwards."""
    raw = bytes(event.raw)
    for column, text in texts_without(keys, event, raw).items():
        setattr(event, column, text)
    event.raw = keys.hidden_bytes(raw)


def texts_without(keys: OwnKeys, event: Any, raw: bytes | None) -> MaskedTexts:
    """The text columns of an event with keys masked. Offsets of problems are adjusted to the masked
    `raw`."""
    problems = keys.hidden(event.problems)
    if raw is not None and problems and keys.hidden_bytes(raw) is not raw:
        problems = problems_to_json(
            _moved(problem, raw, keys) for problem in problems_from_json(problems)
        )
    return {
        "name": event.name and keys.hidden(event.name),
        "account": event.account and keys.hidden(event.account),
        "user": event.user and keys.hidden(event.user),
        "session": event.session and keys.hidden(event.session),
        "problems": problems,
    }


def _moved(problem: Problem, raw: bytes, keys: OwnKeys) -> Problem:
    if problem.offset is None or problem.column is None:
        return problem
    before = raw[: problem.offset]
    hidden = keys.hidden_bytes(before)
    fewer = len(before.decode("utf-8", "replace")) - len(hidden.decode("utf-8", "replace"))
    return problem._replace(offset=len(hidden), column=max(1, problem.column - fewer))


def serialize_fix(raw: bytes, size: int, problems: Sequence[Problem]) -> SerializedFix | None:
    """Only for an event that is read by itself: this takes its time."""
    fix = repair_event(raw, problems) if size == len(raw) else None  # a cut line stays as it is
    return {"text": fix.text, "parts": fix.parts} if fix else None


def serialize_row(event: Any, raw: bytes | None) -> SerializedRow:
    """`event` is one, or has its columns."""
    shown: SerializedRow = {
        "seq": event.seq,
        "received_at": iso(event.received_at),
        "occurred_at": None if event.occurred_at is None else iso(event.occurred_at),
        "name": event.name,
        "verdict": event.verdict,
        "problems": [render_problem(problem) for problem in problems_from_json(event.problems)],
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
        attach_raw(shown, raw)
    return shown


def attach_raw(shown: SerializedText, raw: bytes) -> None:
    """The text as sent; for bytes that are not UTF-8 also the bytes."""
    try:
        shown["raw"] = raw.decode()
    except UnicodeDecodeError:
        shown["raw"] = raw.decode("utf-8", "replace")
        shown["raw_base64"] = base64.b64encode(raw).decode()
