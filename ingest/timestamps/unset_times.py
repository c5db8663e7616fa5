"""Values that represent a time that was never set."""

from __future__ import annotations

from ingest.timestamps.moments import DAY, HOUR, MINUTE

_YEAR_ONE = "year 1 is the zero time of .NET and Go"
_UNIX = "1970-01-01 is the start of Unix time"
_1601 = "1601-01-01 is the start of Windows file time"
_1900 = "1900-01-01 is the zero time of databases and NTP"
_END = "9999-12-31 is the largest time of .NET and databases"
_UNSET_MOMENTS = {  # as far as they are outside of the present
    -62_135_596_800_000: _YEAR_ONE,
    -62_135_769_600_000: _YEAR_ONE,  # in Java's calendar
    -11_644_473_600_000: _1601,
    -6_847_804_800_000: "1753-01-01 is the smallest time of SQL Server",
    -2_209_161_600_000: "1899-12-30 is day 0 of spreadsheets",
    -2_208_988_800_000: _1900,
    -2_082_844_800_000: "1904-01-01 is the zero time of old Mac files",
    0: _UNIX,
    315_532_800_000: "1980-01-01 is the zero time of FAT files",
    253_402_214_400_000: _END,
    253_402_300_799_000: _END,
    253_402_300_799_999: _END,
}
_UNSET_NUMBERS = {
    -1: "-1 is what many functions return if there is no time",
    -62_135_596_800: _YEAR_ONE,
    -6_795_364_578_871_345_152: _YEAR_ONE,
    -6_795_364_578_871: _YEAR_ONE,
    -62_135_596_800_000_000: _YEAR_ONE,
    -11_644_473_600: _1601,
    253_402_300_799: _END,
    2**31 - 1: "it is the largest number of 32 bits",
    -(2**31): "it is the smallest number of 32 bits",
    2**53 - 1: "it is the largest whole number of JavaScript",
    2**63 - 1: "it is the largest number of 64 bits",
    -(2**63): "it is the smallest number of 64 bits",
}
_ZONE_STEP, _LARGEST_OFFSET = 15 * MINUTE, 14 * HOUR


def unset_number(number: float) -> str:
    """Why the number is not a time; empty if it may be one."""
    found = _UNSET_NUMBERS.get(int(number), "") if number == number // 1 else ""
    return found or unset_moment(number)


def unset_moment(moment: float) -> str:
    """The same for a moment that a text means, in any time zone."""
    if moment % _ZONE_STEP and moment % DAY not in (DAY - 1, DAY - 1000):
        return ""
    for unset, reason in _UNSET_MOMENTS.items():
        if abs(moment - unset) <= _LARGEST_OFFSET:
            return reason
    return ""
