"""Reads a text as JavaScript's Date in V8 does, with UTC as the local time zone.

The formats of ECMAScript are read strictly. Any other text is read by V8's tolerant rules: words
before the first number and text in brackets do not count, numbers before a colon are parts of a
time, all others are parts of a day. tests/samples/javascript_dates.tsv has the results of V8.
"""

from __future__ import annotations

import functools
import re
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from ingest.timestamps.date_tokens import (
    AM_PM,
    END,
    MONTH,
    NUMBER,
    SEPARATOR,
    SPACE,
    SYMBOL,
    WORD,
    ZONE,
    DateToken,
    date_tokens,
)

MAX_DATE_LENGTH = 1_000  # characters; longer texts are not read
LAST_DATE = 8_640_000_000_000_000  # the range of JavaScript's Date, in both directions

# Texts that `datetime` reads in the same way, and faster
_USUAL = re.compile(
    r"[1-9]\d{3}-\d\d-\d\d(?:[T ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(Z|[+-]\d\d:[0-5]\d)?)?\Z", re.ASCII
)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NAIVE_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - for texts without a zone
_MILLISECOND = timedelta(milliseconds=1)
_UNSIGNED = 2**32
_MAX_OFFSET = 2**31 - 1  # seconds


class _NotADate(Exception):
    pass


def parse_date(text: str) -> int | None:
    """The milliseconds that JavaScript's Date reads; None if it reads no date."""
    usual = _USUAL.match(text)
    if usual:
        try:
            moment = datetime.fromisoformat(text)
            return (moment - (_EPOCH if usual[1] else _NAIVE_EPOCH)) // _MILLISECOND
        except ValueError:  # 24:00, or a day that does not exist
            pass
    return read_date(text).milliseconds


def is_usual_date(text: str) -> bool:
    """Whether the text is ISO 8601, so that every reader understands it in the same way."""
    return _USUAL.match(text) is not None


class DateReading(NamedTuple):
    milliseconds: int | None  # None if it is not a date
    has_zone: bool = False
    day_exists: bool = True  # otherwise it was read as a day of the next month


def read_date(text: str) -> DateReading:
    """The reading of JavaScript's Date, by the complete rules."""
    return DateReading(None) if len(text) > MAX_DATE_LENGTH else _read_date(text)


@functools.lru_cache(maxsize=256)  # for the check after the columns; at most 1 MiB
def _read_date(text: str) -> DateReading:
    try:
        return _Reader(date_tokens(text)).read()
    except _NotADate:
        return DateReading(None)


class _Day:
    def __init__(self) -> None:
        self.parts: list[int] = []
        self.named_month = 0
        self.is_iso = False

    def add(self, number: int) -> None:
        if len(self.parts) == 3:
            raise _NotADate
        self.parts.append(number)

    def days(self) -> tuple[int, bool]:
        """Days since 1970, and whether the day exists: V8 counts on into the next month."""
        year, month, day = self._in_order()
        if not self.is_iso and 0 <= year <= 99:
            year += 2000 if year <= 49 else 1900
        if not (_is_month(month) and _is_day(day)):
            raise _NotADate
        next_month = _days_before(*((year, month + 1) if month < 12 else (year + 1, 1)))
        days = _days_before(year, month) + day - 1
        return days, days < next_month

    def _in_order(self) -> tuple[int, int, int]:
        if not self.parts:
            raise _NotADate
        first, second, third = (*self.parts, 1, 1)[:3]
        if self.named_month:
            if _is_day(first):
                return second, self.named_month, first
            return first, self.named_month, second
        if self.is_iso or not _is_day(first):
            return first, second, third
        return third, first, second


