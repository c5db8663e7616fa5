"""The people of this server, for its owners; and everybody's own account."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from viewer.access.audit_log import log_action
from viewer.access.decorators import Page, get_visitor, owner_required, visitor_required
from viewer.access.permissions import GROUPS, OWNERS, SUPPORT
from viewer.accounts import invitations
from viewer.accounts.forms import (
    ChangePasswordForm,
    ChangePersonForm,
    FirstPasswordForm,
    InviteToServerForm,
    UninviteForm,
)
from viewer.accounts.link_withdrawal import withdraw_links
from viewer.http.page_forms import focus_first_error, page_errors, submit_form
from viewer.models import Action, Member

Shown = dict[str, Any]
CarryOut = Callable[[HttpRequest, Shown], Shown | None]


@require_GET
@owner_required
def people_page(request: HttpRequest) -> HttpResponse:
    return _page(request)


def _form_action(form_class: type[forms.Form]) -> Callable[[CarryOut], Page]:
    """Make a function the view of one form of the page. The function gets the form's clean data and
    returns the values that the page shows once. A form with errors is shown again."""

    def decorate(carry_out: CarryOut) -> Page:
        @require_http_methods(["GET", "POST"])
        @owner_required
        @wraps(carry_out)
        def view(request: HttpRequest) -> HttpResponse:
            if request.method == "GET":  # typed, or after signing in again
                return redirect("people")
            form = form_class(request.POST)
            shown = submit_form(form, lambda data: carry_out(request, data))
            if form.errors:
                return _page(request, form=form)
            return redirect("people") if shown is None else _page(request, shown)

        return view

    return decorate


@require_http_methods(["GET", "POST"])
@visitor_required
@sensitive_post_parameters()
def account_page(request: HttpRequest) -> HttpResponse:
    """One's own name, rights and password."""
    user = request.user
    if not user.is_authenticated:
        raise Http404  # who came with keys has no account
    form_class = ChangePasswordForm if user.has_usable_password() else FirstPasswordForm
    form = form_class(user, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        form.save()
        update_session_auth_hash(request, user)  # others of this user's sessions end
        log_action(get_visitor(request), Action.PASSWORD_SET)
        messages.success(request, "Your password is set.")
        return redirect("account")
    focus_first_error(form)
    memberships = Member.objects.filter(user=user, keypair__deleted_at=None)
    context = {"form": form, "memberships": memberships.select_related("keypair")}
    return render(request, "accounts/account.html", context, status=400 if form.errors else 200)


def _page(
    request: HttpRequest, shown: Shown | None = None, form: forms.Form | None = None
) -> HttpResponse:
    """With `form`, which has errors, in the place of its like."""
    context = {
        "people": [_person(user) for user in _users()],
        "invitations": invitations.pending_invitations(None),
        "invite_form": form if isinstance(form, InviteToServerForm) else InviteToServerForm(),
        **(shown or {}),
    }
    if form is None:
        return render(request, "accounts/people.html", context)
    focus_first_error(form)
    context["error"] = page_errors(form, is_shown=form is context["invite_form"])
    return render(request, "accounts/people.html", context, status=400)


def _users() -> QuerySet[User]:
    """With the number of their key pairs, and whether they belong to support."""
    return User.objects.annotate(
        pairs=Count("memberships", distinct=True),
        supports=Count("groups", filter=Q(groups__name=SUPPORT), distinct=True),
    ).order_by("username")


def _person(user: Any) -> Shown:
    group = OWNERS if user.is_superuser else SUPPORT if user.supports else ""
    initial = {"user": user.pk, "group": group, "active": user.is_active}
    form = ChangePersonForm(initial=initial, auto_id=f"person{user.pk}-%s")
    form.fields["group"].widget.attrs["aria-label"] = f"Group of {user.username}"
    return {"user": user, "form": form}


@_form_action(InviteToServerForm)
def invite_person(request: HttpRequest, data: Shown) -> Shown:
    link = invitations.invite(get_visitor(request), data["label"], group=data["group"])
    return {"invitation": link}


@_form_action(UninviteForm)
def uninvite_person(request: HttpRequest, data: Shown) -> None:
    invitations.uninvite(get_visitor(request), None, data["invitation"])


@_form_action(ChangePersonForm)
def change_person(request: HttpRequest, data: Shown) -> None:
    user: User = data["user"]
    group: str = data["group"]
    if user == request.user:
        raise ValidationError("You cannot change your own rights. Ask another owner.")
    user.is_active = data["active"]
    user.is_staff = user.is_superuser = group == OWNERS
    user.save(update_fields=["is_active", "is_staff", "is_superuser"])
    support, _ = Group.objects.get_or_create(name=SUPPORT)
    (user.groups.add if group == SUPPORT else user.groups.remove)(support)
    withdrawn = withdraw_links(get_visitor(request), user)
    state = "active" if user.is_active else "shut out"
    log_action(
        get_visitor(request), Action.PERSON_CHANGED, None, f"{user}: {GROUPS[group]}, {state}"
    )
    consequence = f" Withdrawn with it: {withdrawn}." if withdrawn else ""
    messages.success(request, f"{user} is changed.{consequence}")
