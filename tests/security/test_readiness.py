"""Any client can ask whether a server is ready, as often as it likes."""

from __future__ import annotations

import asyncio
import subprocess
import threading
import time

import requests

from tests.support.server import running
from tests.support.stack import Redis
from viewer.http import health


def channels(redis: Redis) -> int:
    command = ["redis-cli", "-p", str(redis.port), "pubsub", "channels"]
    return len(subprocess.run(command, capture_output=True, check=True).stdout.splitlines())


def test_asking_leaves_no_subscription_behind(tmp_path):
    redis = Redis(tmp_path / "redis").start()
    try:
        (tmp_path / "data").mkdir()
        with running("uvicorn", tmp_path / "data", REDIS_URL=redis.url) as server:
            before = channels(redis)
            for _ in range(3):
                for _ in range(10):
                    assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 200
                time.sleep(1.1)  # the answer is cached for one second
            assert channels(redis) <= max(before, 1)
            redis.stop()
            time.sleep(1.1)
            assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 503
            redis.start()
            time.sleep(1.1)
            assert requests.get(f"{server.url}/readyz", timeout=10).status_code == 200
    finally:
        redis.stop()


def test_one_look_serves_all_who_ask_within_a_second(monkeypatch):
    looks: list[int] = []

    async def look() -> str:
        looks.append(1)
        await asyncio.sleep(0.05)
        return ""

    async def ask() -> None:
        readiness = health._Readiness()
        await asyncio.gather(*(readiness.failure() for _ in range(50)))
        await readiness.failure()
        assert len(looks) == 1
        monkeypatch.setattr(health, "_REMEMBERED", 0)
        readiness = health._Readiness()
        await readiness.failure()
        await asyncio.sleep(0)
        await readiness.failure()
        assert len(looks) == 3

    monkeypatch.setattr(health, "_look", look)
    asyncio.run(ask())


def test_concurrent_clients_share_one_check(uvicorn):
    statuses: list[int] = []

    def ask() -> None:
        answers = [requests.get(f"{uvicorn.url}/readyz", timeout=10) for _ in range(20)]
        statuses.extend(answer.status_code for answer in answers)

    asking = [threading.Thread(target=ask) for _ in range(8)]
    for thread in asking:
        thread.start()
    for thread in asking:
        thread.join()
    assert statuses == [200] * 160
