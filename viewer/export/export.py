"""`GET /api/export`: every matching event, streamed. Read in short batches by number, so that no
transaction stays open and at most one batch is in memory. Events that arrive during an export are
not included: it ends at the newest number at its start."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import Annotated
from urllib.parse import unquote

import orjson
from channels.db import database_sync_to_async
from django.db.models import Q
from django.http import StreamingHttpResponse
from django.utils.http import content_disposition_header
from ninja import Query
from pydantic import Field

from ingest.models import Event, KeyPair
from viewer.access.audit_log import log_action
from viewer.access.key_masking import OwnKeys, own_keys_of
from viewer.events.chunked_scan import FIRST, WIDER
from viewer.events.search import count_between
from viewer.events.serializers import SerializedRow, mask_event_keys, serialize_row
from viewer.export import csv_table
from viewer.models import Action
from viewer.query import Query as EventQuery
from viewer.query import parse_query
from viewer.rest.parameters import Number, ParameterError, QueryParameters, one_of
from viewer.rest.requests import PairRequest
from viewer.rest.router import PairRouter, media_types
from viewer.workload.deadline import TimeUp, check_deadline
from viewer.workload.thread_pools import TooBusy
from viewer.workload.visitor_queries import RIGHTS_EVERY, Asker, check_right, run_query

NUMBERS = 2_000  # maximum numbers scanned per batch
SLOW = 0.5  # seconds; a slower batch is followed by a smaller one
PAUSE = 0.1  # seconds
BYTES = 2**20  # bytes read or written per batch, roughly
AT_ONCE = 2  # rows that the driver fetches; each may have 1 MiB

Write = Callable[[Event], bytes]

router = PairRouter()


@dataclass(frozen=True)
class ExportFormat:
    """`write` formats an event; `between` separates two events."""

    content_type: str
    extension: str
    write: Write
    head: bytes = b""
    between: bytes = b""
    foot: bytes = b""


@dataclass(frozen=True)
class ExportRange:
    """The matching events of a pair with after < seq ≤ last."""

    pair: KeyPair
    query: EventQuery
    after: int
    last: int

    @cached_property
    def condition(self) -> Q:
        """Fixed at the start: `time>-5m` does not move during the export."""
        return self.query.condition

    @cached_property
    def keys(self) -> OwnKeys:
        """Exports contain no auth key, even for users who may see it."""
        return own_keys_of(self.pair.pk)

    @property
    def total(self) -> int | None:
        """The number of events; None if there are too many to count."""
        return count_between(self.pair, self.query, self.after, self.last + 1)

    def read(self, after: int, until: int) -> Iterator[Event]:
        """Events with after < seq ≤ until."""
        found = Event.objects.filter(
            self.condition, keypair=self.pair, seq__gt=after, seq__lte=until
        )
        return found.order_by("seq").iterator(AT_ONCE)

    def write(self, format_: ExportFormat, after: int, numbers: int) -> tuple[bytes, int]:
        """The next events within a range of numbers, and the last number covered. Raises TimeUp."""
        until = min(after + numbers, self.last)
        texts: list[bytes] = []
        room = BYTES
        for event in self.read(after, until):
            check_deadline()
            size = len(event.raw) + 4 * len(event.problems)
            mask_event_keys(event, self.keys)
            texts.append(format_.write(event))
            room -= max(len(texts[-1]), size)
            if room <= 0:
                until = event.seq
                break
        return format_.between.join(texts), until


def export_file_name(pair: str, at: datetime, extension: str) -> str:
    """Only letters and digits that every file system accepts."""
    name = re.sub(r"[^\w-]+", "-", pair).strip("-_")[:60] or "events"
    return f"{name}-{at:%Y%m%dT%H%M%SZ}.{extension}"


async def _stream(wanted: ExportRange, format_: ExportFormat, asker: Asker) -> AsyncIterator[bytes]:
    """Stops when its reader loses the right to see the events."""

    after, between = wanted.after, b""
    numbers, allowed_at = FIRST, time.monotonic()
    yield format_.head
    while after < wanted.last:
        began = time.monotonic()
        if began - allowed_at > RIGHTS_EVERY:
            await check_right(asker)
            allowed_at = began
        try:
            text, after = await _in_turn(asker, wanted, format_, after, numbers)
        except TimeUp:
            if numbers == 1:
                raise
            numbers = 1
            continue
        took = time.monotonic() - began
        numbers = max(1, numbers // WIDER) if took > SLOW else min(numbers * WIDER, NUMBERS)
        if text:
            yield between + text
            between = format_.between
    yield format_.foot


async def _in_turn(
    asker: Asker, wanted: ExportRange, format_: ExportFormat, after: int, numbers: int
) -> tuple[bytes, int]:
    """A started export continues, however many queries its reader has."""
    while True:
        try:
            return await run_query(asker, wanted.write, format_, after, numbers)
        except TooBusy:
            await asyncio.sleep(PAUSE)


def _range_of(pair: KeyPair, asked: ExportParameters) -> ExportRange:
    wanted = parse_query(asked.q)
    before = asked.before or pair.last_seq + 1
    after = max(asked.after, pair.first_seq - 1)
    return ExportRange(pair, wanted, after, min(before - 1, pair.last_seq))


def _format_of(asked: ExportParameters) -> ExportFormat:
    return _csv(_columns_of(asked.columns)) if asked.format == "csv" else FORMATS[asked.format]


def _columns_of(text: str) -> list[str]:
    names = (text or csv_table.DEFAULT).split(",")
    columns = [
        unquote(name) for name in names
    ]  # %2C is a comma within a name, as in the page's address
    if len(columns) > csv_table.MAX_COLUMNS:
        raise ParameterError(f"columns may name {csv_table.MAX_COLUMNS} columns at the most.")
    if not all(0 < len(name) <= csv_table.MAX_PATH_LENGTH for name in columns):
        raise ParameterError(
            f"columns must be names or dotted paths of 1 to {csv_table.MAX_PATH_LENGTH} "
            "characters, with commas between."
        )
    if len(set(columns)) < len(columns):
        raise ParameterError("columns must name each column once.")
    return columns


def _csv(columns: Sequence[str]) -> ExportFormat:
    return ExportFormat(
        "text/csv; charset=utf-8; header=present",
        "csv",
        lambda event: csv_table.csv_row(event, columns),
        head=csv_table.csv_header(columns),
    )


def _shown(event: Event) -> bytes:
    return orjson.dumps(serialize_row(event, bytes(event.raw)))


FORMATS = {
    "ndjson": ExportFormat(
        "application/x-ndjson",
        "ndjson",
        lambda event: _shown(event) + b"\n",
    ),
    "json": ExportFormat(
        "application/json",
        "json",
        _shown,
        *(b"[\n", b",\n", b"\n]\n"),
    ),
    "raw": ExportFormat(
        "text/plain; charset=utf-8",
        "txt",
        lambda event: bytes(event.raw) + b"\n",
    ),
}
_MEDIA = ("application/x-ndjson", "text/plain", "text/csv")  # in addition to JSON
_TEXT = {"schema": {"type": "string"}}
_NAMES = sorted([*FORMATS, "csv"])


class ExportParameters(QueryParameters):
    format: Annotated[str, one_of(*_NAMES, listed=f"one of {', '.join(_NAMES)}")] = "ndjson"
    after: Number = 0
    before: Number = 0
    columns: Annotated[str, Field(json_schema_extra={"maxLength": 1000})] = ""


@router.pair_operation(
    "GET", "export", list[SerializedRow], extra=media_types(200, dict.fromkeys(_MEDIA, _TEXT))
)
async def export_events(
    request: PairRequest, asked: Query[ExportParameters]
) -> StreamingHttpResponse:
    format_ = _format_of(asked)
    wanted = _range_of(request.pair, asked)
    total = await run_query(request.asker, lambda: wanted.total)
    if request.method == "HEAD":
        wanted = replace(wanted, after=wanted.last)
    else:
        detail = asked.format if "format" in asked.model_fields_set else ""
        await database_sync_to_async(log_action)(
            request.visitor, Action.EXPORTED, request.pair, detail
        )
    answer = StreamingHttpResponse(_stream(wanted, format_, request.asker), format_.content_type)
    name = export_file_name(request.pair.name, datetime.now(UTC), format_.extension)
    answer["Content-Disposition"] = content_disposition_header(True, name) or "attachment"
    answer["Cache-Control"] = "no-store"
    if total is not None:
        answer["X-Events-Total"] = str(total)
    return answer
