"""Signing in: with a name and a password, or by a link that works once."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from viewer.access import failed_attempts, link_tokens
from viewer.access.audit_log import log_action
from viewer.access.decorators import own_forms_alone
from viewer.access.permissions import OWNER, visitor_of
from viewer.accounts import password_limits
from viewer.accounts.forms import MAX_USERNAME_LENGTH, OpenKeyPairForm, SignInForm
from viewer.http.page_forms import focus_first_error
from viewer.models import Action, SignInLink

VALID_FOR = timedelta(days=1)
BACKEND = "django.contrib.auth.backends.ModelBackend"


def new_sign_in_link() -> str:
    """An absolute URL that signs its first visitor in as the owner of this desk."""
    owner, _ = User.objects.get_or_create(
        username=OWNER, defaults={"is_staff": True, "is_superuser": True}
    )
    if not owner.password:  # none: so that /account/ does not ask for the one before
        owner.set_unusable_password()
        owner.save(update_fields=["password"])
    token = link_tokens.new_token()
    SignInLink.objects.filter(created_at__lt=timezone.now() - VALID_FOR).delete()
    SignInLink.objects.create(user=owner, token_hash=link_tokens.token_digest(token))
    return f"{settings.PUBLIC_URL}/sign-in/{token}/"


def redeem_sign_in_link(token: str) -> User | None:
    """The user of an unused link, which is used from now on. One of two visitors at the
    same moment gets None."""
    fresh = SignInLink.objects.filter(
        token_hash=link_tokens.token_digest(token),
        used_at=None,
        created_at__gte=timezone.now() - VALID_FOR,
    )
    if not fresh.update(used_at=timezone.now()):
        return None
    return (
        SignInLink.objects.select_related("user")
        .get(token_hash=link_tokens.token_digest(token))
        .user
    )


@require_http_methods(["GET", "POST"])
@never_cache
@own_forms_alone
@sensitive_post_parameters("password")
def sign_in_page(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return _by_password(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(_next(request))
    return render_sign_in_page(request)


@require_http_methods(["GET", "POST"])
@never_cache
@own_forms_alone
def sign_in_link_page(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only shows a button: previews of links must not use them up."""
    if request.method == "GET":
        return render(request, "accounts/sign_in_link.html")
    sender = request.META.get("REMOTE_ADDR", "")
    try:
        failed_attempts.enforce_limits(sender, Action.WRONG_LINK)
        user = redeem_sign_in_link(token)
        if user is None:
            failed_attempts.record_failure(sender, Action.WRONG_LINK, "sign-in", token)
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, error)
    if user is None:
        return render_sign_in_error(
            request, "This link was used before, or is older than a day.", 403
        )
    login(request, user, backend=BACKEND)
    log_action(visitor_of(request), Action.SIGNED_IN, detail="by link")
    return redirect("pairs")


@require_POST
def sign_out_page(request: HttpRequest) -> HttpResponse:
    visitor = visitor_of(request)
    if visitor.is_anybody:
        log_action(visitor, Action.SIGNED_OUT)
    logout(request)
    return redirect("sign-in")


def _by_password(request: HttpRequest) -> HttpResponse:
    """Failures are counted by django-axes, which marks `request` when there are too many."""
    form = SignInForm(request, data=request.POST)
    name = str(form["username"].value() or "")[:MAX_USERNAME_LENGTH]
    try:
        if form.is_valid():
            login(request, form.get_user())
            log_action(visitor_of(request), Action.SIGNED_IN, detail="by password")
            return HttpResponseRedirect(_next(request, form.cleaned_data["next"]))
        if getattr(request, "axes_locked_out", False):
            return _locked(request, name)
        password_limits.refuse_wrong(request)
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, error, name)
    focus_first_error(form)
    return render_sign_in_page(request, form=form, status=403)


def _locked(request: HttpRequest, name: str) -> HttpResponse:
    """Raises TooManyAttempts."""
    sender = request.META.get("REMOTE_ADDR", "")
    failed_attempts.record_failure(sender, Action.SIGN_IN_LOCKED, f"name {name}", name)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    reason = f"Too many failures. Try again in {minutes} minutes."
    return render_sign_in_error(request, reason, 429, name)


def _too_many(
    request: HttpRequest, error: failed_attempts.TooManyAttempts, name: str = ""
) -> HttpResponse:
    answer = render_sign_in_error(request, str(error), 429, name)
    answer["Retry-After"] = str(error.seconds)
    return answer


def render_sign_in_error(
    request: HttpRequest, reason: str, status: int, name: str = ""
) -> HttpResponse:
    form = SignInForm(request, initial={"username": name, "next": _wanted(request)})
    return render_sign_in_page(request, form=form, reason=reason, status=status)


def render_sign_in_page(
    request: HttpRequest,
    *,
    form: SignInForm | None = None,
    keys_form: OpenKeyPairForm | None = None,
    reason: str = "",
    keys_reason: str = "",
    status: int = 200,
) -> HttpResponse:
    """With one of its two forms as it was sent, or with the reason why it was refused."""
    context = {
        "form": form or SignInForm(request, initial={"next": _wanted(request)}),
        "keys_form": keys_form or OpenKeyPairForm(auto_id="open-%s"),
        "is_local": is_public_url_local(),
        "reason": reason,
        "keys_reason": keys_reason,
    }
    return render(request, "accounts/sign_in.html", context, status=status)


def is_public_url_local() -> bool:
    """Whether visitors use the machine that this server runs on, and so may have its terminal."""
    return urlsplit(settings.PUBLIC_URL).hostname in ("127.0.0.1", "localhost", "::1")


def _wanted(request: HttpRequest) -> str:
    return request.GET.get("next", "")


def _next(request: HttpRequest, wanted: str = "") -> str:
    return page_of_ours(request, wanted or _wanted(request))


def page_of_ours(request: HttpRequest, wanted: str) -> str:
    """Where the visitor wanted to go, if that is the path of a page of ours."""
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own and wanted.startswith("/") else reverse("pairs")
