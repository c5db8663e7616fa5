"""Plain responses sent before the application is called."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[Any, Any, Any], Awaitable[Any]]
Header = tuple[bytes, bytes]


def response_start(
    scope: Scope, status: int, sentence: str, *headers: Header
) -> tuple[dict[str, Any], bytes]:
    """Return the start message and the body: JSON below /api/, plain text elsewhere."""
    is_api = scope["path"].startswith("/api/")
    body = (json.dumps({"error": sentence}) if is_api else f"{sentence}\n").encode()
    kind = b"application/json" if is_api else b"text/plain; charset=utf-8"
    own = [
        (b"content-type", kind),
        (b"content-length", b"%d" % len(body)),
        (b"cache-control", b"no-store"),
        (b"x-content-type-options", b"nosniff"),
        *headers,
    ]
    return {"type": "http.response.start", "status": status, "headers": own}, body


async def send_response(
    scope: Scope, send: Send, status: int, sentence: str, *headers: Header
) -> None:
    start, body = response_start(scope, status, sentence, *headers)
    await send(start)
    await send({"type": "http.response.body", "body": body})
