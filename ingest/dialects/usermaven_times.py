"""The times of a Usermaven event: numbers for the event, ISO 8601 for user and company."""

from __future__ import annotations

import re
from typing import Any

from ingest.problems import ERROR, REBUILT, WARNING, Problem, json_pointer
from ingest.timestamps import (
    DAY,
    YEAR_1971,
    check_milliseconds,
    date_as_number,
    date_not_iso,
    format_utc,
    milliseconds,
    number_as_date,
    time_in_object,
)
from ingest.values import Json


def check_usermaven_times(value: Json, received_at: int, schema: dict[str, Any]) -> list[Problem]:
    problems: list[Problem] = []
    if "_timestamp" in value:
        problems += _check_own_timestamp(value["_timestamp"], received_at)
    if "timestamp" in value:
        problems += _check_timestamp(value["timestamp"], received_at)
    for parent in ("user", "company"):
        fields = value.get(parent)
        if isinstance(fields, dict) and "created_at" in fields:
            path = json_pointer([parent, "created_at"])
            problems += _check_created_at(fields["created_at"], path, received_at, schema)
    return problems


def _check_own_timestamp(given: Json, received_at: int) -> list[Problem]:
    """`_timestamp`: milliseconds."""
    path = "/_timestamp"
    if isinstance(given, str):
        return date_as_number(given, path, received_at, WARNING)
    return check_milliseconds(given, path, received_at, WARNING)


def _check_timestamp(given: Json, received_at: int) -> list[Problem]:
    """`timestamp`: seconds or milliseconds. The vendor refuses a text at once, and rejects
    implausible times in a later step."""
    path = "/timestamp"
    if isinstance(given, str):
        problems = date_as_number(given, path, received_at, refuses=True)
        return [each for each in problems if each.code != "number-as-string" and each.refuses]
    if isinstance(given, (dict, list)):
        return time_in_object(given, path, received_at, as_text=False, refuses=True)
    if isinstance(given, bool) or not isinstance(given, (int, float)):
        return []
    moment = milliseconds(given if given > 1_000_000_000_000 else given * 1000)
    if moment is not None and YEAR_1971 <= moment <= received_at + DAY:
        return []
    means = format_utc(moment) if moment is not None else "no valid time"
    return [Problem("time-rejected", ERROR, path, REBUILT, {"means": means})]


def _check_created_at(
    given: Json, path: str, received_at: int, schema: dict[str, Any]
) -> list[Problem]:
    if isinstance(given, str):
        pattern = schema["$defs"]["time"]["allOf"][0]["pattern"]
        return [] if re.search(pattern, given) else date_not_iso(given, path, received_at)
    if type(given) in (int, float):
        return number_as_date(given, path, received_at, "ISO 8601 text", refuses=True)
    return time_in_object(given, path, received_at, as_text=True, refuses=True)
