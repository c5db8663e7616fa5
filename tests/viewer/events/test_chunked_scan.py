"""A search in very many events ends in time and can continue where it ended."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ingest.timestamps import iso, now_ms
from tests.viewer.query.test_query_meaning import keep
from viewer.events import chunked_scan
from viewer.events.chunked_scan import FIRST, ChunkedScan
from viewer.events.search import Search
from viewer.query import parse_query


@pytest.mark.parametrize("is_downwards", [False, True])
def test_chunks_cover_a_range_without_a_gap(is_downwards):
    parts = ChunkedScan(1, 100_000, is_downwards=is_downwards, whole=False)
    found = list(parts.within(10))
    if is_downwards:
        found.reverse()
    assert len(found) > 3
    assert (found[0][0], found[-1][1]) == (1, 100_000)
    assert all(before[1] + 1 == after[0] for before, after in pairwise(found))
    assert parts.reached is None


def test_an_empty_range_has_no_chunk():
    parts = ChunkedScan(5, 4, is_downwards=True, whole=True)
    assert (list(parts.within(1)), parts.reached) == ([], None)


def test_a_search_that_times_out_reports_its_progress():
    parts = ChunkedScan(1, 100_000, is_downwards=True, whole=False)
    assert list(parts.within(0)) == [(100_001 - FIRST, 100_000)]
    assert parts.reached == 100_001 - FIRST


def test_a_chunk_stays_within_its_maximum():
    parts = ChunkedScan(1, 100_000, is_downwards=False, whole=False, widest=1_000)
    assert max(last - first + 1 for first, last in parts.within(10)) == 1_000


@pytest.fixture
def pair(new_pair, store):
    pair = new_pair("natero")
    for number in range(5):
        keep(store, pair, b"\n".join(b'{"n":%d}' % (number * 1000 + n) for n in range(1000)))
    pair.refresh_from_db()
    return pair


@pytest.mark.slow
@pytest.mark.parametrize("newest_first", [False, True])
def test_a_search_continues_where_it_ended(pair, newest_first):
    """Each call has time for one chunk only; together they find the same as one long call."""
    query = parse_query("n:700 OR n:4200")
    after, before, seen, calls = 0, None, [], 0
    while True:
        search = Search(query, limit=9, newest_first=newest_first, seconds=0)
        found = search.find(pair, after, before)
        seen += [event["seq"] for event in found.events]
        calls += 1
        if found.searched_to is None:
            break
        if newest_first:
            before = found.searched_to
        else:
            after = found.searched_to
    assert seen == ([4201, 701] if newest_first else [701, 4201])
    assert calls > 1


@pytest.mark.slow
def test_a_time_narrows_the_search(new_pair, store, monkeypatch):
    monkeypatch.setattr(chunked_scan, "FIRST", 2_000)  # one chunk, which the time limit allows
    pair = new_pair("natero")
    hour = 3_600_000
    began = now_ms() - 6 * hour
    for number in range(6):
        lines = b"\n".join(b'{"n":%d}' % n for n in range(1000))
        keep(store, pair, lines, received_at=began + number * hour)
    pair.refresh_from_db()
    query = parse_query(f"time>={iso(began + hour)} time<{iso(began + 3 * hour - 200_000)} n:7")
    found = Search(query, limit=9, seconds=0).find(pair)
    assert [event["seq"] for event in found.events] == [1008, 2008]
    assert found.searched_to is None
