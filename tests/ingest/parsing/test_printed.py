"""Printed objects, texts of shells and invisible characters: one finding names the cause. In the
texts, ¦ marks where it is reported."""

from __future__ import annotations

import contextlib
import json

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from ingest.parsing.json_parsing import parse_json
from ingest.parsing.malformed.diagnosis import diagnose_malformed
from ingest.parsing.malformed.repair import repair_text
from ingest.problems import render_problem
from tests.support.validating import blanks, judge

PRINTED = [
    ("{¦u'a': u'b', 'c': 5L}", "Python"),
    ("{¦'a': 'b', 'c': None}", "Python"),
    ("{¦'a': 'b', 'c': datetime.datetime(2026, 1, 2)}", "Python"),
    ("¦<acme.Event object at 0x7f0011223344>", "Python"),
    ("¦Event(name='x', id=5)", "Python"),
    ('{"a"¦=>"b", :c=>nil}', "Ruby"),
    ("{¦:a=>1, :b=>:c}", "Ruby"),
    ("¦#<Event:0x000055d5 @name=1>", "Ruby"),
    ('{"a": ¦#<User:0x01>}', "Ruby"),
    ("{¦a=b, c={d=e}}", "Java or Kotlin"),
    ("¦com.acme.Event@6d06d69c", "Java or Kotlin"),
    ("¦Event[name=x, id=5]", "Java or Kotlin"),
    ("¦map[a:b c:map[d:1]]", "Go"),
    ("¦{Name:x Id:5}", "Go"),
    ("¦&{Name:x}", "Go"),
    ("¦@{a=b; c=d}", "PowerShell"),
    ("¦System.Collections.Hashtable", "PowerShell"),
    ('{"a": ¦System.Object[]}', "PowerShell"),
    ("¦System.Collections.Generic.List`1[System.String]", ".NET"),
    ("¦[object Object]", "JavaScript"),
    ("¦Event { name: 'x' }", "JavaScript"),
    ('¦Event { name: "x", id: 5 }', "Rust"),
    ('¦Object {"a": String("b")}', "Rust"),
    ('{"a": ¦[object Object]}', "JavaScript"),
    ("{ ¦a: 'b', c: [Object] }", "JavaScript"),
    ("¦Array\n(\n    [a] => b\n)", "PHP"),
    ('¦a:1:{s:1:"a";i:5;}', "PHP"),
    ("¦HASH(0x55d0c0)", "Perl"),
    ('¦%{"a" => 1}', "Elixir"),
    ("¦table: 0x55d0c0", "Lua"),
    ('¦["a": "b"]', "Swift"),
    ('{\n    ¦a = b;\n    "c" = 5;\n}', "Objective-C"),
]
CAUSES = [
    ("¦undefined", "nothing-sent"),
    ("¦'{\"a\": 1}'", "quotes-around"),
    ('¦\'{"a": 1}', "quotes-around"),
    ('¦"{"a": 1}"', "quotes-around"),
    ('¦“{"a": 1}”', "quotes-around"),
    ("¦b'{\"a\": 1}'", "python-bytes"),
    ("¦b\"{'a': 1}\"", "python-bytes"),
    ("{¦a:b,c:u-17}", "quotes-removed"),
    ("{¦&quot;a&quot;:1}", "html-escaped"),
    ("¦&#123;&#34;a&#34;:1}", "html-escaped"),
    ('{"a":1}¦\\n{"b":2}', "written-line-break"),
    ('{"a":1}¦\\n', "written-line-break"),
    ('{¦\\n"a":1\\n}', "written-line-break"),
    ('{\\n¦\\"a\\":1}', "escaped-quotes"),
    ('¦\x1e{"a":1}', "invisible-character"),
    ('{"a":1}¦\0\0\0', "invisible-character"),
    ('{¦\u200b"a":\u200b1}', "invisible-character"),
    ('{"¦\x1eb":1}', "invisible-in-name"),
    ('¦ï»¿{"a":1}', "mark-read-as-latin-1"),
    ('¦\ufeff\ufeff{"a":1}', "byte-order-mark"),
    ('¦event = {"a":1};', "text-before"),
    ('¦callback({"a":1})', "text-before"),
    ('{"a":1}¦;', "extra-text"),
    ('{"a": "¦\\U0001f4a9"}', "foreign-escape"),
    ('{"a": "¦\\u{1f4a9}"}', "foreign-escape"),
    ('{"a": "¦\\xc3\\xa9"}', "foreign-escape"),
    ('{"a": "¦\\351"}', "foreign-escape"),
    ('{"a": ¦12n}', "number-suffix"),
    ('{"a": ¦-12L}', "number-suffix"),
]
FIXED = [
    ("{u'a': u'caf\\xe9', 'b': 5L, 'c': None}", '{"a": "caf\\u00e9", "b": 5, "c": null}'),
    ('{"a"=>"b", :c=>nil, "d"=>:e}', '{"a":"b", "c":null, "d":"e"}'),
    ("{ a: 'b', 'c': true }", '{ "a": "b", "c": true }'),
    ('\'{"a": "it\'s"}\'', '{"a": "it\'s"}'),
    ("'{a: 'b',}'", '{"a": "b"}'),
    ('b\'{"a": "caf\\xc3\\xa9 it\\\'s"}\'', '{"a": "café it\'s"}'),
    ('"{\\"a\\": \\"\\ud83d\\ude00\\"}"', '{"a": "😀"}'),
    ('{\\n\\"a\\": \\"x\\"\\n}', '{\n"a": "x"\n}'),
    ('\x1e{"a":1}\0', '{"a":1}'),
    ('{"a": "\\U0001f4a9", "b": 12n}', '{"a": "\\ud83d\\udca9", "b": 12}'),
    ('event = {"a":1};', '{"a":1}'),
    ('{"type":"Buffer","data":[123,34,97,34,58,49,125]}', '{"a":1}'),
]
NOT_FIXED = [
    "{a=b, c=d}",
    "{a:b,c:5}",
    "'hello'",
    '"{\\"a\\": 1"',
    "{&quot;a&quot;:1}",
    '{"a":1}\\n{"b":2}',
    '{"a": "C:\\x64"}',
    "{'a': 'caf\\xe9'}",  # a byte in an unknown encoding
    '{"a\x1eb": 1}',  # a name without the character could be another one
    '{"a": [object Object]}',
    '{"type":"Buffer","data":[123,34]}',
    '{"type":"Buffer","data":["a"]}',
    '"{\\"type\\":\\"Buffer\\"}" x',
]


