"""Numbers that mean a time, in milliseconds since 1970 UTC or in another unit."""

from __future__ import annotations

import re
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from ingest.timestamps.javascript_date import parse_date
from ingest.timestamps.moments import DAY, HOUR, MINUTE

FIRST_PLAUSIBLE = 100_000_000_000  # smaller values are 1973 in milliseconds, or today in seconds
LAST_PLAUSIBLE = 100_000_000_000_000  # larger values are the year 5138, or today in microseconds
LONG_PAST = 5 * 365 * DAY
MILLISECONDS, SECONDS, DATE_DIGITS = "milliseconds", "seconds", "the digits of a date"

_FIRST_SECONDS = Decimal(1_000_000_000_000)  # 2001, as milliseconds: ten digits
_DATE_DIGITS = re.compile(r"(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(?:(\d\d)(\d{3})?)?)?\Z", re.ASCII)


class NumberReading(NamedTuple):
    unit: str
    moment: int


class _Unit(NamedTuple):
    """`origin` and `length` are milliseconds."""

    name: str
    length: Decimal
    origin: int = 0
    rounding: str = ROUND_FLOOR


_TICK = Decimal("0.0001")
_UNITS = (
    _Unit("microseconds", Decimal("0.001")),
    _Unit("nanoseconds", Decimal("0.000001")),
    _Unit(".NET ticks, which count 100 ns since year 1", _TICK, -62_135_596_800_000),
    _Unit("Windows file time, which counts 100 ns since 1601", _TICK, -11_644_473_600_000),
    _Unit("microseconds since 1601, as in Chrome", Decimal("0.001"), -11_644_473_600_000),
    _Unit("seconds since 2001, as on Apple systems", Decimal(1000), 978_307_200_000),
    _Unit("seconds since 1900, as in NTP", Decimal(1000), -2_208_988_800_000),
    _Unit("days, as in spreadsheets", Decimal(DAY), -2_209_161_600_000, ROUND_HALF_EVEN),
    _Unit("days since 1970", Decimal(DAY), 0, ROUND_HALF_EVEN),
    _Unit("hours since 1970", Decimal(HOUR), 0, ROUND_HALF_EVEN),
    _Unit("minutes since 1970", Decimal(MINUTE), 0, ROUND_HALF_EVEN),
)


def is_in_milliseconds(number: float | Decimal) -> bool:
    return FIRST_PLAUSIBLE <= number < LAST_PLAUSIBLE


def read_time_number(value: float | str, received_at: int) -> NumberReading | None:
    """The most likely unit. None if no unit gives a time near `received_at`. `value` is a number,
    or the text of one as JSON writes it. Digits after the millisecond are cut."""
    number = Decimal(str(value))
    if moment := _date_digits(number, received_at):
        return NumberReading(DATE_DIGITS, moment)
    if is_in_milliseconds(number):
        return NumberReading(MILLISECONDS, _whole(number))
    if _FIRST_SECONDS <= number * 1000 < received_at + LONG_PAST:
        return NumberReading(SECONDS, _whole(number * 1000))
    for unit in _UNITS:
        moment_read = number * unit.length + unit.origin
        if abs(moment_read - received_at) < LONG_PAST:
            return NumberReading(unit.name, _whole(moment_read, unit.rounding))
    return None


def _whole(number: Decimal, rounding: str = ROUND_FLOOR) -> int:
    return int(number.to_integral_value(rounding))


def _date_digits(number: Decimal, received_at: int) -> int | None:
    """20261128, and the same with hour, minute, second and milliseconds."""
    match = _DATE_DIGITS.match(format(number, "f")) if 1e7 < number < 1e17 else None
    if match is None:
        return None
    year, month, day, hour, minute, second, fraction = match.groups("0")
    moment = parse_date(
        f"{year}-{month}-{day}T{hour:0>2}:{minute:0>2}:{second:0>2}.{fraction:0<3}Z"
    )
    return moment if moment and abs(moment - received_at) < LONG_PAST else None
