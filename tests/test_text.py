"""Text → JSON, for anything that may be sent; and bodies → events, for the same."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.dialects import BY_NAME
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.ndjson import BOM
from ingest.problems import problems_from_json, problems_to_json, render_problem
from ingest.validation.validate_event import VERDICTS
from tests.validating import NOW, blanks, faults, judge

DEEP = 10_000


def judge_line(text: str) -> tuple[str, list[str]]:
    (event,) = judge("natero", text.encode("utf-8", "surrogatepass")).events
    return event.verdict, faults(event.problems)


def line(value: str) -> str:
    """A natero event that is valid but for the text given for an own property."""
    base = '"accountId":"a","userId":"u","action":"feature","sessionId":"s","module":"m","total":1'
    return f'{{{base},"createdAt":{NOW},"feature":{value}}}'


# -- what JSON allows and few expect ---------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        '"a\u2028b\u2029c\u0085d"',
        r'"a\u0000b"',
        r'"\ud83d\ude00"',
        '"\x7f"',
        '"a", "feature": "twice"',
    ],
)
def test_odd_text_that_is_valid(value):
    assert judge_line(line(value)) == ("valid", [])


@pytest.mark.parametrize("value", [r'"\ud800"', r'"a\udc00b"', r'"x", "\ud83d": 1'])
def test_a_lone_surrogate_is_a_warning(value):
    verdict, found = judge_line(line(value))
    assert verdict == "warning"
    assert found[0] == "warning lone-surrogate"


def test_a_lone_surrogate_harms_no_column():
    (event,) = judge("natero", line('"x"').replace('"u"', r'"u\ud800"').encode()).events
    assert event.columns.user == "u?"


@pytest.mark.parametrize("digits", ["9" * 20, "9" * 250, "-" + "9" * 250, "1.5e300", "1e-400"])
def test_a_long_number_is_a_number(digits):
    text = line('"x"').replace('"total":1', f'"total":{digits}')
    assert judge_line(text) == ("valid", [])


@pytest.mark.parametrize("digits", ["9" * 400, "-" + "9" * 400, "9" * 5_000, "1e400", "-1e999"])
def test_a_number_beyond_all_doubles_is_a_warning(digits):
    text = line('"x"').replace('"total":1', f'"total":{digits}')
    assert judge_line(text) == ("warning", ["warning number-out-of-range"])


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5_000, "1e400", "9" * 30])
def test_a_time_that_is_a_huge_number_is_judged(digits):
    text = line('"x"').replace(str(NOW), digits)
    verdict, found = judge_line(text)
    assert verdict == "invalid"
    assert "error time-in-microseconds /createdAt" in found


@pytest.mark.parametrize("depth", [100, 120, 130, 250, 260, 500, 900, 1000, 1030, 5000, DEEP])
@pytest.mark.parametrize("dialect", BY_NAME)
def test_nesting_of_any_depth_is_judged(dialect, depth):
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        judged = judge(dialect, f'[{{"own":{text}}},{{"own":{text}}}]'.encode())
        assert {event.verdict for event in judged.events} <= {"invalid", "malformed"}


def test_nesting_deeper_than_any_vendor_reads_is_named():
    value = "[" * DEEP + "]" * DEEP
    assert judge_line(line(value)) == ("malformed", ["error nested-too-deep"])


@pytest.mark.parametrize("depth", [990, 1010, 1020, 1030, DEEP])
@pytest.mark.parametrize("dialect", ["natero", "usermaven"])
def test_nesting_too_deep_inside_an_array_is_told_at_its_bracket(dialect, depth):
    text = b'[{"a":1},{"own":' + b"[" * depth + b"]" * depth + b"}]"
    for event in judge(dialect, text).events:
        for problem in event.problems:
            assert problem.code not in ("not-an-object", "not-json")
            if problem.offset is not None:  # by the validator it has none
                assert 900 < problem.offset < 1100


def test_what_is_kept_is_what_was_sent():
    raw = b'{"b":1.0,"a":1e3,"b":12345678901234567890,"\\u00e9":"\\/"}  '
    assert bytes(judge("natero", raw).events[0].raw) == raw


# -- properties ------------------------------------------------------------------------------

quickly = settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])

json_values = some.recursive(
    some.none()
    | some.booleans()
    | some.integers()
    | some.floats(allow_nan=False, allow_infinity=False)
    | some.text(),
    lambda inner: some.lists(inner, max_size=3) | some.dictionaries(some.text(), inner, max_size=3),
    max_leaves=5,
)
names = some.sampled_from([name for d in BY_NAME.values() for name in d.rules.schema["properties"]])
events = some.dictionaries(
    names | some.text(),
    json_values | some.dictionaries(names | some.sampled_from(["id", "custom"]), json_values),
    max_size=5,
)


@some.composite
def broken_json(draw) -> bytes:
    """Valid JSON with a piece cut out, put in or doubled."""
    raw = json.dumps(draw(events), ensure_ascii=draw(some.booleans()))
    raw = raw.encode("utf-8", "surrogatepass")
    for _ in range(draw(some.integers(1, 3))):
        start = draw(some.integers(0, len(raw)))
        end = draw(some.integers(start, min(len(raw), start + 10)))
        piece = draw(
            some.binary(max_size=4) | some.sampled_from([b",", b'"', b"//", b"\n", b"}", b"NaN"])
        )
        raw = raw[:start] + piece + raw[end:]
    return raw


bodies = some.one_of(
    some.binary(max_size=300),
    broken_json(),
    some.lists(broken_json() | events.map(lambda e: json.dumps(e).encode()), max_size=5).map(
        b"\n".join
    ),
    some.lists(events, max_size=4).map(lambda items: json.dumps(items).encode()),
)


@given(raw=some.binary(max_size=300) | broken_json())
@quickly
def test_parse_returns_or_says_why_not(raw):
    try:
        parse_json(raw)
    except Malformed as malformed:
        for problem in malformed.problems:
            assert 0 <= problem.offset <= len(raw)
            assert 1 <= problem.column <= problem.offset + 1
            assert not blanks(problem)


@pytest.mark.slow
@given(body=bodies)
@pytest.mark.parametrize("dialect", BY_NAME)
@quickly
def test_any_body_is_judged_and_explained(dialect, body):
    judged = judge(dialect, body)
    assert judged.reply.status in (200, 400)
    for event in judged.events:
        assert event.verdict in VERDICTS
        assert bool(event.problems) is (event.verdict != "valid")
        assert [p.code for p in problems_from_json(problems_to_json(event.problems))] == [
            p.code for p in event.problems
        ]
        for problem in event.problems:
            assert render_problem(problem)["message"]
            assert not blanks(problem)


@pytest.mark.slow
@given(body=bodies)
@quickly
def test_lines_in_are_events_out(body):
    """Natero: every line that is not blank is in exactly one event, in order and as sent. One
    event may span several lines, by whole ones. Of an array, which has no lines, everything
    but brackets, commas and white space between is in exactly one event."""
    judged = [bytes(event.raw) for event in judge("natero", body).events]
    if body.removeprefix(BOM).lstrip()[:1] == b"[":
        assert bare(b"".join(judged)) == bare(body)
    else:
        assert [line for raw in judged for line in lines_of(raw)] == lines_of(body)


def lines_of(body: bytes) -> list[bytes]:
    return [line.removesuffix(b"\r") for line in body.split(b"\n") if line.strip()]


def bare(body: bytes) -> bytes:
    return re.sub(rb"[\s,\[\]]|" + BOM, b"", body)


@pytest.mark.slow
@given(body=bodies)
@pytest.mark.parametrize("dialect", ["usermaven", "eventbunker"])
@quickly
def test_a_body_in_is_its_event_out(dialect, body):
    """EventBunker: a body is one event, unless it is blank. Usermaven: likewise, or the items of
    an array, each an event; an array that is not JSON is one."""
    judged = judge(dialect, body)
    raws = [bytes(event.raw) for event in judged.events]
    if judged.refusal:
        assert raws == []
        assert not body.strip() or json.loads(body) == []
    elif dialect == "usermaven" and is_array(body):
        assert len(raws) == len(json.loads(body))
    else:
        assert raws == [body]


def is_array(text: bytes) -> bool:
    try:
        return isinstance(parse_json(text)[0], list)
    except Malformed:
        return False


@pytest.mark.slow
@given(items=some.lists(events | json_values, min_size=1, max_size=6), ascii_only=some.booleans())
@quickly
def test_items_in_are_events_out(items, ascii_only):
    """Each with its own bytes."""
    texts = [json.dumps(item, ensure_ascii=ascii_only).encode() for item in items]
    judged = judge("usermaven", b"[ " + b" ,\t".join(texts) + b"\n]").events
    assert [bytes(event.raw) for event in judged] == texts


@pytest.mark.slow
@given(event=events, data=some.data())
@quickly
def test_a_break_is_found_at_or_before_the_first_place_that_shows_it(event, data):
    """Cut out, put in or cut off somewhere, so that it is JSON no more. A break may show only
    further on: of `[{}` nobody can say before its end that the bracket was put in."""
    sound = json.dumps(event)
    at = data.draw(some.integers(0, len(sound) - 1))
    end = data.draw(some.integers(at, len(sound)))
    put = data.draw(some.sampled_from(["", ",", '"', "x", "}", "]", "{", "'", ":", "\\", "ä"]))
    broken = sound[:at] + put + sound[end:]
    shows = place_of_error(broken)
    if shows is None or not broken.strip():
        return
    (judged,) = judge("eventbunker", broken.encode()).events
    assert judged.verdict == "malformed"
    assert judged.problems[0].offset <= len(broken[:shows].encode())


def place_of_error(text: str) -> int | None:
    """Where a strict parser stops; None if it does not."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.pos
    return None
