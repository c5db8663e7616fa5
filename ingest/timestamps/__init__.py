"""Parses and checks the timestamps of events. Times are milliseconds since 1970 UTC."""

from __future__ import annotations

from ingest.timestamps.javascript_date import parse_date
from ingest.timestamps.moments import DAY, format_utc, iso, now_ms
from ingest.timestamps.time_numbers import check_milliseconds, is_plausible, milliseconds
from ingest.timestamps.time_objects import time_in_object
from ingest.timestamps.time_texts import (
    check_date,
    date_as_number,
    date_not_iso,
    is_plausible_date,
    number_as_date,
    unread_date,
)

YEAR_1971 = 31_536_000_000

__all__ = [
    "DAY",
    "YEAR_1971",
    "check_date",
    "check_milliseconds",
    "date_as_number",
    "date_not_iso",
    "format_utc",
    "is_plausible",
    "is_plausible_date",
    "iso",
    "milliseconds",
    "now_ms",
    "number_as_date",
    "parse_date",
    "time_in_object",
    "unread_date",
]
