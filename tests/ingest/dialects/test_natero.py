"""Every rule of the dialect page `natero`, by its statements."""

from __future__ import annotations

import json

import pytest

from ingest.problems import render_problem
from tests.support.validating import NOW, faults, judge

BASE = {
    "accountId": "acme",
    "userId": "u-17",
    "createdAt": NOW,
    "action": "sessionIdle",
    "sessionId": "s-901",
}
OWN = {
    "sessionSync": {"activeDuration": 60_000},
    "moduleEnd": {"module": "Dashboard", "timeSpent": 45_000},
    "feature": {"feature": "Add widget", "module": "Dashboard", "total": 1},
    "identifyUser": {"details": {"email": "a@b.example"}},
    "identifyAccount": {"details": {}},
}


def judge_one(**changes) -> tuple[str, list[str]]:
    """The verdict and the problems of BASE with changes."""
    (event,) = judge("natero", BASE | changes).events
    return event.verdict, faults(event.problems)


def without(event: dict, name: str) -> bytes:
    return json.dumps({key: value for key, value in event.items() if key != name}).encode()


def lines_of(body: bytes) -> list[tuple[int, str]]:
    return [(event.line, event.verdict) for event in judge("natero", body).events]


# -- base properties -----------------------------------------------------------------------


def test_all_base_properties_are_enough():
    assert judge_one() == ("valid", [])


def test_the_list_columns():
    (event,) = judge("natero", BASE).events
    assert event.columns == ("sessionIdle", "acme", "u-17", "s-901", NOW)


@pytest.mark.parametrize("name", ["accountId", "userId", "createdAt", "action"])
def test_a_base_property_is_required(name):
    (event,) = judge("natero", without(BASE, name)).events
    assert (event.verdict, faults(event.problems)) == ("invalid", [f"error missing-field /{name}"])
    assert event.problems[0].basis == "documented"


def test_a_missing_session_is_an_error_with_its_message():
    (event,) = judge("natero", without(BASE, "sessionId")).events
    assert (event.verdict, faults(event.problems)) == (
        "invalid",
        ["error missing-session /sessionId"],
    )
    assert "documented format" in render_problem(event.problems[0])["message"]


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("accountId", 17, "string-as-number"),
        ("userId", 17, "string-as-number"),
        ("userId", ["u"], "wrong-type"),
        ("action", True, "wrong-type"),
        ("action", None, "null-field"),
        ("sessionId", {}, "wrong-type"),
        ("createdAt", None, "null-field"),
        ("createdAt", {}, "wrong-type"),
    ],
)
def test_a_base_property_has_its_type(name, value, code):
    assert judge_one(**{name: value}) == ("invalid", [f"error {code} /{name}"])


@pytest.mark.parametrize("name", ["accountId", "userId", "action", "sessionId"])
def test_an_empty_base_property_is_an_error(name):
    verdict, found = judge_one(**{name: ""})
    assert (verdict, found[0]) == ("invalid", f"error empty-field /{name}")


def test_all_problems_are_named_and_errors_come_first():
    (event,) = judge("natero", b'{"createdAt":"x","total":"1"}').events
    *errors, last = faults(event.problems)
    assert sorted(errors) == [
        "error missing-field /accountId",
        "error missing-field /action",
        "error missing-field /userId",
        "error missing-session /sessionId",
        "error wrong-type /createdAt",
    ]
    assert last == "warning number-as-string /total"


# -- createdAt -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "verdict", "fault"),
    [
        (NOW // 1000, "invalid", "error time-in-seconds /createdAt"),
        (NOW / 1000, "invalid", "error time-in-seconds /createdAt"),
        (99_999_999_999, "invalid", "error time-unit-unknown /createdAt"),
        (NOW * 1000, "invalid", "error time-in-microseconds /createdAt"),
        ("2026-11-21T02:19:07.189Z", "invalid", "error time-as-string /createdAt"),
        (str(NOW), "invalid", "error number-as-string /createdAt"),
        (NOW + 30 * 86_400_000, "warning", "warning time-in-future /createdAt"),
        (NOW - 6 * 365 * 86_400_000, "warning", "warning time-long-past /createdAt"),
    ],
)
def test_a_time_that_is_not_in_current_milliseconds(value, verdict, fault):
    assert judge_one(createdAt=value) == (verdict, [fault])


def test_a_number_in_quotes_has_the_problems_of_the_number_too():
    assert judge_one(createdAt="1801010112345") == (
        "invalid",
        ["error number-as-string /createdAt", "warning time-in-future /createdAt"],
    )


@pytest.mark.parametrize("ago", [0, -60_000, 3_600_000, 365 * 86_400_000])
def test_a_plausible_time(ago):
    assert judge_one(createdAt=NOW - ago) == ("valid", [])


def test_seconds_are_reported_with_their_meaning():
    (event,) = judge("natero", BASE | {"createdAt": 1_795_227_547}).events
    words = render_problem(event.problems[0])
    assert "1970-01-21 18:40:27 UTC" in words["message"]
    assert "1795227547000" in words["hint"]


def test_an_iso_date_is_reported_with_its_number():
    (event,) = judge("natero", BASE | {"createdAt": "2026-11-21T02:19:07.189+00:00"}).events
    assert str(NOW) in render_problem(event.problems[0])["hint"]


# -- actions and their own properties: from client libraries, so never an error -------------


@pytest.mark.parametrize("action", OWN)
def test_an_action_with_its_own_properties(action):
    assert judge_one(action=action, **OWN[action]) == ("valid", [])


@pytest.mark.parametrize("action", ["sessionIdle", "pageViewEnd"])
def test_an_action_with_unknown_properties(action):
    assert judge_one(action=action) == ("valid", [])


@pytest.mark.parametrize(("action", "name"), [(a, name) for a in OWN for name in OWN[a]])
def test_a_missing_own_property_is_a_rebuilt_warning(action, name):
    event = BASE | {"action": action} | OWN[action]
    (judged,) = judge("natero", without(event, name)).events
    assert judged.verdict == "warning"
    assert faults(judged.problems) == [f"warning missing-own-field /{name}"]
    assert judged.problems[0].basis == "rebuilt"


@pytest.mark.parametrize(
    ("action", "name", "value", "code"),
    [
        ("sessionSync", "activeDuration", "60000", "number-as-string"),
        ("moduleEnd", "timeSpent", [], "wrong-type"),
        ("feature", "feature", 5, "string-as-number"),
        ("feature", "module", None, "null-field"),
        ("feature", "total", "one", "wrong-type"),
        ("feature", "product", 1, "string-as-number"),
        ("identifyUser", "details", "x", "wrong-type"),
    ],
)
def test_an_own_property_of_a_wrong_type_is_a_warning(action, name, value, code):
    own = OWN[action] | {name: value}
    assert judge_one(action=action, **own) == ("warning", [f"warning {code} /{name}"])


@pytest.mark.parametrize(
    ("action", "near"), [("sesionSync", "sessionSync"), ("module_end", "moduleEnd"), ("zzz", "")]
)
def test_an_unknown_action_gets_the_nearest_known_one(action, near):
    (event,) = judge("natero", BASE | {"action": action}).events
    assert (event.verdict, faults(event.problems)) == ("warning", ["warning unknown-name /action"])
    assert ("Did you mean" in render_problem(event.problems[0])["message"]) is bool(near)
    assert near in render_problem(event.problems[0])["message"]


@pytest.mark.parametrize(
    ("name", "near"),
    [
        ("account_id", "accountId"),
        ("userID", "userId"),
        ("created_at", "createdAt"),
        ("SessionId", "sessionId"),
        ("modul", "module"),
    ],
)
def test_an_unknown_property_gets_the_nearest_known_one(name, near):
    (event,) = judge("natero", BASE | {name: "x"}).events
    assert (event.verdict, faults(event.problems)) == (
        "warning",
        [f"warning unknown-field /{name}"],
    )
    assert f"Did you mean “{near}”?" in render_problem(event.problems[0])["message"]


# -- the body ------------------------------------------------------------------------------

LINE = json.dumps(BASE).encode()


@pytest.mark.parametrize("end", [b"\n", b"\r\n"])
@pytest.mark.parametrize("last", [b"", b"end"])
def test_lines_end_with_either_newline_and_the_last_can_lack_it(end, last):
    body = end.join([LINE, LINE, LINE]) + last.replace(b"end", end)
    judged = judge("natero", body).events
    assert [(event.line, bytes(event.raw)) for event in judged] == [(n, LINE) for n in (1, 2, 3)]


def test_blank_lines_are_skipped_but_counted_as_lines():
    assert lines_of(b"\n\r\n" + LINE + b"\n \t\n" + LINE + b"\n\n") == [(3, "valid"), (5, "valid")]


def test_an_array_is_shown_item_by_item_and_reported_as_dropped():
    judged = judge("natero", b"[" + LINE + b",\n" + LINE + b"]\n")
    assert judged.reply == (200, [], b"")
    assert [faults(event.problems) for event in judged.events] == [["error array-not-lines"]] * 2
    assert [bytes(event.raw) for event in judged.events] == [LINE, LINE]


def test_a_comma_between_lines_is_an_error_of_its_line():
    judged = judge("natero", LINE + b",\n" + LINE + b",\n" + LINE).events
    assert [event.verdict for event in judged] == ["invalid", "invalid", "valid"]
    assert [event.columns.user for event in judged] == [judged[2].columns.user] * 3
    assert faults(judged[0].problems) == ["error comma-after-object"]
    assert judged[0].problems[0].offset == len(LINE)


def test_a_pretty_printed_object_is_one_finding():
    (event,) = judge("natero", json.dumps(BASE, indent=2).encode()).events
    assert (event.verdict, faults(event.problems)) == ("invalid", ["error object-over-lines"])
    assert "7 lines" in render_problem(event.problems[0])["message"]
    assert event.columns.user == "u-17"


def test_gzip_that_is_not_declared():
    (event,) = judge("natero", b"\x1f\x8b\x08\x00\n\n{}\n").events
    assert (event.verdict, faults(event.problems)) == ("malformed", ["error gzip-not-declared"])


@pytest.mark.parametrize("line", [b"5", b'"text"', b"null", b"[]", b"true"])
def test_json_other_than_an_object_is_malformed(line):
    (event,) = judge("natero", line + b"\n").events
    assert (event.verdict, faults(event.problems)) == ("malformed", ["error not-an-object"])
