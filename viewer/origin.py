"""WebSockets only from pages of this very server: browsers send cookies along with any."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from channels.security.websocket import WebsocketDenier
from django.conf import settings
from django.http.request import split_domain_port, validate_host

Application = Callable[[Any, Any, Any], Awaitable[Any]]


class SameOrigin:
    """Lets through what comes without an Origin, from scripts, or from our own pages.

    Comparing whole origins, port included: another site on this host is another site."""

    def __init__(self, application: Application) -> None:
        self._application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> Any:
        headers = dict(scope["headers"])
        host = headers.get(b"host", b"").decode("latin-1")
        origin = headers.get(b"origin")
        own = origin is None or urlsplit(origin.decode("latin-1")).netloc == host
        if own and validate_host(split_domain_port(host)[0], settings.ALLOWED_HOSTS):
            return await self._application(scope, receive, send)
        return await WebsocketDenier()(scope, receive, send)
