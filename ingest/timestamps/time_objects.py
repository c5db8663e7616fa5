"""Objects and arrays that libraries write for a time."""

from __future__ import annotations

from ingest.problems import ERROR, Problem
from ingest.timestamps.javascript_date import parse_date
from ingest.timestamps.moments import DAY, format_utc, iso
from ingest.timestamps.sender_time import read_sender_time
from ingest.timestamps.time_numbers import distance_note, is_number, milliseconds
from ingest.timestamps.time_units import read_time_number
from ingest.values import Json

_SECONDS = ("_seconds", "seconds", "epochSecond")  # Firestore, Protocol Buffers, Java
_NANOSECONDS = ("_nanoseconds", "nanoseconds", "nanos", "nano")
_WRAPPERS = ("$date", "$numberLong", "time")  # MongoDB, Java
_MAX_DEPTH = 3


def time_in_object(
    value: Json, path: str, received_at: int, *, as_text: bool, refuses: bool = False
) -> list[Problem]:
    """The problem of an object or array in which a time is; empty if none is found. `as_text` is
    whether a text is due, and not a number of milliseconds."""
    if not isinstance(value, (dict, list)):
        return []
    moment = _moment_in(value, received_at, 0)
    if moment is None or milliseconds(moment) is None:
        return []
    args = {
        "got": "an object" if isinstance(value, dict) else "an array",
        "expected": "a text" if as_text else "a number of milliseconds since 1970 UTC",
        "suggestion": f'"{iso(moment)}"' if as_text else f"{moment}, which is {format_utc(moment)}",
        "note": distance_note(moment, received_at),
    }
    return [Problem("time-in-object", ERROR, path, args=args, refuses=refuses)]


def _moment_in(value: Json, received_at: int, depth: int) -> int | None:
    if depth > _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return _in_object(value, received_at, depth)
    if isinstance(value, list):
        only = value[0] if len(value) == 1 else None
        return _parts(value) if only is None else _moment_in(only, received_at, depth + 1)
    if is_number(value):
        reading = read_time_number(value, received_at)
        return reading.moment if reading else None
    meant = read_sender_time(value, received_at) if isinstance(value, str) else None
    return meant.moment if meant else None


def _in_object(value: dict[str, Json], received_at: int, depth: int) -> int | None:
    for name in _WRAPPERS:
        if name in value:
            return _moment_in(value[name], received_at, depth + 1)
    if isinstance(value.get("date"), str) and isinstance(value.get("timezone"), str):  # PHP
        zone = value["timezone"]
        return _moment_in(f"{value['date']} {zone}", received_at, depth + 1)
    seconds = next((value[name] for name in _SECONDS if type(value.get(name)) is int), None)
    rest = next((value[name] for name in _NANOSECONDS if type(value.get(name)) is int), 0)
    if seconds is None or abs(seconds) > 100_000 * DAY:
        return None
    return int(seconds) * 1000 + int(rest) // 1_000_000


def _parts(value: list[Json]) -> int | None:
    """Jackson's array: year, month, day, hour, minute, and perhaps second and nanoseconds."""
    if not 5 <= len(value) <= 7 or any(type(each) is not int or each < 0 for each in value):
        return None
    year, month, day, hour, minute, second, nanoseconds = (*value, 0, 0)[:7]
    clock = f"{hour:02d}:{minute:02d}:{second:02d}.{nanoseconds // 1_000_000:03d}"
    return parse_date(f"{year:04d}-{month:02d}-{day:02d}T{clock}Z")
