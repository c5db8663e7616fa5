"""Explaining hostile text takes memory and time proportional to its length."""

from __future__ import annotations

import asyncio
import gzip
import json
import time
import tracemalloc
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Any

import orjson
import pytest

from ingest.dialects import BY_NAME
from ingest.parsing.malformed.patterns import MAX_EDITS
from ingest.parsing.malformed.repair import repair_text
from ingest.parsing.ndjson import BOM
from ingest.problems import MAX_PATH_LENGTH, problems_to_json
from ingest.receiving.body import Body, RequestRejected
from ingest.tracking_plan.versions import PlanValidator
from ingest.validation.history.type_drift import TypeDriftDetector
from ingest.validation.pipeline import (
    MAX_PROBLEMS,
    DeliveryProcessor,
    ProcessedDelivery,
    ReceiptChecks,
)
from ingest.validation.validate_event import MAX_PATHS, validate_events
from ingest.values import IncomingRequest, KeyPairSnapshot, Limits, ValidatedEvent

pytestmark = pytest.mark.slow

SIZE = 2**17
MAX_A_BYTE = 20  # bytes of memory per byte of text
VALUES_A_BYTE = 15  # more for JSON that can be parsed: its values, and the parser's own memory
SLACK = 2**19

CONTROLS = bytes(n for n in range(1, 32) if n not in (9, 10, 13))
INVISIBLE = "\u200b\u2060\u00ad\u2028\u00a0".encode()


