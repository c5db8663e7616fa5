"""Times in queries, as the milliseconds they span. `2026-11-21` is a day, `2026-11-21T10:00` a
minute, `-5m` the moment five minutes ago."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_RELATIVE = re.compile(r"-(\d{1,9})([smhd])", re.ASCII)
_UNITS = {"s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_ABSOLUTE = re.compile(
    r"\d{4}-\d\d-\d\d(?P<minute>[Tt ]\d\d:\d\d(?P<second>:\d\d(?P<fraction>\.\d{1,6})?)?"
    r"(?P<zone>[Zz]|[+-]\d\d:\d\d)?)?",
    re.ASCII,
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_time_span(text: str, now: int) -> tuple[int, int] | None:
    """[start, end) in milliseconds since 1970; None for text that is no time. UTC unless it has a
    zone. A relative time has length zero."""
    relative = _RELATIVE.fullmatch(text)
    if relative:
        moment = now - int(relative[1]) * _UNITS[relative[2]]
        return moment, moment
    found = _ABSOLUTE.fullmatch(text)
    if found is None:
        return None
    try:
        moment_at = datetime.fromisoformat(text.upper())
        start = (moment_at.replace(tzinfo=moment_at.tzinfo or UTC) - _EPOCH) // timedelta(
            milliseconds=1
        )
    except (ValueError, OverflowError):  # a day or hour that does not exist
        return None
    return start, start + _length(found)


def is_relative(text: str) -> bool:
    return _RELATIVE.fullmatch(text) is not None


def _length(found: re.Match[str]) -> int:
    if found["fraction"]:
        return 1
    if found["second"]:
        return 1_000
    return 60_000 if found["minute"] else 86_400_000
