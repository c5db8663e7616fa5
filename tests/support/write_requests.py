"""Deliveries for a store, built without an endpoint."""

from __future__ import annotations

from ingest.dialects import BY_NAME
from ingest.problems import Problem
from ingest.receiving.redaction import DeliveryRow, RedactedHead, delivery_row
from ingest.storage.write_request import WriteRequest
from ingest.timestamps import now_ms
from ingest.values import IncomingRequest, IndexedFields, Reply, ValidatedEvent


def head(
    received_at: int | None = None, refused: bool = False, sender: str = "127.0.0.1"
) -> DeliveryRow:
    request = IncomingRequest("POST", "/v1/a/b", "", {}, sender, received_at or now_ms())
    problems = (Problem("unknown-keys"),) if refused else ()
    masked = RedactedHead(BY_NAME["natero"], request)
    return delivery_row(masked, request, reply=Reply(200, []), refused=refused, problems=problems)


def judged(name: str = "feature", verdict: str = "valid", *problems: Problem) -> ValidatedEvent:
    return ValidatedEvent(1, verdict, IndexedFields(name), problems, b"{}", 2)


def write_request(
    pair, events: list[ValidatedEvent], received_at: int | None = None
) -> WriteRequest:
    return WriteRequest(pair.pk, head(received_at), events)


def store_large(store, pair, mebibytes: int) -> None:
    """Store events of 1 MiB each, without sending them: validation would take too long."""
    raw = b'"' + b"x" * (2**20 - 2) + b'"'
    for _ in range(mebibytes // 10):
        store.append([write_request(pair, [judged()._replace(raw=raw, size=len(raw))] * 10)])