def filled(part: bytes, start: bytes = b"", end: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: start + part * (size // len(part)) + end


HOSTILE: dict[str, Callable[[int], bytes]] = {
    "one control character": filled(b"\x01", b'["', b'"]'),
    "all control characters": filled(CONTROLS, b'["', b'"]'),
    "strings with a control character": filled(b'"\x01",', b"[", b"1]"),
    "names with a control character": filled(b'"\t":1,', b"{", b"}"),
    "tabs and line breaks": filled(b"\t\r\n", b'{"a":"', b'"}'),
    "double quotes": filled(b'"'),
    "quotes with text between": filled(b'"a,', b"["),
    "quotes inside of a string": filled(b'a"', b'{"a":"', b"}"),
    "quotes inside, never closed": filled(b'a"b', b'{"a":"'),
    "single quotes": filled(b"'a':'b',", b"{", b"}"),
    "single quotes of escapes": filled(b"\\'", b"{'a':'", b"'}"),
    "single quotes of quotes": filled(b'"', b"{'a':'", b"'}"),
    "typographic quotes": filled("“a”:„b”,".encode(), b"{", b"}"),
    "guillemets": filled("«»".encode(), b"{"),
    "mixed quotes": filled("\"'“”`".encode(), b"{"),
    "commas": filled(b",", b"[", b"]"),
    "commas of an object": filled(b",", b"{", b"}"),
    "commas alone": filled(b","),
    "open brackets": filled(b"["),
    "open objects": filled(b'{"a":'),
    "open and shut": filled(b"[]"),
    "mixed brackets": filled(b"[{]}"),
    "colons": filled(b":"),
    "names without values": filled(b'"a",', b"{", b"}"),
    "escapes": filled(b"\\", b'["', b'"]'),
    "unicode escapes": filled(b"\\u12", b'["', b'"]'),
    "bad escapes": filled(b"\\x", b'["', b'"]'),
    "comments": filled(b"/* x */ 1,", b"["),
    "open comments": filled(b"/*", b"["),
    "line comments": filled(b"#\n", b"["),
    "invisible characters": filled(INVISIBLE, b"["),
    "invisible characters in a string": filled(INVISIBLE, b'["', b'"'),
    "byte order marks": filled(BOM),
    "byte order marks in an array": filled(BOM, b"["),
    "lone surrogates": filled(b"\\ud800", b'["', b'"]'),
    "lone surrogates, broken": filled(b"\\ud800", b'["', b'" 1]'),
    "no UTF-8": filled(b"\xff", b'["', b'"]'),
    "no UTF-8, here and there": filled(b"a\xff ", b'["', b'"]'),
    "words of Windows-1252": filled(b"\xe4 ", b'["', b'"]'),
    "astral characters": filled("😀".encode(), b'["', b'" x]'),
    "one astral character": filled(b"a", b'["' + "😀".encode(), b'" x]'),
    "NUL": filled(b"\0"),
    "UTF-16": lambda size: ('{"a":1}' * (size // 14)).encode("utf-16"),
    "gzip": lambda size: gzip.compress(b"x" * size, 0),
    "base64": filled(b"eyJh"),
    "markup": filled(b"<a>"),
    "percent": filled(b"%7B%22"),
    "python words": filled(b"True,None,", b"[", b"]"),
    "bare words": filled(b"a:b,", b"{", b"}"),
    "bare dates": filled(b"2026-01-01,", b"[", b"]"),
    "placeholders": filled(b"{{a}},", b"[", b"]"),
    "arrows": filled(b'"a"=>1,', b"{", b"}"),
    "plus signs": filled(b"+", b"[", b"inf]"),
    "a long number": filled(b"1", b"[", b"x]"),
    "numbers that are none": filled(b"01,", b"[", b"]"),
    "an object broken at its end": filled(b'"k":[1,2],', b"{", b"!"),
    "array of objects without commas": filled(b'{"a":1} ', b"[", b"]"),
    "arrays one after another": filled(b"[1]"),
    "array without end": filled(b'{"a":1},', b"["),
    "everything": filled(b"'\x01\"\\,[{:]}/#\xff" + INVISIBLE, b"["),
}
PARSED: dict[str, Callable[[int], bytes]] = {
    "many members": lambda n: orjson.dumps({f"k{at}": 1 for at in range(n // 12)}),
    "one name many times": filled(b'"a":1,', b"{", b'"b":1}'),
    "numbers": lambda n: b'{"a":[' + b"1," * (n // 2) + b"1]}",
    "strings": lambda n: b'{"a":[' + b'"xy",' * (n // 5) + b"1]}",
}
CASES = HOSTILE | PARSED
OF_MANY_EVENTS = ("line comments", "placeholders", "array of objects without commas")  # to Natero


def read(dialect: str, text: bytes) -> int:
    """Explain the text; return the number of events found in it."""
    way = BY_NAME[dialect]
    head = {b"content-type": b"application/json"}
    request = IncomingRequest("POST", "/api/v1/event", "", head, "", 1795849869981)
    reading = way.read(request, text, Limits())
    return len(validate_events(way, reading.pieces, 1795849869981, "KEY"))


def peak_of(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


TEXTS = [(way, name) for way in BY_NAME for name in CASES]
TEXTS = [each for each in TEXTS if each[0] != "natero" or each[1] not in OF_MANY_EVENTS]


@pytest.mark.parametrize(("dialect", "name"), TEXTS)
def test_memory_is_proportional_to_the_text(dialect, name):
    text = CASES[name](SIZE)
    most = MAX_A_BYTE + (VALUES_A_BYTE if name in PARSED else 0)
    assert peak_of(lambda: read(dialect, text)) < SLACK + most * len(text)


@pytest.mark.alone
@pytest.mark.parametrize(("dialect", "name"), TEXTS)
def test_time_is_proportional_to_the_text(dialect, name):
    small, large = (CASES[name](SIZE * factor) for factor in (1, 4))
    assert seconds_of(dialect, large) < max(0.15, 3 * 4 * seconds_of(dialect, small))


def seconds_of(dialect: str, text: bytes) -> float:
    """The least CPU time of several calls, in seconds."""
    times = []
    for _ in range(2):
        start = time.thread_time()
        read(dialect, text)
        times.append(time.thread_time() - start)
    return min(times)


@pytest.mark.parametrize("name", HOSTILE)
def test_fixing_is_bounded_too(name):
    text = HOSTILE[name](60_000)
    assert peak_of(lambda: repair_text(text)) < 4 * 2**20


def test_a_text_that_needs_too_many_edits_is_not_partly_fixed():
    def of(count: int) -> bytes:
        return b'{"a":"' + b"\x01" * count + b'"}'

    whole = repair_text(of(MAX_EDITS))
    assert whole is not None
    assert json.loads(whole.text) == {"a": "\x01" * MAX_EDITS}
    assert repair_text(of(MAX_EDITS + 1)) is None


def test_a_python_object_of_many_fields_is_fixed():
    value = {f"field_{number}": "it is" for number in range(MAX_EDITS // 4)}
    fixed = repair_text(repr(value).encode())
    assert fixed is not None
    assert json.loads(fixed.text) == value


def test_names_as_long_as_a_line_do_not_multiply():
    way, kinds = BY_NAME["eventbunker"], TypeDriftDetector()
    request = IncomingRequest("POST", "/post", "", {}, "", 0)

    def explained(value: object) -> ValidatedEvent:
        event = {"event_name": "e", "n" * 500_000: {f"k{at}": value for at in range(99)}}
        pieces = way.read(request, orjson.dumps(event), Limits()).pieces
        earlier = partial(kinds.compare, 1, frozenset())
        return validate_events(way, pieces, 0, "KEY", earlier)[0]

    explained(1)
    found = explained("").problems
    assert any(problem.code == "type-changed" for problem in found)
    assert all(len(problem.path) <= MAX_PATH_LENGTH for problem in found)
    assert sum(len(problem.path) for problem in found) <= MAX_PATHS
    assert len(problems_to_json(found)) < 64 * 2**10
    assert found[-1].code == "more-problems"


def test_problems_of_one_delivery_are_bounded():
    judged = asyncio.run(_validated(b'{"a":1}\n' * 20_000))
    problems = [len(event.problems) for event in judged.events]
    assert len(problems) == 20_000
    assert max(problems[:1_000]) > 2
    assert sum(problems) < 2 * MAX_PROBLEMS + 2 * 20_000
    assert {event.verdict for event in judged.events} == {"invalid"}
    first, more = judged.events[-1].problems
    assert first == judged.events[0].problems[0]
    assert more.code == "more-problems"


SLOW_LINES = {
    "times": b'{"createdAt": "Sat Nov 21 2026 11:09:07 IST (India", "userId": 5}\n',
    "names": orjson.dumps({f"acount{n}": "x" for n in range(50)}) + b"\n",
    "cut": b"{'userId': u'x', 'a': None, \n",
    "events inside": orjson.dumps({"batch": [{"userIdd": n} for n in range(20)]}) + b"\n",
}


@pytest.mark.parametrize("line", SLOW_LINES.values(), ids=list(SLOW_LINES))
def test_slow_lines_do_not_hold_the_event_loop(line):
    async def longest_hold() -> float:
        validated = asyncio.ensure_future(_validated(line * (128 * 2**10 // len(line))))
        longest = 0.0
        while not validated.done():
            began = time.thread_time()  # the loop's own work, whatever else the machine does
            await asyncio.sleep(0)
            longest = max(longest, time.thread_time() - began)
        assert len((await validated).events) == 128 * 2**10 // len(line)
        return longest

    assert asyncio.run(longest_hold()) < 0.15


def _validated(
    lines: bytes, processor: DeliveryProcessor | None = None
) -> Coroutine[Any, Any, ProcessedDelivery]:
    way = BY_NAME["natero"]
    request = IncomingRequest("POST", "/v1/a/b", "", {}, "", 1795849869981)
    body = Body(pair=1)
    body.text = lines
    reading = way.read(request, lines, Limits())
    pair = KeyPairSnapshot(1, "natero", "KEY", "SECRET")
    checks = ReceiptChecks(TypeDriftDetector(), PlanValidator().validate)
    processor = processor or DeliveryProcessor(Limits())
    return processor.validate_delivery(way, request, body, reading, pair, checks)


def test_events_count_in_the_memory_for_bodies():
    """Short lines use far more memory as events than as text."""
    lines = b"{}\n" * 5_000
    processor = DeliveryProcessor(Limits(waiting_bytes=16 * 2**20))
    kept = processor.memory_budget

    async def validate(count: int) -> list[object]:
        deliveries = (_validated(lines, processor) for _ in range(count))
        return await asyncio.gather(*deliveries, return_exceptions=True)

    outcomes = asyncio.run(validate(8))
    refused = [each.refusal for each in outcomes if isinstance(each, RequestRejected)]
    accepted = [each for each in outcomes if isinstance(each, ProcessedDelivery)]
    assert len(accepted) + len(refused) == 8
    assert {refusal.code for refusal in refused} == {"overloaded"}
    assert 1 <= len(accepted) <= 3
    assert kept.held <= kept.size
