"""The cost of finding the intended name among similar ones is bounded, whatever names a sender
chooses."""

from __future__ import annotations

import json
import random
import time

import pytest

from ingest.dialects import BY_NAME
from ingest.schema import fuzzy_names
from ingest.schema.fuzzy_names import closest_match, limited_comparisons
from ingest.timestamps import now_ms
from ingest.validation.validate_event import validate_events
from ingest.values import Piece
from tests.support.write_requests import judged, write_request
from viewer.qa import closest_miss
from viewer.qa.scope import Scope
from viewer.query import parse_query

LETTERS = random.Random(1)


def letters(count: int) -> str:
    return "".join(LETTERS.choice("ab") for _ in range(count))


def test_a_search_among_similar_names_is_short():
    known = [letters(40) for _ in range(1_000)]
    closest_match(letters(40), known)
    began = time.process_time()
    for _ in range(10):
        closest_match(letters(40), known)
    assert time.process_time() - began < 0.3
    began = time.process_time()
    with limited_comparisons():
        assert sum(bool(closest_match(letters(40), known)) for _ in range(2_000)) <= 20
    assert time.process_time() - began < 1.5
    assert closest_match(letters(41), [letters(41)]) == ""


@pytest.fixture
def compared(monkeypatch) -> list[str]:
    """Names that were compared letter by letter."""
    names: list[str] = []
    ratio = fuzzy_names._ratio

    def counted(places: dict[str, int], length: int, other: str) -> float:
        names.append(other)
        return ratio(places, length, other)

    monkeypatch.setattr(fuzzy_names, "_ratio", counted)
    return names


def test_one_search_compares_few_names_letter_by_letter(compared):
    closest_match(letters(40), [letters(40) for _ in range(1_000)])
    assert len(compared) == fuzzy_names.MAX_COMPARED


def test_events_that_miss_a_query_compare_few_names_together(
    compared, new_pair, store, monkeypatch
):
    monkeypatch.setattr(closest_miss, "SECONDS", 60)  # the deadline would end it, too
    pair = new_pair("natero")
    names = [letters(40) for _ in range(200)]
    raw = json.dumps({"action": "feature", **dict.fromkeys(names, 1)}).encode()
    store.append([write_request(pair, [judged()._replace(raw=raw, size=len(raw))] * 3)])
    pair.refresh_from_db()
    wanted = parse_query(" ".join(["a", *(f"{letters(40)}:1" for _ in range(22))]))
    misses = closest_miss.closest_misses(wanted, Scope(pair.pk), pair)
    assert len(misses) == 3
    assert 0 < len(compared) <= fuzzy_names.COMPARISONS + fuzzy_names.MAX_COMPARED


def test_names_missing_in_one_event_are_searched_quickly():
    dialect = BY_NAME["natero"]
    wide = {f"{letters(8)}{n}": {f"{letters(8)}{m}": 1 for m in range(200)} for n in range(100)}
    lines = [json.dumps({"action": "feature", **wide}).encode()]
    lines += [
        json.dumps({"action": letters(20), **{f"{letters(18)}{n}": 1 for n in range(30)}}).encode()
        for _ in range(200)
    ]
    pieces = [Piece(text, number) for number, text in enumerate(lines, 1)]
    began = time.process_time()
    events = validate_events(dialect, pieces, now_ms(), "k")
    assert time.process_time() - began < 1.0
    assert all(event.problems for event in events)
