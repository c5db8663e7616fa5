"""Requests in which a browser sends no header that the page asks for."""

from __future__ import annotations

from ingest.values import IncomingRequest

_MODES = ("no-cors", "navigate")  # sendBeacon and fetch; forms
_SIMPLE_TYPES = ("text/plain", "multipart/form-data", "application/x-www-form-urlencoded")


def allows_no_headers(request: IncomingRequest) -> bool:
    """Whether it is of sendBeacon, a form or `mode: "no-cors"`. Older browsers do not send
    Sec-Fetch-Mode: there, a type of content that needs no preflight is the sign."""
    mode = request.header(b"sec-fetch-mode").strip().lower()
    if mode:
        return mode in _MODES
    content_type = request.header(b"content-type").strip().lower()
    return b"origin" in request.headers and content_type.startswith(_SIMPLE_TYPES)
