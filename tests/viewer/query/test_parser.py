"""Text → terms, or an error with its place: the table is shared with the page's own parser."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.server import ROOT
from viewer.query import MAX_LENGTH, Query, QuerySyntaxError, parse_query
from viewer.query.parser import parse_terms
from viewer.query.times import parse_time_span

CASES = json.loads((ROOT / "tests" / "samples" / "queries.json").read_text())


def terms_of(text: str) -> list[dict]:
    return [
        {
            "group": number,
            "not": term.is_negated,
            "json": term.is_json,
            "path": list(term.path),
            "operator": term.operator,
            "value": term.value.text,
            "quoted": term.value.is_quoted,
            "start": term.start,
            "end": term.end,
        }
        for number, group in enumerate(parse_terms(text))
        for term in group
    ]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["text"])
def test_a_text_parses_as_in_the_table(case):
    if "terms" in case:
        assert terms_of(case["text"]) == case["terms"]
        return
    with pytest.raises(QuerySyntaxError) as error:
        parse_terms(case["text"])
    assert (str(error.value), error.value.at) == (case["message"], case["at"])


@pytest.mark.parametrize(
    ("text", "at", "words"),
    [
        ("verdict:wrong", 8, "There is no verdict “wrong”. Verdicts are valid, warning"),
        ("a verdict:invlid", 10, "Did you mean “invalid”?"),
        ("verdict>valid", 8, "There is no verdict"),
        ("verdict:x*", 8, "There is no verdict “x*”"),
        ("name>3", 0, "“name” is text"),
        ("seq:one", 4, "“one” is no number."),
        ("x total>many", 8, "“many” is no number, and “>” needs one."),
        ("time:yesterday", 5, "“yesterday” isn’t a time. Use 2026-11-21"),
        ("time>2026-13-01", 5, "isn’t a time"),
        ("time>=2026-11-21T25:00", 6, "isn’t a time"),
        ("time:-5m", 0, "Write time>-5m"),
        ("time>-5y", 5, "isn’t a time"),
        ("problem:missing-feld", 8, "Did you mean “missing-field”?"),
        ("problem:nothing-like-it*", 8, "There is no problem"),
        ("problem>3", 0, "ask with “:”"),
        ('"a.b""c":1', 5, "White space is missing"),
        ('"a\\".b":1', 0, "both a quote and a dot"),
        ("a" * (MAX_LENGTH + 1), MAX_LENGTH, "at most 1,000 characters"),
        ("a " * 51, 100, "at most 50 terms"),
    ],
)
def test_an_unsupported_operation_on_a_field_is_reported_with_its_location(text, at, words):
    with pytest.raises(QuerySyntaxError) as error:
        parse_query(text)
    assert words in str(error.value)
    assert error.value.at == at


def test_an_empty_query_is_false_and_any_other_true():
    assert not parse_query("  ")
    assert parse_query(" name:x ").text == "name:x"
    assert parse_query("name:x")


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("2026-11-21", 86_400_000),
        ("2026-11-21T10:00", 60_000),
        ("2026-11-21T10:00Z", 60_000),
        ("2026-11-21 10:00:00", 1_000),
        ("2026-11-21T12:00:00+02:00", 1_000),
        ("2026-11-21T10:00:00.000Z", 1),
        ("2026-11-21T10:00:00.0001Z", 1),
    ],
)
def test_an_incomplete_time_covers_a_range(text, length):
    start, end = parse_time_span(text, now=0)
    day = 1_795_219_200_000  # 2026-11-21
    assert start == day + (0 if length == 86_400_000 else 36_000_000)
    assert end - start == length


def test_a_relative_time_is_that_long_ago():
    now = 1_000_000_000
    spans = [parse_time_span(f"-2{unit}", now) for unit in "smhd"]
    assert [now - start for start, _ in spans] == [2_000, 120_000, 7_200_000, 172_800_000]


@pytest.mark.parametrize("text", ["", "now", "5m", "-m", "2026-1-1", "2026-02-30", "0000-01-01"])
def test_an_invalid_time_is_rejected(text):
    assert parse_time_span(text, now=0) is None


PIECES = st.sampled_from(
    ["name", "verdict", ".", ":", ">", "<=", "=", "-", " OR ", " ", '"', "\\", "(", "*", "total"]
    + [
        "time",
        "-5m",
        "invalid",
        "3",
        "1e5",
        "{",
        "\x00",
        "é",
        "😀",
        "\\u00e9",
        "\ud800",
        "0",
        "@/x",
    ]
)
TEXTS = st.lists(PIECES | st.text(max_size=5), max_size=12).map("".join)


@given(TEXTS)
def test_any_text_parses_or_has_an_error_within_it(text):
    error, query = attempt(text)
    assert error is None or 0 <= error.at <= len(text)
    terms = [term for group in query.groups for term in group] if query else []
    assert all(text[term.start : term.end].strip() for term in terms)
    assert all(before.end <= after.start for before, after in pairwise(terms))


def attempt(text: str) -> tuple[QuerySyntaxError | None, Query | None]:
    try:
        return None, parse_query(text)
    except QuerySyntaxError as mistake:
        return mistake, None
