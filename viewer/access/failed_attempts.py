"""Limits the wrong keys and links that a network may try.

Attempts are counted in the audit log, so that all processes and hosts count together and staff can
see them. Only distinct attempts count: a job that repeats one mistake learns nothing from it and is
not locked out. Wrong passwords are counted by password_limits.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ingest.models import KeyPair
from ingest.receiving.networks import network_of
from viewer.access.audit_log import log_action
from viewer.access.permissions import Visitor
from viewer.models import Action, AuditLogEntry

COUNTED = (Action.WRONG_KEYS, Action.WRONG_LINK, Action.SIGN_IN_LOCKED, Action.SIGN_IN_REFUSED)
WRONG_LIMIT = 10  # distinct wrong attempts of a network within WINDOW; further wrong ones get 429
TOTAL_LIMIT = 100  # from here on every attempt gets 429, unchecked
WINDOW = timedelta(minutes=10)


class TooManyAttempts(Exception):
    """`seconds`: when the next attempt is allowed."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong tries from your address. Try again in {_words(seconds)}.")
        self.seconds = seconds


def enforce_limits(sender: str, action: Action, limit: int = TOTAL_LIMIT) -> None:
    """Call this before an attempt is checked. Raises TooManyAttempts."""
    _refuse_from(limit, sender, action)


def record_failure(
    sender: str, action: Action, what: str, tried: str, pair: KeyPair | None = None
) -> None:
    """Record a wrong attempt. `what` is shown to readers and contains no secret; only a digest of
    `tried` is stored. Raises TooManyAttempts after too many earlier ones."""
    digest = salted_hmac("tried", tried, algorithm="sha256").hexdigest()[:8]
    printable = "".join(char if char.isprintable() else "�" for char in what)
    detail = f"{printable} (try {digest})"  # PostgreSQL stores no NUL
    is_new = not _lately(sender, action).filter(detail=detail).exists()
    try:
        _refuse_from(WRONG_LIMIT, sender, action)
    finally:
        if is_new:
            log_action(Visitor(sender=network_of(sender)), action, pair, detail)


def is_cross_site(request: HttpRequest) -> bool:
    """Whether a page of another site made the browser send this. Such a request is not an attempt
    of the visitor: it is neither checked nor counted."""
    return request.headers.get("Sec-Fetch-Site") in ("cross-site", "same-site")


def _refuse_from(limit: int, sender: str, action: Action) -> None:
    tries = _lately(sender, action).values("detail").annotate(newest=Max("at")).order_by("-newest")
    times: list[datetime] = [row["newest"] for row in tries[:limit]]
    if len(times) == limit:
        left = times[-1] + WINDOW - timezone.now()
        raise TooManyAttempts(max(1, int(left.total_seconds())))


def _lately(sender: str, action: Action) -> QuerySet[AuditLogEntry]:
    since = timezone.now() - WINDOW
    return AuditLogEntry.objects.filter(sender=network_of(sender), action=action, at__gt=since)


def _words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