def found_in(marked: str) -> list[tuple[str, int | None]]:
    problems = diagnose_malformed(marked.replace("¦", "").encode())
    assert [problem for problem in problems if blanks(problem)] == []
    return [(problem.code, problem.offset) for problem in problems]


@pytest.mark.parametrize(("marked", "language"), PRINTED)
def test_a_printed_object_is_one_finding_that_names_its_language(marked, language):
    (problem,) = diagnose_malformed(marked.replace("¦", "").encode())
    assert (problem.code, problem.offset) == ("printed-object", marked.index("¦"))
    assert render_problem(problem)["message"].startswith(f"This is how {language} prints")


@pytest.mark.parametrize(("marked", "code"), CAUSES)
def test_the_first_finding_is_the_cause(marked, code):
    offset = len(marked[: marked.index("¦")].encode())
    first, *others = found_in(marked)
    assert first == (code, offset)
    assert others == []


def test_faults_inside_quotes_are_found_too():
    assert found_in("'{\"a\": 1,}'") == [("quotes-around", 0), ("trailing-comma", 8)]


def test_a_trailing_comma_shows_that_nothing_was_printed():
    codes = [code for code, _ in found_in("{'a': None,}")]
    assert codes == ["single-quotes", "python-literal", "trailing-comma"]


@pytest.mark.parametrize(("sent", "fixed"), FIXED)
def test_a_sure_fix_is_the_event(sent, fixed):
    found = repair_text(sent.encode())
    assert found.text == fixed
    assert isinstance(json.loads(fixed), dict)
    assert "".join(text for operation, text in found.parts if operation != "+") == sent


@pytest.mark.parametrize("sent", NOT_FIXED)
def test_an_unsure_fix_is_not_offered(sent):
    assert repair_text(sent.encode()) is None


@pytest.mark.parametrize(
    ("dialect", "advice"),
    [("natero", "line of its own"), ("usermaven", "one array"), ("eventbunker", "its own")],
)
@pytest.mark.parametrize("body", [b'{"a":1}{"b":2}', b'{"a":1}\\n{"b":2}'])
def test_several_events_are_separated_as_the_vendor_requires(dialect, advice, body):
    (event,) = judge(dialect, body).events
    hints = [render_problem(problem)["hint"] for problem in event.problems]
    assert len(hints) == 1
    assert advice in hints[0]


