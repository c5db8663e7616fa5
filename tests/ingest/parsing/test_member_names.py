"""Names that come twice or contain invisible characters, and identifiers that name no one."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.parsing.member_names import find_odd_names, has_plain_names
from ingest.problems import render_problem
from tests.support.validating import NOW, faults, judge

BASE = f'"accountId":"acme","createdAt":{NOW},"action":"sessionIdle","sessionId":"s-1"'
USERMAVEN = '"api_key":"KEY","event_type":"pageview","user":{"id":"u-17"}'


def judged(dialect: str, text: str) -> tuple[str, list[str]]:
    (event,) = judge(dialect, text.encode()).events
    return event.verdict, faults(event.problems)


def words_of(dialect: str, text: str) -> str:
    (event,) = judge(dialect, text.encode()).events
    words = [render_problem(problem) for problem in event.problems]
    return "\n".join(f"{each['message']} {each['hint']}" for each in words)


@pytest.mark.parametrize(
    ("dialect", "text", "path"),
    [
        ("natero", f'{{{BASE},"userId":"u-1","userId":"u-2"}}', "/userId"),
        ("natero", f'{{{BASE},"userId" : "u-1","userId"\t:"u-2"}}', "/userId"),
        ("usermaven", f'{{{USERMAVEN},"src":"a","src":null}}', "/src"),
        (
            "usermaven",
            f'{{{USERMAVEN},"event_attributes":{{"a":1,"a":2}}}}',
            "/event_attributes/a",
        ),
        ("eventbunker", '{"event_name":"a","url":"http://x/?q={\\"a\\":1}","b":1,"b":[2]}', "/b"),
    ],
)
def test_two_values_of_one_name_are_a_warning(dialect, text, path):
    assert judged(dialect, text) == ("warning", [f"warning repeated-name {path}"])


def test_the_warning_names_both_values_and_the_one_that_counts():
    said = words_of("eventbunker", '{"event_name":"a","b":1,"b":"x"}')
    assert said == (
        '“b” comes twice in one object, with different values: first 1, last "x". '
        "Send it once, with the intended value. Send two events as two objects. "
        "The vendor's parser, JavaScript's JSON.parse, keeps the last one: \"x\"."
    )
    assert "3 times" in words_of("eventbunker", '{"event_name":"a","b":1,"b":2,"b":3}')


def test_the_same_value_twice_changes_nothing():
    text = '{"event_name":"a","b":{"c":[1]},"b":{"c":[1]}}'
    assert judged("eventbunker", text) == ("valid", [])


def test_true_is_not_one():
    text = '{"event_name":"a","b":1,"b":true}'
    assert judged("eventbunker", text) == ("warning", ["warning repeated-name /b"])


def test_names_in_different_objects_are_not_repeated():
    text = f'{{{USERMAVEN},"event_attributes":{{"id":"a","user":1}},"ids":{{"id":"b"}}}}'
    assert judged("usermaven", text) == ("valid", [])


@pytest.mark.parametrize(
    ("char", "name"),
    [("\u200b", "zero width space"), ("\ufeff", "byte order mark"), ("\u2060", "word joiner")],
)
@pytest.mark.parametrize("written", [str, ascii])
def test_an_invisible_character_in_a_name_is_named(char, name, written):
    odd = written(f"userId{char}").strip("'")
    text = f'{{{BASE},"{odd}":"u-1"}}'
    assert judged("natero", text) == ("invalid", [f"error invisible-in-name /userId{char}"])
    assert name in words_of("natero", text)


def test_the_visible_name_is_not_called_missing():
    text = '{"event_name\\u200b":"a"}'
    assert judged("eventbunker", text) == ("invalid", ["error invisible-in-name /event_name\u200b"])
    text = '{"api_key":"KEY","event_type":"pageview","user":{"\\u0000id":"u-17"}}'
    assert judged("usermaven", text) == ("warning", ["warning invisible-in-name /user/\0id"])


@pytest.mark.parametrize("name", ["plan\\u200b", "plan\u200b", "ï»¿plan", "pl\\u001ean"])
def test_an_invisible_character_in_a_custom_name_is_a_warning(name):
    shown = json.loads(f'"{name}"')
    found = judged("eventbunker", f'{{"event_name":"a","{name}":1}}')
    assert found == ("warning", [f"warning invisible-in-name /{shown}"])
    found = judged("usermaven", f'{{{USERMAVEN},"event_attributes":{{"{name}":1}}}}')
    assert found == ("warning", [f"warning invisible-in-name /event_attributes/{shown}"])


@pytest.mark.parametrize("value", ["undefined", "null", "None", "nil", "NaN", "<nil>"])
def test_a_word_for_nothing_is_no_identifier(value):
    found = judged("natero", f'{{{BASE},"userId":"{value}"}}')
    assert found == ("warning", ["warning nothing-as-text /userId"])
    text = f'{{"api_key":"KEY","event_type":"a","user":{{"id":"u","anonymous_id":"{value}"}}}}'
    assert judged("usermaven", text) == ("warning", ["warning nothing-as-text /user/anonymous_id"])
    text = f'{{"event_name":"a","customer_identifier":"{value}"}}'
    assert judged("eventbunker", text) == (
        "warning",
        ["warning nothing-as-text /customer_identifier"],
    )


@pytest.mark.parametrize("value", ["[object Object]", "System.Collections.Hashtable"])
def test_a_printed_object_is_no_identifier(value):
    text = f'{{"event_name":"a","customer_identifier":"{value}"}}'
    assert judged("eventbunker", text) == (
        "warning",
        ["warning object-as-text /customer_identifier"],
    )
    assert value in words_of("eventbunker", text)


def test_a_word_for_nothing_elsewhere_is_a_text():
    text = '{"event_name":"a","note":"null"}'
    assert judged("eventbunker", text) == ("valid", [])


@pytest.mark.parametrize("digits", ["738529527931269425", "73852952793126942512345", "17.50"])
def test_a_number_is_put_in_quotes_with_all_its_digits(digits):
    text = f'{{"event_name":"a","customer_identifier":{digits}}}'
    assert f'Put it in quotes: "{digits}".' in words_of("eventbunker", text)


# -- properties ------------------------------------------------------------------------------

names = some.sampled_from(["a", "b", 'c":', "d\\", "é", "\u200b"])
values = some.recursive(
    some.integers(0, 3) | some.sampled_from(["", '":', ":", "\\"]),
    lambda inner: some.lists(inner, max_size=2) | some.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
objects = some.dictionaries(names, values, max_size=4)
colons = some.sampled_from([":", ": ", " : "])
ordinary = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@given(objects, colons)
@ordinary
def test_no_event_with_different_names_is_called_repeated(value, colon):
    raw = json.dumps(value, separators=(",", colon)).encode()
    found = find_odd_names(raw, value, "")
    assert "repeated-name" not in [problem.code for problem in found]


@given(objects, names, colons, some.booleans())
@ordinary
def test_every_repeated_name_is_found(value, name, colon, nested):
    """Its value is of another type, so that the two always differ."""
    inside = json.dumps(value | {name: None}, separators=(",", colon))
    repeated = f"{{{json.dumps(name)}{colon}true,{inside[1:]}"
    text = f'{{"x"{colon}{repeated}}}' if nested else repeated
    parsed = json.loads(text)
    assert not has_plain_names(text.encode(), parsed)
    found = find_odd_names(text.encode(), parsed, "")
    assert [problem.code for problem in found].count("repeated-name") == 1
