"""The size of a request's head, under whichever server. Nothing sees a head that is too large."""

from __future__ import annotations

from itertools import chain
from typing import Any

from viewer.server.answers import Application, answer
from viewer.server.limits import HEAD_BYTES

_SENTENCE = (
    f"The path, query and headers are larger than {HEAD_BYTES:,} bytes together. "
    "Send what is long in the body."
)
_flat = chain.from_iterable


def with_head_limit(application: Application) -> Application:
    async def limited(scope: Any, receive: Any, send: Any) -> None:
        kind = scope["type"]
        if kind != "lifespan" and _size_of(scope) > HEAD_BYTES:
            if kind == "http":
                closing = (b"connection", b"close")
                await answer(scope, send, 431, _SENTENCE, closing)
            else:
                await send({"type": "websocket.close"})
            return
        await application(scope, receive, send)

    return limited


def _size_of(scope: Any) -> int:
    headers = sum(map(len, _flat(scope["headers"])))
    return headers + len(scope["path"]) + len(scope["query_string"])
