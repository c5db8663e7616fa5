"""An event that is a Buffer of Node.js, as JSON.stringify writes it."""

from __future__ import annotations

from ingest.parsing.malformed.content_sniffing import preview
from ingest.problems import Problem
from ingest.values import Json


def buffer_bytes(value: Json) -> bytes | None:
    """The bytes of {"type": "Buffer", "data": [123, 34, …]}; None for any other value."""
    if not isinstance(value, dict) or value.get("type") != "Buffer" or len(value) != 2:
        return None
    data = value.get("data")
    try:
        return bytes(data) if isinstance(data, list) and data else None
    except (ValueError, TypeError):  # not bytes, after all
        return None


def find_buffer(value: Json) -> Problem | None:
    content = buffer_bytes(value)
    if content is None:
        return None
    return Problem("node-buffer", args={"inside": preview(content)}, offset=0, column=1)
