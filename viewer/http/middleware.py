"""Middleware for every page and API response: headers, CSRF protection, and a response while the
database is unavailable."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, HttpResponseForbidden, JsonResponse
from django.middleware.common import CommonMiddleware
from django.middleware.csrf import CsrfViewMiddleware
from django.utils.decorators import sync_and_async_middleware

from viewer.http import request_id
from viewer.http.origin import is_from_own_page

logger = logging.getLogger(__name__)

_PROBED = frozenset(("/healthz", "/readyz", "/metrics"))

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; "
    "frame-ancestors 'none'"
)


@sync_and_async_middleware
def page_headers(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> HttpResponse:
            return _add(await get_response(request))

        return asynchronous

    def synchronous(request: HttpRequest) -> HttpResponse:
        return _add(get_response(request))

    return synchronous


class CsrfByOrigin(CsrfViewMiddleware):
    """Forms of our own pages need no token, which would be lost when another tab signs in or
    another server on this host overwrites the cookie. Requests without an Origin need the token."""

    def process_view(
        self, request: HttpRequest, callback: Any, callback_args: Any, callback_kwargs: Any
    ) -> HttpResponseForbidden | None:
        if is_from_own_page(request):
            request.csrf_processing_done = True  # type: ignore[attr-defined]
            return None
        return super().process_view(request, callback, callback_args, callback_kwargs)


class AnyHostForProbes(CommonMiddleware):
    """Load balancers, Kubernetes and Prometheus address a server by its IP address, which is not in
    ALLOWED_HOSTS. The responses of these paths do not depend on the host."""

    def process_request(self, request: HttpRequest) -> Any:
        return None if request.path in _PROBED else super().process_request(request)


class ExceptionMiddleware:
    """Passes requests on; subclasses answer exceptions."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self._get_response = get_response
        if iscoroutinefunction(get_response):
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Any:
        return self._get_response(request)


class DatabaseUnavailableMiddleware(ExceptionMiddleware):
    """Answers 503 while the database does not respond."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, (OperationalError, InterfaceError)):
            return None
        logger.error("not answered, the database is away: %s", error)
        return respond_later(
            request, "The database does not answer. Try again in a moment.", 503, 1
        )


def respond_later(request: HttpRequest, sentence: str, status: int, seconds: int) -> HttpResponse:
    """A refusal with Retry-After: JSON for the REST API, text for pages."""
    headers = {"Retry-After": str(seconds)}
    if request.path.startswith("/api/"):
        return JsonResponse({"error": sentence}, status=status, headers=headers)
    return HttpResponse(f"{sentence}\n", "text/plain", status, headers=headers)


def _add(response: HttpResponse) -> HttpResponse:
    response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY
    response.headers["X-Request-Id"] = request_id.current_request_id()
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
    return response
