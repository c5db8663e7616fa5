"""Signing in to a desk of one: a link that works once."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from viewer.models import SignInLink

OWNER = "owner"
VALID_FOR = timedelta(days=1)


def new_link() -> str:
    """An absolute URL that signs its first visitor in as the owner of this desk."""
    owner, _ = User.objects.get_or_create(
        username=OWNER, defaults={"is_staff": True, "is_superuser": True}
    )
    token = secrets.token_urlsafe(24)
    SignInLink.objects.filter(created_at__lt=timezone.now() - VALID_FOR).delete()
    SignInLink.objects.create(user=owner, token_hash=_hash(token))
    return f"{settings.PUBLIC_URL}/sign-in/{token}/"


def redeem(token: str) -> User | None:
    """The user of an unused link, which is used from now on. One of two visitors at the
    same moment gets None."""
    fresh = SignInLink.objects.filter(
        token_hash=_hash(token), used_at=None, created_at__gte=timezone.now() - VALID_FOR
    )
    if not fresh.update(used_at=timezone.now()):
        return None
    return SignInLink.objects.select_related("user").get(token_hash=_hash(token)).user


@require_GET
@never_cache
def signed_out(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("pairs")
    return render(request, "signed_out.html")


@require_http_methods(["GET", "POST"])
@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only shows a button: previews of links must not use them up."""
    if request.method == "GET":
        return render(request, "sign_in.html")
    user = redeem(token)
    if user is None:
        reason = "This link was used before, or is older than a day."
        return render(request, "signed_out.html", {"reason": reason}, status=403)
    login(request, user, backend="django.contrib.auth.backends.ModelBackend")
    return redirect("pairs")


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return redirect("sign-in")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
