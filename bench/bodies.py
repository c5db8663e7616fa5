"""Realistic bodies of Natero events; every line is valid, and no two lines are the same. The
sender of a body replaces MARK in each line with a new value per request."""

from __future__ import annotations

import time

import orjson

MARK = "@@@@@@@@@@@@"

_ACTIONS = (
    {"action": "sessionSync", "activeDuration": 60_000},
    {"action": "moduleEnd", "module": "Dashboard", "timeSpent": 45_000},
    {
        "action": "feature",
        "product": "Web",
        "module": "Dashboard",
        "feature": "Add widget",
        "total": 1,
    },
)


def single() -> bytes:
    return _line(2)


def batch(lines: int) -> bytes:
    return b"\n".join(_line(number) for number in range(lines)) + b"\n"


def _line(number: int) -> bytes:
    base = {
        "accountId": f"acct-{number % 50}",
        "userId": f"u-{number}-{MARK}",
        "createdAt": time.time_ns() // 1_000_000 + number,
        "sessionId": f"s-{number % 300}",
    }
    return orjson.dumps(base | _ACTIONS[number % len(_ACTIONS)])
