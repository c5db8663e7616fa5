"""Texts of a time: what they mean, why JavaScript does not read them, and what to send instead."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from email.utils import format_datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.problems import Problem, render_problem
from ingest.timestamps import iso, parse_date
from ingest.timestamps.moments import DAY
from ingest.timestamps.sender_time import read_sender_time
from ingest.timestamps.zone_names import ZONE_OFFSETS
from tests.support.validating import NOW, faults, judge

EVENTBUNKER = {"event_name": "signed_in"}
NATERO = {"accountId": "a", "userId": "u", "action": "sessionIdle", "sessionId": "s"}
USERMAVEN = {"event_type": "plan_purchased", "api_key": "KEY", "user": {"id": "u"}}
MOMENT = 1_795_226_707_000  # 2026-11-21T02:05:07Z, 14 minutes before NOW


def problems_of(dialect: str, event: dict[str, Any]) -> list[Problem]:
    (judged,) = judge(dialect, event).events
    faults(judged.problems)
    return list(judged.problems)


def problem_of_timestamp(text: Any) -> tuple[str, str, str]:
    """Severity and code, message, hint."""
    found = problems_of("eventbunker", EVENTBUNKER | {"timestamp": text})
    if not found:
        return "", "", ""
    (problem,) = found
    words = render_problem(problem)
    return f"{problem.severity} {problem.code}", words["message"], words["hint"]


def suggested(hint: str) -> str:
    match = re.search(r'"([^"]+)"', hint)
    return match[1] if match else ""


# -- what JavaScript does not read, with a known meaning ---------------------------------------

MISSPELLED = [
    ("2026-11-21T02:05:07Z\n", "a line break is after it"),
    ("\t2026-11-21T02:05:07Z", "a tab is before it"),
    ('"2026-11-21T02:05:07Z"', "a quote is before it"),
    ("\u200b2026-11-21T02:05:07Z", "an invisible character is before it"),
    ("2026-11-21T02:05:07+00:00Z", "its time zone is given twice"),
    ("2026-11-21T03:05:07+01:00 CET", "its time zone is given twice"),
    ("2026-11-21T02:05:07ZZ", "its time zone is given twice"),
    ("2026-11-21T2:05:07Z", "its hour has one digit"),
    ("2026-11-20T18:05:07 PST", "JavaScript knows the time zone PST by name, but not after a T"),
    ("Sat Nov 21 03:05:07 CET 2026", "JavaScript does not know the time zone CET"),
    ("Sat, 21 Nov 2026 11:05:07 JST", "JavaScript does not know the time zone JST"),
    ("2026-11-21 13:05:07 AEDT", "JavaScript does not know the time zone AEDT"),
    ("2026-11-21 02:05:07 +0000 UTC m=+0.000012", "Go's reading of the monotonic clock"),
    ("20261121T020507Z", "it lacks hyphens or colons"),
    ("2026-11-21T02:05:07,000Z", "a comma is before the fraction"),
    ("2026-11-21T02:05:07:000Z", "a colon is before the fraction"),
    ("2026-11-21T03:05:07+01", "the offset has no minutes"),
    ("2026-11-21T03:05:07+1:00", "the hours of the offset have one digit"),
    ("2026-11-21T03:05:07+01:00:00", "the offset has seconds"),
    ("2026-11-21T03:05:07 01:00", "a blank is in place of the plus sign"),
    ("2026-11-21T03:05:07 +01:00", "a blank is before the offset"),
    ("2026-11-21T03:05:07UTC+01:00", "UTC or GMT is before the offset"),
    ("2026-11-21T02:05:07UTC", "ISO 8601 has Z for UTC"),
    ("2026-11-20T21:05:07\u221205:00", "only looks like a hyphen"),
    ("2026-11-21T03:05:07+01:00[Europe/Berlin]", "the name of a region follows the offset"),
    ("2026-11-21T02%3A05%3A07Z", "it is percent-encoded"),
    ("21/Nov/2026:02:05:07 +0000", "a colon is between date and time"),
    ("21.11.2026 02:05:07 GMT", "its day is before the month"),
    ("21/11/2026 02:05:07 GMT", "its day is before the month"),
    ("November 21st, 2026 at 2:05:07 AM GMT", "it has an ordinal number or a preposition"),
    ("11/21/2026 2:05:07AM GMT", "no blank is before AM or PM"),
    ("11/21/2026 2:05:07 a.m. GMT", "AM or PM is written with dots"),
    ("2026年11月21日 02:05:07 GMT", "it has Chinese or Japanese signs"),
    ("٢٠٢٦-١١-٢١T٠٢:٠٥:٠٧Z", "its digits are not those of ASCII"),
    ("2026-11-21 T 02:05:07Z", "a blank is beside the T"),
    ("1795226707000", "it is a number of milliseconds"),
    ("1795226707", "it is a number that looks like seconds"),
    ("1795226707.000", "it is a number that looks like seconds"),
    ("/Date(1795226707000)/", "it is the name of a function"),
    ("/Date(1795226707000+0100)/", "it is the name of a function"),
    ("new Date(1795226707000)", "it is the name of a function"),
    ('ISODate("2026-11-21T02:05:07Z")', "it is the name of a function"),
    ("1795226707N", "the date command of macOS and BSD"),
    ("17952267073N", "the date command of macOS and BSD"),
    ("20261121020507", "it is a number that looks like the digits of a date"),
]


@pytest.mark.parametrize(("text", "cause"), MISSPELLED)
def test_the_cause_is_named_and_the_same_time_is_suggested(text, cause):
    code, message, hint = problem_of_timestamp(text)
    assert code == "error time-misspelled"
    assert cause in message
    assert parse_date(suggested(hint)) == MOMENT


@pytest.mark.parametrize(
    ("text", "moment", "cause"),
    [
        ("21. Oktober 2026 02:05", "2026-10-21T02:05:00.000Z", "the month's name is not English"),
        ("3 déc. 2025 02:05:07", "2025-12-03T02:05:07.000Z", "the month's name is not English"),
        ("1 de agosto de 2026", "2026-08-01T00:00:00.000Z", "the month's name is not English"),
        ("2026-10-31T23:59:60Z", "2026-11-01T00:00:00.000Z", "it has a leap second"),
    ],
)
def test_the_same_for_other_moments(text, moment, cause):
    code, message, hint = problem_of_timestamp(text)
    assert (code, suggested(hint)) == ("error time-misspelled", moment)
    assert cause in message
    assert ("no time zone" in hint) is not text.endswith("Z")


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("2026-11-21T02:05:07+01:00Z", "given twice, as +01:00 and Z, which differ"),
        ("Sat Nov 21 07:35:07 IST 2026", "the time zone IST has several offsets"),
        ("2026-11-21 02:05:07 BST", "the time zone BST has several offsets"),
        ("2026-11-21 02:05:07 XYZ", "the time zone XYZ is not known"),
        ("2026-11-21 02:05:07 Europe/Berlin", "the time zone Europe/Berlin is not known"),
        ("Invalid Date", "the sender's program had no valid time"),
        ("NaN", "the sender's program had no valid time"),
        ("/Date(-62135596800000)/", "it represents a time that was never set: year 1"),
        ("${timestamp}", "it is a template"),
        ("%Y-%m-%dT%H:%M:%SZ", "it is a template"),
        ("31.02.2026", "its day does not exist"),
    ],
)
def test_a_time_that_is_not_sure_is_not_suggested(text, cause):
    code, message, hint = problem_of_timestamp(text)
    assert code == "error time-unclear"
    assert cause in message
    assert parse_date(suggested(hint)) == NOW  # an example
    found = problems_of("natero", NATERO | {"createdAt": text})
    assert [problem.code for problem in found] == ["time-text-unclear"]
    assert cause in render_problem(found[0])["message"]


@pytest.mark.parametrize(
    "text", ["", "now", "x", "2026-W48-6", "12:30", "(" * 300, "2026-11-21T02:04:67Z"]
)
def test_other_texts_are_not_times(text):
    assert problem_of_timestamp(text)[0] == "error time-not-read"


# -- what JavaScript reads, and what the sender hardly means -----------------------------------


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("2026-11-21T02:05:07Z", "", ""),
        ("Sat Nov 21 2026 03:05:07 GMT+0100 (Central European Standard Time)", "", ""),
        ("2021-10-10T14:48:00", "", ""),
        ("0001-01-01T00:00:00Z", "time-never-set", "year 1 is the zero time of .NET"),
        ("1970-01-01T00:00:00.000Z", "time-never-set", "1970-01-01"),
        ("1970-01-01 01:00:00", "time-never-set", "1970-01-01"),
        ("1899-12-30T00:00:00Z", "time-never-set", "1899-12-30"),
        ("9999-12-31T23:59:59.999Z", "time-never-set", "9999-12-31"),
        ("2569-11-21T02:05:07Z", "date-other-calendar", "Buddhist"),
        ("1405-08-30T02:05:07Z", "date-other-calendar", "Persian"),
        ("1448-06-11T02:05:07Z", "date-other-calendar", "Islamic"),
        ("0115-11-21T02:05:07Z", "date-other-calendar", "Minguo"),
        ("2026-11-21 07:49:07", "date-without-zone", "5 hours ahead"),
        ("Sat Nov 21 10:05:07 CST 2026", "date-zone-of-america", "reads CST as an American"),
        ("2026-11-21T02:26:07Z", "date-in-future", "7 minutes"),
        ("2036-11-21T02:05:07", "date-in-future", "10 years"),
        ("1999-11-21T02:05:07Z", "date-long-past", "27 years"),
        ("46354", "date-in-future", "+046354-01-01"),
        ("2026-02-30", "date-no-such-day", "2026-03-02"),
        ("05.11.2026", "date-month-first", "2026-05-11"),
        ("05/11/2026", "", ""),
    ],
)
def test_a_time_that_is_read_but_far_from_now(text, code, words):
    found, message, _ = problem_of_timestamp(text)
    assert found == (f"warning {code}" if code else "")
    assert words in message


# -- other types -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        (MOMENT, MOMENT),
        (MOMENT / 1000, MOMENT),
        (MOMENT * 1000, MOMENT),
        ([2026, 11, 21, 2, 5, 7], MOMENT),
        ([2026, 11, 21, 2, 5, 7, 189_000_000], MOMENT + 189),
        ([MOMENT], MOMENT),
        ({"$date": "2026-11-21T02:05:07Z"}, MOMENT),
        ({"$date": {"$numberLong": str(MOMENT)}}, MOMENT),
        ({"_seconds": MOMENT // 1000, "_nanoseconds": 189_999_999}, MOMENT + 189),
        ({"epochSecond": MOMENT // 1000, "nano": 0}, MOMENT),
        ({"date": "2026-11-21 03:05:07.000000", "timezone_type": 1, "timezone": "+01:00"}, MOMENT),
        ({"date": "2026-11-21 03:05:07.000000", "timezone_type": 2, "timezone": "CET"}, MOMENT),
    ],
)
def test_the_time_of_another_type_is_suggested(value, moment):
    _, _, hint = problem_of_timestamp(value)
    assert parse_date(suggested(hint)) == moment
    if isinstance(value, (dict, list)):
        (found,) = problems_of("natero", NATERO | {"createdAt": value})
        assert found.code == "time-in-object"
        assert f"Send {moment}, which is 2026-11-21 02:05:07 UTC" in render_problem(found)["hint"]


@pytest.mark.parametrize(
    "value",
    [
        {},
        [],
        {"$date": None},
        {"$date": "x"},
        {"seconds": 10**30},
        {"_seconds": True},
        [2026, 13, 1, 0, 0],
        [2026, 11, 21],
        [[[[[MOMENT]]]]],
        {"date": "2026-11-21 03:05:07", "timezone": "Europe/Berlin"},
    ],
)
def test_an_object_without_a_sure_time_has_a_wrong_type(value):
    (found,) = problems_of("natero", NATERO | {"createdAt": value})
    assert found.code == "wrong-type"
    assert "a number of milliseconds since 1970 UTC" in render_problem(found)["message"]


# -- a suggestion leads to a valid event -------------------------------------------------------

SUGGESTIONS = [
    *[text for text, _ in MISSPELLED],
    *["Sat Nov 21 2026 03:05:07 GMT+0100 (CET)", "2026-11-21 02:05:07", MOMENT, MOMENT // 1000],
]


@pytest.mark.parametrize("value", SUGGESTIONS)
def test_the_suggestion_is_valid(value):
    _, _, hint = problem_of_timestamp(value)
    if hint:
        assert problems_of("eventbunker", EVENTBUNKER | {"timestamp": suggested(hint)}) == []
    found = problems_of("natero", NATERO | {"createdAt": value})
    if found:
        (number,) = re.findall(r"(?<!\d)\d{13}(?!\d)", render_problem(found[0])["hint"])[:1]
        assert problems_of("natero", NATERO | {"createdAt": int(number)}) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("created_at", "Sat Nov 21 2026 03:05:07 GMT+0100 (CET)"),
        ("created_at", MOMENT),
        ("created_at", MOMENT // 1000),
        ("created_at", {"$date": MOMENT}),
    ],
)
def test_created_at_of_usermaven(field, value):
    (found,) = problems_of("usermaven", USERMAVEN | {"user": {"id": "u", field: value}})
    text = suggested(render_problem(found)["hint"])
    assert parse_date(text) == MOMENT
    assert problems_of("usermaven", USERMAVEN | {"user": {"id": "u", field: text}}) == []
    assert found.refuses is (not isinstance(value, str))


@pytest.mark.parametrize("name", ["timestamp", "_timestamp"])
def test_a_text_as_number_of_usermaven(name):
    (found,) = problems_of("usermaven", USERMAVEN | {name: "2026-11-21T02:05:07Z"})
    assert found.code == "time-as-string"
    assert str(MOMENT) in render_problem(found)["hint"]
    assert found.refuses is (name == "timestamp")


# -- properties --------------------------------------------------------------------------------

MOMENTS = some.integers(NOW - 4 * 365 * DAY, NOW)
ZONE_FORMS = {
    "+01:00": lambda offset: offset,
    "+0100": lambda offset: offset.replace(":", ""),
    "blank": lambda offset: f" {offset}",
    "utc": lambda offset: f"UTC{offset}",
    "seconds": lambda offset: f"{offset}:00",
    "region": lambda offset: f"{offset}[Some/Where]",
}


@given(MOMENTS, some.integers(-14 * 4, 14 * 4), some.sampled_from(sorted(ZONE_FORMS)))
def test_a_suggested_time_is_what_an_iso_text_says(moment, quarters, form):
    at = datetime.fromtimestamp(moment / 1000, timezone(timedelta(minutes=15 * quarters)))
    text = at.isoformat(timespec="microseconds")
    offset = text[26:]
    meant = read_sender_time(text[:26] + ZONE_FORMS[form](offset), NOW)
    exact = at.timestamp() * 1000
    assert meant is not None
    assert meant.moment is not None
    assert abs(meant.moment - exact) < 1


@given(MOMENTS, some.sampled_from(sorted(ZONE_OFFSETS)))
def test_a_suggested_time_is_what_a_named_zone_says(moment, name):
    seconds = moment // 1000
    at = datetime.fromtimestamp(seconds, timezone(timedelta(minutes=ZONE_OFFSETS[name])))
    for text in (f"{at:%a %b %d %H:%M:%S} {name} {at:%Y}", f"{at:%Y-%m-%d %H:%M:%S} {name}"):
        meant = read_sender_time(text, NOW)
        assert meant is not None
        assert meant.moment == seconds * 1000


@given(MOMENTS)
def test_a_suggested_time_is_what_other_forms_say(moment):
    seconds = moment // 1000
    at = datetime.fromtimestamp(seconds, UTC)
    forms = [
        format_datetime(at),
        f"{at:%d/%b/%Y:%H:%M:%S} +0000",
        f"{at:%Y%m%dT%H%M%SZ}",
        f"{at:%Y%m%d%H%M%S}",
        f"{at:%d.%m.%Y %H:%M:%S}",
        f"{at:%m/%d/%Y, %I:%M:%S %p}",
        f"{at:%B %d, %Y %I:%M:%S%p}",
        f"{at:%Y年%m月%d日 %H:%M:%S}",
        f"/Date({seconds * 1000})/",
        str(seconds),
        f"{seconds}.000",
    ]
    for text in forms:
        meant = read_sender_time(text, NOW)
        assert meant is not None, text
        assert meant.moment == seconds * 1000, text


@given(some.text(max_size=60), some.sampled_from(["timestamp", "createdAt", "_timestamp"]))
def test_any_text_is_explained(text, field):
    for dialect, base in (
        ("eventbunker", EVENTBUNKER),
        ("natero", NATERO),
        ("usermaven", USERMAVEN),
    ):
        found = problems_of(dialect, base | {field: text})
        assert len({problem.code for problem in found}) == len(found)


@given(some.text(alphabet="0123456789:+-.TZ /,()aPm\n", max_size=40))
def test_a_suggestion_for_any_text_is_read(text):
    meant = read_sender_time(text, NOW)
    if meant and meant.moment is not None and abs(meant.moment) < 8_640_000_000_000_000:
        assert parse_date(iso(meant.moment)) == meant.moment
