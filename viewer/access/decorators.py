"""View decorators: who may open a page, and with which right."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import SimpleLazyObject
from django.views.decorators.cache import never_cache

from viewer.access import failed_attempts, key_masking
from viewer.access.permissions import Right, Visitor, visitor_of

Page = Callable[..., HttpResponse]


def get_visitor(request: HttpRequest) -> Visitor:
    """The visitor of a page's request, looked up once."""
    if not hasattr(request, "visitor"):
        request.visitor = visitor_of(request)  # type: ignore[attr-defined]
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    return visitor


def visitor_required(page: Page) -> Page:
    """Visitors who may see anything at all; others are redirected to the sign-in."""

    @never_cache
    @wraps(page)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not get_visitor(request).is_anybody:
            return redirect_to_login(request.get_full_path())
        return page(request, **arguments)

    return guarded


def staff_required(page: Page) -> Page:
    """Owners and support. Everybody else gets a 404."""

    @visitor_required
    @wraps(page)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not get_visitor(request).is_staff:
            raise Http404
        return page(request, **arguments)

    return guarded


def owner_required(page: Page) -> Page:
    @visitor_required
    @wraps(page)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if not get_visitor(request).is_owner:
            raise Http404
        return page(request, **arguments)

    return guarded


def pair_right_required(right: Right) -> Callable[[Page], Page]:
    """Replace `pair_id` by the key pair, or answer 404 if the visitor lacks the right. Its auth
    keys are masked for visitors who may not see them."""

    def guard(page: Page) -> Page:
        @visitor_required
        @wraps(page)
        def guarded(request: HttpRequest, pair_id: int, **arguments: Any) -> HttpResponse:
            pair = get_visitor(request).pair(pair_id, right)
            if pair is None:
                raise Http404
            answer = page(request, pair, **arguments)
            key_masking.without_keys(
                key_masking.keys_hidden_from(get_visitor(request), pair), answer
            )
            return answer

        return guarded

    return guard


def own_forms_alone(page: Page) -> Page:
    """Ignore requests that a page of another site made the browser send, and do not count them as
    attempts."""

    @wraps(page)
    def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if request.method == "POST" and failed_attempts.is_cross_site(request):
            return render(request, "403_csrf.html", status=403)
        return page(request, **arguments)

    return guarded


def visitor_context(request: HttpRequest) -> dict[str, Any]:
    """Context processor."""
    company = settings.OIDC.title if settings.OIDC else ""
    return {"visitor": SimpleLazyObject(lambda: get_visitor(request)), "company": company}
