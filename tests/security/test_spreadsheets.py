"""A spreadsheet program that opens a CSV export does not execute text of events."""

from __future__ import annotations

import csv
import io
from types import SimpleNamespace

import pytest

from ingest.timestamps import iso
from viewer.export import csv_table
from viewer.export.csv_table import Digits, escape_formula
from viewer.qa import report_files

SIGNS = "=+-@＝＋－＠"
SEPARATORS = ';\t,"\r\n'


@pytest.mark.parametrize("sign", SIGNS)
@pytest.mark.parametrize("separator", SEPARATORS)
def test_a_formula_after_a_cell_separator_is_escaped(separator, sign):
    text = f"a{separator}{sign}cmd|' /C calc'!A0"
    assert escape_formula(text) == f"a{separator}'{sign}cmd|' /C calc'!A0"
    twice = f"a{separator}{separator}{sign}1+1{separator}{sign}2+2"
    assert escape_formula(twice).count(f"{separator}'{sign}") == 2


@pytest.mark.parametrize("start", [*SIGNS, "\t", "\r", "\n"])
def test_a_formula_at_the_start_is_escaped(start):
    assert escape_formula(f"{start}x") == f"'{start}x"


@pytest.mark.parametrize("text", ["-1+1", "-1a", "-1.5*cmd|' /C calc'!A0", "-", "-1]}+1"])
def test_text_that_only_starts_like_a_number_is_escaped(text):
    assert escape_formula(f"a;{text}").startswith("a;'")


@pytest.mark.parametrize(
    "text",
    [
        "u-17",
        "a=b, c=d; e+f",
        "ada@example.com",
        '{"a":[1,-2,-2.5e-7],"b":-3,"phone":"+4930123456","list":[-1,[-2]]}',
        "1;-2;+3",
    ],
)
def test_plain_text_and_plain_numbers_stay(text):
    assert escape_formula(text) == text


def test_numbers_stay_plain_and_all_text_is_quoted():
    event = SimpleNamespace(
        seq=1,
        verdict="valid",
        received_at=0,
        account=None,
        raw=b'{"big":12345678901234567890,"below":-1.50,"text":"1"}',
    )
    columns = ["seq", "big", "below", "text", "received_at", "account", "nowhere"]
    assert csv_table.csv_row(event, columns).decode() == (
        f'1,12345678901234567890,-1.50,"1","{iso(0)}","",""\r\n'
    )
    assert csv_table.csv_header(["seq", "a;=b"]) == b'"seq","a;\'=b"\r\n'
    assert escape_formula(Digits("-1")) == "-1"


def test_a_report_follows_the_same_rules():
    shown = {
        "run": {"name": "r;=1+1"},
        "passed": True,
        "counts": {"received": 1, "valid": 1},
        "checklist": [],
        "expectations": [],
        "problems": [],
    }
    text = report_files.FORMATS["csv"].write(shown).decode()
    assert text.splitlines()[1] == '"run","r;\'=1+1","","passed",1,"",""'
    for row in csv.reader(io.StringIO(text, newline="")):
        assert not [part for cell in row for part in cell.split(";") if part.startswith("=")]
