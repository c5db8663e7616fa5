"""Checks the permissions of all open pages at once, in five statements whatever their number."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import AnonymousUser, User
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from ingest.models import KeyPair
from viewer.access import key_proofs
from viewer.access.permissions import SUPPORT, Right, Visitor, visitor_of_session
from viewer.access.session_store import stored_key
from viewer.models import Member

BACKEND = (
    "django.contrib.auth.backends.ModelBackend"  # the backends that sessions here are started with
)

Contents = dict[str, Any]  # session keys


class Subscriber(NamedTuple):
    """A session with an open page of a key pair, and the right that the page needs."""

    pair: int
    session: str
    right: Right = Right.SEE


@dataclass(frozen=True)
class _Facts:
    """The rows that concern the given subscribers, read at one moment."""

    pairs: Mapping[int, KeyPair]  # those that still exist
    users: Mapping[int, User]
    supporters: frozenset[int]
    roles: Mapping[tuple[int, int], str]  # role of a user in a key pair


@dataclass(kw_only=True)
class _Known(Visitor):
    """Answers permission checks from the facts instead of the database; the rule itself stays in
    permissions.py."""

    facts: _Facts

    @cached_property
    def _opened(self) -> frozenset[int]:
        return key_proofs.held_among(self.facts.pairs, self.proofs)

    def _is_support(self) -> bool:
        return self.user.pk in self.facts.supporters

    def _role_in(self, pair: KeyPair) -> str | None:
        return self.facts.roles.get((self.user.pk, pair.pk))


def filter_allowed(lookers: Collection[Subscriber]) -> set[Subscriber]:
    """Return the subscribers that still have their right to their key pair."""
    sessions = _sessions({looker.session for looker in lookers})
    facts = _facts({looker.pair for looker in lookers}, sessions)
    visitors = {key: _visitor(key, contents, facts) for key, contents in sessions.items()}
    return {
        looker
        for looker in lookers
        if looker.session in visitors
        and looker.pair in facts.pairs
        and looker.right in visitors[looker.session].rights(facts.pairs[looker.pair])
    }


def _sessions(keys: Collection[str]) -> dict[str, Contents]:
    """The data of sessions that have neither ended nor expired."""
    by_stored = {stored_key(key): key for key in keys}
    found = Session.objects.filter(session_key__in=by_stored, expire_date__gt=timezone.now())
    return {by_stored[session.session_key]: session.get_decoded() for session in found}


def _facts(pair_ids: Collection[int], sessions: Mapping[str, Contents]) -> _Facts:
    ids = {int(held[SESSION_KEY]) for held in sessions.values() if SESSION_KEY in held}
    pairs = KeyPair.objects.filter(pk__in=pair_ids, deleted_at=None)
    in_support = User.groups.through.objects.filter(user=OuterRef("pk"), group__name=SUPPORT)
    users = User.objects.filter(pk__in=ids, is_active=True)
    known = {user.pk: user for user in users.annotate(in_support=Exists(in_support))}
    members = Member.objects.filter(keypair__in=pair_ids, user__in=ids)
    return _Facts(
        {pair.pk: pair for pair in pairs.prefetch_related("retired_keys")},
        known,
        frozenset(pk for pk, user in known.items() if user.in_support),
        {(user, pair): role for user, pair, role in members.values_list("user", "keypair", "role")},
    )


def _visitor(session_key: str, session: Contents, facts: _Facts) -> Visitor:
    """Fast path for plain sessions; all others (a locked account, a new password, another backend)
    fall back to Django's check."""
    proofs = session.get(key_proofs.PROOFS, {})
    if SESSION_KEY not in session:
        return _Known(AnonymousUser(), proofs, facts=facts)
    user = facts.users.get(int(session[SESSION_KEY]))
    if user is not None and _stands_for(session, user):
        return _Known(user, proofs, facts=facts)
    return visitor_of_session(session_key)


def _stands_for(session: Contents, user: User) -> bool:
    """The user, as django.contrib.auth.get_user finds it if nothing has changed."""
    return (
        session.get(BACKEND_SESSION_KEY) == BACKEND
        and BACKEND in settings.AUTHENTICATION_BACKENDS
        and constant_time_compare(session.get(HASH_SESSION_KEY, ""), user.get_session_auth_hash())
    )
