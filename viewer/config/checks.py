"""System checks: several workers without a shared database or channel layer, and HTTPS settings
without a trusted proxy."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, register


@register()
def check_https_proxy(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Without a trusted proxy every page would redirect to itself."""
    if not settings.HTTPS or settings.FORWARDED_ALLOW_IPS:
        return []
    message = "HTTPS is True, but no proxy's X-Forwarded-Proto is believed."
    hint = "Set FORWARDED_ALLOW_IPS to the proxy's address, such as 127.0.0.1."
    return [checks.Warning(message, hint=hint, id="viewer.W001")]


@register()
def check_workers(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    """Several processes need a database for many writers and a shared channel layer."""
    found: list[CheckMessage] = []
    if settings.WORKERS == 1:
        return found
    if not settings.REDIS_URL:
        message = (
            f"WORKERS is {settings.WORKERS}, but a page hears only of its own worker's events."
        )
        found.append(Error(message, hint="Set REDIS_URL, or WORKERS=1.", id="viewer.E001"))
    if settings.POSTGRESQL is None:
        message = f"WORKERS is {settings.WORKERS}, but SQLite takes one writer at a time."
        found.append(Error(message, hint="Set DATABASE_URL, or WORKERS=1.", id="viewer.E002"))
    return found
