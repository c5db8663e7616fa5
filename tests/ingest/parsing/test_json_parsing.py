"""Text → JSON, and bodies → events, for any input."""

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
from tests.support.validating import NOW, blanks, faults, judge

DEEP = 10_000


def judge_line(text: str) -> tuple[str, list[str]]:
    (event,) = judge("natero", text.encode("utf-8", "surrogatepass")).events
    return event.verdict, faults(event.problems)


def line(value: str) -> str:
    """A valid natero event except for the text of one custom property."""
    base = '"accountId":"a","userId":"u","action":"feature","sessionId":"s","module":"m","total":1'
    return f'{{{base},"createdAt":{NOW},"feature":{value}}}'


# -- unusual but valid JSON ------------------------------------------------------------------


@pytest.mark.parametrize(
    "value",
    [
        '"a\u2028b\u2029c\u0085d"',
        r'"a\u0000b"',
        r'"\ud83d\ude00"',
        '"\x7f"',
        '"a", "feature": "a"',
    ],
)
def test_unusual_text_that_is_valid(value):
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
def test_a_number_beyond_double_range_is_a_warning(digits):
    text = line('"x"').replace('"total":1', f'"total":{digits}')
    assert judge_line(text) == ("warning", ["warning number-out-of-range"])


@pytest.mark.parametrize("digits", ["9" * 400, "9" * 5_000, "1e400", "9" * 30])
def test_a_huge_number_as_time_is_validated(digits):
    text = line('"x"').replace(str(NOW), digits)
    verdict, found = judge_line(text)
    assert verdict == "invalid"
    assert "error time-unit-unknown /createdAt" in found


@pytest.mark.parametrize("depth", [100, 120, 130, 250, 260, 500, 900, 1000, 1030, 5000, DEEP])
@pytest.mark.parametrize("dialect", BY_NAME)
def test_nesting_of_any_depth_is_validated(dialect, depth):
    for text in ("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth):
        judged = judge(dialect, f'[{{"own":{text}}},{{"own":{text}}}]'.encode())
        assert {event.verdict for event in judged.events} <= {"invalid", "malformed"}


def test_nesting_deeper_than_any_vendor_supports_is_reported():
    value = "[" * DEEP + "]" * DEEP
    assert judge_line(line(value)) == ("malformed", ["error nested-too-deep"])


@pytest.mark.parametrize("depth", [990, 1010, 1020, 1030, DEEP])
@pytest.mark.parametrize("dialect", ["natero", "usermaven"])
def test_nesting_too_deep_inside_an_array_is_reported_at_its_bracket(dialect, depth):
    text = b'[{"a":1},{"own":' + b"[" * depth + b"]" * depth + b"}]"
    for event in judge(dialect, text).events:
        for problem in event.problems:
            assert problem.code not in ("not-an-object", "not-json")
            if problem.offset is not None:  # the validator gives none
                assert 900 < problem.offset < 1100


def test_the_stored_bytes_are_those_sent():
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
    """Valid JSON with a piece removed, inserted or doubled."""
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
def test_parse_returns_a_value_or_a_reason(raw):
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
def test_any_body_is_validated_and_explained(dialect, body):
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
def test_every_line_is_in_one_event(body):
    """Natero: every line that is not blank is in exactly one event, in order and unchanged. One
    event can span several whole lines. An array has no lines: everything except brackets, commas
    and white space between items is in exactly one event."""
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
def test_a_body_is_one_event(dialect, body):
    """EventBunker: a body is one event, unless it is blank. Usermaven: the same, or one event per
    item of an array; an array that is not JSON is one event."""
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
def test_every_item_is_one_event(items, ascii_only):
    """Each item keeps its own bytes."""
    texts = [json.dumps(item, ensure_ascii=ascii_only).encode() for item in items]
    judged = judge("usermaven", b"[ " + b" ,\t".join(texts) + b"\n]").events
    assert [bytes(event.raw) for event in judged] == texts


@pytest.mark.slow
@given(event=events, data=some.data())
@quickly
def test_a_break_is_found_at_or_before_the_first_visible_position(event, data):
    """A piece is removed, inserted or cut off, so that the text is no longer JSON. The break can
    become visible later: in `[{}`, only the end shows that the bracket was inserted."""
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
    """The position where a strict parser stops; None if it succeeds."""
    try:
        json.loads(text)
    except json.JSONDecodeError as error:
        return error.pos
    return None
