"""The number of threads for pages, and how visitors share them."""

from __future__ import annotations

import asyncio
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests
from asgiref.sync import sync_to_async

from tests.support.server import running
from viewer.server.limits import PAGE_THREADS
from viewer.server.page_threads import _RequestThread, _Turns

AT_ONCE = 16
AT_ONCE_PER_NETWORK = 8
QUEUE_PER_NETWORK = 100


class Slow:
    """An application whose requests block a thread until the test releases them."""

    def __init__(self) -> None:
        self.free = threading.Event()
        self.running = 0
        self.most = 0
        self._lock = threading.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await sync_to_async(self._block)()
        await send({"type": "http.response.start", "status": 200})

    def _block(self) -> None:
        with self._lock:
            self.running += 1
            self.most = max(self.most, self.running)
        self.free.wait(10)
        with self._lock:
            self.running -= 1


async def ask(application: Any, address: str, path: str = "/") -> int:
    statuses = []

    async def send(message: dict[str, Any]) -> None:
        if message["type"] == "http.response.start":
            statuses.append(message["status"])

    await application({"type": "http", "path": path, "client": (address, 1)}, None, send)
    return statuses[0]


def test_one_network_gets_half_of_the_threads_and_the_rest_wait_or_are_refused():
    from viewer.server.page_threads import PageThreads

    async def crowd() -> tuple[list[int], int]:
        slow = Slow()
        pages = PageThreads(slow)
        many = [asyncio.create_task(ask(pages, "192.0.2.1")) for _ in range(150)]
        await asyncio.sleep(0.3)
        assert slow.running == AT_ONCE_PER_NETWORK
        others = [asyncio.create_task(ask(pages, f"192.0.2.{n}")) for n in range(2, 6)]
        await asyncio.sleep(0.3)
        assert slow.running == AT_ONCE_PER_NETWORK + len(others)
        slow.free.set()
        assert set(await asyncio.gather(*others)) == {200}
        return await asyncio.gather(*many), slow.most

    statuses, most = asyncio.run(crowd())
    assert statuses.count(200) == AT_ONCE_PER_NETWORK + QUEUE_PER_NETWORK
    assert statuses.count(503) == len(statuses) - statuses.count(200)
    assert most <= AT_ONCE


@pytest.mark.slow
def test_calls_of_one_request_share_a_thread_and_a_waiting_request_has_none():
    from viewer.server.page_threads import PageThreads

    seen: list[int] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        look = sync_to_async(lambda: seen.append(threading.get_ident()))
        for _ in range(3):
            await look()
        await asyncio.sleep(2.5)
        seen.append(threading.active_count())
        await sync_to_async(seen.append)(-1)
        await send({"type": "http.response.start", "status": 200})

    before = threading.active_count()
    assert asyncio.run(ask(PageThreads(application), "192.0.2.1")) == 200
    assert len(set(seen[:3])) == 1
    assert seen[3] <= before
    assert seen[4] == -1


def test_a_request_cancelled_while_it_waits_for_a_thread_leaves_none_behind():
    from viewer.server.page_threads import PageThreads

    async def crowd() -> None:
        slow = Slow()
        pages = PageThreads(slow)
        tasks = [asyncio.create_task(ask(pages, "192.0.2.1")) for _ in range(40)]
        await asyncio.sleep(0.2)
        for task in tasks[AT_ONCE_PER_NETWORK:]:
            task.cancel()
        slow.free.set()
        results = await asyncio.gather(*tasks, return_exceptions=True)
        assert results.count(200) >= AT_ONCE_PER_NETWORK

    before = threading.active_count()
    asyncio.run(crowd())
    deadline = time.monotonic() + 5
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.05)
    assert threading.active_count() <= before


def test_a_request_cancelled_during_its_call_leaves_no_thread_behind():
    """Django then calls the receivers of request_finished in the same thread."""
    turns = _Turns()
    for number in range(3 * PAGE_THREADS):
        thread = _RequestThread(turns, f"10.0.{number}.0")
        go = threading.Event()
        view, receivers = thread.submit(go.wait), thread.submit(threading.get_ident)
        assert not receivers.done()
        go.set()
        assert view.result(5)
        assert receivers.result(5)
        turns.forget(thread)
    assert not turns._running
    assert not turns._waiting
    assert not turns._idle


@pytest.mark.alone
@pytest.mark.parametrize("kind", ["daphne", "uvicorn"])
def test_many_concurrent_pages_do_not_use_a_thread_each(kind, tmp_path):
    with running(kind, tmp_path) as server:
        threads = Path(f"/proc/{server.process.pid}/task")
        before = len(list(threads.iterdir()))
        stop = threading.Event()

        def visit() -> None:
            while not stop.is_set():
                form = {"username": "n", "password": "x" * 20, "csrfmiddlewaretoken": token}
                requests.post(f"{server.url}/sign-in/", form, cookies=cookies, timeout=60)

        page = requests.get(f"{server.url}/sign-in/", timeout=10)
        cookies = page.cookies
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        visitors = [threading.Thread(target=visit) for _ in range(60)]
        for visitor in visitors:
            visitor.start()
        most = 0
        end = time.monotonic() + 2
        while time.monotonic() < end:
            most = max(most, len(list(threads.iterdir())))
            time.sleep(0.01)
        stop.set()
        for visitor in visitors:
            visitor.join()
        assert most - before < 30
