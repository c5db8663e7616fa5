"""Statistics that reports read from runs are cached within a limit of bytes."""

from __future__ import annotations

import gc
import json
import time
import tracemalloc

import pytest

from ingest.models import Run
from tests.support.write_requests import judged, write_request
from viewer.qa import report, run_stats
from viewer.qa.run_stats import KEPT_SECONDS, RunStatsCache
from viewer.workload.visitor_queries import QueryUnfinished

MIB = 2**20
EMOJI = "\N{GRINNING FACE}"  # Python then keeps four bytes for each character
ORDER = [{"order": ["name:*", "verdict:valid"], "by": "user"}] * 2


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def keep(store):
    def keep_(pair, count: int) -> None:
        """Events with long names, long paths and a user each."""
        fields = {f"{EMOJI * 80}{number}": 1 for number in range(10)}
        raw = json.dumps(fields, ensure_ascii=False).encode()
        events = []
        for number in range(count):
            event = judged(f"{EMOJI * 150}{number}")._replace(raw=raw, size=len(raw))
            events.append(event._replace(columns=event.columns._replace(user=f"u{number}")))
        store.append([write_request(pair, events)])
        pair.refresh_from_db()

    return keep_


def begin(pair, expectations: object = ()) -> Run:
    count = Run.objects.filter(keypair=pair).count()
    return Run.objects.create(
        keypair=pair,
        name=f"run {count}",
        tagged=False,
        first_seq=1,
        begun_at=0,
        expectations=json.dumps(list(expectations)),
    )


def read(run: Run) -> dict:
    """Read until the work is complete."""
    while True:
        try:
            return report.build_report(run)
        except QueryUnfinished:
            time.sleep(0)


@pytest.fixture
def kept(monkeypatch) -> RunStatsCache:
    """The cached entries of this test only."""
    fresh = RunStatsCache(lambda: now[0])
    now = [1_000.0]
    fresh.now = now
    monkeypatch.setattr(report, "readings", fresh)
    return fresh


@pytest.mark.slow
def test_cached_reports_are_bounded_in_bytes(pair, keep, monkeypatch):
    monkeypatch.setattr(run_stats, "MAX_BYTES", 3 * MIB, raising=False)
    keep(pair, 200)
    runs = [begin(pair) for _ in range(10)]
    read(begin(pair))  # the first report loads modules, which stay in memory
    gc.collect()
    tracemalloc.start()
    try:
        for run in runs:
            assert read(run)["counts"]["received"] == 200
        gc.collect()
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert left < 4 * MIB


@pytest.mark.slow
@pytest.mark.parametrize("expectations", [(), ORDER])
def test_the_bytes_of_a_cached_report_are_counted(pair, keep, kept, expectations):
    keep(pair, 500)
    run = begin(pair, expectations)
    read(begin(pair))
    before = kept.size
    gc.collect()
    tracemalloc.start()
    try:
        read(run)
        gc.collect()
        left = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert 0.8 * left < kept.size - before < 2 * left


def test_the_ids_of_order_expectations_count(pair, keep, kept):
    keep(pair, 500)
    read(begin(pair))
    plain = kept.size
    read(begin(pair, ORDER))
    assert kept.size > 2 * plain + 4 * 500 * 50


def test_unused_entries_are_dropped(pair, keep, kept):
    keep(pair, 5)
    first, second = begin(pair), begin(pair)
    read(first)
    kept.now[0] += KEPT_SECONDS - 1
    read(second)
    kept.now[0] += 1
    kept.forget_old()
    assert [run for run, _ in kept._kept] == [second.pk]
    kept.now[0] += KEPT_SECONDS
    kept.forget_old()
    assert kept.size == 0


def test_unused_entries_are_dropped_without_further_requests(pair, keep, monkeypatch):
    monkeypatch.setattr(run_stats, "KEPT_SECONDS", 0.2)
    fresh = RunStatsCache()
    monkeypatch.setattr(report, "readings", fresh)
    keep(pair, 5)
    read(begin(pair))
    assert fresh.size
    deadline = time.monotonic() + 20
    while fresh.size or fresh._timer:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_the_pair_with_the_most_bytes_is_evicted(pair, keep, kept, new_pair, monkeypatch):
    other = new_pair("natero")
    keep(pair, 100)
    keep(other, 10)
    small = begin(other)
    read(small)
    large = [begin(pair) for _ in range(4)]
    read(large[0])
    monkeypatch.setattr(run_stats, "MAX_BYTES", int(2.5 * kept.size))
    for run in large[1:]:
        read(run)
    assert {run for run, _ in kept._kept} == {small.pk, large[2].pk, large[3].pk}
    assert kept.size <= run_stats.MAX_BYTES


def test_reading_continues_where_it_ended(pair, keep, kept):
    keep(pair, 5)
    run = begin(pair)
    read(run)
    keep(pair, 2)
    assert read(run)["counts"]["received"] == 7
    assert len(kept._kept) == 1
    kept.forget(run)
    assert kept.size == 0
