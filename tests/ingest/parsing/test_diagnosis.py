"""The reason why a text is not JSON, with the exact location of each cause. In the texts below, ¦
marks where a fault must be reported; the mark itself is not part of the text."""

from __future__ import annotations

import time

import pytest

from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.diagnosis import MAX_FAULTS, diagnose_malformed
from ingest.problems import Problem, render_problem
from tests.support.validating import blanks

MARK = "¦"


def places_of(marked: str) -> list[tuple[int, int]]:
    """The offset in bytes and column in characters of every mark."""
    parts = marked.split(MARK)[:-1]
    before = ["".join(parts[: n + 1]) for n in range(len(parts))]
    return [(len(text.encode()), len(text) + 1) for text in before]


def found_in(marked: str) -> list[Problem]:
    with pytest.raises(Malformed) as malformed:
        parse_json(marked.replace(MARK, "").encode())
    problems = malformed.value.problems
    assert [problem for problem in problems if blanks(problem)] == []
    return problems


INSIDE = [
    ('{"a": "x"¦ "b": 1}', "missing-comma"),
    ('{"a": [1, 2]¦\n"b": 1}', "missing-comma"),
    ('{"a": {"b": 1}¦ "c": 1}', "missing-comma"),
    ("[1¦ 2]", "missing-comma"),
    ('{"a": 1¦,}', "trailing-comma"),
    ("[1, 2 ¦, ]", "trailing-comma"),
    ("¦// note\n{}", "comment"),
    ('{"a": ¦/* x */ 1}', "comment"),
    ('{"a": 1 ¦...}', "ellipsis"),
    ('{"a": [1, 2 ¦…]}', "ellipsis"),
    ('{"a": ¦number}', "type-as-value"),
    ('{"a": 1} ¦# note', "comment"),
    ("{¦'a': 1}", "single-quotes"),
    ("{\"a\": ¦'x'}", "single-quotes"),
    ('{¦name: "x"}', "unquoted-key"),
    ('{"a": ¦"x}', "unclosed-string"),
    ('{"a": ¦"x\n"}', "unclosed-string"),
    ('{"a": ¦\'x}', "unclosed-string"),
    ('{"a": 1¦', "unclosed-bracket"),
    ('{"a": [1¦}', "wrong-bracket"),
    ("[[1, {}]¦", "unclosed-bracket"),
    ('{"a": "x¦\ty"}', "control-character"),
    ('{"a": "x¦\0y"}', "control-character"),
    ('{"a": ¦NaN}', "not-a-number"),
    ('{"a": ¦-Infinity}', "not-a-number"),
    ('{"a": ¦undefined}', "not-a-number"),
    ('{"a": ¦True}', "python-literal"),
    ('{"a": ¦None}', "python-literal"),
    ('{"a": ¦01}', "bad-number"),
    ('{"a": ¦+1}', "bad-number"),
    ('{"a": ¦.5}', "bad-number"),
    ('{"a": ¦1.}', "bad-number"),
    ('{"a": ¦0x1F}', "bad-number"),
    ('{"a": ¦1e}', "bad-number"),
    ('{"a": "x¦\\q"}', "bad-escape"),
    ('{"a": "C:¦\\Users"}', "bad-escape"),
    ('{"a": "¦\\u12g4"}', "bad-escape"),
    ('{"a"¦ 1}', "missing-colon"),
    ('{"a"¦ = 1}', "missing-colon"),
    ('{"a": ¦hello}', "unquoted-text"),
    ('{"a": ¦}', "missing-value"),
    ("{¦5: 1}", "unquoted-key"),
    ('{"a": ¦\0}', "invisible-character"),
    ('{"a"¦}', "missing-value"),
    ('{"a": 1 ¦: 2}', "not-json"),
    ('{"a": ¦2021-10-10}', "bare-date"),
    ('{"a": ¦2021-10-10T14:48:00.000+09:00, "b": 1}', "bare-date"),
    ('{"a": ¦10:30}', "bad-number"),
    ('{"a": 1,¦,"b": 2}', "extra-comma"),
    ("[1,¦,2]", "extra-comma"),
    ('{¦,"a": 1}', "extra-comma"),
    ('{"a": "He said ¦"hello" to me"}', "unescaped-quote"),
    ('{¦\\"a\\": 1}', "escaped-quotes"),
    ("{¦“a”: 1}", "typographic-quotes"),
    ('{"a": ¦{{user.id}}}', "unfilled-placeholder"),
    ('{"a": ¦${user}}', "unfilled-placeholder"),
    ('{"a": ¦<your id>}', "unfilled-placeholder"),
    ('{"a":¦\u00a01}', "odd-space"),
    ('{"a": "x¦\ny"}', "control-character"),
    ('{"a": ¦TRUE}', "python-literal"),
    ('{"a": ¦ObjectId("x")}', "unquoted-text"),
]
WHOLE = [
    ('{"a": "日"} ¦{"b": 2}', "two-values"),
    ('{"a": "日"}¦, {"b": 2}', "two-values"),
    ('{"a": "日"}¦,', "comma-after-object"),
    ('{"a": "日"} ¦x', "extra-text"),
    ('{"a": "日"} ¦}', "extra-text"),
    ("¦hello", "not-json"),
    ("¦a=1&b=2", "form-encoded"),
    ("¦data={}", "form-encoded"),
    ("¦eyJhIjoxLCJiIjoyfQ==", "base64"),
    ("¦%7B%22a%22%3A1%7D", "url-encoded"),
    ("¦<html><body>502</body></html>", "markup"),
    (" ¦<event/>", "markup"),
]


