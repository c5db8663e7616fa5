"""The times of a Usermaven event: numbers for the event, ISO 8601 for user and company."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.problems import ERROR, REBUILT, WARNING, Problem
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

_CREATED_AT = frozenset(["/user/created_at", "/company/created_at"])


def check_usermaven_times(value: Json, received_at: int) -> list[Problem]:
    problems: list[Problem] = []
    if "_timestamp" in value:
        problems += _check_own_timestamp(value["_timestamp"], received_at)
    if "timestamp" in value:
        problems += _check_timestamp(value["timestamp"], received_at)
    return problems


def explain_created_at(
    value: Json, by_schema: Sequence[Problem], received_at: int
) -> list[Problem]:
    """The ISO 8601 text for each `created_at` that the schema found to be another value."""
    found: list[Problem] = []
    for problem in by_schema:
        if problem.path in _CREATED_AT:
            parent = value[problem.path.split("/")[1]]
            if "created_at" in parent:  # otherwise it is missing
                found += _created_at(parent["created_at"], problem.path, received_at)
    return found


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


def _created_at(given: Json, path: str, received_at: int) -> list[Problem]:
    if isinstance(given, str):
        return date_not_iso(given, path, received_at)
    if type(given) in (int, float):
        return number_as_date(given, path, received_at, "ISO 8601 text", refuses=True)
    return time_in_object(given, path, received_at, as_text=True, refuses=True)
