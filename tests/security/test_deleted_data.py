"""Deleted data of a customer also disappears from rows of other customers and from the files."""

from __future__ import annotations

import json
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import requests

from tests.support.server import Server, running
from tests.support.vendors import fresh
from tests.support.visitor import Visitor, sign_in

KEYS = ("APIKEYMARKaaaaaaaaaaaaaaaa", "AUTHKEYMARKbbbbbbbbbbbbbbb")
MARKS = ("APIKEYMARK", "AUTHKEYMARK", "USERMARK", "VALUEMARK", "PLANMARK", "QUERYMARK")


def add(server: Server, name: str, *keys: str) -> dict[str, str]:
    given = [word for pair in zip(("--api-key", "--auth-key"), keys, strict=False) for word in pair]
    words = ("keypair", "add", name, "--dialect", "natero", "--json", *given)
    return json.loads(server.manage(*words))


def marked() -> bytes:
    event = json.loads(fresh())
    event |= {"userId": "USERMARK", "details": {"mail": "VALUEMARK@example.com"}}
    return json.dumps(event).encode()


def send(server: Server, path: str) -> int:
    return requests.post(f"{server.url}/v1/{path}", data=marked(), timeout=10).status_code


def found_in(directory: Path) -> dict[str, list[str]]:
    """Names of files, each with the customer's data found in it."""
    found = {}
    for path in directory.glob("viewer.sqlite3*"):
        held = path.read_bytes()
        found[path.name] = [mark for mark in MARKS if mark.encode() in held]
    return {name: marks for name, marks in found.items() if marks}


def gone_within(seconds: float, directory: Path) -> dict[str, list[str]]:
    """Wait until the data is gone; return what is left after the deadline."""
    end = time.monotonic() + seconds
    while (left := found_in(directory)) and time.monotonic() < end:
        time.sleep(0.2)
    return left


def delete_events(owner: Visitor, pair: int) -> None:
    url = f"{owner.server.url}/api/events?pair={pair}&through=1000"
    answer = owner.http.delete(url, headers={"Origin": owner.server.url}, timeout=30)
    assert answer.json()["last"] > 0


@pytest.mark.sqlite
def test_deleted_events_leave_the_files(tmp_path):
    with running("uvicorn", tmp_path) as server:
        pair, owner = add(server, "shop"), sign_in(server)
        for _ in range(40):
            assert send(server, f"{pair['auth_key']}/{pair['api_key']}") == 200
        assert found_in(tmp_path)
        delete_events(owner, pair["id"])
        left = gone_within(6, tmp_path)
    # The chart, tallies and numbers remain: they contain event names, but no event values.
    assert left == {}


