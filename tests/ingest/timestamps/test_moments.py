"""Moments as text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.timestamps import format_utc, iso, parse_date
from ingest.timestamps.moments import DAY, HOUR, MINUTE, format_span

LAST = 8_640_000_000_000_000


@given(some.integers(-LAST, LAST))
def test_iso_is_read_back(moment):
    assert parse_date(iso(moment)) == moment


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (1_795_843_800_000, "2026-11-28T05:30:00.000Z"),
        (-62_135_596_800_001, "0000-12-31T23:59:59.999Z"),
        (-62_167_219_200_001, "-000001-12-31T23:59:59.999Z"),
        (253_402_300_800_000, "+010000-01-01T00:00:00.000Z"),
        (LAST, "+275760-09-13T00:00:00.000Z"),
        (-LAST, "-271821-04-20T00:00:00.000Z"),
    ],
)
def test_iso_is_that_of_javascript(moment, text):
    assert iso(moment) == text


def test_a_moment_as_utc():
    assert format_utc(1_795_843_800_360) == "2026-11-28 05:30:00 UTC"
    assert format_utc(LAST + 1) == str(LAST + 1)


@pytest.mark.parametrize(
    ("duration", "text"),
    [
        (0, "0 seconds"),
        (1_000, "1 second"),
        (119_499, "119 seconds"),
        (119_500, "2 minutes"),
        (119 * MINUTE, "119 minutes"),
        (2 * HOUR - 5, "2 hours"),  # two hours, less the time on the way
        (2 * HOUR, "2 hours"),
        (47 * HOUR, "47 hours"),
        (2 * DAY, "2 days"),
        (2 * DAY - 5, "2 days"),
        (999 * DAY, "999 days"),
        (1000 * DAY, "3 years"),
    ],
)
def test_a_span_is_in_its_largest_unit(duration, text):
    assert format_span(duration) == text
