"""Shared events with their values hidden, or pretty-printed with every token as it was sent."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viewer.sharing.redaction import HIDDEN, pretty_print, redact_event, redact_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


def leaves(value: object) -> list[object]:
    if isinstance(value, dict):
        return [leaf for inner in value.values() for leaf in leaves(inner)]
    if isinstance(value, list):
        return [leaf for inner in value for leaf in leaves(inner)]
    return [value]


def shape(value: object) -> object:
    if isinstance(value, dict):
        return {name: shape(inner) for name, inner in value.items()}
    return [shape(inner) for inner in value] if isinstance(value, list) else None


@pytest.mark.slow
@given(st.dictionaries(st.text(), VALUES), st.sampled_from([None, 1, 4]))
def test_masked_json_keeps_names_and_no_value(value, indent):
    text = redact_json(json.dumps(value, indent=indent))
    shown = json.loads(text.replace(f'"{HIDDEN}"', HIDDEN).replace(HIDDEN, "0"))
    assert shape(shown) == shape(value)
    assert all(leaf in (0, True, False, None) for leaf in leaves(shown))


@pytest.mark.slow
@given(VALUES)
def test_pretty_printed_json_is_the_same_json(value):
    assert json.loads(pretty_print(json.dumps(value))) == value


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ('{"a":1.50,"b":[]}', '{\n  "a": 1.50,\n  "b": []\n}'),
        ('{"n":12345678901234567890.0, "n":2}', '{\n  "n": 12345678901234567890.0,\n  "n": 2\n}'),
        ("{}", "{}"),
        ('[{"a":{}}]', '[\n  {\n    "a": {}\n  }\n]'),
    ],
)
def test_digits_order_and_duplicates_stay(raw, shown):
    assert pretty_print(raw) == shown


def test_messages_about_a_masked_event_quote_nothing():
    problem = {
        "code": "wrong-type",
        "severity": "error",
        "path": "/total",
        "basis": "documented",
        "message": "“total” is the string “secret-total”.",
        "hint": "",
    }
    event = {
        "verdict": "invalid",
        "raw": '{"total":"secret-total"}',
        "problems": [problem],
        "account": "secret-account",
        "user": None,
        "session": "secret-session",
    }
    assert "secret" not in str(redact_event(event))
    assert redact_event(event)["user"] is None


def test_only_punctuation_of_malformed_text_stays():
    event = {"verdict": "malformed", "raw": '{"a": b7', "problems": []}
    people = {"account": None, "user": None, "session": None}
    assert redact_event(event | people)["raw"] == '{"•": ••'
