"""Checks texts that should be a time for JavaScript's Date, or should be a number instead."""

from __future__ import annotations

import re

from ingest.problems import ERROR, REBUILT, WARNING, Problem
from ingest.timestamps.date_tokens import JAVASCRIPT_ZONES
from ingest.timestamps.javascript_date import is_usual_date, read_date
from ingest.timestamps.moments import HOUR, format_span, format_utc, iso
from ingest.timestamps.sender_time import SenderTime, number_in, read_sender_time
from ingest.timestamps.time_numbers import CLOCK_SKEW, check_milliseconds, distance_note
from ingest.timestamps.time_units import LONG_PAST, MILLISECONDS, read_time_number
from ingest.timestamps.unset_times import unset_moment

_HISTORIC = 2 * LONG_PAST  # texts of a wrong unit do not exist, so that this is a wrong calendar
_LARGEST_OFFSET = 14 * HOUR
_NO_ZONE = " It has no time zone, so it is taken for UTC."
_CALENDARS = (  # years of the Gregorian calendar minus those of the other one
    ("Buddhist", -543, -543),
    ("Persian", 621, 622),
    ("Islamic", 577, 579),
    ("Minguo", 1911, 1911),
    ("Japanese", 2018, 2018),
)
_US_ZONE = re.compile(r"(?<=\d)\s?\b([ECMP][SD]T)\b", re.IGNORECASE)
_DOTTED = re.compile(r"\A\s*(\d{1,2})\.(\d{1,2})\.\d{4}(?!\d)")


def is_plausible_date(text: str, moment: int, received_at: int) -> bool:
    """Whether `check_date` finds no problem for sure; faster."""
    return (
        received_at - _HISTORIC < moment < received_at + CLOCK_SKEW
        and is_usual_date(text)
        and text[8:10] <= "28"  # later days do not exist in every month
    )


def check_date(text: str, moment: int, path: str, received_at: int) -> list[Problem]:
    """Warnings for a text that JavaScript's Date reads as `moment`."""
    shown = shown_text(text)
    args = {"value": shown, "means": format_utc(moment)}
    if not read_date(text).day_exists:
        return [Problem("date-no-such-day", WARNING, path, REBUILT, args)]
    if reason := unset_moment(moment):
        args = {"value": f'"{shown}"', "reason": reason}
        return [Problem("time-never-set", WARNING, path, REBUILT, args)]
    if moment >= received_at + CLOCK_SKEW:
        return [_ahead(text, moment, path, received_at, args)]
    if moment <= received_at - _HISTORIC:
        code = (
            "date-other-calendar" if _add_calendar(args, moment, received_at) else "date-long-past"
        )
        args["behind"] = format_span(received_at - moment)
        return [Problem(code, WARNING, path, REBUILT, args)]
    return _month_first(text, path, args)


def _ahead(text: str, moment: int, path: str, received_at: int, args: dict[str, str]) -> Problem:
    args["ahead"] = format_span(moment - received_at)
    is_within_a_zone = moment - received_at <= 2 * _LARGEST_OFFSET
    zone = _US_ZONE.search(text)
    if zone and is_within_a_zone:
        hours = JAVASCRIPT_ZONES[zone[1].lower()]
        args |= {"zone": zone[1], "offset": f"{hours:+03d}:00"}
        return Problem("date-zone-of-america", WARNING, path, REBUILT, args)
    if not read_date(text).has_zone and is_within_a_zone:
        return Problem("date-without-zone", WARNING, path, REBUILT, args)
    if _add_calendar(args, moment, received_at):
        return Problem("date-other-calendar", WARNING, path, REBUILT, args)
    return Problem("date-in-future", WARNING, path, REBUILT, args)


def _add_calendar(args: dict[str, str], moment: int, received_at: int) -> bool:
    """Add the name of the calendar in which the year is this year or the last one."""
    year, now = (int(iso(each)[:-20]) for each in (moment, received_at))
    for name, least, most in _CALENDARS:
        if least <= now - year <= most + 1:
            args["calendar"] = name
            return True
    return False


