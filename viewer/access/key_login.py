"""Sign-in to a key pair with its two keys, without an account."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_POST

from ingest.auth.misplaced_keys import MAX_KEY_LENGTH
from ingest.models import KeyPair
from ingest.receiving.key_tokens import mask_key
from ingest.receiving.networks import network_of
from viewer.access import failed_attempts, key_proofs
from viewer.access.audit_log import log_action
from viewer.access.decorators import own_forms_alone
from viewer.access.permissions import visitor_of
from viewer.access.rate_limit import RateLimit
from viewer.models import Action

OPENINGS = 200  # per network and key pair in 10 minutes, because each may create a session

_opened = RateLimit(OPENINGS, seconds=600)


def log_in_with_keys(api_key: str, auth_key: str, sender: str, where: str) -> KeyPair | None:
    """Return the key pair with these keys; a wrong attempt is counted. Raises TooManyAttempts."""
    failed_attempts.enforce_limits(sender, Action.WRONG_KEYS)
    pair = key_proofs.holder_of(api_key, auth_key)
    if pair is None:
        what = f"{where}: API key {mask_key(api_key[:MAX_KEY_LENGTH])}"
        failed_attempts.record_failure(sender, Action.WRONG_KEYS, what, f"{api_key}\0{auth_key}")
    return pair


@require_POST
@never_cache
@own_forms_alone
@sensitive_post_parameters()
def open_key_pair_page(request: HttpRequest) -> HttpResponse:
    api_key, auth_key = (request.POST.get(name, "").strip() for name in ("api_key", "auth_key"))
    try:
        pair = log_in_with_keys(api_key, auth_key, request.META.get("REMOTE_ADDR", ""), "page")
    except failed_attempts.TooManyAttempts as error:
        answer = render(request, "sign_in/page.html", {"keys_reason": str(error)}, status=429)
        answer["Retry-After"] = str(error.seconds)
        return answer
    if pair is None:
        reason = "No key pair in force has these two keys. Check that both are of one pair."
        return render(request, "sign_in/page.html", {"keys_reason": reason}, status=403)
    sender = request.META.get("REMOTE_ADDR", "")
    if seconds := _opened.wait((pair.pk, network_of(sender))):
        reason = f"These keys were used {OPENINGS} times within 10 minutes. Try again later."
        answer = render(request, "sign_in/page.html", {"keys_reason": reason}, status=429)
        answer["Retry-After"] = str(seconds)
        return answer
    proofs = request.session.get(key_proofs.PROOFS, {})
    request.session.cycle_key()
    request.session.set_expiry(None)
    request.session[key_proofs.PROOFS] = key_proofs.remember_proof(proofs, pair)
    log_action(visitor_of(request), Action.OPENED, pair)
    return redirect("stream", pair.pk)