@pytest.mark.parametrize(
    ("marked", "code"),
    [*WHOLE, *INSIDE, *(('{"ä€𝄞": "日本", "u": ' + marked, code) for marked, code in INSIDE)],
)
def test_one_fault_at_its_location(marked, code):
    problem = found_in(marked)[0]
    assert problem.code == code
    assert (problem.offset, problem.column) == places_of(marked)[0]


@pytest.mark.parametrize(
    ("marked", "codes"),
    [
        (  # as a vendor's documentation prints it
            "{\n"
            '  "api_key": "UMabc", ¦// your key\n'
            '  "event_type": "pageview",\n'
            '  "src": "http"¦\n'
            '  "user": {"id": "ü-1"¦,},\n'
            '  "company": {"id": "c"}¦,\n'
            "}",
            ["comment", "missing-comma", "trailing-comma", "trailing-comma"],
        ),
        ('{"a": 1¦ "b": ¦True¦ "c": "ä¦\\q"¦,}', None),
        ("{¦'ä': 'x', 'y': ¦None¦,}", ["single-quotes", "python-literal", "trailing-comma"]),
        ('{¦a: 1, ¦b: ¦NaN, "c": ¦007}', None),
        ('{"a": [1¦,], "b": [{"c": 2¦,}¦,]¦', None),
    ],
)
def test_several_faults_in_one_text(marked, codes):
    problems = found_in(marked)
    assert [(problem.offset, problem.column) for problem in problems] == places_of(marked)
    assert codes is None or [problem.code for problem in problems] == codes


def test_comments_do_not_hide_other_faults():
    faults = found_in('{"a": 1, // one\n' * 1 + '"b": 2, // two\n' * 20 + '"c": 3 "d": 4}')
    assert [problem.code for problem in faults] == ["comment"] * 3 + ["missing-comma"]


def test_the_first_of_many_faults_are_reported():
    faults = found_in("[" + "1 " * 1000 + "]")
    assert len(faults) == MAX_FAULTS
    assert [problem.offset for problem in faults[:3]] == [2, 4, 6]


@pytest.mark.parametrize(
    ("raw", "code", "offset", "column"),
    [
        (b"\xef\xbb\xbf{}", "byte-order-mark", 0, 1),
        (b'{"a": "\xff"}', "invalid-utf-8", 7, 8),
        ('{"ä": "'.encode() + b'\xe4"}', "invalid-utf-8", 8, 8),
        (b'{"a": "\xed\xa0\x80"}', "invalid-utf-8", 7, 8),
        (b"\x1f\x8b\x08\x00\x00", "gzip-not-declared", 0, 1),
        ('{"a": 1}'.encode("utf-16"), "utf-16", 0, 1),
        ('{"a": 1}'.encode("utf-16-le"), "utf-16", 0, 1),
        (b"\x00", "invisible-character", 0, 1),
        (b'{"a": 1}\x00', "invisible-character", 8, 9),
        (b"[" * 10_000, "nested-too-deep", 1024, 1025),
        (b'{"a":' * 10_000 + b"1" + b"}" * 10_000, "nested-too-deep", 5120, 5121),
    ],
)
def test_bytes_that_are_not_json_text(raw, code, offset, column):
    with pytest.raises(Malformed) as malformed:
        parse_json(raw)
    first = malformed.value.problems[0]
    assert (first.code, first.offset, first.column) == (code, offset, column)


@pytest.mark.parametrize("before", ["", r'"\ud800",', "1e999,"])
def test_a_distant_fault_is_reported_at_its_location(before):
    """The fault is beyond the limit of the recovering parser; errors that only the fast parser
    reports are no fault."""
    many = '"ä",' * 40_000
    marked = f"[{before}{many}¦?]"
    (problem,) = found_in(marked)
    assert (problem.offset, problem.column) == places_of(marked)[0]


def test_a_missing_comma_is_reported_after_its_value():
    (problem,) = found_in('{"list": ["cat", "dog"]¦ "b": true}')
    assert render_problem(problem)["message"] == 'A comma is missing after "dog"].'


@pytest.mark.alone
@pytest.mark.parametrize(
    "raw",
    [
        b"[" + b"1," * 524_000,
        b'{"a":' + b'"x" ' * 262_000,
        b'"' + b"\\" * 1_000_000,
        b"'" * 1_000_000,
        b"/*" * 500_000,
        b"a=" + b"&a=" * 300_000,
        b"\xc3\xa4" * 500_000,
        b'{"a' * 300_000,
    ],
    ids=lambda raw: repr(raw[:12]),
)
def test_a_mebibyte_of_nonsense_is_explained_quickly(raw):
    """Other senders wait during the explanation."""
    started = time.perf_counter()
    problems = diagnose_malformed(raw)
    assert time.perf_counter() - started < 1
    assert problems
