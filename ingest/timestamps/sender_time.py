"""The meaning of a text for its sender, also where JavaScript's Date does not read it."""

from __future__ import annotations

import re
from typing import NamedTuple

from ingest.timestamps.date_rewrites import REWRITES
from ingest.timestamps.javascript_date import DateReading, read_date
from ingest.timestamps.moments import DAY, iso
from ingest.timestamps.time_units import NumberReading, read_time_number
from ingest.timestamps.zone_names import ambiguous_zone, do_zones_differ, doubled_zones

_MAX_LENGTH = 200  # characters; longer texts are not rewritten
_FAILED = re.compile(r"\s*(?:invalid date|nan|none|null|undefined|nil|nat)\s*\Z", re.IGNORECASE)
_TEMPLATE = re.compile(r"\$\{|\{\{|\$\(|<%|%[YmdHMSsfTFN]\b|[Yy]{4}.?[Mm]{2}.?[Dd]{2}")
_WRAPPED = re.compile(
    r"\s*\\?/?(?:new )?(?:Date|ISODate|Timestamp)\(\s*(-?\d{1,17})\s*([+-]\d{4})?\s*\)\\?/?\s*\Z"
)
_WRAPPED_TEXT = re.compile(r"""\s*(?:new )?(?:Date|ISODate)\(\s*["'](.{1,60})["']\s*\)\s*\Z""")
_NUMBER = re.compile(r"\s*([+-]?\d{1,25}(?:[.,]\d{1,12})?(?:[eE][+-]?\d{1,2})?)\s*(?:ms|n|L)?\s*\Z")
_WITHOUT_N = re.compile(r"\s*(\d{10})(?:%?[369])?N\s*\Z")  # by a `date` that does not know %N
_LEAP_SECOND = re.compile(r"(?<=:\d\d):60(?!\d)")
_SLASHES = re.compile(r"\A\D*(\d{1,2})([/.-])(\d{1,2})\2(?:\d{4}|\d\d)(?!\d)")
_HALF_DAY = re.compile(r"(?i)\d\s?[ap]\.?\s?m\b")
_ZONE_WORD = re.compile(r"(?<=\d)\s?\b([A-Z][A-Za-z]{1,4}|[A-Z][A-Za-z]+/[A-Za-z_]+)\b")
_NUMBERS = re.compile(r"\d+")
_MONTH_NAME = re.compile(r"(?i)jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")


class SenderTime(NamedTuple):
    """`moment` is None if it is not sure. `cause` says then why, and otherwise why JavaScript does
    not read the text; it completes a sentence after a colon."""

    moment: int | None
    cause: str = ""
    has_zone: bool = True
    unit: str = ""  # if the text is a number


def read_sender_time(text: str, received_at: int) -> SenderTime | None:
    """None if nothing is known about the text."""
    if len(text) > _MAX_LENGTH:
        return None
    return (
        _no_time(text)
        or _wrapped(text, received_at)
        or _number(text, received_at)
        or _unclear(text)
        or _rewritten(text)
    )


def _no_time(text: str) -> SenderTime | None:
    if _FAILED.match(text):
        return SenderTime(None, "the sender's program had no valid time")
    if _TEMPLATE.search(text):
        return SenderTime(None, "it is a template that was not filled in")
    return None


def _wrapped(text: str, received_at: int) -> SenderTime | None:
    if match := _WRAPPED.match(text):
        return SenderTime(int(match[1]), "it is the name of a function with a number")
    if match := _WITHOUT_N.match(text):
        cause = "the date command of macOS and BSD does not know %N"
        return SenderTime(int(match[1]) * 1000, cause)
    if match := _WRAPPED_TEXT.match(text):
        inside = read_sender_time(match[1], received_at)
        if inside and inside.moment is not None:
            return inside._replace(cause="it is the name of a function with a time")
    return None


def number_in(text: str) -> str:
    """The number that the whole text is, as JSON writes it; empty if it is none."""
    match = _NUMBER.match(text)
    return match[1].replace(",", ".").removeprefix("+") if match else ""


def _number(text: str, received_at: int) -> SenderTime | None:
    digits = number_in(text)
    reading = read_time_number(digits, received_at) if digits else None
    if reading is None:
        return None
    return SenderTime(reading.moment, _as_number(reading), unit=reading.unit)


def _as_number(reading: NumberReading) -> str:
    if reading.unit == "milliseconds":
        return "it is a number of milliseconds"
    return f"it is a number that looks like {reading.unit}"


def _unclear(text: str) -> SenderTime | None:
    zones = doubled_zones(text)
    if zones and do_zones_differ(zones):
        named = " and ".join(zones)
        return SenderTime(None, f"its time zone is given twice, as {named}, which differ")
    if not zones and (name := ambiguous_zone(text)):
        return SenderTime(None, f"the time zone {name} has several offsets")
    if is_day_or_month_first(text):
        return SenderTime(None, "it can be read with the day or the month first")
    return None


def is_day_or_month_first(text: str) -> bool:
    """Whether 05/11/2026 or the like is in the text, which has two readings."""
    match = _SLASHES.match(text)
    if not match or match[2] == "." or _HALF_DAY.search(text):
        return False
    first, second = int(match[1]), int(match[3])
    return first != second and 1 <= first <= 12 and 1 <= second <= 12


def _rewritten(text: str) -> SenderTime | None:
    final = _apply(text)
    leap = 1000 if _LEAP_SECOND.search(final) else 0
    final = _LEAP_SECOND.sub(":59", final, count=1)
    reading = read_date(final)
    if reading.milliseconds is None:
        return _unknown_zone(final)
    if not reading.day_exists:
        return SenderTime(None, "its day does not exist")
    if not _is_complete(final, reading.milliseconds):
        return None
    cause = "it has a leap second" if leap else _cause(text, reading)
    return SenderTime(reading.milliseconds + leap, cause, reading.has_zone)


def _apply(text: str, without: int = -1) -> str:
    for index, rewrite in enumerate(REWRITES):
        if index != without:
            text = rewrite.apply(text)
    return text


def _cause(text: str, reading: DateReading) -> str:
    """The first rewrite without which the text is not read like this; if several can replace each
    other, the first one that changes the text. Empty if JavaScript reads the text."""
    if read_date(text) == reading:
        return ""
    changes = []
    for index, rewrite in enumerate(REWRITES):
        without = _apply(text, without=index)
        if read_date(without).milliseconds != reading.milliseconds:
            return rewrite.cause_in(text)
        if rewrite.apply(text) != text:
            changes.append(rewrite)
    return changes[0].cause_in(text) if changes else "its parts are not in an order that it knows"


def _unknown_zone(text: str) -> SenderTime | None:
    for match in _ZONE_WORD.finditer(text):
        name = match[1]
        without = read_date(text[: match.start()] + text[match.end() :])
        if without.milliseconds is None or name.lower() in ("am", "pm"):
            continue
        return SenderTime(None, f"the time zone {name} is not known")
    return None


def _is_complete(text: str, moment: int) -> bool:
    """Whether the text has a year of four digits, a month and a day. JavaScript also reads less,
    such as “order 5”."""
    numbers = _NUMBERS.findall(text)
    first, last = (_year(moment + shift) for shift in (-DAY, DAY))
    has_year = any(len(each) == 4 and first <= int(each) <= last for each in numbers)
    return has_year and len(numbers) >= (2 if _MONTH_NAME.search(text) else 3)


def _year(moment: int) -> int:
    return int(iso(moment)[:-20])
