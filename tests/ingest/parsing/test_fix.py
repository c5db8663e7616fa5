"""The fix of a malformed text changes only syntax, and the difference is exact."""

from __future__ import annotations

import json
import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.repair import MAX_BYTES, repair_event, repair_text
from tests.ingest.parsing.test_json_parsing import events

FIXED = [
    ('{"a": 1 "b": 2}', '{"a": 1, "b": 2}'),
    ('{"list": ["cat", "dog"]\n"b": true}', '{"list": ["cat", "dog"],\n"b": true}'),
    ('{"a": [1, 2,],}', '{"a": [1, 2]}'),
    ('{"a": 1,, "b": 2}', '{"a": 1, "b": 2}'),
    ('{"a": 1, // note\n "b": /* 2 */ 3}', '{"a": 1, \n "b":  3}'),
    ("{'a': 'it\\'s \"x\"', b: True}", '{"a": "it\'s \\"x\\"", "b": true}'),
    ("{a: None, $b: False}", '{"a": null, "$b": false}'),
    ("{“a”: “b c”}", '{"a": "b c"}'),
    ('{"a": .5, "b": +1, "c": 2.}', '{"a": 0.5, "b": 1, "c": 2.0}'),
    ('{"a": "x\ty"}', '{"a": "x\\ty"}'),
    ('{"a" => 1, "b" 2}', '{"a" : 1, "b": 2}'),
    ('{"a": 2021-10-10}', '{"a": "2021-10-10"}'),
    ('{"a": {"b": ["x"', '{"a": {"b": ["x"]}}'),
    ('{"a": 1},', '{"a": 1}'),
    ('\ufeff{"a": 1,}', '{"a": 1}'),
    ('{"a":\u00a01}', '{"a": 1}'),
]
NOT_FIXED = [
    '{"a": 1}',  # nothing is wrong
    '{"a": NaN}',
    '{"a": 12',  # the number could be truncated
    '{"a": 1, "b',
    '{"a": 1,',
    '{"a": 1 2}',
    "[1 2]",  # could be 12
    "[1,,2]",
    '{"a": 007}',
    '{"a": }',
    '{"a": hello}',
    '{"a": "C:\\Users"}',
    '{"a": "He said "hello" to me"}',
    '{"a": 1} {"b": 2}',
    '{"a": [1}',
    '{"a": 1}}',
    "a=1&b=2",
    "<p>",
    "",
]


@pytest.mark.parametrize(("sent", "fixed"), FIXED)
def test_a_syntax_error_is_fixed(sent, fixed):
    found = repair_text(sent.encode())
    assert found.text == fixed
    json.loads(fixed)
    assert_exact(found, sent)


@pytest.mark.parametrize("sent", NOT_FIXED)
def test_an_ambiguous_text_is_not(sent):
    assert repair_text(sent.encode()) is None


def test_the_difference_is_as_small_as_the_fault():
    assert repair_text(b'{"a": 1 "b": [2,]}').parts == [
        ("=", '{"a": 1'),
        ("+", ","),
        ("=", ' "b": [2'),
        ("-", ","),
        ("=", "]}"),
    ]


def test_an_object_over_several_lines_is_joined_into_one():
    sent = '{\n  "a": "x",\r\n  "b": [\n    1\n  ]\n}\n'
    found = repair_text(sent.encode(), one_line=True)
    assert found.text == '{ "a": "x", "b": [ 1 ] }'
    assert_exact(found, sent)
    assert repair_text(sent.encode()) is None


@pytest.mark.parametrize("raw", [b"\xff{}", b'\x1f\x8b\x08"', '{"a": 1,}'.encode("utf-16"), b"\0"])
def test_bytes_that_are_not_text_are_not_fixed(raw):
    assert repair_text(raw) is None


def test_an_event_is_fixed_according_to_its_problems():
    with pytest.raises(Malformed) as malformed:
        parse_json(b'{"a": 1,}')
    assert repair_event(b'{"a": 1,}', malformed.value.problems).text == '{"a": 1}'
    assert repair_event(b'{\n"a": 1}', []) is None


@pytest.mark.alone
@pytest.mark.parametrize(
    "raw",
    [
        b"{" + b'"a": 1 ' * 9_000 + b"}",
        b"{" + b"'a': True," * 6_000 + b"}",
        b'{"a": [' + b"1," * 30_000 + b"],}",
        b'{"a": "' + b"\\\\" * 30_000 + b'",}',
        b"[" * 60_000,
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_a_long_text_is_fixed_or_left_quickly(raw):
    assert len(raw) <= MAX_BYTES
    started = time.perf_counter()
    repair_text(raw)
    assert time.perf_counter() - started < 2


def test_a_longer_text_is_left():
    assert repair_text(b'{"a": 1,}' + b" " * MAX_BYTES) is None


def assert_exact(found, sent: str) -> None:
    assert "".join(text for operation, text in found.parts if operation != "+") == sent
    assert "".join(text for operation, text in found.parts if operation != "-") == found.text
    assert all(text for _, text in found.parts)


@pytest.mark.slow
@given(event=events, seed=some.integers(0, 2**32))
@settings(max_examples=150)
def test_common_mistakes_in_json_are_fixed_to_the_same_values(event, seed):
    """Quotes, commas, literals, comments and line breaks of other languages."""
    if not event:
        return
    sent = written(event, random.Random(seed))
    found = repair_text(sent.encode("utf-8", "surrogatepass"), one_line=True)
    if found:
        assert json.loads(found.text) == event
        assert_exact(found, sent)
    else:
        assert sent == json.dumps(event) or "\\" in sent


def written(value, chance: random.Random) -> str:
    """A value as an author who does not know JSON well might write it."""
    if isinstance(value, dict):
        members = [f"{written(name, chance)}: {written(v, chance)}" for name, v in value.items()]
        return wrapped("{", members, "}", chance)
    if isinstance(value, list):
        return wrapped("[", [written(item, chance) for item in value], "]", chance)
    if isinstance(value, (bool, type(None))):
        return repr(value) if chance.random() < 0.5 else json.dumps(value)
    if isinstance(value, str) and value.isalnum() and chance.random() < 0.3:
        return f"'{value}'"
    return json.dumps(value)


def wrapped(opener: str, parts: list[str], closer: str, chance: random.Random) -> str:
    between = chance.choice([", ", ",\n  ", ", // next\n"])
    last = chance.choice(["", "", ",", "\n"]) if parts else ""
    return opener + between.join(parts) + last + closer
