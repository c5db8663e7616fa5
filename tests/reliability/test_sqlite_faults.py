"""A server whose disk or clock fails."""

from __future__ import annotations

import resource
import time

import pytest
from django.db import connection

from ingest.storage.group_commit import commit_batch
from ingest.timestamps import now_ms
from tests.reliability.test_crowds import new_path
from tests.support import processes
from tests.support.load import Load, assert_complete
from tests.support.server import Server
from tests.support.stored_data import assert_balanced, events_of
from tests.support.wait import until
from tests.support.write_requests import judged, write_request

pytestmark = pytest.mark.sqlite


def test_a_full_disk_causes_503_until_there_is_room(tmp_path, report):
    """A limit on file size simulates the full disk."""
    server = Server("uvicorn", tmp_path).start()
    try:
        auth_key, api_key = new_path(server, "k").split("/")[2:]
        pair = {"auth_key": auth_key, "api_key": api_key, "id": 1}
        wal = tmp_path / "viewer.sqlite3-wal"
        with Load(server.port, pair, "full") as load:
            until(load.goes_on)
            limit = (wal.stat().st_size + 2**16, resource.RLIM_INFINITY)
            storing = processes.storing(server.process.pid)
            resource.prlimit(storing, resource.RLIMIT_FSIZE, limit)
            until(lambda: load.statuses[503] > 20, 20)
            unlimited = (resource.RLIM_INFINITY, resource.RLIM_INFINITY)
            resource.prlimit(storing, resource.RLIMIT_FSIZE, unlimited)
            began = time.monotonic()
            until(load.goes_on, 10)
            back = time.monotonic() - began
        assert set(load.statuses) == {200, 503}
        stored = assert_complete(tmp_path / "viewer.sqlite3", pair, load.acknowledged)
        report(
            f"disk full: {load.statuses[503]} refused with 503, {stored:,} stored: complete, all "
            f"well {back:.1f} s after there was room"
        )
    finally:
        server.stop()


def test_a_read_only_database_causes_only_503(store, new_pair, stored):
    pair = new_pair("natero")
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA query_only = ON")
    refused = write_request(pair, [judged()])
    assert commit_batch(store, [refused]).newest == {}
    assert refused.gone
    assert commit_batch(store, [write_request(pair, [judged()])]).newest == {pair.pk: 1}, (
        "by a new connection"
    )
    assert_balanced(pair)


def test_a_clock_set_back_an_hour_changes_no_number_and_loses_nothing(store, new_pair, stored):
    pair = new_pair("natero")
    moment = now_ms()
    for at in (moment, moment - 3_600_000, moment - 3_599_000, moment + 1_000):
        store.append([write_request(pair, [judged()] * 2, at)])
    assert_balanced(pair)
    assert [event.seq for event in events_of(pair)] == list(range(1, 9))
    assert pair.last_received_at == moment + 1_000
