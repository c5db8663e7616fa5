"""The ASGI application: test endpoints first, then static files, pages and the live feed."""

from __future__ import annotations

import os
import sys
from typing import Any

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import WebsocketDenier
from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "viewer.settings")
pages = get_asgi_application()

from django.conf import settings  # noqa: E402 - Django is set up by the line above
from django.urls import path, re_path  # noqa: E402
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware  # noqa: E402

from ingest.endpoint import Endpoint  # noqa: E402
from ingest.memory_tuning import freeze_heap, limit_kept_memory  # noqa: E402
from viewer.http.metrics import remove_dead_workers  # noqa: E402
from viewer.http.origin import SameOrigin  # noqa: E402
from viewer.http.request_id import with_request_id  # noqa: E402
from viewer.http.static_files import StaticFiles  # noqa: E402
from viewer.live.consumers import FeedConsumer  # noqa: E402
from viewer.runtime import checks, keys, processor, writer  # noqa: E402
from viewer.server.connections import Connections, raise_handle_limit  # noqa: E402
from viewer.server.head_limit import with_head_limit  # noqa: E402
from viewer.server.page_bodies import PageBodies  # noqa: E402
from viewer.server.page_threads import PageThreads  # noqa: E402
from viewer.server.page_turns import PageTurns  # noqa: E402
from viewer.server.uvicorn_limits import limit_uvicorn  # noqa: E402

FEEDS = [
    path("ws/pairs/<int:pair_id>/", FeedConsumer.as_asgi()),
    re_path("", WebsocketDenier.as_asgi()),
]
feed = SameOrigin(AuthMiddlewareStack(URLRouter(FEEDS)))
freeze_heap(has_pages=True)
# A thread that validates a body or has read from the database requests the interpreter lock
# repeatedly, and each time waits for a busy event loop for up to this long.
sys.setswitchinterval(0.0005)

remove_dead_workers()
writer.prepare()

raise_handle_limit()
limit_kept_memory()

site = PageBodies(
    PageTurns(StaticFiles(PageThreads(pages))),
    largest_body=settings.LIMITS.wire_bytes,
    seconds=settings.LIMITS.body_seconds,
)
application: Any = with_request_id(
    Endpoint(
        otherwise=ProtocolTypeRouter({"http": site, "websocket": feed}),
        keys=keys,
        writer=writer,
        processor=processor,
        checks=checks,
        limit_heads=with_head_limit,
    )
)
proxied = ProxyHeadersMiddleware(application, settings.FORWARDED_ALLOW_IPS)
connections = Connections(settings.CONNECTIONS, proxied.trusted_hosts.__contains__)
limit_uvicorn(connections)
if (
    settings.FORWARDED_ALLOW_IPS
):  # the same under every server; without it, forwarded headers are ignored
    application = proxied
