"""Invitations and share links end with the right of whoever made them."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.utils import timezone

from viewer.access.audit_log import log_action
from viewer.access.permissions import GROUPS, Visitor, made_by_manager
from viewer.models import Action, Invitation, ShareLink

MAX_NAMED = 10  # links; of others the number


def withdraw_links(visitor: Visitor, maker: User) -> str:
    """Ends what `maker` made and has no right to any more; it does not come back with the right.
    What was withdrawn, in words; "" for nothing."""
    withdrawn = [*_invitations(visitor, maker), *_shares(visitor, maker)]
    named = "; ".join(withdrawn[:MAX_NAMED])
    more = len(withdrawn) - MAX_NAMED
    return f"{named}; and {more} more" if more > 0 else named


def _invitations(visitor: Visitor, maker: User) -> list[str]:
    unused = Invitation.objects.filter(used_at=None, invited_by=maker)
    lost = unused.exclude(made_by_manager("invited_by")).select_related("keypair")
    words = []
    for invitation in lost:
        pair = invitation.keypair
        to = f"“{pair.name}”" if pair else GROUPS[invitation.group]
        words.append(f"invitation of {invitation.label or 'somebody'} to {to}")
        log_action(visitor, Action.INVITATION_WITHDRAWN, pair, f"{invitation.label}, by {maker}")
        invitation.delete()
    return words


def _shares(visitor: Visitor, maker: User) -> list[str]:
    unrevoked = ShareLink.objects.filter(
        revoked_at=None, created_by=maker, expires_at__gt=timezone.now()
    )
    lost = unrevoked.exclude(made_by_manager("created_by")).select_related("keypair")
    words = []
    for link in lost:
        words.append(f"share link “{link.name}” of “{link.keypair.name}”")
        log_action(visitor, Action.SHARE_REVOKED, link.keypair, f"link {link.pk}, by {maker}")
        link.revoked_at = timezone.now()
        link.save(update_fields=["revoked_at"])
    return words
