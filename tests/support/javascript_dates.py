"""Texts of many forms, with the results of JavaScript's Date in Node, in UTC.

`python -m tests.support.javascript_dates` writes samples/javascript_dates.tsv again. A row is the
text as a JSON string, a tab, and the milliseconds, or nothing if it is no date.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Iterator
from itertools import product
from pathlib import Path

TABLE = Path(__file__).resolve().parents[1] / "samples" / "javascript_dates.tsv"
STORED_EVERY = 41  # of the combinations; a prime, so that each value occurs with many others

DATES = [
    "2026-11-28",
    "2026-1-5",
    "2026-02-30",
    "2026-13-01",
    "2026-00-10",
    "2026-11",
    "2026",
    "20261128",
    "26-11-28",
    "0001-01-01",
    "+002026-11-28",
    "-000001-01-01",
    "-000000-01-01",
    "+275760-09-13",
    "-271821-04-20",
    "2026/11/28",
    "2026.11.28",
    "11/28/2026",
    "28/11/2026",
    "05/11/2026",
    "1/5/26",
    "12/31/49",
    "12/31/50",
    "11-28-2026",
    "28.11.2026",
    "05.11.2026",
    "28|Nov|2026",
    "Nov|28|2026",
    "Nov|28,|2026",
    "28-Nov-2026",
    "28/Nov/2026",
    "November|28,|2026",
    "28|november|26",
    "Sat|Nov|28|2026",
    "Sat,|28|Nov|2026",
    "Saturday,|November|28,|2026",
    "28|Novem|2026",
    "28|Dezember|2026",
    "28|déc.|2026",
    "28th|November|2026",
    "Nov|2026",
    "Sat|28",
    "2026-W48-6",
    "2026-332",
    "2026年11月28日",
    "２０２６-11-28",
    "_28_",
    "foo",
]
SEPARATORS = ["T", "t", " ", ", ", "  ", " at ", ":", "_", "\t", "\u202f", "\u00a0", " \u2009"]
CLOCKS = [
    "05:30",
    "05:30:00",
    "05:30:00.1",
    "05:30:00.123",
    "05:30:00.123456789",
    "05:30:00.0000000001234",
    "05:30:00,123",
    "05:30:00:123",
    "5:30",
    "5:30:0",
    "24:00",
    "24:00:00",
    "24:00:01",
    "25:00:00",
    "23:59:60",
    "05:60",
    "053000",
    "05.30",
    "05::30",
    "5:30|AM",
    "5:30:00|pm",
    "12:00|am",
    "12:30|PM",
    "13:30|PM",
    "5:30AM",
    "5:30|a.m.",
    "5:30",
    "AM",
    "0:0",
    "05h30",
]
ZONES = [
    *["", "Z", " Z", "z", "UTC", " UTC", " GMT", " UT", " EST", " EDT", " CST", " PDT", " MST"],
    *[
        " CET",
        " BST",
        " IST",
        " JST",
        "+00",
        "+01:00",
        "-0530",
        " +0530",
        " +01:00",
        " -8",
        " GMT+1",
    ],
    *[" GMT+0100 (CET)", " GMT+01:00", " UTC+0530", "+00:00Z", " +0000 UTC", "+25:00", "+01:60"],
    *["+123", "+12345", "+01:00:00", " (UTC)", " (", " )", "[UTC]", " Europe/Berlin", "\n", "\0x"],
    *["+", " +", "+5:30", "\u221205:00", " 2026"],
]
ODD = [
    *["", " ", "now", "NaN", "Invalid Date", "null", "0", "1", "12", "13", "31", "32", "49", "50"],
    *["99", "100", "1000", "9999", "10000", "46354", "275760", "275761", "1795843800"],
    *["1795843800000", "1795843800.123", "1.79584380E+9", "0x7E6", "/Date(1795843800000)/"],
    *[
        "Sat Nov 28 06:30:00 GMT+01:00 2026",
        "Sat Nov 28 06:30:00 CET 2026",
        "28/Nov/2026:05:30:00 +0000",
    ],
    *["2026-11-28 05:30:00.123456789 +0000 UTC m=+0.000012", "Sat Nov 28 05:30:00 UTC 2026"],
    *["2026-11-28T05:30:00.123456+00:00Z", '"2026-11-28T05:30:00Z"', "2026-11-28T05%3A30%3A00Z"],
    *["2026-11-28T06:30:00 01:00", "2026-11-28T06:30+01:00[Europe/Berlin]", "2026-11-28+01:00"],
    *["(a (b) c) Nov 28 2026", "Nov (a (b) 28 2026", "Nov 28 (x) 2026", "order 5", "Tue 5 items"],
    *["+1 +1", "1 1 2026 1:1:1 +596523:00", "1 1 2026 1:1:1 +600000:00", "1:1:1:30.5 1 1 2026"],
    *["+275760-09-13T00:00:00.000Z", "+275760-09-13T00:00:00.001Z", "-271821-04-20T00:00:00Z"],
    *["-271821-04-19T23:59:59.999Z", "+275760-09-13T01:00:00+01:00", "+999999-01-01", "0000-01-01"],
    *[
        "1969-12-31T23:59:59.9999Z",
        "1900-02-29T00:00:00Z",
        "2000-02-29T00:00:00Z",
        "am 5:30 1/1/26",
    ],
    *[
        "2026-11-28T05:30:00Zjunk",
        "2026-11-28 junk",
        "junk2026-11-28",
        "junk 2026-11-28",
        "KJan 5 26",
    ],
]
_CHARACTERS = "0123456789:+-.TZ /,()aPm\t\u202f\u00e9["


def all_texts() -> list[str]:
    """Every combination, odd texts, and texts with random changes that are the same in each run."""
    combined = _combinations()
    return [*dict.fromkeys([*combined, *ODD, *_changed(combined, 40_000, seed=20)])]


def stored_texts() -> list[str]:
    combined = _combinations()
    some = [*ODD, *combined[::STORED_EVERY], *_changed(combined, 600, seed=21)]
    return [*dict.fromkeys(some)]


def _combinations() -> list[str]:
    dates = [date.replace("|", " ") for date in DATES]
    clocks = [clock.replace("|", " ") for clock in CLOCKS]
    whole = product(dates, SEPARATORS[:6], clocks[:8], ZONES)
    odd = product(dates, SEPARATORS, clocks, ZONES[:2])
    without_time = product(dates, ZONES)
    return ["".join(parts) for parts in (*without_time, *odd, *whole)]


def _changed(texts: list[str], count: int, seed: int) -> Iterator[str]:
    chance = random.Random(seed)
    for text in chance.sample(texts, count):
        characters = list(text)
        for _ in range(chance.randint(1, 3)):
            at = chance.randrange(len(characters)) if characters else 0
            new = chance.choice(["", *_CHARACTERS])
            characters[at : at + chance.randint(0, 1)] = new
        yield "".join(characters)


def dates_of_node(texts: list[str]) -> list[int | None]:
    """The result of a real engine, V8, in UTC."""
    script = (
        "const texts = JSON.parse(require('fs').readFileSync(0, 'utf8'));"
        "console.log(JSON.stringify(texts.map(text => new Date(text).getTime())))"
    )
    answer = subprocess.run(
        ["node", "-e", script],
        input=json.dumps(texts).encode(),
        stdout=subprocess.PIPE,
        env=os.environ | {"TZ": "UTC"},
        check=True,
    )
    found: list[int | None] = json.loads(answer.stdout)
    return found


def stored_table() -> dict[str, int | None]:
    rows = (row.split("\t") for row in TABLE.read_text().splitlines())
    return {json.loads(text): int(moment) if moment else None for text, moment in rows}


def write_table() -> None:
    texts = stored_texts()
    rows = [
        f"{json.dumps(text)}\t{'' if moment is None else moment}\n"
        for text, moment in zip(texts, dates_of_node(texts), strict=True)
    ]
    TABLE.write_text("".join(rows))


if __name__ == "__main__":
    write_table()
