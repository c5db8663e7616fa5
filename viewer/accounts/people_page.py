"""The people of this server, for its owners; and everybody's own account."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm, SetPasswordForm
from django.contrib.auth.models import Group, User
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from viewer.access.audit_log import log_action
from viewer.access.decorators import get_visitor, owner_required, visitor_required
from viewer.access.permissions import SUPPORT
from viewer.accounts import invitations
from viewer.accounts.link_withdrawal import withdraw_links
from viewer.http import forms
from viewer.http.forms import FormError
from viewer.models import Action, Member


@require_http_methods(["GET", "POST"])
@owner_required
def people_page(request: HttpRequest) -> HttpResponse:
    if request.method == "GET":
        return _page(request)
    deed = {"invite": _invite, "uninvite": _uninvite, "change": _change}.get(
        request.POST.get("deed", "")
    )
    try:
        if deed is None:
            raise FormError("The form is not understood. Load the page again.")
        shown = deed(request)
    except FormError as error:
        return _page(request, {"error": str(error)}, status=400)
    return redirect("people") if shown is None else _page(request, shown)


@require_http_methods(["GET", "POST"])
@visitor_required
@sensitive_post_parameters()
def account_page(request: HttpRequest) -> HttpResponse:
    """One's own name, rights and password."""
    user = request.user
    if not user.is_authenticated:
        raise Http404  # who came with keys has no account
    form_class = PasswordChangeForm if user.has_usable_password() else SetPasswordForm
    form = form_class(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, user)  # others of this user's sessions end
        log_action(get_visitor(request), Action.PASSWORD_SET)
        messages.success(request, "Your password is set.")
        return redirect("account")
    memberships = Member.objects.filter(user=user, keypair__deleted_at=None)
    context = {"form": form, "memberships": memberships.select_related("keypair")}
    return render(request, "people/account.html", context, status=400 if form.errors else 200)


def _page(
    request: HttpRequest, extra: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    shown = User.objects.annotate(
        pairs=Count("memberships", distinct=True),
        supports=Count("groups", filter=Q(groups__name=SUPPORT), distinct=True),
    )
    context = {
        "people": shown.order_by("username"),
        "groups": invitations.GROUPS.items(),
        "invitations": invitations.pending_invitations(None),
        **(extra or {}),
    }
    return render(request, "people/people.html", context, status=status)


def _invite(request: HttpRequest) -> dict[str, Any]:
    group = forms.form_choice(request, "group", {group: group for group in invitations.GROUPS})
    label = forms.form_text(request, "label", 100)
    return {"invitation": invitations.invite(get_visitor(request), label, group=group)}


def _uninvite(request: HttpRequest) -> None:
    invitations.uninvite(get_visitor(request), None, forms.form_number(request, "invitation"))


def _change(request: HttpRequest) -> None:
    """Group, and whether somebody may sign in at all."""
    user = User.objects.filter(pk=forms.form_number(request, "user")).first()
    if user is None:
        raise FormError("There is no such person any more.")
    if user == request.user:
        raise FormError("Nobody changes their own rights: ask another owner.")
    group = forms.form_choice(request, "group", {group: group for group in invitations.GROUPS})
    user.is_active = "active" in request.POST
    user.is_staff = user.is_superuser = group == invitations.OWNERS
    user.save(update_fields=["is_active", "is_staff", "is_superuser"])
    support, _ = Group.objects.get_or_create(name=SUPPORT)
    (user.groups.add if group == SUPPORT else user.groups.remove)(support)
    withdrawn = withdraw_links(get_visitor(request), user)
    state = "active" if user.is_active else "shut out"
    log_action(
        get_visitor(request),
        Action.PERSON_CHANGED,
        None,
        f"{user}: {invitations.GROUPS[group]}, {state}",
    )
    told = f" Withdrawn with it: {withdrawn}." if withdrawn else ""
    messages.success(request, f"{user} is changed.{told}")
