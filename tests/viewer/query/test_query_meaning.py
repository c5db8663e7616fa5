"""The events that queries find, including malformed ones."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings

from ingest.dialects import BY_NAME
from ingest.models import Event
from ingest.receiving.redaction import RedactedHead, delivery_row
from ingest.storage.write_request import WriteRequest
from ingest.timestamps import now_ms
from ingest.values import IncomingRequest, Reply
from tests.support.broken import all_cases
from tests.support.validating import NOW, judge
from tests.viewer.query.test_parser import TEXTS, attempt
from viewer.events.search import Search
from viewer.query import parse_query

GOOD = b'{"accountId":"a","userId":"u-1","createdAt":%d,"action":"sessionIdle","sessionId":"S"}'
Find = Callable[[str], list[int]]


def keep(store, pair, *bodies: bytes, received_at: int | None = None) -> None:
    """Validate bodies as the pair's vendor would, and store them."""
    for body in bodies:
        head = IncomingRequest("POST", "/", "", {}, "127.0.0.1", received_at or now_ms())
        masked = RedactedHead(BY_NAME[pair.dialect], head)
        kept = delivery_row(masked, head, reply=Reply(200, []), size=len(body))
        store.append([WriteRequest(pair.pk, kept, judge(pair.dialect, body).events)])


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def find(store, pair) -> Callable[..., Find]:
    """Store these lines and return the numbers of those that match."""

    def having(*lines: bytes | str) -> Find:
        keep(store, pair, *(line.encode() if isinstance(line, str) else line for line in lines))
        return lambda text: numbers(pair, text)

    return having


def numbers(pair, text: str) -> list[int]:
    found = Event.objects.filter(parse_query(text).condition, keypair=pair).order_by("seq")
    return list(found.values_list("seq", flat=True))


def valued(*values: str) -> list[str]:
    """Objects whose field x has each of these JSON texts."""
    return [f'{{"x":{value}}}' for value in values]


# -- combining terms -----------------------------------------------------------------------------


def test_or_binds_tighter_than_and(find):
    seqs = find('{"a":1,"b":1}', '{"a":2,"b":1}', '{"a":2,"b":2}', '{"a":3,"b":1}')
    assert seqs("a:1 OR a:2 b:1") == [1, 2]
    assert seqs("b:1 a:3 OR a:2") == [2, 4]
    assert seqs("a:1 OR -b:1") == [1, 3]
    assert seqs("") == [1, 2, 3, 4]


def test_a_negated_term_finds_exactly_the_other_events(find):
    lines = [
        *valued("3", '"3"', "null", "{}", "[3]"),
        "{}",
        "{",
        "[]",
        b'{"x":\xff}',
        '{"x":"a b"}',
    ]
    seqs = find(*lines)
    everything = list(range(1, len(lines) + 1))
    terms = ["x:3", "x:a*", "x:*", "x>1", "x", "a:b", "name:*", "name:x*", "user:u", "problem:*"]
    terms += ["verdict:inv*", "problem:missing-field", "seq>3", "time>-1d", "size<5", '"a b"']
    for term in terms:
        assert sorted(seqs(term) + seqs(f"-{term}")) == everything


# -- free text -----------------------------------------------------------------------------------


def test_free_text_is_found_in_any_case_in_the_sent_text(find):
    seqs = find('{"title":"Grüße an Zoë"}', '{"title":"GRÜSSE"}', "{ broken grüße", '{"x":"100%_"}')
    assert seqs("title") == [1, 2]
    assert seqs("TITLE") == [1, 2]
    assert seqs("grüße") == [1, 2, 3]
    assert seqs("zOË") == [1]
    assert seqs('"an zoë"') == [1]
    assert seqs("100%") == [4]
    assert seqs("0%_") == [4]
    assert seqs("1%0") == []
    assert seqs("gr*e") == [1, 2, 3]
    assert seqs('"gr*e"') == []


def test_free_text_is_found_in_any_json_spelling(find):
    escaped = json.dumps({"x": 'Zoë says "hi" 😀', "url": "a"})
    slashed = '{"x":"https:\\/\\/example.com\\/\\u00e9"}'
    seqs = find(escaped, slashed, escaped.replace("\\u00eb", "\\u00EB"))
    assert seqs("Zoë") == [1, 3]
    assert seqs('"zoë says"') == [1, 3]
    assert seqs("😀") == [1, 3]
    assert seqs('"says \\"hi\\""') == [1, 3]
    assert seqs('"https://example.com/"') == [2]
    assert seqs('"https://example.com/é"') == [2]
    assert seqs('"\\\\u00e9"') == [2]


