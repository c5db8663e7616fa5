"""Requests to the writer process, and their serialization."""

from __future__ import annotations

import pickle
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from ingest.problems import Problem
from ingest.receiving.redaction import DeliveryRow
from ingest.values import IndexedFields, Raw, ValidatedEvent, made

_LONG_TEXT = 64 * 2**10  # bytes
_LARGE_BYTES = 2**20  # of a delivery that can occupy the database for some time
_LARGE_EVENTS = 2_000  # of such a delivery


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

    @property
    def is_large(self) -> bool:
        return self.record.size >= _LARGE_BYTES or len(self.events) >= _LARGE_EVENTS


class PreviewRequest(NamedTuple):
    """Events to check as at their commit, without storing them."""

    pair: int
    dialect: str
    events: Sequence[ValidatedEvent]


def serialize(writes: Sequence[WriteRequest]) -> list[bytes | memoryview]:
    """Pickle as plain tuples: pickling classes takes three times as long (measured). Long texts of
    events become separate messages after the first one, which saves copying them."""
    return _messages([_plain(write) for write in writes])


def serialize_preview(request: PreviewRequest) -> list[bytes | memoryview]:
    return _messages((request.pair, request.dialect, _plain_events(request.events)))


def _messages(plain: object) -> list[bytes | memoryview]:
    long: list[memoryview] = []
    text = pickle.dumps(
        plain, pickle.HIGHEST_PROTOCOL, buffer_callback=lambda buffer: long.append(buffer.raw())
    )
    return [text, *long]


def deserialize(
    text: bytes, following: Iterable[bytes] = ()
) -> list[WriteRequest] | PreviewRequest:
    """The inverse of `serialize` and `serialize_preview`. Takes from `following` the messages that
    belong to the first one."""
    plain = pickle.loads(text, buffers=following)  # noqa: S301 - our own
    if type(plain) is tuple:
        pair, dialect, events = plain
        return PreviewRequest(pair, dialect, list(map(_event, events)))
    return [_write_request(*write) for write in plain]


def _packed(raw: Raw) -> bytes | pickle.PickleBuffer:
    return pickle.PickleBuffer(raw) if len(raw) >= _LONG_TEXT else bytes(raw)


def _plain(write: WriteRequest) -> tuple[Any, ...]:
    head = write.pair, tuple(write.record), _plain_events(write.events)
    return *head, write.plan, write.run, write.is_public


def _plain_events(events: Sequence[ValidatedEvent]) -> list[tuple[Any, ...]]:
    return [
        (
            line,
            verdict,
            tuple(columns),
            [tuple(problem) for problem in problems] if problems else (),
            raw if type(raw) is bytes and len(raw) < _LONG_TEXT else _packed(raw),
            size,
            own_id,
        )
        for line, verdict, columns, problems, raw, size, own_id in events
    ]


def _write_request(
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
