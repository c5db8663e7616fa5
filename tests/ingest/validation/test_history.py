"""Warnings that depend on earlier events of the stream: duplicates, changed types, many names."""

from __future__ import annotations

import json
import sys

import pytest

from ingest.problems import render_problem
from ingest.storage.counters import Counters
from ingest.storage.write_request import WriteRequest
from ingest.storage.writer import WriteFailed
from ingest.validation.history import duplicates
from ingest.validation.history.type_drift import MAX_PROPERTIES, TypeDriftDetector
from ingest.values import IndexedFields, ValidatedEvent
from tests.support.http import send_raw
from tests.support.stored_data import assert_balanced, events_of, faults_of, problems_of
from tests.support.vendors import NATERO, USERMAVEN
from tests.support.write_requests import head, write_request

SAME = "warning same-line-twice"
AGAIN = "warning duplicate-event-id /event_id"


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def line(text: str, own_id: str | None = None, at: int | None = 1) -> ValidatedEvent:
    columns = IndexedFields("feature", occurred_at=at)
    return ValidatedEvent(1, "valid", columns, (), text.encode(), len(text), own_id)


def noted(pair) -> list[tuple[int, str]]:
    """Number and message of each event with a warning."""
    return [(e.seq, render_problem(p)["message"]) for e in events_of(pair) for p in problems_of(e)]


# -- duplicates ----------------------------------------------------------------------------------


def test_the_same_line_in_a_later_commit(store, pair):
    store.append([write_request(pair, [line("a"), line("b")])])
    store.append([write_request(pair, [line("c"), line("b")])])
    assert [event.verdict for event in events_of(pair)] == ["valid", "valid", "valid", "warning"]
    assert noted(pair) == [(4, "The very same line came before, as event 2.")]
    assert_balanced(pair)


def test_the_same_line_in_one_commit(store, pair):
    store.append([write_request(pair, [line("x")])])
    store.append(
        [write_request(pair, [line("a")]), write_request(pair, [line("b"), line("a"), line("a")])]
    )
    assert [(seq, text[-2:]) for seq, text in noted(pair)] == [(4, "2."), (5, "2.")]
    assert_balanced(pair)


def test_the_same_id_twice_names_the_first(store, pair):
    store.append([write_request(pair, [line("a", "id-1"), line("b", "id-2", at=None)])])
    store.append([write_request(pair, [line("c", "id-2")])])
    assert faults_of(events_of(pair)[2]) == [AGAIN]
    assert "event 2:" in noted(pair)[0][1]


def test_lines_without_a_time_may_look_the_same(store, pair):
    store.append([write_request(pair, [line("a", at=None), line("a", at=None)])])
    assert noted(pair) == []


def test_key_pairs_are_independent(store, pair, new_pair):
    other = new_pair("natero")
    store.append([write_request(pair, [line("a", "id")]), write_request(other, [line("a", "id")])])
    assert noted(pair) == noted(other) == []


def test_only_the_newest_are_remembered_in_little_memory(monkeypatch):
    monkeypatch.setattr(duplicates, "MAX_REMEMBERED", 2_000)
    memory = duplicates.DuplicateDetector()

    def firsts(*numbers: int) -> list[bool]:
        """Whether a line with each number is known."""
        batch = [line(f"{number}") for number in numbers]
        (compared,), _ = memory.compare(1, [batch], lambda: 0)
        return [event.verdict == "warning" for event in compared]

    most = 0
    for number in range(20_000):
        _, new = memory.compare(1, [[line(f"{number}")]], lambda: 0)
        memory.remember(new, number)
        most = max(most, sum(map(sys.getsizeof, (memory._seqs, memory._older))))
    assert all(firsts(*range(19_001, 20_000)))
    assert not any(firsts(*range(18_000)))
    assert most <= 2 * sys.getsizeof(dict.fromkeys(range(1_000)))


def test_many_duplicates_in_a_delivery_cost_one_query():
    asked: list[int] = []

    def last_seq() -> int:
        asked.append(1)
        return 40

    compared = duplicates.DuplicateDetector().compare(1, [[line("same")] * 500] * 2, last_seq)
    assert asked == [1]
    assert [len(event.problems) for batch in compared.batches for event in batch] == [0, *[1] * 999]
    assert compared.batches[1][0].problems[0].args == {"first": "41"}


def test_an_event_that_was_not_stored_has_no_duplicate(store, pair, monkeypatch):
    def fails(*args):
        raise WriteFailed

    with monkeypatch.context() as broken:
        broken.setattr(Counters, "add_names", fails)
        with pytest.raises(WriteFailed):
            store.append([write_request(pair, [line("a")])])
    batch: list[WriteRequest] = [write_request(pair, [line("a")])]
    store.append(batch)
    assert noted(pair) == []
    assert batch[0].events == [line("a")], "a retry is validated again"


def test_over_http_a_resent_delivery_is_marked(server, new_pair, stored):
    pair = new_pair("natero")
    request = NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good)
    assert [send_raw(server.port, request).status for _ in range(2)] == [200, 200]
    first, second = events_of(pair)
    assert (faults_of(first), faults_of(second)) == ([], [SAME])


