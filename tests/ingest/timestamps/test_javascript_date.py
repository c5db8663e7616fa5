"""Texts are read exactly as by JavaScript's Date in V8."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.timestamps import parse_date
from ingest.timestamps.javascript_date import MAX_DATE_LENGTH, is_usual_date, read_date
from tests.support.javascript_dates import (
    all_texts,
    dates_of_node,
    stored_table,
    stored_texts,
)


def test_each_stored_text_is_read_as_by_v8():
    table = stored_table()
    assert {text: parse_date(text) for text in table} == table


def test_the_stored_table_has_dates_and_other_texts():
    moments = [moment for moment in stored_table().values() if moment is not None]
    assert len(stored_table()) > 4_000
    assert len(set(moments)) > 200


def test_the_stored_table_is_what_node_reads():
    texts = stored_texts()
    assert stored_table() == dict(zip(texts, dates_of_node(texts), strict=True))


def test_every_combination_is_read_as_by_node():
    texts = all_texts()
    assert len(texts) > 100_000
    expected = dates_of_node(texts)
    pairs = zip(texts, expected, strict=True)
    assert [(text, moment) for text, moment in pairs if parse_date(text) != moment] == []
    assert sum(moment is not None for moment in expected) > 20_000


@given(some.datetimes(), some.sampled_from(["T", " "]), some.sampled_from(["Z", "+00:00", ""]))
def test_usual_texts_are_read_by_the_complete_rules_in_the_same_way(moment, separator, zone):
    text = moment.isoformat(separator, "milliseconds") + zone
    if is_usual_date(text):
        assert parse_date(text) == read_date(text).milliseconds is not None


@given(some.text())
def test_any_text_is_a_date_or_none(text):
    assert parse_date(text) is None or read_date(text).day_exists in (True, False)


@pytest.mark.parametrize("part", ["a ", "+1", "(", "1", " ", "utc ", "+1 ", "1:", "(()", "\0", "é"])
def test_the_longest_texts_are_read_at_once(part):
    text = ("1:1 1 " + part * MAX_DATE_LENGTH)[:MAX_DATE_LENGTH]
    start = time.thread_time()
    parse_date(text)
    assert time.thread_time() - start < 0.1


def test_a_longer_text_is_not_read():
    assert parse_date("2026-11-28 " + " " * (MAX_DATE_LENGTH - 11)) is not None
    assert parse_date("2026-11-28 " + " " * (MAX_DATE_LENGTH - 10)) is None


@pytest.mark.parametrize(
    ("text", "exists"),
    [
        ("2026-02-28", True),
        ("2026-02-29", False),
        ("2024-02-29", True),
        ("2026-12-31", True),
        ("31 Nov 2026", False),
        ("2026-06-31T00:00:00Z", False),
    ],
)
def test_a_day_that_does_not_exist_is_known(text, exists):
    assert read_date(text).day_exists is exists


@pytest.mark.parametrize(
    ("text", "has_zone"),
    [
        ("2026-11-28T05:30:00Z", True),
        ("2026-11-28T05:30:00", False),
        ("2026-11-28 05:30 EST", True),
        ("2026-11-28", False),
        ("Sat Nov 28 2026 06:30:00 GMT+0100 (CET)", True),
    ],
)
def test_a_zone_is_known(text, has_zone):
    assert read_date(text).has_zone is has_zone
