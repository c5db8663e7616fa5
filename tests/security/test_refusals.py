"""Large requests that are refused cost much to record: strangers take turns for it."""

from __future__ import annotations

import asyncio
import http.client
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.executors import Turns
from tests.security.bystander import MAX_WAIT, Bystander
from tests.vendors import fresh

SENDERS = 40
SECONDS = 4
HEADERS = {f"x{number:03}": "%25252541" * 6 + "abc" for number in range(400)}


def send_refused(port: int, source: str, headers: dict[str, str]) -> float:
    """Seconds until the reply."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", port, timeout=60, source_address=(source, 0)
    )
    began = time.monotonic()
    connection.request("POST", "/v1/aaaaaaaa/bbbbbbbb", b"{}", headers)
    assert connection.getresponse().status >= 400
    connection.close()
    return time.monotonic() - began


@pytest.mark.alone
def test_dear_refusals_of_one_stranger_keep_nobody_waiting(server, new_pair):
    pair = new_pair("natero")
    stop = threading.Event()

    def flood() -> int:
        sent = 0
        while not stop.is_set():
            send_refused(server.port, "127.9.0.1", HEADERS)
            sent += 1
        return sent

    with ThreadPoolExecutor(SENDERS) as threads:
        floods = [threads.submit(flood) for _ in range(SENDERS)]
        time.sleep(1)
        path = f"/v1/{pair.auth_key}/{pair.api_key}"
        with Bystander(server.url, path, fresh()) as sender, Bystander(server.url) as health:
            ends = time.monotonic() + SECONDS
            refused = []
            while time.monotonic() < ends:
                refused.append(send_refused(server.port, "127.0.0.1", {}))
                refused.append(send_refused(server.port, "127.0.0.1", HEADERS))
                time.sleep(0.05)
        stop.set()
        assert sum(one.result() for one in floods) > SENDERS
    assert not sender.failures
    assert max(sender.worst, health.worst, *refused) < MAX_WAIT


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


def test_who_leaves_while_waiting_gives_the_turn_to_the_next():
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
