"""Text that a Content-Length in characters cut off."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.parsing.malformed.cut_text import cut_by_length
from ingest.parsing.malformed.diagnosis import diagnose_malformed

letters = some.text(alphabet='aZ0 "\\[{:,äŁ日😀', max_size=12)
values = letters | some.integers() | some.booleans() | some.lists(letters, max_size=3)
events = some.dictionaries(letters, values | some.dictionaries(letters, values, max_size=2))


def codes_of(text: str, length: int) -> list[str] | None:
    raw = text.encode()[:length]
    found = cut_by_length(raw, raw, diagnose_malformed(raw))
    return None if found is None else [problem.code for problem in found]


@pytest.mark.parametrize(
    "text",
    [
        '{"name":"Zoë","n":1}',
        '{"name":"Zoë","s":"x"}',
        '{"name":"日本語"}',
        '{"a":[{"b":"ä"}]}',
        '[{"a":"ä"},{"a":"ö"}]',
        '{"ä":1}',
    ],
)
def test_text_that_lacks_as_many_bytes_as_it_has_more_than_characters(text):
    assert codes_of(text, len(text)) == ["length-in-characters"]


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ('{"name":"Zoe","s":"x"}', 21),  # ASCII
        ('[[{"a":"ä","b":"long"}]]', 15),  # more is missing than a character has
        ('{"a":"ä","b":[[[[[[1]]]]]]}', 20),
        ('{"a":"ä"}', 10),  # whole
        ("ä and then no JSON", 12),
    ],
)
def test_text_that_was_cut_for_another_reason(text, length):
    assert codes_of(text, length) is None


def test_another_encoding_is_no_wrong_length():
    raw = '{"name":"Zo\u00eb","s":"x'.encode("latin-1")
    assert cut_by_length(raw, raw, []) is None


def test_faults_before_the_end_stay():
    text = '{"a":"ä",,"b":"ö","c":"x"}'
    assert codes_of(text, len(text)) == ["extra-comma", "length-in-characters"]


def test_the_place_is_the_end_of_the_last_whole_character():
    raw = '{"a":"日本'.encode()[:-1]
    found = cut_by_length(raw, raw, diagnose_malformed(raw))
    assert found is not None
    assert (found[-1].offset, found[-1].column) == (9, 8)


@given(events, some.sampled_from(["utf-32-le", "utf-16-le"]))
def test_every_event_that_is_cut_in_this_way_is_explained(event, counted):
    """Python counts characters, JavaScript and Java count UTF-16 units."""
    text = json.dumps(event, ensure_ascii=False, separators=(",", ":"))
    length = len(text.encode(counted)) // (4 if counted == "utf-32-le" else 2)
    if length < len(text.encode()):
        assert codes_of(text, length)[-1] == "length-in-characters"


@given(events, some.integers(0, 200))
def test_ascii_is_never_explained_so(event, length):
    text = json.dumps(event)
    assert codes_of(text, min(length, len(text))) is None


def test_a_long_line_takes_little_time():
    raw = ('{"a":"ä","b":[' + '{"c":"\\"x"},' * 80_000).encode()
    began = time.perf_counter()
    assert cut_by_length(raw, raw, []) is not None
    assert time.perf_counter() - began < 1
