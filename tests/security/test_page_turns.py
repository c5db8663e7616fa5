"""Requests to pages take turns, and every request releases its slot, whatever happens to it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from viewer.server.limits import (
    CHANGE_SLOTS,
    PAGE_SLOTS,
    PAGE_SLOTS_PER_NETWORK,
    PAGES_WAITING_PER_NETWORK,
)
from viewer.server.page_turns import SLOT, PageTurns

BODY = {"type": "http.request", "body": b"", "more_body": False}


async def receive() -> dict[str, Any]:
    await asyncio.sleep(0)
    return BODY


async def send(message: dict[str, Any]) -> None:
    await asyncio.sleep(0)


def scope(host: str = "10.0.0.1", path: str = "/", method: str = "GET") -> dict[str, Any]:
    return {"type": "http", "path": path, "method": method, "headers": [], "client": (host, 1)}


async def in_two_tasks(scope: Any, receive: Any, send: Any) -> None:
    """As in Django: one task answers, another one notices that the client left."""
    listening = asyncio.create_task(receive())
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b""})
    listening.cancel()


async def failing(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    raise ValueError


async def for_somebody_known(scope: Any, receive: Any, send: Any) -> None:
    scope[SLOT].leave()
    await receive()


def free(pages: PageTurns) -> int:
    return pages._pages._free


@pytest.mark.parametrize("application", [in_two_tasks, failing, for_somebody_known])
def test_every_slot_is_released(application):
    async def run() -> tuple[int, int]:
        pages = PageTurns(application)
        requests = [pages(scope(f"10.0.0.{n % 5}"), receive, send) for n in range(200)]
        await asyncio.wait_for(asyncio.gather(*requests, return_exceptions=True), 20)
        return free(pages), pages._pages._count

    assert asyncio.run(run()) == (PAGE_SLOTS, 0)


def test_each_network_has_a_few_slots_of_its_own():
    running: list[str] = []

    async def run() -> list[str]:
        end = asyncio.Event()

        async def busy(scope: Any, receive: Any, send: Any) -> None:
            running.append(scope["client"][0])
            await end.wait()

        pages = PageTurns(busy)
        hosts = ["10.0.0.1"] * 20 + ["10.0.0.2"]
        tasks = [asyncio.create_task(pages(scope(host), receive, send)) for host in hosts]
        await asyncio.sleep(0.05)
        found = list(running)
        end.set()
        await asyncio.gather(*tasks)
        return found

    assert asyncio.run(run()) == ["10.0.0.1"] * PAGE_SLOTS_PER_NETWORK + ["10.0.0.2"]


def test_pages_and_files_do_not_wait_for_sign_ins_of_many_networks():
    running: list[str] = []

    async def run() -> list[str]:
        end = asyncio.Event()

        async def busy(scope: Any, receive: Any, send: Any) -> None:
            running.append(scope["path"])
            await end.wait()

        pages = PageTurns(busy)
        requests = [scope(f"10.0.{n}.1", "/sign-in/", "POST") for n in range(60)]
        requests += [scope("10.1.0.1", path) for path in ("/", "/static/a.css", "/healthz")]
        tasks = [asyncio.create_task(pages(one, receive, send)) for one in requests]
        await asyncio.sleep(0.05)
        found = list(running)
        end.set()
        await asyncio.gather(*tasks)
        return found

    started = ["/sign-in/"] * CHANGE_SLOTS + ["/", "/static/a.css", "/healthz"]
    assert asyncio.run(run()) == started


def test_requests_over_the_queue_limit_are_asked_to_retry_later(monkeypatch):
    monkeypatch.setattr("viewer.server.page_turns._CROWDED_SECONDS", 0.05)
    statuses: list[int] = []

    async def run() -> None:
        end = asyncio.Event()

        async def busy(scope: Any, receive: Any, send: Any) -> None:
            await end.wait()

        async def note(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(message["status"])

        async def stays() -> dict[str, Any]:
            return await asyncio.get_running_loop().create_future()

        pages = PageTurns(busy)
        count = PAGE_SLOTS_PER_NETWORK + PAGES_WAITING_PER_NETWORK + 3
        tasks = [asyncio.create_task(pages(scope(), stays, note)) for _ in range(count)]
        await asyncio.sleep(0.3)
        end.set()
        await asyncio.gather(*tasks)

    asyncio.run(run())
    assert statuses == [503] * 3
