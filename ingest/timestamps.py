"""Parses and checks the timestamps of events. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

import email.utils
import re
import time
from datetime import UTC, datetime, timedelta

from ingest.problems import DOCUMENTED, ERROR, REBUILT, WARNING, Problem
from ingest.values import Json

DAY = 86_400_000
MINUTE = 60_000
CLOCK_SKEW = 5 * MINUTE  # tolerated difference of a sender's clock
YEAR_1971 = 31_536_000_000
FIRST_PLAUSIBLE = 100_000_000_000  # smaller values are 1973 in milliseconds, or today in seconds
LAST_PLAUSIBLE = 100_000_000_000_000  # larger values are the year 5138, or today in microseconds
LONG_PAST = 5 * 365 * DAY

_ISO = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?"
    r"(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d+))?)?\s?(Z|UTC|GMT|[+-]\d\d:?\d\d)?)?\Z",
    re.IGNORECASE | re.ASCII,
)
_OTHER_FORMS = (
    "%B %d, %Y %H:%M:%S",
    "%B %d, %Y",
    "%b %d, %Y",
    "%m/%d/%Y",
    "%m/%d/%Y, %I:%M:%S %p",
    "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S",
    "%Y-%m-%d",
    "%a %b %d %Y",
)
_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999  # years 1 to 9999, the range of datetime


def milliseconds(value: Json) -> int | None:
    """A number as milliseconds, if it is within the range of datetime; else None."""
    if type(value) is int or type(value) is float:
        return int(value) if _FIRST <= value <= _LAST else None
    return None


def parse_date(text: str) -> int | None:
    """Parse the usual formats as JavaScript's Date does, but with UTC as default zone. None if the
    text is not a date."""
    iso_form = _ISO.match(text.strip())
    try:
        moment = _read_iso(iso_form) if iso_form else _read_other_date(text)
    except (ValueError, OverflowError):  # no such day, or out of range because of the zone
        return None
    if moment is None:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _read_iso(match: re.Match[str]) -> datetime:
    """Raises ValueError for a day or an hour that does not exist."""
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    moment = datetime(  # noqa: DTZ001 - the zone follows
        int(year), int(month or 1), int(day or 1), 0, int(minute or 0), int(second or 0)
    )
    if int(hour or 0) > 24 or (hour == "24" and (moment.minute or moment.second)):
        raise ValueError(hour)
    moment += timedelta(hours=int(hour or 0), microseconds=int((fraction or "0")[:6].ljust(6, "0")))
    if zone is None:
        return moment
    ahead = _offset(zone) if zone[0] in "+-" else timedelta()
    return (moment - ahead).replace(tzinfo=UTC)


def _offset(zone: str) -> timedelta:
    digits = zone[1:].replace(":", "")
    if int(digits[:2]) > 23 or int(digits[2:]) > 59:
        raise ValueError(zone)
    ahead = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -ahead if zone[0] == "-" else ahead


def _read_other_date(text: str) -> datetime | None:
    try:
        return email.utils.parsedate_to_datetime(text)
    except ValueError:
        pass
    for form in _OTHER_FORMS:
        try:
            return datetime.strptime(text.strip(), form)  # noqa: DTZ007 - UTC is set by the caller
        except ValueError:
            continue
    return None


def is_plausible(value: Json, received_at: int) -> bool:
    """Whether `check_milliseconds` finds no problem; faster."""
    return (
        (type(value) is int or type(value) is float)
        and FIRST_PLAUSIBLE <= value < LAST_PLAUSIBLE
        and received_at - LONG_PAST < value < received_at + CLOCK_SKEW
    )


def check_milliseconds(
    value: Json, path: str, received_at: int, severity: str = ERROR
) -> list[Problem]:
    """The problem of a number that should be milliseconds. `severity` applies to a wrong unit; a
    wrong clock is always a warning."""
    number = milliseconds(value)
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return []
    if number is None or number >= LAST_PLAUSIBLE:
        return [_too_fine(value, path, received_at, severity)]
    if number < FIRST_PLAUSIBLE:
        return [_seconds(number, path, severity)]
    if number >= received_at + CLOCK_SKEW:
        ahead = _span(number - received_at)
        return [Problem("time-in-future", WARNING, path, REBUILT, {"ahead": ahead})]
    if number <= received_at - LONG_PAST:
        behind = _span(received_at - number)
        return [Problem("time-long-past", WARNING, path, REBUILT, {"behind": behind})]
    return []


def _too_fine(value: float, path: str, received_at: int, severity: str) -> Problem:
    """Name the unit, microseconds or nanoseconds, that gives a time near `received_at`."""
    unit, factor = "microseconds or nanoseconds", 0
    for name, divisor in (("microseconds", 1_000), ("nanoseconds", 1_000_000)):
        if abs(value / divisor - received_at) < LONG_PAST:
            unit, factor = name, divisor
    meant = int(value / factor) if factor else 0
    suggestion = f"{meant} is {format_utc(meant)}" if meant else "13 digits today"
    args = {"value": str(value)[:40], "unit": unit, "suggestion": suggestion}
    return Problem("time-in-microseconds", severity, path, args=args)


def _seconds(number: int, path: str, severity: str) -> Problem:
    args = {"means": format_utc(number), "suggestion": str(number * 1000)}
    return Problem("time-in-seconds", severity, path, DOCUMENTED, args)


def format_utc(moment: int) -> str:
    """Milliseconds as text, for example 2026-11-21 01:02:03 UTC; out of range, the number."""
    try:
        at = datetime.fromtimestamp(moment / 1000, UTC)
    except (OverflowError, ValueError, OSError):
        return str(moment)
    return at.strftime("%Y-%m-%d %H:%M:%S UTC")


def iso(moment: int) -> str:
    """2026-11-21T01:02:03.004Z"""
    at = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment)
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _span(duration: int) -> str:
    if duration < 2 * 60 * MINUTE:
        return f"{duration // MINUTE} minutes"
    if duration < 2 * DAY:
        return f"{duration // (60 * MINUTE)} hours"
    days = duration // DAY
    return f"{days} days" if days < 1000 else f"{days // 365} years"


def now_ms() -> int:
    return time.time_ns() // 1_000_000
