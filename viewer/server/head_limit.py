"""Limits the size of a request's head under every server."""

from __future__ import annotations

from itertools import chain
from typing import Any

from viewer.server.answers import Application, send_response
from viewer.server.limits import HEAD_BYTES, HEAD_LINES

_flat = chain.from_iterable


def with_head_limit(application: Application) -> Application:
    async def limited(scope: Any, receive: Any, send: Any) -> None:
        kind = scope["type"]
        sentence = "" if kind == "lifespan" else _reason(scope)
        if not sentence:
            await application(scope, receive, send)
        elif kind == "http":
            await send_response(scope, send, 431, sentence, (b"connection", b"close"))
        else:
            await send({"type": "websocket.close"})

    return limited


def _reason(scope: Any) -> str:
    """Why the head is refused; "" if it is not."""
    if len(scope["headers"]) > HEAD_LINES:
        return f"The request has more than {HEAD_LINES} headers."
    if _size_of(scope) > HEAD_BYTES:
        return (
            f"The path, query and headers are larger than {HEAD_BYTES:,} bytes together. "
            "Send what is long in the body."
        )
    return ""


def _size_of(scope: Any) -> int:
    headers = sum(map(len, _flat(scope["headers"])))
    return headers + len(scope["path"]) + len(scope["query_string"])
