"""A key pair with many stored events, validated once and stored without HTTP, and other key pairs
with copies of them, made within the database.

Run as a program: `python -m bench.stored NAME COUNT OTHER...`, with DATA_DIR set.
"""

from __future__ import annotations

import os
import sys
import time
from typing import TYPE_CHECKING

from bench.bodies import MARK, batch

if TYPE_CHECKING:
    from django.db.models import Model

    from ingest.models import KeyPair
    from ingest.values import ValidatedEvent

LINES = 1_000
AT_ONCE = 50_000  # rows copied per transaction
VERDICTS = ("valid", "warning", "invalid", "malformed")
RARE = 0.0003  # share of invalid events


def fill(name: str, count: int) -> None:
    """Store realistic events; a small share of them has no user."""
    from ingest.dialects import BY_NAME
    from ingest.models import KeyPair
    from ingest.receiving.redaction import RedactedHead, delivery_row
    from ingest.storage.store import Store
    from ingest.storage.write_request import WriteRequest
    from ingest.values import IncomingRequest, Reply

    pair = KeyPair.objects.get(name=name)
    KeyPair.objects.filter(pk=pair.pk).update(max_events=2 * count)
    dialect, store = BY_NAME[pair.dialect], Store()
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    whole = batch(LINES)
    good = _judged(whole, pair.api_key)
    poor = _judged(whole.replace(b'"userId"', b'"usrId"', 1), pair.api_key)
    every = round(1 / RARE / LINES)
    for number in range(count // LINES):
        events = poor if number % every == every // 2 else good
        at = time.time_ns() // 1_000_000
        request = IncomingRequest("POST", path, "", {}, "127.0.0.1", at)
        size = len(whole)
        masked = RedactedHead(dialect, request)
        kept = delivery_row(masked, request, reply=Reply(200, []), wire_size=size, size=size)
        store.append([WriteRequest(pair.id, kept, _marked(events, f"{number:012}"))])


def _judged(body: bytes, api_key: str) -> list[ValidatedEvent]:
    from ingest.dialects import BY_NAME
    from ingest.validation.validate_event import validate_events
    from ingest.values import IncomingRequest, Limits

    at = time.time_ns() // 1_000_000
    dialect = BY_NAME["natero"]
    request = IncomingRequest("POST", "/v1/a/b", "", {}, "127.0.0.1", at)
    return validate_events(dialect, dialect.read(request, body, Limits()).pieces, at, api_key)


def _marked(events: list[ValidatedEvent], mark: str) -> list[ValidatedEvent]:
    """Copies of validated events, each with new values, as if they had been sent."""
    new = mark.encode()
    return [
        event._replace(
            raw=bytes(event.raw).replace(MARK.encode(), new),
            columns=event.columns._replace(user=(event.columns.user or "").replace(MARK, mark)),
        )
        for event in events
    ]


def copy(name: str, other: str) -> None:
    """Copy events, deliveries and counts to a key pair that has none yet."""
    from ingest.models import Delivery, Event, KeyPair, Tally

    old, new = KeyPair.objects.get(name=name), KeyPair.objects.get(name=other)
    counted = ("last_seq", "last_delivery", "last_received_at", *VERDICTS)
    new.max_events = old.max_events
    new.save()  # the partition size depends on it
    _make_room(new.pk, old)
    for model, number in ((Event, "seq"), (Delivery, "number")):
        last = old.last_seq if model is Event else old.last_delivery
        for first in range(1, last + 1, AT_ONCE):
            _copy_rows(model, old.pk, new.pk, f"{number} BETWEEN {first} AND {first + AT_ONCE - 1}")
    _copy_rows(Tally, old.pk, new.pk, "true")
    for field in counted:
        setattr(new, field, getattr(old, field))
    new.save()


def _make_room(pair: int, like: KeyPair) -> None:
    from django.db import connection

    from ingest.storage.db.partitions import DELIVERIES, EVENTS, Partitions

    if connection.vendor == "postgresql":
        Partitions(EVENTS).ensure_partitions(pair, like.last_seq)
        Partitions(DELIVERIES).ensure_partitions(pair, like.last_delivery)


def _copy_rows(model: type[Model], old: int, new: int, which: str) -> None:
    from django.db import connection

    names = [field.column for field in model._meta.concrete_fields]
    columns = [f'"{name}"' for name in names if name not in ("id", "keypair_id")]
    table, listed = model._meta.db_table, ", ".join(columns)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {table} (keypair_id, {listed}) SELECT {new}, {listed} FROM {table} "
            f"WHERE keypair_id = {old} AND {which}"
        )


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "viewer.settings"
    import django

    django.setup()
    fill(sys.argv[1], int(sys.argv[2]))
    for other in sys.argv[3:]:
        copy(sys.argv[1], other)