def test_free_text_is_found_after_a_nul_and_beside_invalid_bytes(find):
    seqs = find(b'{"x":"\x00 Needle"}', b"\xff\xfe needle \xff", b'{"x":"y"}')
    assert seqs("needle") == [1, 2]
    assert seqs("-needle") == [3]


# -- columns -------------------------------------------------------------------------------------


def test_columns_are_compared_by_their_type(store, pair, find):
    good = GOOD.replace(b'"a"', b'"acme-1"')
    seqs = find(good % NOW, '{"action":"feature","accountId":"Acme-2"}', "{")
    assert seqs("verdict:valid") == [1]
    assert seqs("verdict:valid OR verdict:malformed") == [1, 3]
    assert seqs("-verdict:*valid") == [3]
    assert seqs("name:feature") == [2]
    assert seqs("name:Feature") == []
    assert seqs("name:*") == [1, 2]
    assert seqs("account:acme-*") == [1]
    assert seqs("account:*-?") == []
    assert seqs("account:?cme-*") == []
    assert seqs("session:S user:u-1") == [1]
    assert seqs("seq:2 OR seq>2") == [2, 3]
    assert seqs("seq:2.5") == []
    assert seqs("seq<=99999999999999999999999") == [1, 2, 3]
    assert seqs("size:1 line:1 status:200") == [3]
    assert seqs("delivery>=2 delivery<3") == [2]


def test_times_are_those_of_arrival(store, pair, find):
    day = 1_795_219_200_000  # 2026-11-21
    for moment in (day - 1, day, day + 36_000_500, day + 86_400_000):
        keep(store, pair, b"{}", received_at=moment)
    assert numbers(pair, "time:2026-11-21") == [2, 3]
    assert numbers(pair, "time>2026-11-21") == [4]
    assert numbers(pair, "time>=2026-11-21") == [2, 3, 4]
    assert numbers(pair, "time<2026-11-21") == [1]
    assert numbers(pair, "time<=2026-11-21") == [1, 2, 3]
    assert numbers(pair, "time:2026-11-21T10:00") == [3]
    assert numbers(pair, "time>=2026-11-21T10:00:00.500Z time<2026-11-21T10:00:00.501Z") == [3]
    assert numbers(pair, 'time:"2026-11-21 12:00:00+02:00"') == [3]
    assert numbers(pair, "time:*") == [1, 2, 3, 4]


@pytest.mark.slow
def test_a_relative_time_is_relative_to_the_time_of_the_query(store, pair):
    query = parse_query("time>-2s")
    keep(store, pair, b"{}")
    assert Event.objects.filter(query.condition, keypair=pair).count() == 1
    time.sleep(2.1)
    assert Event.objects.filter(query.condition, keypair=pair).count() == 0


def test_a_problem_is_found_by_its_code_and_its_field(find):
    good = GOOD % NOW
    seqs = find(good.replace(b"userId", b"id"), "{", b'{"createdAt":1}', good)
    assert seqs("problem:missing-field") == [1, 3]
    assert seqs("problem:missing-field@/userId") == [1, 3]
    assert seqs("problem:missing-field@/accountId") == [3]
    assert seqs("problem:missing-f*") == [1, 3]
    assert seqs("problem:*") == [1, 2, 3]
    assert seqs("-problem:*") == [4]


# -- fields of the JSON --------------------------------------------------------------------------


def test_equality_is_exact_to_the_digit(find):
    values = ["12345678901234567890", "12345678901234567891", "12345678901234567890.0"]
    values += ['"12345678901234567890"', "1234567890123456789", "0.1", "0.1000000000000000055"]
    seqs = find(*valued(*values))
    assert seqs("x:12345678901234567890") == [1, 4]
    assert seqs("x:12345678901234567891") == [2]
    assert seqs("x:1234567890123456789") == [5]
    assert seqs("x:1234567890123456788") == []
    assert seqs("x:0.1") == [6]
    assert seqs("x:0.1000000000000000055") == [7]


def test_a_number_equals_its_other_spellings(find):
    values = ["3", '"3"', "3.0", "3e0", "30", "true", "null", "[3]", '{"x":3}', '"3.0"', "-3"]
    seqs = find(*valued(*values))
    assert seqs("x:3") == [1, 2, 3, 4]
    assert seqs("x:3.0") == [1, 3, 4, 10]
    assert seqs("x:03") == [1, 3, 4]
    assert seqs("x:-3") == [11]


def test_json_literals_match_as_values_and_as_strings(find):
    seqs = find(*valued("true", '"true"', "false", "null", '"null"', "1"), "{}")
    assert seqs("x:true") == [1, 2]
    assert seqs("x:false") == [3]
    assert seqs("x:null") == [4, 5]
    assert seqs("x:1") == [6]
    assert seqs("x:*") == [1, 2, 3, 5, 6]
    assert seqs("-x:*") == [4, 7]


