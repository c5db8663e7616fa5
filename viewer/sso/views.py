"""Company sign-in through OpenID Connect. Without its settings these routes answer 404, and the
library is not imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from viewer.access.decorators import Page


def is_sso_attempt(request: HttpRequest, credentials: Mapping[str, Any] | None = None) -> bool:
    """django-axes counts failures by user name, and here there is none."""
    return "code_verifier" in (credentials or {})


def _where_set_up(page: Page) -> Callable[[HttpRequest], HttpResponse]:
    @require_GET
    @never_cache
    @wraps(page)
    def guarded(request: HttpRequest) -> HttpResponse:
        if settings.OIDC is None:
            raise Http404
        return page(request)

    return guarded


@_where_set_up
def sso_begin(request: HttpRequest) -> HttpResponse:
    """Redirect to the provider. Must be a link: CSP `form-action` blocks the redirect from a
    form."""
    from viewer.sso import oidc

    return oidc.begin_oidc(request)


@_where_set_up
def sso_callback(request: HttpRequest) -> HttpResponse:
    """The provider redirects back to here."""
    from viewer.sso import oidc

    return oidc.complete_oidc(request)
