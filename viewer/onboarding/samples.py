"""Sample requests that the page sends to the test endpoint, as any client would: a valid event, and
a choice of faulty ones."""

from __future__ import annotations

import shlex
from typing import Any

from django.conf import settings

from ingest.dialects import BY_NAME, Dialect
from ingest.dialects.faulty_samples import FaultySample, sample_text
from ingest.models import KeyPair
from ingest.timestamps import iso, now_ms


def build_samples(pair: KeyPair) -> dict[str, Any]:
    """Bodies contain the time at which they were `made`; the page replaces it with its own."""
    dialect = BY_NAME[pair.dialect]
    keys = (pair.api_key, pair.auth_key)
    path, headers = dialect.request_for(*keys)
    at = now_ms()
    return {
        "url": path,
        "headers": headers,
        "made": {"milliseconds": at, "seconds": at // 1000, "iso": iso(at)},
        "curl": curl_command(pair),
        "valid": sample_text(dialect.example(at, pair.api_key)),
        "faults": [_show(dialect, fault, keys) for fault in dialect.faults(at, *keys)],
    }


def curl_command(pair: KeyPair) -> str:
    """A curl command without its body."""
    path, headers = BY_NAME[pair.dialect].request_for(pair.api_key, pair.auth_key)
    lines = [f"curl -i {shlex.quote(settings.PUBLIC_URL + path)}"]
    lines += [f"  -H {shlex.quote(f'{name}: {value}')}" for name, value in headers.items()]
    return " \\\n".join(lines)


def _show(dialect: Dialect, fault: FaultySample, own: tuple[str, str]) -> dict[str, Any]:
    path, headers = dialect.request_for(*(fault.keys or own))
    headers = headers | fault.headers
    return {"title": fault.title, "body": fault.body, "url": path, "headers": headers}
