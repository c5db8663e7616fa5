"""Static files with hashed names, served by WhiteNoise as a small ASGI callable. As Django
middleware WhiteNoise is synchronous and would send every request through a thread."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from whitenoise.base import WhiteNoise

from viewer.workload.thread_pools import static_threads

Scope = MutableMapping[str, Any]
Application = Callable[[Any, Any, Any], Awaitable[None]]

_HASHED = re.compile(r"\.[0-9a-f]{12}\.\w+\Z")


class StaticStorage(ManifestStaticFilesStorage):
    support_js_module_import_aggregation = True
    max_post_process_passes = 50  # each pass resolves one more level of nested imports


class StaticFiles:
    """Serves the files that `collectstatic` gathered; passes on everything else."""

    def __init__(self, otherwise: Application) -> None:
        self._otherwise = otherwise
        self._noise = WhiteNoise(
            None, max_age=60, immutable_file_test=_is_hashed, add_headers_function=_add_headers
        )
        self._noise.add_files(str(settings.STATIC_ROOT), prefix=settings.STATIC_URL)

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        file = self._noise.files.get(scope["path"]) if scope["type"] == "http" else None
        if file is None:
            await self._otherwise(scope, receive, send)
            return
        answer = file.get_response(scope["method"], _environ(scope))
        body = await static_threads.run(_read, answer.file)
        headers = [(name.lower().encode(), value.encode()) for name, value in answer.headers]
        start = {"type": "http.response.start", "status": answer.status.value, "headers": headers}
        await send(start)
        await send({"type": "http.response.body", "body": body})


def _read(file: Any) -> bytes:
    if file is None:
        return b""
    with file:
        return bytes(file.read())


def _environ(scope: Scope) -> dict[str, str]:
    """Headers under their WSGI names, which WhiteNoise reads."""
    return {
        "HTTP_" + name.decode().upper().replace("-", "_"): value.decode("latin-1")
        for name, value in scope["headers"]
    }


def _is_hashed(path: str, url: str) -> bool:
    return bool(_HASHED.search(url))


def _add_headers(headers: Any, path: str, url: str) -> None:
    headers["X-Content-Type-Options"] = "nosniff"
    headers["Cross-Origin-Resource-Policy"] = "same-origin"
