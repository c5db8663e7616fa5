"""Bodies and queries generated at random from the samples. FUZZ_CASES is the number of each (`make
fuzz`), FUZZ_SEED the first seed. A failure prints its case; reproduce it with `FUZZ_SEED=number
FUZZ_CASES=1`."""

from __future__ import annotations

import gzip
import json
import os
import random
import time
import zlib
from collections.abc import Iterator
from itertools import pairwise

import pytest

from ingest.dialects import BY_NAME
from ingest.parsing.ndjson import BOM
from ingest.problems import problems_from_json, problems_to_json, render_problem
from ingest.validation.validate_event import VERDICTS
from tests.ingest.parsing.test_json_parsing import bare, blanks, lines_of
from tests.support.broken import all_cases
from tests.support.hostile import BODIES
from tests.support.validating import Judged, judge
from tests.support.vendors import VENDORS
from tests.viewer.query.test_parser import CASES as QUERIES
from tests.viewer.query.test_parser import attempt
from viewer.events.search import Search

CASES = int(os.environ.get("FUZZ_CASES", "6000"))
SEED = int(os.environ.get("FUZZ_SEED", "0"))
ASKED = 10  # one query in this many is run on the database
MAX_LENGTH = 4_000  # bytes of a seed: long ones are slow, but not more unusual

SEEDS = [case.body for case in all_cases()] + [vendor.good for vendor in VENDORS.values()]
SEEDS = [
    seed for seed in [*SEEDS, *(body for body, _ in BODIES.values())] if len(seed) < MAX_LENGTH
]
PIECES = [
    *(bytes([byte]) for byte in b"{}[],:\"\\/\n\r\t \x00\xff-+.eEu019*#'"),
    *(b"\r\n", b"\n\n", b"}\n{", b"},{", b'","', b'\\"', b"\\u0000", b"\\ud800", b"\\n"),
    *(b"null", b"true", b"NaN", b"1e999", b"-0", b"9" * 30, b"//", b"/*", b"*/", BOM),
    *("é😀\u2028\u202e\ufeff".encode(), b"\xed\xa0\x80", b"\xc3", b"userId", b"action"),
]
WORDS = [
    *(case["text"] for case in QUERIES),
    *("verdict:", "valid", "name:", "userId:", "-", " OR ", "(", ")", '"', "\\", "*", ":", ">="),
    *("<", ".", "..", "0", "3", "-1e9", "9" * 30, "time>", "-5m", "2026-11-21", "problem:", "@/"),
    *("missing-field", "a.b.c", "items.0.x", "é", "😀", "\x00", "\ud800", "%", "_", "'", ";--"),
]


def cases() -> Iterator[tuple[int, random.Random]]:
    for number in range(SEED, SEED + CASES):
        yield number, random.Random(number)


def some_body(chance: random.Random) -> bytes:
    """A seed, or two joined, with pieces removed, inserted, doubled or reversed."""
    body = chance.choice(SEEDS)
    if chance.random() < 0.3:
        body += chance.choice([b"\n", b"\r\n", b",", b""]) + chance.choice(SEEDS)
    for _ in range(chance.choice((1, 1, 2, 3, 8))):
        start = chance.randint(0, len(body))
        end = min(len(body), start + chance.choice((0, 0, 1, 2, 5, 40)))
        piece = chance.choice((chance.choice(PIECES), body[start:end] * 2, chance.randbytes(2)))
        body = body[:start] + piece + body[end:]
    return body


def some_query(chance: random.Random) -> str:
    text = "".join(chance.choice(WORDS) for _ in range(chance.randint(1, 5)))
    at = chance.randint(0, len(text))
    return text[:at] + text[at + chance.randint(0, 2) :]


