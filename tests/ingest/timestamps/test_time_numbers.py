"""Numbers that are a time in another unit, or none."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.problems import render_problem
from ingest.timestamps import check_milliseconds
from ingest.timestamps.moments import DAY
from ingest.timestamps.time_units import read_time_number
from tests.support.validating import NOW, faults

NEAR = some.integers(NOW - 300 * DAY, NOW)  # moments that every unit recognizes


def fault_of(value: float) -> str:
    (found,) = check_milliseconds(value, "/createdAt", NOW)
    return faults([found])[0]


def text_of(value: float) -> str:
    (found,) = check_milliseconds(value, "/createdAt", NOW)
    words = render_problem(found)
    return f"{words['message']} {words['hint']}"


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (1_795_227_547, "time-in-seconds", "Multiply by 1,000: 1795227547000."),
        (1_795_227_547.36, "time-in-seconds", "Multiply by 1,000: 1795227547360."),
        (1_795_227_547.123456, "time-in-seconds", "Multiply by 1,000: 1795227547123."),
        (1.795227547e9, "time-in-seconds", "Multiply by 1,000: 1795227547000."),
        (1_795_227_547_189_123, "time-in-microseconds", "looks like microseconds"),
        (1_795_227_547_189_123_456, "time-in-other-unit", "looks like nanoseconds"),
        (1.795227547189123e18, "time-in-other-unit", "1795227547189 is 2026-11-21"),
        (639_308_243_471_890_000, "time-in-other-unit", "1795227547189 is 2026-11-21"),
        (134_397_011_471_890_000, "time-in-other-unit", "1795227547189 is 2026-11-21"),
        (816_920_347, "time-in-other-unit", "since 2001"),
        (4_004_216_347, "time-in-other-unit", "since 1900"),
        (46_347.0966, "time-in-other-unit", "days, as in spreadsheets"),
        (20_778, "time-in-other-unit", "days since 1970"),
        (29_920_459, "time-in-other-unit", "minutes since 1970"),
        (20_261_121, "time-in-other-unit", "1795219200000 is 2026-11-21 00:00:00 UTC"),
        (20_261_121_020_507, "time-in-other-unit", "1795226707000 is 2026-11-21 02:05:07 UTC"),
        (20_261_121_020_507_123, "time-in-other-unit", "1795226707123"),
        (5, "time-unit-unknown", "13 digits today"),
        (-5.5, "time-unit-unknown", "13 digits today"),
        (99_999_999_999, "time-unit-unknown", "13 digits today"),
        (10**300, "time-unit-unknown", "13 digits today"),
        (1.7e308, "time-unit-unknown", "1.7e+308"),
    ],
)
def test_a_number_in_another_unit(value, code, words):
    assert fault_of(value) == f"error {code} /createdAt"
    assert words in text_of(value)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (0, "1970-01-01"),
        (0.0, "1970-01-01"),
        (-3_600_000, "1970-01-01"),
        (-1, "-1 is what"),
        (-62_135_596_800_000, "year 1"),
        (-62_135_596_800, "year 1"),
        (-6_795_364_578_871_345_152, "year 1"),
        (2**63 - 1, "64 bits"),
        (2**31 - 1, "32 bits"),
        (253_402_300_799_999, "9999-12-31"),
    ],
)
def test_a_time_that_was_never_set(value, words):
    assert fault_of(value) == "error time-never-set /createdAt"
    assert words in text_of(value)
    assert "Multiply" not in text_of(value)


def test_a_suggestion_that_is_far_from_now_says_so():
    assert "6 days ahead, so check the clock" in text_of((NOW + 6 * DAY) // 1000 + 1)
    assert "4 hours ahead, so check the time zone" in text_of((NOW + DAY // 6 + 1000) // 1000)
    assert "6 years in the past" in text_of((NOW - 6 * 365 * DAY) // 1000)


@pytest.mark.parametrize("value", [True, None, "1", NOW, float(NOW), NOW - 1.5])
def test_other_values_and_the_present_have_no_fault(value):
    assert check_milliseconds(value, "/createdAt", NOW) == []


@given(NEAR, some.integers(0, 999_999))
def test_a_suggestion_is_within_a_millisecond(moment, nanoseconds):
    exact = Decimal(moment) + Decimal(nanoseconds) / 1_000_000
    seconds = exact / 1000
    for value in (seconds, exact * 1000, exact * 1_000_000, seconds.quantize(Decimal("1e-6"))):
        reading = read_time_number(format(value, "f"), NOW)
        assert reading is not None
        assert abs(reading.moment - exact) < 1


@given(NEAR)
def test_a_float_of_seconds_keeps_its_milliseconds(moment):
    reading = read_time_number(moment / 1000, NOW)
    assert reading == ("seconds", moment)


@given(some.one_of(some.integers(), some.floats(allow_nan=False, allow_infinity=False)))
def test_any_number_has_at_most_one_problem(value):
    found = check_milliseconds(value, "/createdAt", NOW)
    assert len(found) <= 1
    faults(found)
