"""Finds events inside other JSON and inside text, within limits."""

from __future__ import annotations

import base64
import gzip
import json
import time
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.parsing.envelopes import (
    MAX_TEXT,
    decode_text,
    events_of_bulk,
    find_enclosed,
    is_bulk_action,
    is_numbered,
    json_field_of,
    text_of_characters,
)
from ingest.parsing.multipart import is_multipart, parts_of

# without the time, so that the names of parametrized tests stay the same
compress = partial(gzip.compress, mtime=0)

EVENT = {"name": "paid", "of": "u-17"}
TEXT = json.dumps(EVENT).encode()
SECONDS = 0.5  # for the largest input, on a busy machine

json_values = some.recursive(
    some.none()
    | some.booleans()
    | some.integers(-9, 9)
    | some.text(max_size=20)
    | some.sampled_from([TEXT.decode(), base64.b64encode(TEXT).decode(), "{", '["', "eyJ" * 9]),
    lambda inner: (
        some.lists(inner, max_size=4)
        | some.dictionaries(some.sampled_from(["name", "0", "1", "log", ""]), inner, max_size=4)
    ),
    max_leaves=20,
)


def is_event(value: dict[str, Any]) -> bool:
    return "name" in value


def found_in(value: Any) -> list[tuple[tuple[str | int, ...], tuple[str, ...]]]:
    return [(one.steps, one.encodings) for one in find_enclosed(value, is_event).events]


@pytest.mark.parametrize(
    ("value", "found"),
    [
        ({"event": EVENT}, [(("event",), ())]),
        ({"a": {"b": EVENT}}, [(("a", "b"), ())]),
        ({"batch": [EVENT, EVENT]}, [(("batch", 0), ()), (("batch", 1), ())]),
        ({"0": EVENT, "2": EVENT}, [((0,), ()), ((2,), ())]),
        ({"log": TEXT.decode() + "\n"}, [(("log",), ("json",))]),
        ({"a": {"log": f"10:30 INFO {TEXT.decode()}"}}, [(("a", "log"), ("prefix",))]),
        (
            {"m": f"{TEXT.decode()}\n{TEXT.decode()}"},
            [(("m", 0), ("json",)), (("m", 1), ("json",))],
        ),
        ({"before": EVENT, "list": [EVENT]}, [(("before",), ())]),
        ({"a": 1, "b": [], "c": {}, "d": "text", "e": "{"}, []),
    ],
)
def test_an_event_is_found_with_its_place(value, found):
    assert found_in(value) == found


def test_the_pointer_ends_at_the_text_that_was_sent():
    inner = json.dumps({"log": TEXT.decode()})
    [one], _ = find_enclosed({"records": [{"data": inner}]}, is_event)
    assert one.steps == ("records", 0, "data", "log")
    assert one.pointer == ("records", 0, "data")
    assert one.text == one.steps


@pytest.mark.parametrize(
    ("text", "encodings"),
    [
        (TEXT, ("json",)),
        (json.dumps(TEXT.decode()).encode(), ("json", "json")),
        (base64.b64encode(TEXT), ("base64", "json")),
        (base64.urlsafe_b64encode(TEXT).rstrip(b"="), ("base64", "json")),
        (base64.b64encode(base64.b64encode(TEXT)), ("base64", "base64", "json")),
        (compress(TEXT), ("gzip", "json")),
        (base64.b64encode(compress(TEXT)), ("base64", "gzip", "json")),
        (quote(TEXT, safe="").encode(), ("percent", "json")),
        (base64.b64encode(quote(TEXT, safe="").encode()), ("base64", "percent", "json")),
    ],
)
def test_a_text_is_decoded(text, encodings):
    decoded = decode_text(text)
    assert decoded is not None
    assert (decoded.values, decoded.encodings) == ([EVENT], encodings)


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"text",
        b"u-17",
        b"12345678901234567890",
        b'"text"',
        b"dGhpcyBpcyBqdXN0IHRleHQ=",
        b"\x1f\x8b",
    ],
)
def test_other_texts_are_left_alone(text):
    assert decode_text(text) is None


def test_malformed_json_is_returned_as_text():
    decoded = decode_text(base64.b64encode(TEXT[:-3]))
    assert decoded is not None
    assert (decoded.values, decoded.text) == ([], TEXT[:-3])


def test_a_bomb_is_not_inflated():
    bomb = compress(b'{"name": "' + b"a" * 10**7 + b'"}')
    assert decode_text(bomb) is None
    assert decode_text(base64.b64encode(bomb)) is None


