"""Who may see what: the one rule that pages, REST and feed ask.

| visitor | which key pairs | see | work | plan | keys | manage |
|---|---|---|---|---|---|---|
| owner (superuser) | all | yes | yes | yes | yes | yes |
| support (member of that group) | all | yes | | | yes, recorded | |
| member with the role view | theirs | yes | yes | | | |
| member with the role manage | theirs | yes | yes | yes | yes | yes |
| who holds both keys | that one | yes | yes | yes | yes | |
| anybody else | none | | | | | |

The class `Right` describes the columns. Requests that store nothing belong to "see", though
they are sent with POST: `/api/validate` and `/api/expect`.

Share links are no part of this: they open a page of their own (viewer/sharing/share_links.py).
Links of both kinds, to join and to share, are good only while their maker may manage:
`made_by_manager`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import SimpleNamespace
from typing import Any

from django.contrib.auth import get_user
from django.contrib.auth.models import AnonymousUser, User
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest

from ingest.models import KeyPair
from viewer.access import key_proofs
from viewer.access.session_store import SessionStore
from viewer.models import Member, Role

SUPPORT = "support"  # name of the group
OWNERS = "owners"
GROUPS = {"": "no group", SUPPORT: "support", OWNERS: "owners"}
OWNER = "owner"  # name of the user whom the link of `make run` signs in


class Right(StrEnum):
    SEE = "see"  # events, deliveries, counts, exports, reports; validating a body, expectations
    WORK = "work"  # saved views; starting, changing and finishing runs
    PLAN = "plan"  # replacing the tracking plan, which changes verdicts for all users
    KEYS = "keys"  # both secrets
    MANAGE = "manage"  # names, keys, members, shares, deletion


OF_OWNER = frozenset(Right)
OF_SUPPORT = frozenset({Right.SEE, Right.KEYS})
OF_HOLDER = frozenset({Right.SEE, Right.WORK, Right.PLAN, Right.KEYS})
OF_ROLE = {
    Role.VIEW: frozenset({Right.SEE, Right.WORK}),
    Role.MANAGE: frozenset(Right),
}
NOTHING: frozenset[Right] = frozenset()


@dataclass
class Visitor:
    """A visitor at one moment. `proofs` are those of key pairs opened with their keys; `held` is
    the key pair whose keys came with the request itself."""

    user: Any = field(default_factory=AnonymousUser)
    proofs: Mapping[str, str] = field(default_factory=dict)
    held: KeyPair | None = None
    sender: str = ""

    @cached_property
    def is_owner(self) -> bool:
        return bool(self.user.is_authenticated and self.user.is_superuser)

    @cached_property
    def is_staff(self) -> bool:
        """Owners and support: they see every key pair, and unmatched requests."""
        return self.is_owner or self._is_support()

    @cached_property
    def is_anybody(self) -> bool:
        """Whether there is anything that this visitor may see."""
        return bool(self.user.is_authenticated or self._opened or self.held)

    @cached_property
    def may_add_pairs(self) -> bool:
        return bool(self.user.is_authenticated and self.user.has_perm("ingest.add_keypair"))

    @property
    def name(self) -> str:
        """The name used in the audit log."""
        if self.user.is_authenticated:
            return str(self.user.get_username())
        return "holder of the keys" if self.held or self._opened else "stranger"

    @cached_property
    def _opened(self) -> frozenset[int]:
        return key_proofs.still_held(self.proofs)

    def pairs(self) -> QuerySet[KeyPair]:
        """Every key pair that this visitor may see."""
        present = KeyPair.objects.filter(deleted_at=None)
        if self.held is not None:
            return present.filter(pk=self.held.pk)
        if self.is_staff:
            return present
        theirs = Q(pk__in=self._opened)
        if self.user.is_authenticated:
            theirs |= Q(members__user=self.user)
        return present.filter(theirs).distinct()

    def pair(self, pair_id: int, right: Right = Right.SEE) -> KeyPair | None:
        """The key pair, if this visitor has the right to it."""
        found = self.pairs().filter(pk=pair_id).first()
        return found if found is not None and right in self.rights(found) else None

    def rights(self, pair: KeyPair) -> frozenset[Right]:
        if self.held is not None:
            return OF_HOLDER if self.held.pk == pair.pk else NOTHING
        if self.is_owner:
            return OF_OWNER
        rights = OF_SUPPORT if self.is_staff else NOTHING
        if pair.pk in self._opened:
            rights |= OF_HOLDER
        return rights | self._rights_of_member(pair)

    def _rights_of_member(self, pair: KeyPair) -> frozenset[Right]:
        role = self._role_in(pair)
        return OF_ROLE[Role(role)] if role else NOTHING

    def _is_support(self) -> bool:
        return bool(self.user.is_authenticated and self.user.groups.filter(name=SUPPORT).exists())

    def _role_in(self, pair: KeyPair) -> str | None:
        if not self.user.is_authenticated:
            return None
        roles = Member.objects.filter(keypair=pair, user=self.user)
        return roles.values_list("role", flat=True).first()


def made_by_manager(maker: str) -> Q:
    """Rows whose maker may still manage their key pair (or, without a `keypair`, the server), and
    rows made by the server itself. `maker` is the name of a foreign key."""
    manages = Member.objects.filter(
        keypair=OuterRef(OuterRef("keypair")), user=OuterRef("pk"), role=Role.MANAGE
    )
    managers = User.objects.filter(
        Q(is_superuser=True) | Exists(manages), pk=OuterRef(maker), is_active=True
    )
    return Q(Q(**{f"{maker}__isnull": True}), Exists(managers), _connector=Q.OR)


def visitor_of(request: HttpRequest) -> Visitor:
    """The visitor of a session, or an anonymous one. Queries the database."""
    return Visitor(
        request.user,
        request.session.get(key_proofs.PROOFS, {}),
        sender=request.META.get("REMOTE_ADDR", ""),
    )


def visitor_of_session(session_key: str | None) -> Visitor:
    """The session's visitor now: they may have signed out or lost rights since a page was
    opened."""
    session = SessionStore(session_key)
    user = get_user(SimpleNamespace(session=session))  # type: ignore[arg-type]
    return Visitor(user, session.get(key_proofs.PROOFS, {}))
