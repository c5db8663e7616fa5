"""Invitations: a link that makes one person a member of a key pair, or of the staff."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ingest.models import KeyPair
from viewer.access import failed_attempts, link_tokens
from viewer.access.audit_log import log_action
from viewer.access.decorators import own_forms_alone
from viewer.access.permissions import (
    GROUPS,
    OWNERS,
    SUPPORT,
    Visitor,
    made_by_manager,
    visitor_of,
)
from viewer.accounts.forms import SignUpForm
from viewer.accounts.sign_in import BACKEND
from viewer.http.page_forms import focus_first_error
from viewer.models import Action, Invitation, Member, Role

VALID_FOR = timedelta(days=7)
MAX_OPEN = 100  # of a key pair, or of the server


class InvalidInvitation(Exception):
    """The invitation was used, withdrawn, has expired, or never existed."""


def invite(
    visitor: Visitor,
    label: str,
    pair: KeyPair | None = None,
    role: Role = Role.VIEW,
    *,
    group: str = "",
) -> str:
    """The link, which cannot be shown again. Raises ValidationError."""
    if pending_invitations(pair).count() >= MAX_OPEN:
        raise ValidationError(f"{MAX_OPEN} invitations are open: withdraw one first.")
    _forget_closed(pair)
    token = link_tokens.new_token()
    Invitation.objects.create(
        token_hash=link_tokens.token_digest(token),
        label=label,
        keypair=pair,
        role=role,
        group=group,
        invited_by=visitor.user,
    )
    log_action(
        visitor, Action.INVITED, pair, f"{label or 'somebody'}: {role if pair else GROUPS[group]}"
    )
    return f"{settings.PUBLIC_URL}/invitation/{token}/"


def uninvite(visitor: Visitor, pair: KeyPair | None, invitation: int) -> None:
    """Withdraw an open invitation to `pair`, or to the server."""
    for withdrawn in pending_invitations(pair).filter(pk=invitation):
        withdrawn.delete()
        log_action(visitor, Action.INVITATION_WITHDRAWN, pair, withdrawn.label or "somebody")


def _forget_closed(pair: KeyPair | None) -> None:
    """Delete old invitations. The audit log still has them."""
    too_old = timezone.now() - 2 * VALID_FOR
    Invitation.objects.filter(keypair=pair, created_at__lt=too_old).delete()


def valid_invitations() -> QuerySet[Invitation]:
    """Neither used nor too old, of those who may still invite."""
    since = timezone.now() - VALID_FOR
    fresh = Invitation.objects.filter(used_at=None, created_at__gte=since)
    return fresh.filter(made_by_manager("invited_by"))


def pending_invitations(pair: KeyPair | None) -> QuerySet[Invitation]:
    return (
        valid_invitations()
        .filter(keypair=pair)
        .select_related("invited_by")
        .order_by("-created_at")
    )


def find_invitation(token: str) -> Invitation:
    """Raises InvalidInvitation."""
    found = (
        valid_invitations()
        .filter(token_hash=link_tokens.token_digest(token))
        .select_related("keypair")
        .first()
    )
    if found is None or (found.keypair and found.keypair.deleted_at):
        raise InvalidInvitation
    return found


@transaction.atomic
def accept_invitation(invitation: Invitation, user: User) -> None:
    """Once: of two at the same moment the second gets Gone."""
    if (
        not valid_invitations()
        .filter(pk=invitation.pk)
        .update(used_at=timezone.now(), used_by=user)
    ):
        raise InvalidInvitation
    if invitation.keypair is not None:
        _join(invitation.keypair, user, invitation.role)
    if invitation.group == SUPPORT:
        user.groups.add(Group.objects.get_or_create(name=SUPPORT)[0])
    if invitation.group == OWNERS:
        user.is_staff = user.is_superuser = True
        user.save(update_fields=["is_staff", "is_superuser"])


def _join(pair: KeyPair, user: User, role: str) -> None:
    """Nobody loses a right by an invitation."""
    member, is_new = Member.objects.get_or_create(keypair=pair, user=user, defaults={"role": role})
    if not is_new and role == Role.MANAGE:
        member.role = role
        member.save(update_fields=["role"])


@require_http_methods(["GET", "POST"])
@never_cache
@own_forms_alone
@sensitive_post_parameters("password1", "password2")
def invitation_page(request: HttpRequest, token: str) -> HttpResponse:
    sender = request.META.get("REMOTE_ADDR", "")
    try:
        failed_attempts.enforce_limits(sender, Action.WRONG_LINK)
        invitation = find_invitation(token)
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, error)
    except InvalidInvitation:
        return _gone(request, sender, token)
    if request.user.is_authenticated:
        return _as_known(request, invitation, request.user)
    return _as_new(request, invitation)


def _gone(request: HttpRequest, sender: str, token: str) -> HttpResponse:
    """Only who presses the button tries a link: any page can make a browser fetch one."""
    try:
        if request.method == "POST":
            failed_attempts.record_failure(sender, Action.WRONG_LINK, "invitation", token)
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, error)
    return render(request, "accounts/invitation_not_valid.html", status=404)


def _too_many(request: HttpRequest, error: failed_attempts.TooManyAttempts) -> HttpResponse:
    answer = render(request, "accounts/invitation_not_valid.html", {"reason": error}, status=429)
    answer["Retry-After"] = str(error.seconds)
    return answer


def _as_known(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    if request.method == "GET":
        return render(request, "accounts/invitation.html", {"invitation": invitation})
    return _accepted(request, invitation, user)


def _as_new(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    form = SignUpForm(request.POST if request.method == "POST" else None)
    if request.method == "GET" or not form.is_valid():
        status = 200 if request.method == "GET" else 400
        focus_first_error(form)
        context = {"invitation": invitation, "form": form}
        return render(request, "accounts/invitation.html", context, status=status)
    user = form.save(commit=False)  # hashes: not while SQLite's one lock for writing is held
    try:
        with transaction.atomic():  # nobody is made without the invitation
            user.save()
            accept_invitation(invitation, user)
    except InvalidInvitation:
        return render(request, "accounts/invitation_not_valid.html", status=404)
    login(request, user, backend=BACKEND)
    return _joined(request, invitation)


def _accepted(request: HttpRequest, invitation: Invitation, user: User) -> HttpResponse:
    try:
        accept_invitation(invitation, user)
    except InvalidInvitation:
        return render(request, "accounts/invitation_not_valid.html", status=404)
    return _joined(request, invitation)


def _joined(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    pair = invitation.keypair
    detail = invitation.role if pair else GROUPS[invitation.group]
    log_action(visitor_of(request), Action.JOINED, pair, detail)
    return redirect("stream", pair.pk) if pair else redirect("pairs")
