"""What is handed to the writer, and how it travels to the process that stores."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ingest.problems import Problem
from ingest.receiving.redaction import DeliveryRow
from ingest.values import IndexedFields, ValidatedEvent, made


@dataclass(slots=True)
class WriteRequest:
    """A delivery to be stored; `pair` None makes it an unmatched request. `gone` is set when it was
    not stored: its key pair no longer exists, or the database did not take it."""

    pair: int | None
    record: DeliveryRow
    events: Sequence[ValidatedEvent] = ()
    gone: bool = False
    plan: int = 0  # version that judged the events
    run: str = ""  # name of the run that the sender named
    is_public: bool = False  # sent with a key that every visitor of a site can read


def serialize(deposits: Sequence[WriteRequest]) -> bytes:
    """As plain tuples: classes by name would take three times as long (measured)."""
    return pickle.dumps([_plain(deposit) for deposit in deposits], pickle.HIGHEST_PROTOCOL)


def deserialize(text: bytes) -> list[WriteRequest]:
    """What `serialize` made, in another process of ours."""
    return [_deposit(*plain) for plain in pickle.loads(text)]  # noqa: S301 - our own


def _plain(deposit: WriteRequest) -> tuple[Any, ...]:
    events = [
        (line, verdict, tuple(columns), [tuple(problem) for problem in problems])
        + (raw if type(raw) is bytes else bytes(raw), size, own_id)
        for line, verdict, columns, problems, raw, size, own_id in deposit.events
    ]
    head = deposit.pair, tuple(deposit.record), events
    return *head, deposit.plan, deposit.run, deposit.is_public


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
