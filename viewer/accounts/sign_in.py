"""Signing in: with a name and a password, or by a link that works once."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
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
from viewer.access.permissions import visitor_of
from viewer.accounts import password_limits
from viewer.models import Action, SignInLink

OWNER = "owner"
MAX_NAME_LENGTH = 150  # of Django's User
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
    return render(request, "sign_in/page.html")


@require_http_methods(["GET", "POST"])
@never_cache
@own_forms_alone
def sign_in_link_page(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only shows a button: previews of links must not use them up."""
    if request.method == "GET":
        return render(request, "sign_in/link.html")
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


class SignInForm(AuthenticationForm):
    def clean_username(self) -> str:
        """A longer name cannot exist, and django-axes could not store its failure."""
        name: str = self.cleaned_data["username"]
        if len(name) > MAX_NAME_LENGTH:
            raise ValidationError("This name is too long.")
        return name


def _by_password(request: HttpRequest) -> HttpResponse:
    """Failures are counted by django-axes, which tells `request` when they are too many."""
    form = SignInForm(request, data=request.POST)
    try:
        if form.is_valid():
            login(request, form.get_user())
            log_action(visitor_of(request), Action.SIGNED_IN, detail="by password")
            return HttpResponseRedirect(_next(request))
        if getattr(request, "axes_locked_out", False):
            return _locked(request)
        password_limits.refuse_wrong(request)
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, error)
    return render_sign_in_error(request, "This name and password do not go together.", 403)


def _locked(request: HttpRequest) -> HttpResponse:
    """Raises TooManyAttempts."""
    name = request.POST.get("username", "")[:MAX_NAME_LENGTH]
    sender = request.META.get("REMOTE_ADDR", "")
    failed_attempts.record_failure(sender, Action.SIGN_IN_LOCKED, f"name {name}", name)
    minutes = int(settings.AXES_COOLOFF_TIME.total_seconds() // 60)
    return render_sign_in_error(request, f"Too many failures. Try again in {minutes} minutes.", 429)


def _too_many(request: HttpRequest, error: failed_attempts.TooManyAttempts) -> HttpResponse:
    answer = render_sign_in_error(request, str(error), 429)
    answer["Retry-After"] = str(error.seconds)
    return answer


def render_sign_in_error(request: HttpRequest, reason: str, status: int) -> HttpResponse:
    context = {"reason": reason, "username": request.POST.get("username", "")[:MAX_NAME_LENGTH]}
    return render(request, "sign_in/page.html", context, status=status)


def _next(request: HttpRequest) -> str:
    return page_of_ours(request, request.POST.get("next", request.GET.get("next", "")))


def page_of_ours(request: HttpRequest, wanted: str) -> str:
    """Where the visitor wanted to go, if that is the path of a page of ours."""
    own = url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return wanted if own and wanted.startswith("/") else reverse("pairs")
