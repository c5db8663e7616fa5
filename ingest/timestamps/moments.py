"""Moments as people read them. A moment is whole milliseconds since 1970 UTC."""

from __future__ import annotations

import math
import time
from datetime import UTC, datetime, timedelta

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
FIRST_MOMENT, LAST_MOMENT = -62_135_596_800_000, 253_402_300_799_999  # the range of datetime

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_UNITS = (  # milliseconds, the count from which the next unit is used, name
    (1000, 120, "second"),
    (MINUTE, 120, "minute"),
    (HOUR, 48, "hour"),
    (DAY, 1000, "day"),
    (365 * DAY, math.inf, "year"),
)
_CYCLE = 400 * 365 * DAY + 97 * DAY  # after 400 years the calendar repeats


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def iso(moment: int) -> str:
    """2026-11-21T01:02:03.004Z. A year beyond 9999 has a sign and six digits, as in JavaScript."""
    if FIRST_MOMENT <= moment <= LAST_MOMENT:
        at = _EPOCH + timedelta(milliseconds=moment)
        return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    cycles, rest = divmod(moment, _CYCLE)
    within = iso(rest)
    year = int(within[:4]) + 400 * cycles
    return f"{year:+07d}" + within[4:] if not 0 <= year <= 9999 else f"{year:04d}" + within[4:]


def format_utc(moment: int) -> str:
    """For example 2026-11-21 01:02:03 UTC; out of the range of JavaScript's Date, the number."""
    if abs(moment) > 8_640_000_000_000_000:
        return str(moment)
    return iso(moment)[:-5].replace("T", " ") + " UTC"


def format_span(duration: int) -> str:
    """A duration in the largest unit of which it has two, rounded."""
    counts = (((duration + unit // 2) // unit, most, name) for unit, most, name in _UNITS)
    count, name = next((count, name) for count, most, name in counts if count < most)
    return f"{count} {name}{'' if count == 1 else 's'}"
