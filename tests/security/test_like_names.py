"""The cost of finding the intended name among similar ones is bounded, whatever names a sender
chooses."""

from __future__ import annotations

import json
import random
import time

from ingest.dialects import BY_NAME
from ingest.schema.fuzzy_names import closest_match, limited_comparisons
from ingest.timestamps import now_ms
from ingest.validation.validate_event import validate_events
from ingest.values import Piece

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