class _Time:
    def __init__(self) -> None:
        self.parts: list[int] = []
        self.half_day: int | None = None

    def add(self, number: int) -> None:
        if len(self.parts) == 4:
            raise _NotADate
        self.parts.append(number)

    def add_last(self, number: int) -> None:
        """Ignores the number if there are four parts."""
        self.parts = [*self.parts, number, 0, 0, 0][:4]

    def expects(self, number: int) -> bool:
        """Whether the number can be the next part after a colon: minutes, seconds, milliseconds."""
        return len(self.parts) in (1, 2, 3) and number <= (0, 59, 59, 999)[len(self.parts)]

    def milliseconds(self) -> int:
        hour, minute, second, fraction = (*self.parts, 0, 0, 0, 0)[:4]
        if self.half_day is not None:
            if hour > 12:
                raise _NotADate
            hour = hour % 12 + self.half_day
        is_midnight = hour == 24 and not (minute or second or fraction)
        if hour > 23 and not is_midnight:
            raise _NotADate
        if minute > 59 or second > 59 or fraction > 999:
            raise _NotADate
        return ((hour * 60 + minute) * 60 + second) * 1000 + fraction


class _Zone:
    def __init__(self) -> None:
        self.sign = 0
        self.hour: int | None = None
        self.minute: int | None = None

    @property
    def is_utc(self) -> bool:
        return self.hour == self.minute == 0

    def set_name(self, hours: int) -> None:
        self.sign, self.hour, self.minute = -1 if hours < 0 else 1, abs(hours), 0

    def expects(self, number: int) -> bool:
        return self.hour is not None and self.minute is None and number <= 59

    def milliseconds(self) -> int:
        """How far local time is ahead of UTC."""
        seconds = ((self.hour or 0) * 3600 + (self.minute or 0) * 60) % _UNSIGNED
        if seconds > _MAX_OFFSET:
            raise _NotADate
        return self.sign * seconds * 1000