def test_over_http_a_resent_event_id_is_marked_and_accepted(server, new_pair, stored):
    pair = new_pair("usermaven")
    [event] = json.loads(USERMAVEN.good)
    event["event_id"] = "e-1"
    for plan in ("free", "pro"):
        body = json.dumps(event | {"event_attributes": {"plan": plan}}).encode()
        answer = send_raw(server.port, USERMAVEN.deliver(pair.api_key, pair.auth_key, body))
        assert (answer.status, answer.body) == (200, b'{"status":"ok"}')
    assert AGAIN in faults_of(events_of(pair)[1])


# -- types ---------------------------------------------------------------------------------------


KNOWN = frozenset({"userId"})


def changes(kinds: TypeDriftDetector, value, name: str = "paid", pair: int = 1) -> list[str]:
    return [
        render_problem(problem)["message"] for problem in kinds.compare(pair, KNOWN, name, value)
    ]


def test_a_property_whose_type_changes():
    kinds = TypeDriftDetector()
    assert changes(kinds, {"price": 10, "tags": ["a"]}) == []
    assert changes(kinds, {"price": 10.5}) == [], "whole or not, a number is a number"
    assert changes(kinds, {"price": None}) == [], "null says nothing"
    assert changes(kinds, {"price": "10"}) == [
        "“price” is a string; in earlier “paid” events it was a number."
    ]
    assert changes(kinds, {"price": "11"}) != [], "again and again, against the first"


def test_a_previously_empty_object_is_checked_once_it_has_fields():
    kinds = TypeDriftDetector()
    assert changes(kinds, {"plan": {}}) == []
    assert changes(kinds, {"plan": {"price": 10}}) == []
    assert changes(kinds, {"plan": {"price": "10"}}) != []
    assert changes(kinds, {"price": 12}) == []


def test_a_property_one_level_down():
    kinds = TypeDriftDetector()
    assert changes(kinds, {"details": {"seats": 3}}) == []
    [problem] = kinds.compare(1, KNOWN, "paid", {"details": {"seats": "3"}})
    assert (problem.path, problem.severity, problem.basis) == (
        "/details/seats",
        "warning",
        "rebuilt",
    )


def test_the_first_of_very_many_properties_are_compared_with_earlier_ones():
    kinds = TypeDriftDetector()
    many = {f"k{number}": {} for number in range(MAX_PROPERTIES + 1)}
    first, beyond = "k0", f"k{MAX_PROPERTIES}"
    for _ in range(2):
        assert changes(kinds, many) == []
    assert changes(kinds, many | {beyond: 1}) == [], "no longer looked at"
    assert changes(kinds, many | {first: 1}) != []
    assert changes(kinds, {first: 1}) != [], "one memory for events of any size"


def test_other_names_and_other_key_pairs_have_separate_types():
    kinds = TypeDriftDetector()
    assert changes(kinds, {"price": 10}) == []
    assert changes(kinds, {"price": "10"}, name="refunded") == []
    assert changes(kinds, {"price": "10"}, pair=2) == []


def test_a_wrong_first_value_of_a_known_field_does_not_mark_valid_ones_after_it():
    kinds = TypeDriftDetector()
    assert changes(kinds, {"userId": 17}) == []
    assert changes(kinds, {"userId": "u-17"}) == []


def test_over_http_a_first_event_with_a_wrong_type_leaves_the_next_one_valid(
    server, new_pair, stored
):
    pair = new_pair("natero")
    wrong = NATERO.good.replace(b'"userId":"u"', b'"userId":17')
    body = wrong + b"\n" + NATERO.good
    assert send_raw(server.port, NATERO.deliver(pair.api_key, pair.auth_key, body)).status == 200
    assert [event.verdict for event in events_of(pair)] == ["invalid", "valid"]


def test_over_http_a_changed_type_is_reported_once_if_a_rule_reports_it(server, new_pair, stored):
    pair = new_pair("natero")
    event = json.loads(NATERO.good) | {"action": "identifyUser", "details": {"seats": 3}}
    odd = event | {"userId": 17, "details": {"seats": "3"}}
    body = "\n".join(map(json.dumps, (event, odd))).encode()
    assert send_raw(server.port, NATERO.deliver(pair.api_key, pair.auth_key, body)).status == 200
    faults = faults_of(events_of(pair)[1])
    assert "warning type-changed /details/seats" in faults
    assert [fault for fault in faults if fault.endswith("/userId")] == [
        "error string-as-number /userId"
    ]


# -- names ---------------------------------------------------------------------------------------


def test_names_near_the_limit_of_the_vendor(store, new_pair):
    pair = new_pair("eventbunker")
    bunker = head()._replace(dialect="eventbunker")
    names = [
        ValidatedEvent(1, "valid", IndexedFields(f"n{number}"), (), b"{}", 2)
        for number in range(1_901)
    ]
    store.append([WriteRequest(pair.pk, bunker, names[:1_898])])
    assert noted(pair) == []
    store.append([WriteRequest(pair.pk, bunker, names[1_897:])])
    assert [seq for seq, _ in noted(pair)] == [1_901, 1_902]
    assert "event name number 1,900; the vendor takes 2,000" in noted(pair)[0][1]
    store.append([WriteRequest(pair.pk, bunker, names)])
    assert len(noted(pair)) == 2, "known names produce no note"
