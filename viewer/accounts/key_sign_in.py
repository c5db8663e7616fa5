"""The page that opens a key pair with its two keys, without an account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ingest.models import KeyPair
from ingest.receiving.networks import network_of
from viewer.access import failed_attempts, key_proofs
from viewer.access.audit_log import log_action
from viewer.access.decorators import own_forms_alone
from viewer.access.key_login import log_in_with_keys
from viewer.access.permissions import visitor_of
from viewer.access.rate_limit import RateLimit
from viewer.accounts.forms import OpenKeyPairForm
from viewer.accounts.sign_in import render_sign_in_page
from viewer.models import Action

OPENINGS = 200  # per network and key pair in 10 minutes, because each may create a session

_opened = RateLimit(OPENINGS, seconds=600)


@require_POST
@never_cache
@own_forms_alone
@sensitive_post_parameters()
def open_key_pair_page(request: HttpRequest) -> HttpResponse:
    form = OpenKeyPairForm(request.POST, auto_id="open-%s")
    if not form.is_valid():
        return render_sign_in_page(request, keys_form=form, status=403)
    sender = request.META.get("REMOTE_ADDR", "")
    try:
        pair = log_in_with_keys(**form.cleaned_data, sender=sender, where="page")
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, str(error), error.seconds)
    if pair is None:
        reason = "No key pair in force has these two keys. Check that both are of one pair."
        return render_sign_in_page(request, keys_reason=reason, status=403)
    if seconds := _opened.wait((pair.pk, network_of(sender))):
        reason = f"These keys were used {OPENINGS} times within 10 minutes. Try again later."
        return _too_many(request, reason, seconds)
    _remember(request, pair)
    log_action(visitor_of(request), Action.OPENED, pair)
    return redirect("stream", pair.pk)


def _remember(request: HttpRequest, pair: KeyPair) -> None:
    proofs = request.session.get(key_proofs.PROOFS, {})
    request.session.cycle_key()
    request.session.set_expiry(None)
    request.session[key_proofs.PROOFS] = key_proofs.remember_proof(proofs, pair)


def _too_many(request: HttpRequest, reason: str, seconds: int) -> HttpResponse:
    answer = render_sign_in_page(request, keys_reason=reason, status=429)
    answer["Retry-After"] = str(seconds)
    return answer
