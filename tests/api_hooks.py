"""For schemathesis, which loads it by name: nobody waits for a made-up request to be met."""

from __future__ import annotations

from typing import Any

import schemathesis


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """Good times to wait are made short; bad ones stay bad."""
    case.query, case.body = _hasty(case.query), _hasty(case.body)


def _hasty(given: Any) -> Any:
    if not isinstance(given, dict):
        return given
    return {
        name: type(value)(0) if _is_wait(name, value) else value for name, value in given.items()
    }


def _is_wait(name: str, value: Any) -> bool:
    if name not in ("wait", "settle") or isinstance(value, bool):
        return False
    try:
        return 0 <= float(value) <= 60  # of a query it may be written already
    except (TypeError, ValueError):
        return False
