"""Sample requests that the page sends to the test endpoint, as any client would: a valid event, and
a choice of faulty ones."""

from __future__ import annotations

import shlex

from django.conf import settings
from typing_extensions import TypedDict

from ingest.dialects import BY_NAME, Dialect
from ingest.dialects.faulty_samples import FaultySample, sample_text
from ingest.models import KeyPair
from ingest.timestamps import iso, now_ms
from viewer.rest.answer_types import Timestamp


class SampleTime(TypedDict):
    milliseconds: int
    seconds: int
    iso: Timestamp


class SampleFault(TypedDict):
    title: str
    body: str
    url: str
    headers: dict[str, str]


class SampleRequests(TypedDict):
    """`curl` is a command without its body."""

    url: str
    headers: dict[str, str]
    made: SampleTime
    curl: str
    valid: str
    faults: list[SampleFault]


def build_samples(pair: KeyPair) -> SampleRequests:
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


def _show(dialect: Dialect, fault: FaultySample, own: tuple[str, str]) -> SampleFault:
    path, headers = dialect.request_for(*(fault.keys or own))
    headers = headers | fault.headers
    return {"title": fault.title, "body": fault.body, "url": path, "headers": headers}
