"""PostgreSQL: pruning drops partitions while events are being stored."""

from __future__ import annotations

import os
import threading

import pytest
from django.db import connection, transaction

from ingest.models import Event, KeyPair
from ingest.storage.cleanup.key_pair_deletion import finish_deletion, resume_deletions
from ingest.storage.cleanup.pruning import delete_up_to
from ingest.storage.db.partitions import DELIVERIES, EVENTS, MIN_COUNT, Partition, partitions_of
from ingest.storage.store import Store
from ingest.timestamps import now_ms
from tests.support import scratch
from tests.support.load import opened
from tests.support.ports import free_port
from tests.support.server import Server
from tests.support.stored_data import assert_balanced
from tests.support.write_requests import judged, write_request

pytestmark = pytest.mark.postgresql
DAY = 86_400_000
HUNDRED = [judged()] * 100


@pytest.fixture
def pair(new_pair, stored):
    pair = new_pair("natero")
    pair.max_events = 3_000
    pair.save()
    return pair


def fill(store, pair, events: int, **at: int) -> None:
    for _ in range(events // 100):
        store.append([write_request(pair, HUNDRED, **at)])
    pair.refresh_from_db()


def deleted_rows(table: str, pair) -> int:
    """Rows deleted individually from partitions that still exist."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_del) FROM pg_stat_user_tables WHERE starts_with(relname::text, %s)",
            [f"{table}_{pair.pk}_"],
        )
        return int(cursor.fetchone()[0])


def test_expired_events_are_dropped_with_their_partition(store, pair):
    fill(store, pair, 10_000)
    assert_balanced(pair)
    assert 3_000 <= pair.last_seq - pair.first_seq + 1 <= 3_000 + MIN_COUNT
    partitions = partitions_of(EVENTS, pair.pk)
    assert partitions[0].first == pair.first_seq
    assert partitions[-1].end > pair.last_seq + 1
    assert len(partitions) <= 6
    assert deleted_rows("ingest_event", pair) == 0


def test_expired_deliveries_are_dropped_with_their_partition(store, pair):
    for _ in range(60):
        store.append([write_request(pair, [judged()]) for _ in range(100)])
    numbers = list(pair.delivery_set.order_by("number").values_list("number", flat=True))
    assert 3_000 <= len(numbers) <= 3_000 + MIN_COUNT
    assert numbers == list(range(6_000 - len(numbers) + 1, 6_001))
    assert len(partitions_of(DELIVERIES, pair.pk)) <= 6
    assert deleted_rows("ingest_delivery", pair) == 0


def test_deliveries_from_before_partitioning_are_kept(tmp_path, new_pair, store):
    database = scratch.postgresql.new_database("before")
    desk = Server("uvicorn", tmp_path, {"DATABASE_URL": database}, free_port())
    desk.manage("migrate", "ingest", "0008", "--verbosity", "0")
    old = [(pair, number) for pair in (3, 14) for number in range(5, 500)]
    with opened(database) as before:
        for pair, number in old:
            values = (0, "natero", "POST", "/", "", "", "", 0, 0, 200, False, "", b"", 0)
            before.execute(
                "INSERT INTO ingest_delivery (received_at, dialect, method, path, headers, sender, "
                "encoding, wire_size, size, status, refused, problems, excerpt, events, "
                f"keypair_id, number) VALUES ({', '.join(['%s'] * 16)})",
                (*values, pair, number),
            )
        before.commit()
    desk.manage("migrate", "--verbosity", "0")
    with opened(database) as after:
        kept = after.execute("SELECT keypair_id, number FROM ingest_delivery ORDER BY 1, 2")
        assert kept.fetchall() == old
        found = after.execute(
            "SELECT relname FROM pg_inherits JOIN pg_class ON inhrelid = pg_class.oid "
            "WHERE inhparent = 'ingest_delivery'::regclass ORDER BY 1"
        )
        assert found.fetchall() == [("ingest_delivery_14_5_500",), ("ingest_delivery_3_5_500",)]


def test_a_batch_can_be_larger_than_a_partition(store, pair):
    store.append([write_request(pair, HUNDRED * 50), write_request(pair, HUNDRED * 30)])
    pair.refresh_from_db()
    assert pair.last_seq == 8_000
    assert_balanced(pair)


def test_pruning_by_age_deletes_single_events(store, pair):
    fill(store, pair, 1_500, received_at=now_ms() - 8 * DAY)
    Store().append([write_request(pair, [judged()])])
    pair.refresh_from_db()
    assert (pair.first_seq, pair.last_seq) == (1_501, 1_501)
    assert_balanced(pair)
    assert partitions_of(EVENTS, pair.pk)[0].end > 1_501


def test_deleted_events_are_gone(store, pair):
    fill(store, pair, 2_500)
    assert sum(delete_up_to(pair.pk, 1_700)) == 1_700
    assert_balanced(pair)
    assert not Event.objects.filter(keypair=pair, seq__lte=1_700).exists()
    store.append([write_request(pair, HUNDRED)])
    assert_balanced(pair)


def test_independent_stores_share_the_numbers(pair, django_db_blocker):
    """Each store creates partitions when it runs out of them."""
    failed = []

    def write() -> None:
        store = Store()
        try:
            for _ in range(60):
                store.append([write_request(pair, HUNDRED)])
        except Exception as error:
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    pair.refresh_from_db()
    assert pair.last_seq == 24_000
    assert_balanced(pair)


def test_a_slow_reader_delays_no_sender(store, pair):
    """Dropping waits a short time for the reader, and is retried later."""
    fill(store, pair, 3_000)
    started, done = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            assert Event.objects.filter(keypair=pair).count() == 3_000
            started.set()
            done.wait(30)
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    started.wait(10)
    began = now_ms()
    fill(store, pair, 3_000)
    assert now_ms() - began < 5_000
    assert partitions_of(EVENTS, pair.pk)[0].end <= pair.first_seq, "still there"
    done.set()
    reader.join()
    fill(store, pair, 1_500)
    assert partitions_of(EVENTS, pair.pk)[0].first == pair.first_seq
    assert_balanced(pair)


def test_a_lock_on_the_whole_table_delays_no_sender(store, pair):
    """Dropping a partition of another key pair takes such a lock; rows are inserted directly into
    their own partition."""
    fill(store, pair, 100)
    with opened(os.environ["DATABASE_URL"]) as other:
        other.execute("LOCK TABLE ONLY ingest_event, ONLY ingest_delivery IN ACCESS EXCLUSIVE MODE")
        fill(store, pair, 500)
        assert pair.last_seq == 600
    assert_balanced(pair)


def test_an_older_state_of_the_database_can_be_stored_to(store, pair):
    """A backup was restored while the server was running, without the newest partitions."""
    fill(store, pair, 1_600)
    newest = partitions_of(EVENTS, pair.pk)[-1]
    assert newest.first > pair.last_seq + 1
    with connection.cursor() as cursor:
        cursor.execute(f'DROP TABLE "ingest_event_{pair.pk}_{newest.first}_{newest.end}"')
    fill(store, pair, 900)
    assert pair.last_seq == 2_500
    assert_balanced(pair)


def test_key_pairs_whose_ids_share_a_prefix_are_not_mixed_up(stored):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("CREATE TABLE ingest_event_900_5_7 (LIKE ingest_event)")  # not a partition
        cursor.execute(
            "CREATE TABLE ingest_event_9001_5_7 PARTITION OF ingest_event "
            "FOR VALUES FROM (9001, 5) TO (9001, 7)"
        )
        assert partitions_of(EVENTS, 900) == []
        assert partitions_of(EVENTS, 9001) == [Partition(5, 7)]
        transaction.set_rollback(True)


def test_partitions_of_a_deleted_key_pair_are_dropped(store, pair, new_pair):
    other = new_pair("natero")
    for owner in (pair, other):
        fill(store, owner, 1_500)
    finish_deletion(pair.pk)
    assert partitions_of(EVENTS, pair.pk) == []
    assert partitions_of(DELIVERIES, pair.pk) == []
    assert not KeyPair.objects.filter(pk=pair.pk).exists()
    assert partitions_of(EVENTS, other.pk) != []
    assert_balanced(other)
    fill(store, other, 100)
    assert_balanced(other)


def test_a_deletion_delayed_by_a_reader_happens_at_the_next_start(store, pair):
    fill(store, pair, 1_500)
    started, done = threading.Event(), threading.Event()

    def read() -> None:
        with transaction.atomic():
            assert Event.objects.filter(keypair=pair).exists()
            started.set()
            done.wait(30)
        connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    started.wait(10)
    finish_deletion(pair.pk)
    assert partitions_of(EVENTS, pair.pk) != []
    done.set()
    reader.join()
    resume_deletions()
    assert partitions_of(EVENTS, pair.pk) == []
