"""For schemathesis, which loads it by name: nobody waits for a made-up request to be met."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def map_query(context: Any, query: Any) -> Any:
    return _hasty(query)


@schemathesis.hook
def map_body(context: Any, body: Any) -> Any:
    return _hasty(body)


def _hasty(given: Any) -> Any:
    """With good times to wait made short; bad ones stay bad."""
    if not isinstance(given, dict):
        return given
    return {name: 0 if _is_wait(name, value) else value for name, value in given.items()}


def _is_wait(name: str, value: Any) -> bool:
    is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return name in ("wait", "settle") and is_number and 0 <= value <= 60
