"""Deletes a key pair with all its data. Works in batches, so that other senders are not blocked,
and resumes after a restart."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection

from django.db import DatabaseError, connection

from ingest.models import Delivery, Event, KeyPair, ProblemTally, RetiredKeys, SecondCount, Tally
from ingest.storage.cleanup import erasure, key_traces
from ingest.storage.cleanup.pruning import delete_up_to
from ingest.storage.db.partitions import drop_orphans
from ingest.timestamps import now_ms

PAUSE = 0.05  # seconds between two batches
# seconds until no process accepts the keys any more: see ingest/auth/credential_cache.py
KEYS_FORGOTTEN = 5.0

logger = logging.getLogger(__name__)


def start_deletion(pair: KeyPair) -> None:
    """Hide the key pair, release its name and keys, and delete its data in a thread."""
    keys = _hide(pair)
    threading.Thread(target=_finish_later, args=(pair.pk, keys), daemon=True).start()


def delete_now(pair: KeyPair) -> None:
    """As `start_deletion`, but return when the data is deleted."""
    _finish_later(pair.pk, _hide(pair))


def _hide(pair: KeyPair) -> set[str]:
    """Return its keys."""
    keys = {pair.api_key, pair.auth_key}
    pair.deleted_at = now_ms()
    pair.disabled_at = pair.disabled_at or pair.deleted_at
    placeholder = f"deleted {pair.pk}"
    name = pair.name
    KeyPair.objects.filter(pk=pair.pk).update(
        deleted_at=pair.deleted_at,
        disabled_at=pair.disabled_at,
        name=placeholder,
        folded_name=placeholder,
        api_key=placeholder,
        auth_key=placeholder,
    )
    pair.name = name
    return keys


def resume_deletions() -> None:
    """Finish deletions that an earlier process started."""
    for pair in KeyPair.objects.exclude(deleted_at=None).values_list("pk", flat=True):
        finish_deletion(pair)
    _drop_partitions()
    erasure.try_to_empty_log()


def finish_deletion(pair: int, keys: Collection[str] = ()) -> None:
    """Delete all data, and the key pair's row before the last pass: without it the store accepts no
    more events. `keys` are its last keys, which are not known after a restart."""
    _delete_streams(pair)
    _forget_traces(pair, keys)
    for model in (Tally, ProblemTally):
        model.objects.filter(keypair=pair).delete()
    KeyPair.objects.filter(pk=pair).delete()
    for rows in (Event.objects, Delivery.objects, SecondCount.objects):
        rows.filter(keypair_id=pair).delete()
    _drop_partitions()
    erasure.empty_log()


def _drop_partitions() -> None:
    if connection.vendor == "postgresql":
        drop_orphans()


def _delete_streams(pair: int) -> None:
    for _ in delete_up_to(pair, 2**62):
        time.sleep(PAUSE)


def _forget_traces(pair: int, keys: Collection[str]) -> None:
    dialect = KeyPair.objects.filter(pk=pair).values_list("dialect", flat=True).first()
    if dialect is None:
        return
    retired = RetiredKeys.objects.filter(keypair=pair).values_list("api_key", "auth_key")
    key_traces.forget_key_traces(pair, dialect, {*keys, *(key for both in retired for key in both)})


def _finish_later(pair: int, keys: Collection[str]) -> None:
    time.sleep(KEYS_FORGOTTEN)
    try:
        finish_deletion(pair, keys)
    except DatabaseError as error:
        logger.error(
            "key pair %d is partly deleted, the next start deletes the rest: %s", pair, error
        )
    finally:
        connection.close()
