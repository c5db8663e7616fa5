"""The writer process beside the answering process, and the effects when one of them ends."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.test import RequestFactory

from ingest.models import KeyPair
from ingest.problems import Problem
from ingest.storage import writer_client
from ingest.storage.write_request import WriteRequest, deserialize, serialize
from ingest.storage.writer import BYTES_A_COMMIT, EVENTS_A_COMMIT, WriteFailed, Writer, take_batch
from ingest.values import IndexedFields, ValidatedEvent
from tests.support.http import post, send_raw
from tests.support.load import Load, assert_complete
from tests.support.processes import family, storing
from tests.support.server import Server
from tests.support.stack import Stack
from tests.support.stored_data import assert_balanced
from tests.support.wait import until
from tests.support.write_requests import judged, write_request
from viewer.http import health
from viewer.http.health import readyz

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "4"))


def new_pair(server: Server) -> dict[str, object]:
    return json.loads(server.manage("keypair", "add", "k", "--dialect", "natero", "--json"))


@pytest.mark.parametrize(
    ("kind", "store"), [("uvicorn", "sqlite"), ("daphne", "sqlite"), ("uvicorn", "postgresql")]
)
def test_when_killed_under_load_it_is_replaced(
    kind: str, store: str, tmp_path: Path, new_stack: Callable[[], Stack], report
):
    stack = new_stack() if store == "postgresql" else None
    server = Server(kind, tmp_path, stack.environment if stack else {}).start()
    try:
        pair = new_pair(server)
        slowest = 0.0
        with Load(server.port, pair, "killed") as load:
            for _ in range(ROUNDS):
                until(load.goes_on)
                os.kill(storing(server.process.pid), signal.SIGKILL)
                began = time.monotonic()
                until(load.goes_on, 10)
                slowest = max(slowest, time.monotonic() - began)
        assert set(load.statuses) <= {200, 503}
        database = stack.database if stack else tmp_path / "viewer.sqlite3"
        stored = assert_complete(database, pair, load.acknowledged)
        assert "ended with -9" in server.log
        report(
            f"the process that stores killed {ROUNDS} times: {len(load.acknowledged):,} "
            f"acknowledged, {stored:,} stored: complete; taking again after {slowest:.1f} s"
        )
    finally:
        server.stop()


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_it_ends_with_its_server(kind: str, how: signal.Signals, tmp_path: Path):
    server = Server(kind, tmp_path).start()
    all_of_it = family(server.process.pid)
    assert storing(server.process.pid) in all_of_it
    server.stop(how)
    until(lambda: not any(Path(f"/proc/{process}").exists() for process in all_of_it), 5)
    assert "Traceback" not in server.log
    assert "Warning" not in server.log


def test_it_does_not_end_before_its_server(tmp_path: Path):
    """A service manager can send a signal to all processes of a service."""
    server = Server("uvicorn", tmp_path).start()
    try:
        with Load(server.port, new_pair(server), "asked to end") as load:
            until(load.goes_on)
            same = storing(server.process.pid)
            for signal_number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                os.kill(same, signal_number)
            until(load.goes_on)
            assert storing(server.process.pid) == same
        assert set(load.statuses) == {200}
    finally:
        server.stop()


def test_when_killed_while_idle_it_is_replaced_unnoticed(tmp_path: Path):
    server = Server("uvicorn", tmp_path).start()
    try:
        pair = new_pair(server)
        request = post(f"/v1/{pair['auth_key']}/{pair['api_key']}", b'{"event_name":"e"}')
        for _ in range(3):
            assert send_raw(server.port, request).status == 200
            process = storing(server.process.pid)
            os.kill(process, signal.SIGKILL)
            until(lambda process=process: " Z " in Path(f"/proc/{process}/stat").read_text())
        assert send_raw(server.port, request).status == 200
        assert "the process that stores ended with -9" in server.log
    finally:
        server.stop()


def test_a_write_that_cannot_be_sent_blocks_none_after_it(new_pair, stored):
    pair = new_pair("natero")
    odd = judged("odd", "warning", Problem("unknown-field", args={"value": print.__self__}))

    async def append() -> list[object]:
        refused = await asyncio.gather(
            writer.append(write_request(pair, [odd])), return_exceptions=True
        )
        return refused + [await writer.append(write_request(pair, [judged()]))]

    writer = Writer(lambda *_: None)
    refused, taken = asyncio.run(append())
    assert isinstance(refused, WriteFailed)
    assert taken is None
    assert_balanced(pair)


def test_what_a_commit_would_find_is_previewed_again_after_it_was_killed(new_pair, stored, caplog):
    pair = new_pair("natero")
    columns = IndexedFields("e", occurred_at=1)
    events = [judged()._replace(columns=columns), judged()._replace(columns=columns, line=2)]

    async def ask() -> list[object]:
        preview = writer.preview(pair.pk, pair.dialect, events)
        return (await asyncio.gather(preview, return_exceptions=True))[0]

    async def kill_between() -> list[object]:
        with_process = await ask()
        await asyncio.gather(ask(), writer.append(write_request(pair, [judged()])), ask())
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(writer_client, "PROGRAM", "ingest.no_such_program")
            process = writer._process._child
            os.kill(process, signal.SIGKILL)
            until(lambda: " Z " in Path(f"/proc/{process}/stat").read_text())
            without = await ask()
        return [with_process, without, await ask()]

    writer = Writer(lambda *_: None)
    before, without, again = asyncio.run(kill_between())
    assert [event.verdict for event in before] == ["valid", "warning"]
    assert [problem.code for problem in before[1].problems] == ["same-line-twice"]
    assert isinstance(without, WriteFailed)
    assert [event.verdict for event in again] == ["valid", "warning"]
    assert "2 events were not compared, the process for it ended with" in caplog.text
    assert_balanced(pair)


def test_a_result_that_nobody_read_is_not_taken_for_another(new_pair, stored, caplog):
    """The event loop of a server never closes while it has requests; that of a test does."""
    pair = new_pair("natero")

    async def append() -> None:
        await writer.append(write_request(pair, [judged()]))

    async def leave() -> None:
        done = writer.append(write_request(pair, [judged()]))
        await asyncio.sleep(0)  # sent
        assert not done.done()

    newest: list[int] = []
    writer = Writer(lambda _, seq: newest.append(seq))
    asyncio.run(append())
    asyncio.run(leave())
    asyncio.run(append())
    assert "the last request was not answered" in caplog.text
    assert newest[-1] == KeyPair.objects.get(pk=pair.pk).last_seq
    assert_balanced(pair)


@pytest.mark.parametrize("count", [1, 100, 700])
def test_each_of_many_senders_gets_its_result(new_pair, stored, count):
    """Few are sent by the event loop, many in several batches or by the thread."""
    pair = new_pair("natero")

    async def append() -> list[object]:
        entries = [write_request(pair, [judged()] * 2) for _ in range(count)]
        gone = replace(entries[0], pair=pair.pk + 1)
        futures = [writer.append(each) for each in [*entries, gone]]
        return await asyncio.gather(*futures, return_exceptions=True)

    writer = Writer(lambda *_: None)
    for _ in range(2):
        *taken, refused = asyncio.run(append())
        assert taken == [None] * count
        assert isinstance(refused, WriteFailed)
    assert_balanced(pair)


@pytest.mark.slow
def test_while_it_cannot_be_started_nothing_is_accepted(new_pair, stored, monkeypatch, caplog):
    pair = new_pair("natero")

    async def append() -> list[object]:
        with monkeypatch.context() as patched:
            patched.setattr(writer_client, "PROGRAM", "ingest.no_such_program")
            refused = await asyncio.gather(writer.append(entry()), return_exceptions=True)
        return refused + [await writer.append(entry())]

    def entry() -> WriteRequest:
        return write_request(pair, [judged()])

    writer = Writer(lambda *_: None)
    refused, taken = asyncio.run(append())
    assert isinstance(refused, WriteFailed)
    assert taken is None
    assert "1 deliveries were not stored, the process for it ended with 1" in caplog.text
    assert_balanced(pair)


@pytest.mark.slow
def test_a_server_that_cannot_store_is_not_ready_until_it_can(new_pair, stored, monkeypatch):
    pair = new_pair("natero")

    async def readiness() -> list[str]:
        with monkeypatch.context() as patched:
            patched.setattr(writer_client, "PROGRAM", "ingest.no_such_program")
            with pytest.raises(WriteFailed):
                await writer.append(write_request(pair, [judged()]))
            said = [await answer()]
            await asyncio.sleep(1)  # retried, and failed again
            said.append(await answer())
        while said[-1] != "ready":
            await asyncio.sleep(0.1)
            said.append(await answer())
        await writer.append(write_request(pair, [judged()]))
        return said

    async def answer() -> str:
        return (await readyz(RequestFactory().get("/readyz"))).content.decode().strip()

    writer = Writer(lambda *_: None)
    monkeypatch.setattr(health, "writer", writer)
    said = asyncio.run(asyncio.wait_for(readiness(), 20))
    assert said[:2] == ["storing: WriterGone"] * 2
    assert_balanced(pair)


def test_the_amount_sent_in_one_message_is_bounded(new_pair):
    """The data is in both processes' memory."""
    small = write_request(new_pair("natero"), [judged()])
    large = replace(small, record=small.record._replace(size=BYTES_A_COMMIT // 2))
    many = replace(small, events=[judged()] * (EVENTS_A_COMMIT - 1))
    for waiting, taken in (([small, large, large, small], 3), ([many, small, small], 2)):
        batch, left = take_batch([(each, None) for each in waiting])
        assert ([each for each, _ in batch], len(left)) == (waiting[:taken], len(waiting) - taken)


@pytest.mark.parametrize(
    ("size", "count", "is_large"),
    [(2**20, 1, True), (2**20 - 1, 1, False), (0, 2_000, True), (0, 1_999, False)],
)
def test_a_delivery_is_large_by_its_bytes_or_its_events(new_pair, size, count, is_large):
    small = write_request(new_pair("natero"), [judged()] * count)
    assert replace(small, record=small.record._replace(size=size)).is_large is is_large


def test_small_deliveries_never_wait_for_two_large_ones(new_pair):
    small, other = (write_request(new_pair("natero"), [judged()]) for _ in range(2))
    large = replace(small, record=small.record._replace(size=BYTES_A_COMMIT))
    waiting = [(each, None) for each in (large, small, other, large)]
    first, left = take_batch(waiting)
    assert [each for each, _ in first] == [large]
    second, left = take_batch(left, after_large=True)
    assert [each for each, _ in second] == [other]  # `small` follows its own pair's deliveries
    third, left = take_batch(left)
    assert ([each for each, _ in third], left) == ([small, large], [])


def test_a_write_request_arrives_unchanged(new_pair):
    problem = Problem("bad-json", path="/a", args={"a": "ü\ud800", "n": 2**70}, offset=3, column=4)
    columns = IndexedFields("name", None, "user\0", None, -1)
    body = memoryview(b"one\ntwo\xff")
    events = (
        ValidatedEvent(1, "malformed", columns, [problem, problem], body[:3], 3),
        ValidatedEvent(2, "valid", IndexedFields(), (), bytes(body[4:]), 4, "own"),
    )
    record = write_request(new_pair("natero"), []).record
    sent = [WriteRequest(7, record, events, plan=3, run="r"), WriteRequest(None, record)]
    first, *following = serialize(sent)
    got = deserialize(bytes(first), map(bytes, following))
    assert got == [
        WriteRequest(
            7,
            record,
            [events[0]._replace(raw=b"one", problems=(problem, problem)), events[1]],
            plan=3,
            run="r",
        ),
        WriteRequest(None, record, []),
    ]
    assert type(got[0].record) is type(record)
    assert type(got[0].events[0].problems[0]) is Problem
    assert type(got[0].events[0].columns) is IndexedFields