def test_strings_are_compared_as_characters(find):
    values = [json.dumps("Zoë 😀"), '"Zoë 😀"', '"zoë 😀"', r'"a\/b"', '"a/b"', r'"a\u0000b"', '""']
    seqs = find(*valued(*values, r'"say \"hi\""', r'"two\nlines"', '"a*b"'))
    assert seqs('x:"Zoë 😀"') == [1, 2]
    assert seqs("x:Zoë*") == [1, 2]
    assert seqs("x:a/b") == [4, 5]
    assert seqs("x:a") == []
    assert seqs('x:""') == [7]
    assert seqs('x:"say \\"hi\\""') == [8]
    assert seqs('x:"two\\u000alines"') == [9]
    assert seqs('x:"a*b"') == [10]
    assert seqs("x:a*b") == [4, 5, 10]


def test_numbers_are_compared_only_with_numbers(find):
    seqs = find(*valued("3", "3.5", "1e2", '"9"', "null", "true", "[9]", "-1", "9" * 30))
    assert seqs("x>3") == [2, 3, 9]
    assert seqs("x>=3") == [1, 2, 3, 9]
    assert seqs("x<3") == [8]
    assert seqs("x<=3.5") == [1, 2, 8]
    assert seqs("x>9223372036854775807") == [9]


def test_a_path_goes_through_objects_and_arrays(find):
    seqs = find(
        '{"items":[{"sku":"a"},{"sku":"b"}]}',
        '{"items":{"0":{"sku":"a"}}}',
        '{"properties":{"plan":"pro","first name":"Ada","a.b":1,"Größe":2,"say \\"x\\"":3}}',
        '{"properties.plan":"pro"}',
        json.dumps({"properties": {"Größe": 2}}),
        '{"name":"x","action":"feature"}',
        '{"":{"$id":7}}',
    )
    assert seqs("items.0.sku:a") == [1, 2]
    assert seqs("items.1.sku:b") == [1]
    assert seqs("items.sku:*") == []
    assert seqs("properties.plan:pro") == [3]
    assert seqs('"properties.plan":pro') == [4]
    assert seqs('properties."first name":Ada') == [3]
    assert seqs('properties."a.b":1') == [3]
    assert seqs("properties.Größe:2") == [3, 5]
    assert seqs('properties."say \\"x\\"":3') == [3]
    assert seqs('"".$id:7') == [7]
    assert seqs(".name:x") == [6]
    assert seqs("name:feature") == [6]


def test_malformed_text_has_no_fields(find):
    seqs = find('{"x":3', '{"x":3}{"x":3}', b'{"x":3}\x00', b'{"x":"\xff"}', '{"x":NaN}', '{"x":3}')
    assert seqs("x:3") == [6]
    assert seqs("x:*") == [6]
    assert seqs("-x:*") == [1, 2, 3, 4, 5]


# -- any query, any event --------------------------------------------------------------------------

ODD = [
    b"\x00",
    b"\xff",
    b'{"name":1e999}',
    b'{"name":' + b"[" * 900 + b"]" * 900 + b"}",
    b'{"a":{"a":1}}',
]


@pytest.fixture(scope="module")
def broken_pairs(django_db_setup, django_db_blocker):
    """A key pair of each vendor with every kind of fault."""
    from ingest.auth import key_pairs
    from ingest.storage.store import Store

    with django_db_blocker.unblock():
        made = {name: key_pairs.create_key_pair(f"broken {name}", name) for name in BY_NAME}
        for case in all_cases():
            keep(Store(), made[case.dialect], case.body)
        keep(Store(), made["natero"], *ODD, b'{"name":"' + b"x" * 2**20 + b'"}')
        for pair in made.values():
            pair.refresh_from_db()
    return list(made.values())


@pytest.mark.slow
@settings(
    max_examples=150,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(TEXTS)
def test_no_stored_event_makes_a_query_fail(broken_pairs, stored, text):
    _, query = attempt(text)
    for pair in broken_pairs if query is not None else []:
        found = Search(query, limit=1000).find(pair).events
        marked = Search(query, limit=1000, is_highlight=True).find(pair).events
        assert len(marked) == pair.last_seq
        if query:
            assert [event["seq"] for event in found] == [e["seq"] for e in marked if e["matches"]]


def test_the_broken_inputs_are_found_by_their_problems(broken_pairs, stored):
    [natero] = [pair for pair in broken_pairs if pair.dialect == "natero"]
    assert len(numbers(natero, "verdict:malformed problem:missing-comma")) > 3
    assert numbers(natero, "verdict:malformed -problem:*") == []
