"""Requests to the writer process, and their serialization."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.problems import Problem
from ingest.receiving.redaction import DeliveryRow
from ingest.values import IndexedFields, ValidatedEvent, made


@dataclass(slots=True)
class WriteRequest:
    """A delivery to store; an unmatched request if `pair` is None. `gone` is set if it was
    not stored: its key pair no longer exists, or the database rejected it."""

    pair: int | None
    record: DeliveryRow
    events: Sequence[ValidatedEvent] = ()
    gone: bool = False
    plan: int = 0  # version that validated the events
    run: str = ""  # name of the run in the header X-Run
    is_public: bool = False  # sent with a key that every visitor of a site can read


class PreviewRequest(NamedTuple):
    """Events of which is asked what their commit would find. They are not stored."""

    pair: int
    dialect: str
    events: Sequence[ValidatedEvent]


def serialize(deposits: Sequence[WriteRequest]) -> bytes:
    """Pickle as plain tuples: pickling classes takes three times as long (measured)."""
    return pickle.dumps([_plain(deposit) for deposit in deposits], pickle.HIGHEST_PROTOCOL)


def serialize_preview(request: PreviewRequest) -> bytes:
    plain = request.pair, request.dialect, _plain_events(request.events)
    return pickle.dumps(plain, pickle.HIGHEST_PROTOCOL)


def deserialize(text: bytes) -> list[WriteRequest] | PreviewRequest:
    """What one of the two made, in another process of ours."""
    plain = pickle.loads(text)  # noqa: S301 - our own
    if type(plain) is tuple:
        pair, dialect, events = plain
        return PreviewRequest(pair, dialect, list(map(_event, events)))
    return [_deposit(*deposit) for deposit in plain]


def _plain(deposit: WriteRequest) -> tuple[Any, ...]:
    head = deposit.pair, tuple(deposit.record), _plain_events(deposit.events)
    return *head, deposit.plan, deposit.run, deposit.is_public


def _plain_events(events: Sequence[ValidatedEvent]) -> list[tuple[Any, ...]]:
    return [
        (line, verdict, tuple(columns), [tuple(problem) for problem in problems])
        + (raw if type(raw) is bytes else bytes(raw), size, own_id)
        for line, verdict, columns, problems, raw, size, own_id in events
    ]


def _deposit(
    pair: int | None,
    record: tuple[Any, ...],
    events: list[Any],
    plan: int,
    run: str,
    is_public: bool,
) -> WriteRequest:
    found = list(map(_event, events))
    return WriteRequest(pair, made(DeliveryRow, record), found, False, plan, run, is_public)


def _event(plain: tuple[Any, ...]) -> ValidatedEvent:
    line, verdict, columns, problems, raw, size, own_id = plain
    found = tuple(made(Problem, problem) for problem in problems) if problems else ()
    return made(
        ValidatedEvent, (line, verdict, made(IndexedFields, columns), found, raw, size, own_id)
    )
