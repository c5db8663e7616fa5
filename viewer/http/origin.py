"""Accepts only requests from this server's own pages, because browsers send cookies with any
request."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http import HttpRequest
from django.http.request import split_domain_port, validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]


def is_own(origin: str | None, host: str) -> bool:
    """Whether a request has no Origin, as from a script, or comes from our own pages. Compares
    whole origins, port included: another server on this host is another site."""
    return origin is None or origin in (f"http://{host}", f"https://{host}")


def is_from_own_page(request: HttpRequest) -> bool:
    """Whether the browser reports that a page of this server sent it. False for scripts, which
    report nothing. Raises DisallowedHost."""
    origin = request.headers.get("Origin")
    if origin is None:
        return False
    own = f"{request.scheme}://{request.get_host()}"
    return origin == own or origin in settings.CSRF_TRUSTED_ORIGINS


class SameOrigin:
    """Accepts WebSockets from our own pages and from scripts."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers[b"origin"].decode("latin-1") if b"origin" in headers else None
        if is_own(origin, host) and validate_host(
            split_domain_port(host)[0], settings.ALLOWED_HOSTS
        ):
            return await self._application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)
