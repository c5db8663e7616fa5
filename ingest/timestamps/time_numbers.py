"""Checks numbers that should be milliseconds since 1970 UTC."""

from __future__ import annotations

from typing import TypeGuard

from ingest.problems import DOCUMENTED, ERROR, REBUILT, WARNING, Problem
from ingest.timestamps.moments import (
    DAY,
    FIRST_MOMENT,
    LAST_MOMENT,
    MINUTE,
    format_span,
    format_utc,
)
from ingest.timestamps.time_units import (
    DATE_DIGITS,
    FIRST_PLAUSIBLE,
    LAST_PLAUSIBLE,
    LONG_PAST,
    MILLISECONDS,
    SECONDS,
    NumberReading,
    is_in_milliseconds,
    read_time_number,
)
from ingest.timestamps.unset_times import unset_number
from ingest.values import Json

CLOCK_SKEW = 5 * MINUTE  # tolerated difference of a sender's clock
_CENTURY = 36_525 * DAY


def milliseconds(value: Json) -> int | None:
    """A number as milliseconds, if it is within the range of datetime; else None."""
    if type(value) is int or type(value) is float:
        return int(value) if FIRST_MOMENT <= value <= LAST_MOMENT else None
    return None


def is_number(value: Json) -> TypeGuard[int | float]:
    return type(value) is int or type(value) is float


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
    if not is_number(value) or is_plausible(value, received_at):
        return []
    reading = read_time_number(value, received_at)
    if not is_in_milliseconds(value) and (reason := unset_number(value)):
        args = {"value": shown_number(value), "reason": reason}
        return [Problem("time-never-set", severity, path, args=args)]
    if reading is None:
        args = {"value": shown_number(value)}
        return [Problem("time-unit-unknown", severity, path, args=args)]
    if reading.unit == MILLISECONDS:
        return [_far_from_now(reading.moment, path, received_at)]
    return [_wrong_unit(value, reading, path, received_at, severity)]


def _far_from_now(moment: int, path: str, received_at: int) -> Problem:
    if moment > received_at:
        ahead = format_span(moment - received_at)
        return Problem("time-in-future", WARNING, path, REBUILT, {"ahead": ahead})
    behind = format_span(received_at - moment)
    return Problem("time-long-past", WARNING, path, REBUILT, {"behind": behind})


def _wrong_unit(
    value: float, reading: NumberReading, path: str, received_at: int, severity: str
) -> Problem:
    note = distance_note(reading.moment, received_at)
    if reading.unit == SECONDS:
        args = {"means": format_utc(int(value)), "suggestion": str(reading.moment), "note": note}
        return Problem("time-in-seconds", severity, path, DOCUMENTED, args)
    suggestion = f"{reading.moment} is {format_utc(reading.moment)}"
    args = {"value": shown_number(value), "unit": reading.unit, "suggestion": suggestion}
    args["note"] = note
    if reading.unit == "microseconds":
        return Problem("time-in-microseconds", severity, path, args=args)
    is_far = value >= LAST_PLAUSIBLE and reading.unit != DATE_DIGITS
    args["means"] = "far in the future" if is_far else format_utc(int(value))
    return Problem("time-in-other-unit", severity, path, args=args)


def distance_note(moment: int, received_at: int) -> str:
    """A sentence if a suggested time is far from now, so that it gets a warning when it is sent."""
    if moment >= received_at + CLOCK_SKEW:
        distance, direction = moment - received_at, "ahead"
    elif moment <= received_at - LONG_PAST:
        distance, direction = received_at - moment, "in the past"
    else:
        return ""
    what = "calendar" if distance > _CENTURY else "time zone" if distance < 2 * DAY else "clock"
    return f" It lies {format_span(distance)} {direction}, so check the {what}, too."


def shown_number(value: float) -> str:
    return str(value)[:40]
