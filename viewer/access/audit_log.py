"""The audit log: who revealed, rotated, shared, deleted, exported what, and when."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from ingest.models import KeyPair
from viewer.access import expired_rows
from viewer.access.permissions import Visitor
from viewer.access.rate_limit import RateLimit
from viewer.models import Action, AuditLogEntry

COMMAND_LINE = Visitor()

# Actions that a script can repeat any number of times.
_REPEATED = frozenset(
    {
        Action.SIGNED_OUT,
        Action.EXPORTED,
        Action.OPENED,
        Action.REVEALED,
        Action.SHARE_OPENED,
        Action.PLAN_CHANGED,
        Action.RUN_CHANGED,
        Action.RUN_FINISHED,
        Action.VIEW_DELETED,
        Action.PASSWORD_SET,
    }
)
_AND_MORE = "; repeated within a minute: "
_repeats = RateLimit(limit=10, seconds=60)


def log_action(
    visitor: Visitor, action: Action, pair: KeyPair | None = None, detail: str = ""
) -> None:
    """Record what `visitor` did. `detail` must not contain a secret. After ten equal actions within
    a minute, further ones are counted in one entry."""
    actor = "command line" if visitor is COMMAND_LINE else visitor.name[:150]
    pair_id = pair.pk if pair else None
    if action in _REPEATED and _repeats.wait((action, actor, visitor.sender, pair_id)):
        if _count_repetition(action, actor, visitor.sender, pair_id):
            return
        detail = f"{detail}{_AND_MORE}0"
    AuditLogEntry.objects.create(
        action=action,
        actor=actor,
        sender=visitor.sender[:100],
        pair_id=pair_id,
        pair_name=pair.name if pair else "",
        detail=detail[:2_000],
    )
    expired_rows.after_new_entry(pair_id, action)


def _count_repetition(action: Action, actor: str, sender: str, pair_id: int | None) -> bool:
    """Count the action in the newest entry. False if that entry does not count repetitions."""
    since = timezone.now() - timedelta(minutes=1)
    with transaction.atomic():
        same = AuditLogEntry.objects.select_for_update().filter(
            action=action, actor=actor, sender=sender[:100], pair_id=pair_id, at__gte=since
        )
        entry = same.order_by("-pk").first()
        what, _, count = entry.detail.rpartition(_AND_MORE) if entry else ("", "", "")
        if entry is None or not (count.isascii() and count.isdecimal()):
            return False  # a name in the detail may contain the same words
        entry.detail = f"{what}{_AND_MORE}{int(count) + 1}"
        entry.save(update_fields=["detail"])
    return True