@pytest.mark.slow
def test_any_body_is_validated_and_no_line_is_lost(report):
    began = time.monotonic()
    events = 0
    for number, chance in cases():
        dialect = chance.choice(list(BY_NAME))
        body = some_body(chance)
        try:
            judged = judge(dialect, body)
            assert_judged(judged)
            if dialect == "natero":
                assert_no_line_lost(judged, body)
        except Exception as error:
            error.add_note(f"FUZZ_SEED={number}, {dialect}: {body!r}")
            raise
        events += len(judged.events)
    report(f"{CASES:,} made-up bodies, {events:,} events, {time.monotonic() - began:.0f} s")


def assert_judged(judged: Judged) -> None:
    assert judged.reply.status in (200, 400, 401)
    for event in judged.events:
        assert event.verdict in VERDICTS
        assert bool(event.problems) is (event.verdict != "valid")
        assert [p.code for p in problems_from_json(problems_to_json(event.problems))] == [
            p.code for p in event.problems
        ]
        for problem in event.problems:
            assert render_problem(problem)["message"]
            assert not blanks(problem)


def assert_no_line_lost(judged: Judged, body: bytes) -> None:
    raws = [bytes(event.raw) for event in judged.events]
    if body.removeprefix(BOM).lstrip()[:1] == b"[":
        assert bare(b"\n".join(raws)) == bare(body)  # joined, they could form a byte order mark
    else:
        found = [line for raw in raws for line in lines_of(raw)]
        assert [ended(line) for line in found] == [ended(line) for line in lines_of(body)]


def ended(line: bytes) -> bytes:
    """Remove the line ending: for `\r\r\n` an event keeps one character, which a second pass would
    remove."""
    return line.rstrip(b"\r")


@pytest.mark.parametrize("encoding", ["gzip", "deflate"])
def test_broken_compression_is_refused_or_inflated(encoding, uvicorn, new_pair, stored):
    """Over HTTP: never a 5xx, and every request is recorded."""
    from tests.support.http import send_raw

    pair = new_pair("natero")
    compress = gzip.compress if encoding == "gzip" else zlib.compress
    count = min(CASES, 300)
    for number in range(SEED, SEED + count):
        chance = random.Random(number)
        body = bytearray(compress(chance.choice(SEEDS)))
        for _ in range(chance.choice((0, 1, 3))):
            body[chance.randrange(len(body))] = chance.randrange(256)
        request = VENDORS["natero"].deliver(
            pair.api_key, pair.auth_key, bytes(body), f"Content-Encoding: {encoding}"
        )
        assert send_raw(uvicorn.port, request).status in (200, 400, 415), number
    pair.refresh_from_db()
    assert pair.last_delivery == count


@pytest.mark.slow
def test_any_query_parses_or_has_an_error_within_it(new_pair, store, report):
    pair = new_pair("natero")
    fill(store, pair)
    began = time.monotonic()
    asked = 0
    for number, chance in cases():
        text = some_query(chance)
        try:
            mistake, query = attempt(text)
            assert mistake is None or 0 <= mistake.at <= len(text)
            terms = [term for group in query.groups for term in group] if query else []
            assert all(before.end <= after.start for before, after in pairwise(terms))
            if query is not None and number % ASKED == 0:
                asked += 1
                assert_answers(query, pair)
        except Exception as error:
            error.add_note(f"FUZZ_SEED={number}: {json.dumps(text)}")
            raise
    took = time.monotonic() - began
    report(f"{CASES:,} made-up queries, {asked:,} put to the database, {took:.0f} s")


def fill(store, pair) -> None:
    from tests.viewer.query.test_query_meaning import ODD, keep

    keep(store, pair, *SEEDS[:60], *ODD)
    pair.refresh_from_db()


def assert_answers(query, pair) -> None:
    found = Search(query, limit=1000).find(pair).events
    marked = Search(query, limit=1000, is_highlight=True).find(pair).events
    assert len(marked) == pair.last_seq
    if query:
        assert [event["seq"] for event in found] == [e["seq"] for e in marked if e["matches"]]