def _month_first(text: str, path: str, args: dict[str, str]) -> list[Problem]:
    match = _DOTTED.match(text)
    if match and match[1] != match[2] and int(match[2]) <= 12:
        return [Problem("date-month-first", WARNING, path, REBUILT, args)]
    return []


def unread_date(text: str, path: str, received_at: int) -> Problem:
    """The error of a text that JavaScript's Date does not read."""
    meant = _meaning(text, received_at)
    args = {"value": shown_text(text), "cause": meant.cause if meant else ""}
    if meant is None or not meant.cause:
        args["suggestion"] = iso(received_at)
        return Problem("time-not-read", ERROR, path, args=args)
    if meant.moment is None:
        args["suggestion"] = iso(received_at)
        return Problem("time-unclear", ERROR, path, args=args)
    note = "" if meant.has_zone else _NO_ZONE
    note += distance_note(meant.moment, received_at)
    args |= {"suggestion": iso(meant.moment), "note": note}
    return Problem("time-misspelled", ERROR, path, args=args)


def number_as_date(
    value: float, path: str, received_at: int, expected: str = "", *, refuses: bool = False
) -> list[Problem]:
    """The error of a number where a text is due. `expected` is a form of text in words."""
    reading = read_time_number(value, received_at)
    args = {"suggestion": f'ISO 8601, for instance "{iso(received_at)}"'}
    if reading:
        unit = f" that looks like {reading.unit}"
        args = {"unit": unit, "suggestion": f'"{iso(reading.moment)}"'}
        args["note"] = "" if expected else distance_note(reading.moment, received_at)
    args["expected"] = expected or "text that JavaScript's Date can read"
    return [Problem("time-as-number", ERROR, path, REBUILT, args, refuses=refuses)]


def date_not_iso(text: str, path: str, received_at: int) -> list[Problem]:
    """The warning for a text that is not ISO 8601, if its time is known."""
    meant = read_sender_time(text, received_at)
    if meant is None or meant.moment is None:
        return []
    note = "" if meant.has_zone else _NO_ZONE
    args = {"value": shown_text(text), "suggestion": iso(meant.moment), "note": note}
    return [Problem("date-in-other-form", WARNING, path, args=args)]


def date_as_number(
    text: str, path: str, received_at: int, severity: str = ERROR, *, refuses: bool = False
) -> list[Problem]:
    """The problems of a text where a number of milliseconds is due."""
    digits = number_in(text)
    reading = read_time_number(digits, received_at) if digits else None
    if digits and digits == text and (reading is None or reading.unit == MILLISECONDS):
        number = float(digits) if set(digits) & set(".eE") else int(digits)
        rest = check_milliseconds(number, path, received_at, severity)
        # JSON has no leading zeros
        args = {"value": re.sub(r"^(-?)0+(?=\d)", r"\1", digits)}
        return [Problem("number-as-string", severity, path, args=args, refuses=refuses), *rest]
    meant = _meaning(text, received_at)
    if meant is None:
        return []
    args = {"value": shown_text(text), "cause": meant.cause}
    if meant.moment is None:
        args["suggestion"] = str(received_at)
        return [Problem("time-text-unclear", severity, path, args=args, refuses=refuses)]
    args |= {"suggestion": str(meant.moment), "means": format_utc(meant.moment)}
    args["note"] = "" if meant.has_zone else _NO_ZONE
    if meant.unit:
        args["note"] = f" It looks like {meant.unit}."
    args["distance"] = distance_note(meant.moment, received_at)
    return [Problem("time-as-string", severity, path, args=args, refuses=refuses)]


def _meaning(text: str, received_at: int) -> SenderTime | None:
    """The sender's time. It is not certain if it was never set."""
    meant = read_sender_time(text, received_at)
    if meant and meant.moment is not None and (reason := unset_moment(meant.moment)):
        return SenderTime(None, f"it represents a time that was never set: {reason}")
    return meant


def shown_text(text: str) -> str:
    """The text, not longer than 60 characters, with escapes for what is invisible."""
    cut = text if len(text) <= 60 else text[:59] + "…"
    return "".join(
        char if char.isprintable() else _ESCAPES.get(char, _escape(char)) for char in cut
    )


_ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"