def test_a_printed_object_in_a_string_is_named():
    (event,) = judge("eventbunker", b'"[object Object]"').events
    assert [problem.code for problem in event.problems] == ["printed-object"]


def test_a_buffer_is_one_finding_with_its_beginning():
    (event,) = judge("natero", {"type": "Buffer", "data": list(b'{"accountId":"acme"}')}).events
    (problem,) = event.problems
    assert (event.verdict, problem.code) == ("invalid", "node-buffer")
    assert '{"accountId":"acme"}' in render_problem(problem)["message"]


# -- properties ------------------------------------------------------------------------------

texts = some.text(some.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
scalars = some.none() | some.booleans() | some.integers(-(2**40), 2**40) | texts
flat = some.dictionaries(texts, scalars | some.lists(scalars, max_size=2), min_size=1, max_size=4)
some_events = flat | some.dictionaries(texts, flat, min_size=1, max_size=2)
ordinary = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])

WRITERS = {
    "repr": repr,
    "bytes": lambda event: repr(json.dumps(event, ensure_ascii=False).encode()),
    "twice": lambda event: json.dumps(json.dumps(event)),
    "quotes": lambda event: "'" + json.dumps(event) + "'",
    "quote before": lambda event: "'" + json.dumps(event, ensure_ascii=False),
    "escaped": lambda event: json.dumps(json.dumps(event))[1:-1],
    "sequence": lambda event: "\x1e" + json.dumps(event) + "\n",
    "zeros": lambda event: json.dumps(event) + "\0\0",
    "latin 1": lambda event: "ï»¿" + json.dumps(event),
    "assignment": lambda event: "event = " + json.dumps(event) + ";",
    "buffer": lambda event: json.dumps(
        {"type": "Buffer", "data": list(json.dumps(event).encode())}
    ),
}
UNSURE = {"repr"}  # escapes of Python that could be bytes


@pytest.mark.parametrize("writer", WRITERS)
def test_a_fix_keeps_every_value_and_has_no_fault(writer):
    @given(some_events)
    @ordinary
    def holds(event):
        found = repair_text(WRITERS[writer](event).encode())
        if found is None:
            assert writer in UNSURE
            return
        assert parse_json(found.text.encode()) == (event, ())

    holds()


@given(some.text("{}[]:,'\"\\=>@ubn1aN;&\x1e\0\n ", max_size=30))
@ordinary
def test_any_fix_is_an_event_without_fault(text):
    found = repair_text(text.encode())
    if found:
        value, _ = parse_json(found.text.encode())
        items = value if isinstance(value, list) else [value]
        assert all(isinstance(item, dict) for item in items)


@given(some.text("{}[]:,'\"\\=>@ubn1aN;&\x1e\0\n ", max_size=30))
@ordinary
def test_any_text_has_a_cause(text):
    with contextlib.suppress(orjson.JSONDecodeError):
        orjson.loads(text)
        return
    found = diagnose_malformed(text.encode())
    assert found
    assert [problem for problem in found if blanks(problem)] == []


@pytest.mark.parametrize(
    ("text", "code", "fixed"),
    [
        ('¦^{^"a^":^"b ^^ c^"^}', "caret-escapes", '{"a":"b ^ c"}'),
        ('¦^{^\\^"a^\\^":^\\^"b^\\^"^}', "caret-escapes", '{"a":"b"}'),
        ('{¦""a"": ""b"", ""c"": """"}', "doubled-quotes", '{"a": "b", "c": ""}'),
        ("¦@event.json", "file-name-sent", None),
        ('¦// {"a":"b"}', "commented-out", None),
    ],
)
def test_what_a_shell_left(text, code, fixed):
    sent = text.replace("¦", "").encode()
    (problem,) = diagnose_malformed(sent)
    assert (problem.code, problem.column) == (code, text.index("¦") + 1)
    repair = repair_text(sent)
    assert (repair and repair.text) == fixed


@pytest.mark.parametrize("text", ['{"":1,}', '{""a": 1}', '{"a": "^"', '{""a"": "b"}'])
def test_what_no_shell_left(text):
    codes = {problem.code for problem in diagnose_malformed(text.encode())}
    assert not codes & {"caret-escapes", "doubled-quotes", "file-name-sent"}
