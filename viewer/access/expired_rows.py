"""Deletes expired sessions and old entries of the audit log, in batches, when new ones are
created."""

from __future__ import annotations

import threading
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.sessions.models import Session
from django.db.models import QuerySet
from django.utils import timezone

from viewer.models import AuditLogEntry

ENTRIES_KEPT = 300_000  # newest entries of the audit log that are kept
ENTRIES_OF_ACTION = 5_000  # kept per action and key pair, so that one action cannot displace others
ENTRY_AGE = timedelta(days=400)
EVERY = 100  # new rows of a process, and the first one, trigger a deletion
MAX_AT_ONCE = 1_000  # rows per batch, more than are added between two batches

_new_rows = count()
_new_entries = count()
_lock = threading.Lock()


def after_new_row() -> None:
    if next(_new_rows) % EVERY == 0 and _lock.acquire(blocking=False):
        try:
            delete_expired()
        finally:
            _lock.release()


def after_new_entry(pair: int | None, action: str) -> None:
    """Call this after each new entry of the audit log."""
    after_new_row()
    if pair is not None and next(_new_entries) % EVERY == 0:
        same = AuditLogEntry.objects.filter(pair_id=pair, action=action)
        while _delete_some(_beyond(same, ENTRIES_OF_ACTION)):
            pass


def delete_expired() -> int:
    """Delete one batch and return the number of rows."""
    sessions = Session.objects.filter(expire_date__lt=timezone.now())
    old = AuditLogEntry.objects.filter(at__lt=timezone.now() - ENTRY_AGE)
    surplus = _beyond(AuditLogEntry.objects.all(), ENTRIES_KEPT)
    return sum(_delete_some(rows) for rows in (sessions, old, surplus))


def delete_all_expired() -> None:
    while delete_expired():
        pass


def _beyond(entries: QuerySet[AuditLogEntry], most: int) -> QuerySet[AuditLogEntry]:
    """All entries except the newest `most`."""
    newest_first = entries.order_by("-pk").values_list("pk", flat=True)
    oldest_kept = newest_first[most - 1 : most].first()
    if oldest_kept is None:
        return AuditLogEntry.objects.none()
    return entries.filter(pk__lt=oldest_kept)


def _delete_some(rows: QuerySet[Any]) -> int:
    keys = list(rows.values_list("pk", flat=True)[:MAX_AT_ONCE])
    return rows.model.objects.filter(pk__in=keys).delete()[0] if keys else 0