class _Reader:
    """Raises _NotADate."""

    def __init__(self, tokens: list[DateToken]) -> None:
        self._tokens = tokens
        self._at = 0
        self._day = _Day()
        self._time = _Time()
        self._zone = _Zone()
        self._has_number = False

    def read(self) -> DateReading:
        if not self._read_iso():
            self._has_number = bool(self._day.parts)
            while (token := self._next()).kind != END:
                self._read_token(token)
        days, day_exists = self._day.days()
        time = self._time.milliseconds()
        moment = days * 86_400_000 + time - self._zone.milliseconds()
        if abs(moment) > LAST_DATE:
            raise _NotADate
        return DateReading(moment, self._zone.sign != 0, day_exists)

    # -- the tokens

    def _peek(self) -> DateToken:
        return self._tokens[self._at]

    def _next(self) -> DateToken:
        token = self._peek()
        self._at += 1
        return token

    def _skip(self, symbol: str) -> bool:
        token = self._peek()
        found = token.kind == SYMBOL and token.text == symbol
        self._at += found
        return found

    def _digits(self, length: int, most: int, least: int = 0) -> int | None:
        """The next number if it has this length and is in the range; otherwise it stays."""
        token = self._peek()
        if token.kind != NUMBER or len(token.text) != length or not least <= token.value <= most:
            return None
        self._at += 1
        return token.value

    def _needed_digits(self, length: int, most: int) -> int:
        number = self._digits(length, most)
        if number is None:
            raise _NotADate
        return number

    # -- the format of ECMAScript

    def _read_iso(self) -> bool:
        """Whether the whole text has the format. If not, the tolerant rules go on at the token
        where it ends, except after a T, which those rules do not know."""
        if not self._read_iso_day():
            return False
        if self._peek().keyword == SEPARATOR:
            self._at += 1
            self._read_iso_time()
            self._read_iso_zone()
            if self._peek().kind != END:
                raise _NotADate
        elif self._peek().kind != END:
            return False
        self._day.is_iso = True
        return True

    def _read_iso_day(self) -> bool:
        if not self._read_iso_year():
            return False
        for most in (12, 31):
            if not self._skip("-"):
                return True
            number = self._digits(2, most, 1)
            if number is None:
                return False
            self._day.add(number)
        return True

    def _read_iso_year(self) -> bool:
        sign = self._next().text if self._peek().is_sign else ""
        year = self._digits(6 if sign else 4, 999_999)
        if year is None or (sign == "-" and not year):
            return False
        self._day.add(-year if sign == "-" else year)
        return True

    def _read_iso_time(self) -> None:
        hour = self._needed_digits(2, 24)
        if not self._skip(":"):
            raise _NotADate
        most = 0 if hour == 24 else 59
        self._time.parts = [hour, self._needed_digits(2, most)]
        if self._skip(":"):
            self._time.add(self._needed_digits(2, most))
            if self._skip("."):
                token = self._next()
                if token.kind != NUMBER or (hour == 24 and token.value):
                    raise _NotADate
                self._time.add(token.fraction)

    def _read_iso_zone(self) -> None:
        if self._peek().is_z:
            self._at += 1
            self._zone.set_name(0)
        elif self._peek().is_sign:
            self._zone.sign = 1 if self._next().text == "+" else -1
            both = self._digits(4, 2359)
            if both is None:
                self._zone.hour = self._needed_digits(2, 23)
                if not self._skip(":"):
                    raise _NotADate
                self._zone.minute = self._needed_digits(2, 59)
                return
            self._zone.hour, self._zone.minute = divmod(both, 100)
            if self._zone.minute > 59:
                raise _NotADate

    # -- the tolerant rules

    def _read_token(self, token: DateToken) -> None:
        if token.kind == NUMBER:
            self._has_number = True
            self._read_time_number(token.value)
        elif token.kind == WORD:
            self._read_word(token)
        elif token.is_sign and (self._zone.is_utc or self._time.parts):
            self._read_offset(token.text)
        elif self._has_number and token.kind == SYMBOL and token.text in "+-)":
            raise _NotADate

    def _read_time_number(self, number: int) -> None:
        if self._skip(":"):
            self._read_before_colon(number)
        elif self._skip(".") and self._time.expects(number):
            self._time.add(number)
            fraction = self._next()
            if fraction.kind != NUMBER:
                raise _NotADate
            self._time.add_last(fraction.fraction)
        elif self._zone.expects(number):
            self._zone.minute = number
        elif self._time.expects(number):
            self._time.add_last(number)
            after = self._peek()
            if after.kind not in (END, SPACE) and not after.is_z and not after.is_sign:
                raise _NotADate
        else:
            self._day.add(number)
            self._skip("-")

    def _read_before_colon(self, number: int) -> None:
        if self._skip(":"):
            if self._time.parts:
                raise _NotADate
            self._time.parts = [number, 0]
        else:
            self._time.add(number)
            self._skip(".")

    def _read_word(self, token: DateToken) -> None:
        if token.keyword == AM_PM and self._time.parts:
            self._time.half_day = token.value
        elif token.keyword == MONTH:
            self._day.named_month = token.value
            self._skip("-")
        elif token.keyword == ZONE and self._has_number:
            self._zone.set_name(token.value)
        elif self._has_number or self._peek().kind == NUMBER:
            raise _NotADate

    def _read_offset(self, sign: str) -> None:
        self._has_number = True
        self._zone.sign = 1 if sign == "+" else -1
        digits = self._next() if self._peek().kind == NUMBER else DateToken(NUMBER)
        after = self._peek()
        length = len(digits.text)
        if after.kind == SYMBOL and after.text == ":":
            self._zone.hour, self._zone.minute = digits.value, None
        elif length in (1, 2):
            self._zone.hour, self._zone.minute = digits.value, 0
        elif length in (3, 4):
            self._zone.hour, self._zone.minute = divmod(digits.value, 100)
        else:
            raise _NotADate


def _is_month(number: int) -> bool:
    return 1 <= number <= 12


def _is_day(number: int) -> bool:
    return 1 <= number <= 31


def _days_before(year: int, month: int) -> int:
    """Days from 1970 to the first of the month, in the Gregorian calendar of any year."""
    # Years begin in March here, so that the leap day is the last one of its year
    year, month = (year, month - 3) if month > 2 else (year - 1, month + 9)
    leap_days = year // 4 - year // 100 + year // 400
    return year * 365 + leap_days + (153 * month + 2) // 5 - 719_468
