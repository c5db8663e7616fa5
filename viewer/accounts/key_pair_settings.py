"""The page on which a key pair is managed: name, keys, retention, people, links, its end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME
from ingest.models import KeyPair, RetiredKeys
from ingest.receiving.key_tokens import mask_key
from ingest.storage.cleanup import key_pair_deletion
from ingest.timestamps import now_ms
from viewer.access.audit_log import log_action
from viewer.access.decorators import get_visitor, pair_right_required, visitor_required
from viewer.access.permissions import Right
from viewer.accounts import invitations
from viewer.accounts.link_withdrawal import withdraw_links
from viewer.http import forms
from viewer.http.forms import FormError
from viewer.models import Action, Member, Role
from viewer.pages import show_pair, to_datetime
from viewer.sharing import share_links

GRACES = {
    "0": ("at once", 0),
    "1h": ("an hour", 3_600),
    "1d": ("a day", 86_400),
    "7d": ("7 days", 7 * 86_400),
    "30d": ("30 days", 30 * 86_400),
}

Shown = dict[str, Any]
Deed = Callable[[HttpRequest, KeyPair], Shown | None]


@require_http_methods(["GET", "POST"])
@pair_right_required(Right.MANAGE)
def key_pair_settings(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    """A deed answers with a page of its own only where it shows a secret, which is shown once."""
    if request.method == "GET":
        return _page(request, pair)
    deed = ACTIONS.get(request.POST.get("deed", ""))
    try:
        if deed is None:
            raise FormError("The form is not understood. Load the page again.")
        shown = deed(request, pair)
    except (FormError, key_pairs.KeyPairError) as error:
        pair.refresh_from_db()
        return _page(request, pair, {"error": str(error)}, status=400)
    if shown is not None:
        return _page(request, pair, shown)
    return redirect("pairs" if pair.deleted_at else "pair-settings", *_ids(pair))


@require_http_methods(["GET", "POST"])
@visitor_required
@sensitive_post_parameters("api_key", "auth_key")
def new_key_pair(request: HttpRequest) -> HttpResponse:
    visitor = get_visitor(request)
    if not visitor.may_add_pairs:
        return render(request, "403.html", status=403)
    context: Shown = {"dialects": BY_NAME.values(), "given": request.POST}
    if request.method == "POST":
        try:
            given = ("name", "dialect", "api_key", "auth_key")
            pair = key_pairs.create_key_pair(
                **{name: forms.form_text(request, name, 200) for name in given}
            )
        except (FormError, key_pairs.KeyPairError) as error:
            return render(request, "pair/new.html", {**context, "error": str(error)}, status=400)
        log_action(visitor, Action.CREATED, pair)
        if not visitor.is_owner:
            Member.objects.create(keypair=pair, user=visitor.user, role=Role.MANAGE)
        return redirect("stream", pair.pk)
    return render(request, "pair/new.html", context)


def _page(
    request: HttpRequest, pair: KeyPair, extra: Shown | None = None, status: int = 200
) -> HttpResponse:
    dialect = BY_NAME[pair.dialect]
    context = {
        "pair": show_pair(pair),
        "key_names": dialect.key_names,
        "masked": (mask_key(pair.api_key), mask_key(pair.auth_key)),
        "graces": [(key, words) for key, (words, _) in GRACES.items()],
        "retiring": _retiring(pair),
        "members": Member.objects.filter(keypair=pair).select_related("user").order_by("user"),
        "roles": Role.choices,
        "invitations": invitations.pending_invitations(pair),
        "shares": share_links.links_of(pair),
        "lifetimes": [(key, words) for key, (words, _) in share_links.LIFETIMES.items()],
        **(extra or {}),
    }
    return render(request, "pair/settings.html", context, status=status)


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


def _ids(pair: KeyPair) -> tuple[int, ...]:
    return () if pair.deleted_at else (pair.pk,)


# -- deeds ------------------------------------------------------------------------------------


def _rename(request: HttpRequest, pair: KeyPair) -> None:
    before = pair.name
    key_pairs.rename_key_pair(pair, forms.form_text(request, "name", 100))
    log_action(get_visitor(request), Action.RENAMED, pair, f"before: {before}")
    messages.success(request, "Renamed.")


def _reveal(request: HttpRequest, pair: KeyPair) -> Shown:
    log_action(get_visitor(request), Action.REVEALED, pair)
    return {"revealed": (pair.api_key, pair.auth_key)}


def _rotate(request: HttpRequest, pair: KeyPair) -> None:
    words, seconds = forms.form_choice(request, "grace", GRACES)
    key_pairs.rotate_keys(pair, seconds)
    log_action(get_visitor(request), Action.ROTATED, pair, f"old keys end: {words}")
    told = f"go on working for {words}" if seconds else "are refused from now on"
    messages.success(request, f"New keys are in force. The old ones {told}.")


def _end_retiring(request: HttpRequest, pair: KeyPair) -> None:
    keys = RetiredKeys.objects.filter(keypair=pair, pk=forms.form_number(request, "keys"))
    keys.update(works_until=None)
    log_action(get_visitor(request), Action.ROTATED, pair, "old keys ended early")
    messages.success(request, "The old keys are refused from now on.")


def _keep(request: HttpRequest, pair: KeyPair) -> None:
    before = f"{pair.max_events:,} events, {pair.max_age_days} days"
    key_pairs.set_retention(
        pair, forms.form_number(request, "max_events"), forms.form_number(request, "max_age_days")
    )
    log_action(get_visitor(request), Action.KEPT, pair, f"before: {before}")
    messages.success(request, "Saved. What is beyond goes as new events arrive.")


def _disable(request: HttpRequest, pair: KeyPair) -> None:
    key_pairs.disable_key_pair(pair)
    log_action(get_visitor(request), Action.DISABLED, pair)
    messages.success(request, "Disabled: its senders are refused within 5 seconds.")


def _enable(request: HttpRequest, pair: KeyPair) -> None:
    key_pairs.enable_key_pair(pair)
    log_action(get_visitor(request), Action.ENABLED, pair)
    messages.success(request, "Enabled: its senders are let in within 5 seconds.")


def _delete(request: HttpRequest, pair: KeyPair) -> None:
    if forms.form_text(request, "name", 100) != pair.name:
        raise FormError("Nothing is deleted: the name you typed is not that of this key pair.")
    log_action(
        get_visitor(request), Action.DELETED, pair, f"{pair.last_seq:,} events received in all"
    )
    key_pair_deletion.start_deletion(pair)
    messages.success(request, f"“{pair.name}” is deleted with all its events.")


def _change_role(request: HttpRequest, pair: KeyPair) -> None:
    member = _member(request, pair)
    member.role = forms.form_choice(request, "role", {role: role for role in Role.values})
    member.save(update_fields=["role"])
    log_action(
        get_visitor(request), Action.MEMBER_CHANGED, pair, f"{member.user} may {member.role}"
    )
    _withdraw(request, member)


def _remove_member(request: HttpRequest, pair: KeyPair) -> None:
    member = _member(request, pair)
    member.delete()
    log_action(get_visitor(request), Action.MEMBER_CHANGED, pair, f"{member.user} removed")
    _withdraw(request, member)


def _withdraw(request: HttpRequest, member: Member) -> None:
    withdrawn = withdraw_links(get_visitor(request), member.user)
    if withdrawn:
        messages.success(request, f"Withdrawn, as {member.user} made it: {withdrawn}.")


def _member(request: HttpRequest, pair: KeyPair) -> Member:
    member = Member.objects.filter(keypair=pair, pk=forms.form_number(request, "member")).first()
    if member is None:
        raise FormError("This person is no member any more.")
    return member


def _invite(request: HttpRequest, pair: KeyPair) -> Shown:
    role = forms.form_choice(request, "role", {role: Role(role) for role in Role.values})
    label = forms.form_text(request, "label", 100)
    link = invitations.invite(get_visitor(request), label, pair=pair, role=role)
    return {"invitation": link}


def _uninvite(request: HttpRequest, pair: KeyPair) -> None:
    invitations.uninvite(get_visitor(request), pair, forms.form_number(request, "invitation"))


def _share(request: HttpRequest, pair: KeyPair) -> Shown:
    return {"share": share_links.create_share_link(request, pair)}


def _revoke(request: HttpRequest, pair: KeyPair) -> None:
    share_links.revoke_share_link(get_visitor(request), pair, forms.form_number(request, "share"))
    messages.success(request, "Revoked: the link opens nothing any more.")


ACTIONS: dict[str, Deed] = {
    "rename": _rename,
    "reveal": _reveal,
    "rotate": _rotate,
    "end-retiring": _end_retiring,
    "keep": _keep,
    "disable": _disable,
    "enable": _enable,
    "delete": _delete,
    "change-role": _change_role,
    "remove-member": _remove_member,
    "invite": _invite,
    "uninvite": _uninvite,
    "share": _share,
    "revoke": _revoke,
}