@pytest.mark.parametrize(
    "value",
    [
        {str(number): TEXT.decode() for number in range(5_000)},
        {"a": [TEXT.decode()] * 50_000},
        {"a": base64.b64encode(b'{"a": "' + b"x" * MAX_TEXT + b'"}').decode()},
        {"a": '{"' * 60_000},
        {"a": " " * MAX_TEXT},
        {"a": "A" * MAX_TEXT},
        {"a": "%7b" * (MAX_TEXT // 3)},
        {"a": '"' + "\\" * MAX_TEXT},
        json.loads('{"a":' * 500 + "1" + "}" * 500),
    ],
    ids=range(9),
)
def test_a_search_is_bounded(value):
    began = time.process_time()
    found_in(value)
    assert time.process_time() - began < SECONDS


@given(value=json_values)
@settings(max_examples=300)
def test_the_places_are_right(value):
    for one in find_enclosed(value, is_event).events:
        here = value
        for step in one.pointer:
            here = here[str(step)] if isinstance(here, dict) else here[step]
        assert one.text or here == one.value
        assert is_event(one.value)


@given(text=some.binary(max_size=200) | some.text(max_size=200).map(str.encode))
def test_any_text_can_be_decoded(text):
    decode_text(text)
    json_field_of(text)
    list(parts_of(text))
    events_of_bulk(text)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"0": 1, "1": 2}, True),
        ({"3": 1}, True),
        ({}, False),
        ({"0": 1, "a": 2}, False),
        ({"00": 1}, False),
        ([1], False),
    ],
)
def test_numbered_names(value, expected):
    assert is_numbered(value) == expected


def test_characters_are_joined():
    assert text_of_characters({str(at): char for at, char in enumerate('{"a":1}')}) == '{"a":1}'
    assert text_of_characters({"0": "ab", "1": "c", "2": "d"}) == ""
    assert text_of_characters({"a": "b"}) == ""


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"index": {}}, True),
        ({"create": {"_index": "a", "_id": "1"}}, True),
        ({"update": {"_id": "1", "retry_on_conflict": 3}}, True),
        ({"index": {"name": "a"}}, False),
        ({"index": 1}, False),
        ({"index": {}, "name": "a"}, False),
    ],
)
def test_bulk_actions(value, expected):
    assert is_bulk_action(value) == expected


def test_the_events_of_a_bulk_body_have_their_lines():
    body = b'{"index":{}}\n{"a":1}\n\n{"delete":{"_id":"1"}}\n{"create":{}}\n{"a":2}\n'
    assert events_of_bulk(body) == [(2, {"a": 1}), (6, {"a": 2})]
    assert events_of_bulk(b'{"a":1}\n{"a":2}') is None
    assert events_of_bulk(b'{"index":{}}\n{"a":') is None


@pytest.mark.parametrize(
    ("form", "name", "in_name"),
    [
        (urlencode({"v": "1", "payload": TEXT.decode()}), "payload", False),
        (urlencode({"data": base64.b64encode(compress(TEXT))}), "data", False),
        (f"data={base64.b64encode(TEXT).decode()}", "data", False),
        (quote(TEXT.decode()) + "=", TEXT.decode(), True),
    ],
)
def test_the_json_of_a_form(form, name, in_name):
    field = json_field_of(form.encode())
    assert field is not None
    assert (field.name, field.in_name, field.decoded.values) == (name, in_name, [EVENT])


def test_a_form_without_json():
    assert json_field_of(b"event=paid&user=u-17") is None
    assert json_field_of(b"&".join([b"a=1"] * 200)) is None


MULTIPART = (
    b'--X7\r\nContent-Disposition: form-data; name="v"\r\n\r\n1\r\n'
    b'--X7\r\nContent-Type: application/json\r\nContent-Disposition: form-data; name="event"\r\n'
    b"\r\n" + TEXT + b"\r\n--X7--\r\n"
)


def test_the_parts_of_a_multipart_body():
    assert is_multipart(MULTIPART)
    assert [(part.name, part.content) for part in parts_of(MULTIPART)] == [
        ("v", b"1"),
        ("event", TEXT),
    ]
    assert [part.name for part in parts_of(MULTIPART.replace(b"\r\n", b"\n"))] == ["v", "event"]
    assert [part.name for part in parts_of(MULTIPART[:-40])] == ["v", "event"]


@pytest.mark.parametrize("body", [b"", b"--", b"--X7\r\n", b"-- a comment\n{}", b'{"a": "--X7"}'])
def test_other_bodies_are_not_multipart(body):
    assert not is_multipart(body)
    assert list(parts_of(body)) == []
