"""Recording large refused requests is expensive, so strangers queue for it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import time

import pytest

from ingest.concurrency import Overloaded, Turns
from tests.security.bystander import MAX_WAIT, Bystander
from tests.security.flood import flooding
from tests.support.vendors import fresh

SECONDS = 5
CASES = [(40, True), (250, False), (600, False)]


def send_refused(port: int) -> float:
    """Seconds until the reply."""
    began = time.monotonic()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with contextlib.closing(connection):
        connection.request("POST", "/v1/aaaaaaaa/bbbbbbbb", b"{}")
        assert connection.getresponse().status >= 400
    return time.monotonic() - began


@pytest.mark.alone
@pytest.mark.parametrize("path", ["/v1/aaaaaaaa/bbbbbbbb", "/nope"])
@pytest.mark.parametrize(("connections", "large"), CASES)
def test_a_refused_stranger_delays_no_sender(server, new_pair, connections, large, path):
    pair = new_pair("natero")
    address = f"/v1/{pair.auth_key}/{pair.api_key}"
    options = {"connections": connections, "seconds": SECONDS, "large": large, "path": path}
    with flooding(server.port, **options) as replies:
        time.sleep(1.5)
        with (
            Bystander(server.url, address, fresh()) as sender,
            Bystander(server.url) as health,
            Bystander(server.url, "/sign-in/") as page,
        ):
            ends = time.monotonic() + SECONDS - 2
            refused = []
            while time.monotonic() < ends:
                refused.append(send_refused(server.port))
                time.sleep(0.05)
    assert replies[0] > connections
    assert not sender.failures
    assert max(sender.worst, health.worst, page.worst) < MAX_WAIT
    assert max(refused) < 2  # another network waits for its turn


def test_callers_take_turns():
    async def run() -> list[str]:
        turns, order = Turns(), []

        async def one(key: str, name: str) -> None:
            async with turns.turn(key):
                order.append(name)
                await asyncio.sleep(0)

        names = ["a1", "a2", "a3", "b1", "a4", "c1", "b2"]
        await asyncio.gather(*(one(name[0], name) for name in names))
        return order

    assert asyncio.run(run()) == ["a1", "a2", "b1", "c1", "a3", "b2", "a4"]


def test_a_caller_who_leaves_the_queue_gives_the_turn_to_the_next():
    async def run() -> str:
        turns = Turns()
        async with turns.turn("a"):
            waiting = [asyncio.create_task(wait(turns, key)) for key in "abc"]
            await asyncio.sleep(0)
            waiting[0].cancel()
            await asyncio.sleep(0)
        waiting[1].cancel()  # its turn has come
        await asyncio.gather(*waiting, return_exceptions=True)
        return waiting[2].result()

    async def wait(turns: Turns, key: str) -> str:
        async with turns.turn(key):
            return key

    assert asyncio.run(asyncio.wait_for(run(), 5)) == "c"


@pytest.mark.parametrize("keys", ["a", "abcdefgh"])
def test_waiting_tasks_use_few_bytes(keys):
    async def run() -> int:
        turns = Turns(waiting_bytes=1_000)
        async with turns.turn("first"):
            tasks = [asyncio.create_task(wait(turns, keys[n % len(keys)])) for n in range(40)]
            await asyncio.sleep(0)
            refused = sum(task.done() for task in tasks)
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert sum(isinstance(result, Overloaded) for result in results) == refused
        async with turns.turn("first"):
            last = asyncio.create_task(wait(turns, "a"))  # the others have released their slots
            await asyncio.sleep(0)
        await last
        return 100 * (len(tasks) - refused)

    async def wait(turns: Turns, key: str) -> None:
        async with turns.turn(key, size=100):
            pass

    assert asyncio.run(asyncio.wait_for(run(), 5)) == (200 if len(keys) == 1 else 1_000)
