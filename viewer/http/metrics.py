"""`GET /metrics` for Prometheus: only with the token, and 404 if none is configured."""

from __future__ import annotations

import os
from pathlib import Path

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.crypto import constant_time_compare
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead


async def metrics_page(request: HttpRequest) -> HttpResponse:
    """The metrics of all workers of this host."""
    if not settings.METRICS_TOKEN:
        return HttpResponse("Set METRICS_TOKEN to have metrics here.\n", "text/plain", 404)
    expected = f"Bearer {settings.METRICS_TOKEN}"
    if not constant_time_compare(request.headers.get("Authorization", ""), expected):
        headers = {"WWW-Authenticate": "Bearer"}
        return HttpResponse("Send the token.\n", "text/plain", 401, headers=headers)
    return HttpResponse(generate_latest(_registry()), CONTENT_TYPE_LATEST)


def remove_dead_workers() -> None:
    """Remove the gauges of workers that have ended."""
    directory = Path(os.environ.get("PROMETHEUS_MULTIPROC_DIR", ""))
    for file in directory.glob("gauge_live*_*.db") if directory.name else ():
        worker = int(file.stem.rpartition("_")[2])
        if not Path(f"/proc/{worker}").exists():
            mark_process_dead(worker)  # type: ignore[no-untyped-call]


def _registry() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry
