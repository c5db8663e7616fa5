"""Every rule of the dialect page `usermaven` for events, by its statements."""

from __future__ import annotations

import pytest

from ingest.problems import render_problem
from tests.support.validating import API_KEY, NOW, faults, judge

DAY = 86_400_000
USER = {"anonymous_id": "an1", "id": "u-17"}
COMPANY = {"id": "acme", "name": "Acme", "created_at": "2022-01-20T09:55:35"}
BASE = {"api_key": API_KEY, "event_type": "plan_purchased", "user": USER}
STRINGS = [
    "url",
    "page_title",
    "doc_path",
    "doc_host",
    "doc_search",
    "doc_encoding",
    "user_agent",
    "user_language",
    "vp_size",
    "screen_resolution",
    "utc_time",
    "referer",
    "src",
    "source_ip",
]
OBJECTS = ["event_attributes", "autocapture_attributes", "ids", "utm", "click_id"]


def judge_one(*leave_out: str, **changes) -> tuple[int, str, list[str]]:
    """The status, the verdict and the problems of BASE with changes."""
    event = {name: value for name, value in BASE.items() if name not in leave_out} | changes
    judged = judge("usermaven", [event])
    (event,) = judged.events
    return judged.reply.status, event.verdict, sorted(faults(event.problems))


VALID = (200, "valid", [])


# -- fields --------------------------------------------------------------------------------


def test_the_minimal_event():
    assert judge_one() == VALID


def test_event_type_is_required():
    expected = (400, "invalid", ["error missing-field /event_type"])
    assert judge_one("event_type") == expected


@pytest.mark.parametrize(
    ("value", "code"),
    [("", "empty-field"), (5, "string-as-number"), ({}, "wrong-type"), (None, "null-field")],
)
def test_event_type_is_a_string_that_is_not_empty(value, code):
    assert judge_one(event_type=value)[1:] == ("invalid", [f"error {code} /event_type"])


def test_a_missing_api_key_is_a_warning():
    assert judge_one("api_key") == (200, "warning", ["warning missing-field /api_key"])


def test_another_api_key_than_the_credential_is_a_warning():
    assert judge_one(api_key="other") == (200, "warning", ["warning other-api-key /api_key"])


def test_key_and_token_in_the_body_is_no_difference():
    assert judge_one(api_key=f"{API_KEY}.server-token") == VALID


def test_no_user_is_an_error_although_the_vendor_accepts_the_batch():
    assert judge_one("user") == (200, "invalid", ["error missing-field /user"])


@pytest.mark.parametrize("user", [{}, {"anonymous_id": ""}, {"id": None, "email": ""}])
def test_a_user_without_identifier_is_a_warning(user):
    assert judge_one(user=user) == (200, "warning", ["warning no-identifier /user"])


@pytest.mark.parametrize("user", [{"id": "u"}, {"email": "a@b"}, {"anonymous_id": "x"}])
def test_one_identifier_is_enough(user):
    assert judge_one(user=user) == VALID


def test_user_identify_with_all_required_fields():
    user = USER | {"email": "a@b", "created_at": "2022-01-20T09:55:35"}
    assert judge_one(event_type="user_identify", user=user) == VALID


@pytest.mark.parametrize("name", ["id", "email", "created_at"])
def test_user_identify_names_each_field_it_misses(name):
    user = {"anonymous_id": "x", "id": "u", "email": "a@b", "created_at": "2022-01-20T09:55:35"}
    del user[name]
    expected = (200, "warning", [f"warning expected-field /user/{name}"])
    assert judge_one(event_type="user_identify", user=user) == expected


def test_identify_is_reported_as_a_mistake_for_user_identify():
    (event,) = judge("usermaven", BASE | {"event_type": "identify"}).events
    assert faults(event.problems) == ["warning wrong-name /event_type"]
    assert "user_identify" in render_problem(event.problems[0])["hint"]


@pytest.mark.parametrize("event_type", ["pageview", "$autocapture", "lead", "any words at all"])
def test_other_event_types_are_custom_and_fine(event_type):
    assert judge_one(event_type=event_type) == VALID


@pytest.mark.parametrize("parent", ["user", "company"])
def test_an_integer_id_is_a_warning(parent):
    value = (USER if parent == "user" else COMPANY) | {"id": 42}
    expected = (200, "warning", [f"warning integer-id /{parent}/id"])
    assert judge_one(**{parent: value}) == expected


@pytest.mark.parametrize("parent", ["user", "company"])
@pytest.mark.parametrize(
    ("value", "code"),
    [("2022-01-20", ""), ("20.1.2022", "date-in-other-form"), ("last week", "date-not-iso")],
)
def test_created_at_is_an_iso_date_time(parent, value, code):
    whole = (USER if parent == "user" else COMPANY) | {"created_at": value}
    expected = [f"warning {code} /{parent}/created_at"] if code else []
    assert judge_one(**{parent: whole})[2] == expected


def test_extra_attributes_directly_under_user_are_lost():
    user = USER | {"favourite_colour": "green", "custom": {"plan": "pro"}}
    expected = (200, "warning", ["warning lost-attribute /user/favourite_colour"])
    assert judge_one(user=user) == expected


def test_first_and_last_name_are_attributes_of_the_user():
    user = USER | {"first_name": "Ada", "last_name": "Byron"}
    assert judge_one(user=user)[1:] == ("valid", [])
    found = judge_one(user=USER | {"first_name": 5})
    assert found == (200, "warning", ["warning string-as-number /user/first_name"])


@pytest.mark.parametrize("company", [{}, {"id": "", "name": ""}, COMPANY])
def test_a_missing_or_complete_company(company):
    assert judge_one(company=company) == VALID


@pytest.mark.parametrize("name", COMPANY)
def test_an_incomplete_company(name):
    company = {key: value for key, value in COMPANY.items() if key != name}
    expected = (200, "warning", [f"warning expected-field /company/{name}"])
    assert judge_one(company=company) == expected


@pytest.mark.parametrize("name", ["user", "company"])
@pytest.mark.parametrize("value", [[], 5])
def test_user_and_company_are_objects(name, value):
    assert judge_one(**{name: value}) == (400, "invalid", [f"error wrong-type /{name}"])


@pytest.mark.parametrize("name", OBJECTS)
def test_a_listed_object_of_a_wrong_type_is_an_error_that_fails_the_batch(name):
    assert judge_one(**{name: "x"}) == (400, "invalid", [f"error wrong-type /{name}"])
    assert judge_one(**{name: {"any": [{"thing": 1}]}}) == VALID


@pytest.mark.parametrize("name", STRINGS)
def test_a_listed_string_of_a_wrong_type_is_an_error_that_fails_the_batch(name):
    assert judge_one(**{name: True}) == (400, "invalid", [f"error wrong-type /{name}"])
    assert judge_one(**{name: None}) == VALID
    assert judge_one(**{name: "text"}) == VALID


def test_any_other_field_is_no_problem():
    assert judge_one(namespace="default", local_tz_offset=0, mine={"a": [1]}) == VALID


# -- times ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("field", "value", "status", "fault"),
    [
        ("_timestamp", NOW, 200, None),
        ("_timestamp", NOW - 365 * DAY, 200, None),
        ("_timestamp", NOW - 8 * 365 * DAY, 200, None),
        ("_timestamp", str(NOW), 200, "warning number-as-string /_timestamp"),
        ("_timestamp", NOW // 1000, 200, "warning time-in-seconds /_timestamp"),
        ("timestamp", NOW // 1000, 200, None),
        ("timestamp", NOW, 200, None),
        ("timestamp", str(NOW), 400, "error number-as-string /timestamp"),
        ("timestamp", "2026-11-21T00:00:00Z", 400, "error time-as-string /timestamp"),
        ("timestamp", "today", 400, "error wrong-type /timestamp"),
        ("timestamp", 31_535_999, 200, "error time-rejected /timestamp"),
        ("timestamp", NOW + DAY + 1000, 200, "error time-rejected /timestamp"),
        ("timestamp", NOW + DAY - 60_000, 200, None),
        ("timestamp", (NOW + 2 * DAY) // 1000, 200, "error time-rejected /timestamp"),
    ],
)
def test_times(field, value, status, fault):
    assert judge_one(**{field: value})[::2] == (status, [fault] if fault else [])


# -- columns -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("user", "shown"),
    [
        ({"id": "u", "email": "a@b", "anonymous_id": "x"}, "u"),
        ({"id": "", "email": "a@b", "anonymous_id": "x"}, "a@b"),
        ({"anonymous_id": "x"}, "x"),
        ({"id": 42}, "42"),
    ],
)
def test_the_user_column_is_the_best_identifier(user, shown):
    assert judge("usermaven", BASE | {"user": user}).events[0].columns.user == shown


@pytest.mark.parametrize(
    ("name", "value"),
    [("_timestamp", NOW), ("timestamp", NOW), ("timestamp", NOW // 1000), ("_timestamp", str(NOW))],
)
def test_the_time_column_is_in_milliseconds(name, value):
    (event,) = judge("usermaven", BASE | {name: value, "company": COMPANY}).events
    assert event.columns[:4] == ("plan_purchased", "acme", "u-17", None)
    assert event.columns.occurred_at == (NOW if value != NOW // 1000 else NOW // 1000 * 1000)
