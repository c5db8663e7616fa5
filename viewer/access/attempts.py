"""How many wrong keys, links and passwords one address may try. Counted in the record, so that all
processes and hosts count together, and staff see it. Only different tries count: a job that repeats
a mistake learns nothing by it, and shuts nobody out."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Max, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from ingest.models import KeyPair
from ingest.networks import network_of
from viewer.access.record import note
from viewer.access.rights import Visitor
from viewer.models import Action, RecordEntry

COUNTED = (Action.WRONG_KEYS, Action.WRONG_LINK, Action.SIGN_IN_LOCKED)
MOST_WRONG = 10  # different ones of one address within
WINDOW = timedelta(minutes=10)


class TooMany(Exception):
    """`seconds` from now on it may be tried again."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"Too many wrong tries from your address. Try again in {_words(seconds)}.")
        self.seconds = seconds


def check(sender: str, action: Action) -> None:
    """Before a try is looked at: right ones get no answer either. Raises TooMany."""
    tries = _lately(sender, action).values("detail").annotate(newest=Max("at")).order_by("-newest")
    times: list[datetime] = [row["newest"] for row in tries[:MOST_WRONG]]
    if len(times) == MOST_WRONG:
        left = times[-1] + WINDOW - timezone.now()
        raise TooMany(max(1, int(left.total_seconds())))


def wrong(sender: str, action: Action, what: str, tried: str, pair: KeyPair | None = None) -> None:
    """`what` is for readers and holds no secret; of what was `tried` only a digest is kept."""
    digest = salted_hmac("tried", tried, algorithm="sha256").hexdigest()[:8]
    detail = f"{what} (try {digest})"
    if not _lately(sender, action).filter(detail=detail).exists():
        note(Visitor(sender=network_of(sender)), action, pair, detail)


def _lately(sender: str, action: Action) -> QuerySet[RecordEntry]:
    since = timezone.now() - WINDOW
    return RecordEntry.objects.filter(sender=network_of(sender), action=action, at__gt=since)


def _words(seconds: int) -> str:
    minutes = -(-seconds // 60)
    return f"{minutes} minute{'' if minutes == 1 else 's'}"