@pytest.mark.sqlite
def test_deleted_events_leave_the_files_despite_an_open_reader(tmp_path):
    with running("uvicorn", tmp_path) as server:
        pair, owner = add(server, "shop"), sign_in(server)
        path = f"{pair['auth_key']}/{pair['api_key']}"
        assert send(server, path) == 200
        with closing(sqlite3.connect(tmp_path / "viewer.sqlite3", isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM ingest_event").fetchone()
            delete_events(owner, pair["id"])
            for _ in range(10):
                began = time.monotonic()
                other = requests.post(f"{server.url}/v1/{path}", data=fresh(), timeout=10)
                assert (other.status_code, time.monotonic() - began < 0.5) == (200, True)
            assert found_in(tmp_path)
            reader.execute("ROLLBACK")
        assert gone_within(6, tmp_path) == {}


@pytest.mark.long
@pytest.mark.sqlite
def test_a_deleted_key_pair_leaves_the_files(tmp_path):
    with running("uvicorn", tmp_path) as server:
        pair, other, owner = add(server, "shop", *KEYS), add(server, "other"), sign_in(server)
        own = {"Origin": server.url}
        for _ in range(50):
            assert send(server, f"{pair['auth_key']}/{pair['api_key']}") == 200
        send(server, f"{other['auth_key']}/{pair['api_key']}")
        send(server, f"{pair['api_key']}x/unknownunknown")
        send(server, f"wrong/{pair['api_key']}")
        url = f"{server.url}/api/plan?pair={pair['id']}"
        owner.http.put(url, json={"events": {"PLANMARK": {}}}, headers=own, timeout=10)
        url = f"{server.url}/pairs/{pair['id']}/settings/"
        share = {"lifetime": "1d", "name": "s", "q": "user:QUERYMARK", "seq": ""}
        actions = {"share": share, "rotate": {"grace": "1d"}, "delete": {"name": "shop"}}
        for action, fields in actions.items():
            owner.http.post(f"{url}{action}/", fields, headers=own, timeout=10)
        left = gone_within(12, tmp_path)
        kept = requests.get(
            f"{server.url}/api/summary", auth=(other["api_key"], other["auth_key"]), timeout=10
        )
    assert left == {}
    assert kept.json()["balance"]["refused"] == 1
    assert found_in(tmp_path) == {}


# -- in rows of other customers --------------------------------------------------------------------


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def other(new_pair, stored):
    return new_pair("natero")


def finish(pair) -> None:
    from ingest.storage.cleanup import key_pair_deletion

    key_pair_deletion.finish_deletion(pair.pk, {pair.api_key, pair.auth_key})


def test_data_sent_with_keys_of_two_pairs_is_cleared(uvicorn, pair, other):
    from ingest.models import Delivery, UnmatchedRequest

    last = UnmatchedRequest.objects.count() and UnmatchedRequest.objects.latest("pk").pk
    assert send(uvicorn, f"{other.auth_key}/{pair.api_key}") != 200
    shared = Delivery.objects.get(keypair=other)
    assert b"USERMARK" in bytes(shared.excerpt)
    finish(pair)
    shared.refresh_from_db()
    assert (bytes(shared.excerpt), shared.headers, shared.refused) == (b"", "", True)
    assert "cleared" in shared.path
    assert "keys-of-two-pairs" in shared.problems
    assert not UnmatchedRequest.objects.filter(pk__gt=last, excerpt__contains=b"USERMARK").exists()


def test_it_is_cleared_even_without_its_unmatched_request(uvicorn, pair, other):
    from ingest.models import Delivery, UnmatchedRequest

    send(uvicorn, f"{other.auth_key}/{pair.api_key}")
    UnmatchedRequest.objects.all().delete()
    finish(pair)
    assert bytes(Delivery.objects.get(keypair=other).excerpt) == b""


def test_unmatched_requests_with_similar_keys_are_deleted_and_others_stay(uvicorn, pair):
    from ingest.models import UnmatchedRequest

    UnmatchedRequest.objects.all().delete()
    send(uvicorn, f"{pair.api_key}x/unknown-at-all")
    send(uvicorn, "zzzzzzzzzzzzzzzzz/zzzzzzzzzzzzzzz")
    assert UnmatchedRequest.objects.count() == 2
    finish(pair)
    assert [("zzz…zzz" in row.path) for row in UnmatchedRequest.objects.all()] == [True]


def test_a_refused_request_of_another_pair_is_unchanged(uvicorn, pair, other):
    from ingest.models import Delivery

    send(uvicorn, f"wrong-auth-key/{other.api_key}")
    finish(pair)
    assert b"USERMARK" in bytes(Delivery.objects.get(keypair=other).excerpt)


def test_the_audit_log_contains_no_value_of_a_query(uvicorn, pair):
    from tests.support.visitors import member
    from viewer.models import AuditLogEntry

    manager = member(uvicorn, f"manager {pair.pk}", pair, "manage")
    fields = {"lifetime": "1d", "q": "user:QUERYMARK"}
    assert manager.post(f"/pairs/{pair.pk}/settings/share/", **fields).status_code == 200
    entry = AuditLogEntry.objects.get(pair_id=pair.pk, action="shared")
    assert "events that match a query" in entry.detail
    assert "QUERYMARK" not in entry.detail


def test_vacuum_leaves_no_key_in_the_files_of_postgresql(tmp_path, new_stack):
    """Updated and deleted rows stay in the free space of tables and indexes."""
    stack = new_stack()
    with running("uvicorn", tmp_path, **stack.environment) as server:
        pair = add(server, "gone")
        for _ in range(20):
            send(server, f"{pair['auth_key']}/{pair['api_key']}")
        server.manage("keypair", "delete", "gone", "--yes")
        kept = _files_with(stack, pair["auth_key"])
        assert kept  # otherwise this test shows nothing
        server.manage("vacuum")
        assert _files_with(stack, pair["auth_key"]) == []
        pair = add(server, "after")
        assert send(server, f"{pair['auth_key']}/{pair['api_key']}") == 200


def _files_with(stack, text: str) -> list[Path]:
    """The files of tables and indexes that contain a text after a checkpoint."""
    with psycopg.connect(stack.database, autocommit=True) as database:
        database.execute("CHECKPOINT")
    base = stack.postgresql.directory / "data" / "base"
    files = [path for path in base.rglob("*") if path.is_file()]
    return [path for path in files if text.encode() in path.read_bytes()]


def test_vacuum_leaves_no_copy_of_a_deleted_row(tmp_path):
    """SQLite can leave copies in pages from which it moved rows."""
    with running("uvicorn", tmp_path) as server:
        file = tmp_path / "viewer.sqlite3"
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("PRAGMA secure_delete=OFF")
            database.execute("CREATE TABLE left_over (text)")
            rows = [("LEFTOVERMARK" * 20,)] * 1_000
            database.executemany("INSERT INTO left_over VALUES (?)", rows)
            database.execute("DELETE FROM left_over")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        assert b"LEFTOVERMARK" in file.read_bytes()
        server.manage("vacuum")
        for path in tmp_path.glob("viewer.sqlite3*"):
            assert b"LEFTOVERMARK" not in path.read_bytes()
        pair = add(server, "after")
        assert send(server, f"{pair['auth_key']}/{pair['api_key']}") == 200
