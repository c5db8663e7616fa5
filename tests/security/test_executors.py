"""Slow work of one kind never occupies the threads that another kind needs."""

from __future__ import annotations

import asyncio
import re
import threading
import time
from pathlib import Path

import pytest

from tests.support.server import ROOT
from viewer.workload.thread_pools import FairPool, PoolTurn, TooBusy

SHARED = re.compile(r"asyncio\.to_thread|run_in_executor\(\s*None|thread_sensitive\s*=\s*(?!True)")


def sources() -> list[Path]:
    found = [file for folder in ("ingest", "viewer") for file in (ROOT / folder).rglob("*.py")]
    return [file for file in found if file.name != "executors.py"]


@pytest.mark.parametrize("file", sources(), ids=lambda file: str(file.relative_to(ROOT)))
def test_no_code_uses_the_shared_default_executor(file):
    assert SHARED.findall(file.read_text()) == []


def new_pool(**limits: int) -> FairPool:
    return FairPool("test", 2, **{"per_pair": 2, "per_visitor": 2, "waiting": 100, **limits})


def test_it_returns_results_and_raises_exceptions_of_the_call():
    pool = new_pool()
    assert asyncio.run(pool.run(PoolTurn(1, "a"), pow, 2, 10)) == 1024
    with pytest.raises(ZeroDivisionError):
        asyncio.run(pool.run(PoolTurn(1, "a"), divmod, 1, 0))


def test_concurrency_stays_within_the_limit():
    pool = new_pool(per_visitor=1)
    running: list[int] = []
    most: list[int] = []

    def work() -> None:
        running.append(1)
        most.append(len(running))
        time.sleep(0.01)
        running.pop()

    async def all_at_once() -> None:
        await asyncio.gather(*(pool.run(PoolTurn(pair, "a"), work) for pair in range(10)))

    asyncio.run(all_at_once())
    assert max(most) == 1


def test_tasks_over_the_concurrency_limit_run_later():
    pool = new_pool(per_pair=1, per_visitor=1)

    async def all_at_once() -> list[int]:
        tasks = [
            pool.run(PoolTurn(number % 5, number % 3), lambda number=number: number)
            for number in range(60)
        ]
        return list(await asyncio.wait_for(asyncio.gather(*tasks), 10))

    assert asyncio.run(all_at_once()) == list(range(60))


def test_pairs_and_visitors_take_turns():
    """The first task of another pair is one of the next two, however many tasks wait before it."""
    pool = FairPool("test", 1, per_pair=1, per_visitor=1, waiting=100)
    order: list[str] = []
    go = threading.Event()

    async def mixed() -> None:
        first = [pool.run(PoolTurn(0, "x"), go.wait)]
        many = [pool.run(PoolTurn(1, f"v{n % 9}"), order.append, "many") for n in range(50)]
        late = [pool.run(PoolTurn(2, "w"), order.append, "late") for _ in range(2)]
        tasks = [asyncio.ensure_future(task) for task in (*first, *many, *late)]
        await asyncio.sleep(0.05)
        go.set()
        await asyncio.gather(*tasks)

    asyncio.run(mixed())
    first_late, second_late = (at for at, name in enumerate(order) if name == "late")
    assert first_late <= 1
    assert second_late <= 3


def test_only_a_caller_with_a_full_queue_is_refused():
    pool = new_pool(waiting=3)
    go = threading.Event()

    async def crowd() -> None:
        tasks = [asyncio.ensure_future(pool.run(PoolTurn(1, "a"), go.wait)) for _ in range(2)]
        await asyncio.sleep(0.05)  # let these run
        tasks += [asyncio.ensure_future(pool.run(PoolTurn(n, "a"), go.wait)) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(TooBusy):
            await pool.run(PoolTurn(9, "a"), go.wait)
        tasks.append(asyncio.ensure_future(pool.run(PoolTurn(1, "b"), go.wait)))
        await asyncio.sleep(0)
        go.set()
        await asyncio.gather(*tasks)

    asyncio.run(crowd())


def test_abandoned_tasks_do_not_start():
    pool = FairPool("test", 1, per_pair=1, per_visitor=1, waiting=1)
    go = threading.Event()
    begun: list[int] = []

    async def leave() -> None:
        first = asyncio.ensure_future(pool.run(PoolTurn(1, "a"), go.wait))
        await asyncio.sleep(0.05)
        for number in range(20):  # each one frees the slot for the next
            task = asyncio.ensure_future(pool.run(PoolTurn(1, "a"), begun.append, number))
            await asyncio.sleep(0)
            task.cancel()
            await asyncio.wait([task])
        go.set()
        await first
        await pool.run(PoolTurn(1, "a"), begun.append, 99)

    asyncio.run(leave())
    assert begun == [99]
