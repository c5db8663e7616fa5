"""The page on which a key pair is managed: name, keys, retention, people, links, its end."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME
from ingest.models import KeyPair, RetiredKeys
from ingest.receiving.key_tokens import mask_key
from ingest.storage.cleanup import key_pair_deletion
from ingest.timestamps import now_ms
from viewer.access.audit_log import log_action
from viewer.access.decorators import Page, get_visitor, pair_right_required, visitor_required
from viewer.access.permissions import Right
from viewer.accounts import forms, invitations
from viewer.accounts.link_withdrawal import withdraw_links
from viewer.http.page_forms import PairForm, focus_first_error, page_errors, submit_form
from viewer.models import Action, Member, Role
from viewer.pages import show_pair, to_datetime
from viewer.sharing import share_links
from viewer.sharing.forms import ShareLinkForm

Shown = dict[str, Any]
CarryOut = Callable[[HttpRequest, KeyPair, Shown], Shown | None]


@require_GET
@pair_right_required(Right.MANAGE)
def key_pair_settings(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    return _page(request, pair)


def _form_action(form_class: type[PairForm]) -> Callable[[CarryOut], Page]:
    """Make a function the view of one form of the settings page. The function gets the form's clean
    data and returns the values that the page shows once, such as a new link. A form with errors is
    shown again."""

    def decorate(carry_out: CarryOut) -> Page:
        @require_http_methods(["GET", "POST"])
        @pair_right_required(Right.MANAGE)
        @wraps(carry_out)
        def view(request: HttpRequest, pair: KeyPair) -> HttpResponse:
            if request.method == "GET":  # typed, or after signing in again
                return redirect("pair-settings", pair.pk)
            form = form_class(pair, request.POST)
            shown = submit_form(form, lambda data: carry_out(request, pair, data))
            if form.errors:
                pair.refresh_from_db()
                return _page(request, pair, form=form)
            if shown is not None:
                return _page(request, pair, shown)
            return redirect("pairs") if pair.deleted_at else redirect("pair-settings", pair.pk)

        return view

    return decorate


@never_cache
@require_http_methods(["GET", "POST"])
@visitor_required
@sensitive_post_parameters("api_key", "auth_key")
def new_key_pair(request: HttpRequest) -> HttpResponse:
    visitor = get_visitor(request)
    if not visitor.may_add_pairs:
        return render(request, "403.html", status=403)
    form = forms.NewKeyPairForm(request.POST if request.method == "POST" else None)
    pair: KeyPair | None = None
    if request.method == "POST":
        pair = submit_form(form, lambda data: key_pairs.create_key_pair(**data))
    if pair is None:
        focus_first_error(form)
        status = 400 if form.errors else 200
        return render(request, "accounts/new_key_pair.html", {"form": form}, status=status)
    log_action(visitor, Action.CREATED, pair)
    if not visitor.is_owner:
        Member.objects.create(keypair=pair, user=visitor.user, role=Role.MANAGE)
    return redirect("stream", pair.pk)


def _page(
    request: HttpRequest, pair: KeyPair, shown: Shown | None = None, form: PairForm | None = None
) -> HttpResponse:
    """With `form`, which has errors, in the place of its like."""
    context = {
        "pair": show_pair(pair),
        "keys": _keys(pair, mask_key),
        "retiring": _retiring(pair),
        "members": _members(pair),
        "invitations": invitations.pending_invitations(pair),
        "shares": share_links.links_of(pair),
        **_forms(pair, form),
        **(shown or {}),
    }
    if form is None:
        return render(request, "accounts/key_pair_settings.html", context)
    focus_first_error(form)
    context["error"] = page_errors(form, is_shown=any(form is one for one in context.values()))
    return render(request, "accounts/key_pair_settings.html", context, status=400)


def _forms(pair: KeyPair, bound: PairForm | None) -> Shown:
    kept = {"max_events": pair.max_events, "max_age_days": pair.max_age_days}
    fresh: dict[str, PairForm] = {
        "rename_form": forms.RenameForm(pair, initial={"name": pair.name}),
        "rotate_form": forms.RotateKeysForm(pair),
        "senders_form": forms.SendersForm(pair),
        "retention_form": forms.RetentionForm(pair, initial=kept),
        "invite_form": forms.InviteMemberForm(pair),
        "share_form": ShareLinkForm(pair),
        "delete_form": forms.DeleteKeyPairForm(pair),
    }
    return {name: bound if type(bound) is type(form) else form for name, form in fresh.items()}


def _keys(pair: KeyPair, shown: Callable[[str], str] = str) -> list[Shown]:
    names = BY_NAME[pair.dialect].key_names
    keys = (pair.api_key, pair.auth_key)
    return [{"label": name, "text": shown(key)} for name, key in zip(names, keys, strict=True)]


def _members(pair: KeyPair) -> list[Shown]:
    members = Member.objects.filter(keypair=pair).select_related("user").order_by("user")
    return [{"user": member.user, "form": _role_form(pair, member)} for member in members]


def _role_form(pair: KeyPair, member: Member) -> forms.ChangeRoleForm:
    initial = {"member": member.pk, "role": member.role}
    form = forms.ChangeRoleForm(pair, initial=initial, tag=member.pk)
    form.fields["role"].widget.attrs["aria-label"] = f"Role of {member.user.username}"
    return form


def _retiring(pair: KeyPair) -> list[Shown]:
    still = RetiredKeys.objects.filter(keypair=pair, works_until__gt=now_ms()).order_by(
        "-retired_at"
    )
    return [
        {
            "id": keys.pk,
            "api_key": mask_key(keys.api_key),
            "until": to_datetime(keys.works_until or 0),
        }
        for keys in still
    ]


# -- actions ------------------------------------------------------------------------------------


@_form_action(forms.RenameForm)
def rename_pair(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    before = pair.name
    key_pairs.rename_key_pair(pair, data["name"])
    log_action(get_visitor(request), Action.RENAMED, pair, f"before: {before}")
    messages.success(request, "Renamed.")


@_form_action(forms.RevealKeysForm)
def reveal_keys_page(request: HttpRequest, pair: KeyPair, data: Shown) -> Shown:
    log_action(get_visitor(request), Action.REVEALED, pair)
    return {"revealed": True, "keys": _keys(pair)}


@_form_action(forms.RotateKeysForm)
def rotate_pair_keys(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    words, seconds = forms.GRACES[data["grace"]]
    key_pairs.rotate_keys(pair, seconds)
    log_action(get_visitor(request), Action.ROTATED, pair, f"old keys end: {words}")
    old = f"stop working {words}" if seconds else "are refused from now on"
    messages.success(request, f"The new keys are in force. The old keys {old}.")


@_form_action(forms.EndOldKeysForm)
def end_old_keys(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    RetiredKeys.objects.filter(keypair=pair, pk=data["keys"]).update(works_until=None)
    log_action(get_visitor(request), Action.ROTATED, pair, "old keys ended early")
    messages.success(request, "The old keys are refused from now on.")


@_form_action(forms.RetentionForm)
def change_retention(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    before = f"{pair.max_events:,} events, {pair.max_age_days} days"
    key_pairs.set_retention(pair, data["max_events"], data["max_age_days"])
    log_action(get_visitor(request), Action.KEPT, pair, f"before: {before}")
    messages.success(request, "Saved. Events beyond the limits are deleted as new ones arrive.")


@_form_action(forms.SendersForm)
def change_senders(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    if data["senders"] == "refused":
        key_pairs.disable_key_pair(pair)
        log_action(get_visitor(request), Action.DISABLED, pair)
        messages.success(request, "Disabled: its senders are refused within 5 seconds.")
    else:
        key_pairs.enable_key_pair(pair)
        log_action(get_visitor(request), Action.ENABLED, pair)
        messages.success(request, "Enabled: its senders are let in within 5 seconds.")


@_form_action(forms.DeleteKeyPairForm)
def delete_pair(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    log_action(
        get_visitor(request), Action.DELETED, pair, f"{pair.last_seq:,} events received in all"
    )
    key_pair_deletion.start_deletion(pair)
    messages.success(request, f"“{pair.name}” is deleted with all its events.")


@_form_action(forms.ChangeRoleForm)
def change_role(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    member: Member = data["member"]
    member.role = data["role"]
    member.save(update_fields=["role"])
    log_action(
        get_visitor(request), Action.MEMBER_CHANGED, pair, f"{member.user} may {member.role}"
    )
    _withdraw(request, member)


@_form_action(forms.MemberForm)
def remove_member(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    member: Member = data["member"]
    member.delete()
    log_action(get_visitor(request), Action.MEMBER_CHANGED, pair, f"{member.user} removed")
    _withdraw(request, member)


def _withdraw(request: HttpRequest, member: Member) -> None:
    withdrawn = withdraw_links(get_visitor(request), member.user)
    if withdrawn:
        messages.success(request, f"Withdrawn, as {member.user} made it: {withdrawn}.")


@_form_action(forms.InviteMemberForm)
def invite_member(request: HttpRequest, pair: KeyPair, data: Shown) -> Shown:
    role = Role(data["role"])
    return {"invitation": invitations.invite(get_visitor(request), data["label"], pair, role)}


@_form_action(forms.UninviteMemberForm)
def uninvite_member(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    invitations.uninvite(get_visitor(request), pair, data["invitation"])


@_form_action(ShareLinkForm)
def share_pair(request: HttpRequest, pair: KeyPair, data: Shown) -> Shown:
    return {"share": share_links.create_share_link(get_visitor(request), pair, data)}


@_form_action(forms.RevokeShareLinkForm)
def revoke_share(request: HttpRequest, pair: KeyPair, data: Shown) -> None:
    share_links.revoke_share_link(get_visitor(request), pair, data["share"])
    messages.success(request, "Revoked: the link opens nothing any more.")
