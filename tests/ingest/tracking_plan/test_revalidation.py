"""100,000 stored events are revalidated in the background without delaying senders."""

from __future__ import annotations

import json
import random
import statistics
import threading
import time

import pytest
import requests

from ingest.dialects import BY_NAME
from ingest.storage.write_request import WriteRequest
from ingest.timestamps import now_ms
from ingest.validation.validate_event import validate_events
from ingest.values import Piece
from tests.ingest.tracking_plan.test_plan_api import counts_of, recounted
from tests.support.browser import send
from tests.support.wait import until
from tests.support.write_requests import head

EVENTS = 100_000
SHARE = 0.1  # of the events are invalid under the new plan
GOAL = 5.0  # seconds
PLAN = {
    "unknown_names": "error",
    "events": {
        "feature": {
            "required": ["module", "total"],
            "properties": {
                "total": {"type": "integer", "minimum": 0},
                "module": {"enum": ["Dashboard", "Reports"]},
            },
        },
        "sessionIdle": {},
    },
}


@pytest.fixture
def pair(new_pair, store):
    """A Natero key pair with 100,000 realistic events."""
    pair = new_pair("natero")
    dialect, made = BY_NAME["natero"], random.Random(7)
    for part in range(EVENTS // 1_000):
        at = now_ms()
        pieces = [
            Piece(json.dumps(lifelike(part * 1_000 + n, at, made)).encode(), n + 1)
            for n in range(1_000)
        ]
        store.append(
            [WriteRequest(pair.pk, head(at), validate_events(dialect, pieces, at, pair.api_key))]
        )
    return pair


def lifelike(number: int, at: int, made: random.Random) -> dict[str, object]:
    return {
        "accountId": "acme",
        "userId": f"u-{number}",
        "sessionId": f"s-{number // 50}",
        "createdAt": at,
        "action": "feature",
        "module": "Nowhere" if made.random() < SHARE else "Dashboard",
        "feature": "Add widget",
        "product": "Web",
        "total": number % 7,
    }


class Beside(threading.Thread):
    """Repeats an action during the block, and records the seconds that each call took."""

    def __init__(self, act) -> None:
        super().__init__(daemon=True)
        self._act = act
        self._stopped = threading.Event()
        self.took: list[float] = []

    def run(self) -> None:
        while not self._stopped.wait(0.01):
            began = time.monotonic()
            self._act()
            self.took.append(time.monotonic() - began)

    def stop(self) -> list[float]:
        self._stopped.set()
        self.join()
        return self.took


@pytest.mark.alone
def test_it_takes_less_than_five_seconds_and_delays_no_sender(uvicorn, pair, report):
    auth = (pair.api_key, pair.auth_key)

    def ask(path: str, **options) -> requests.Response:
        return requests.request(
            options.pop("method", "GET"),
            f"{uvicorn.url}/api/{path}",
            auth=auth,
            timeout=60,
            **options,
        )

    def deliver() -> None:
        event = lifelike(random.randrange(10**9), now_ms(), random.Random())
        assert send(uvicorn, pair, json.dumps(event)).status == 200

    def read() -> None:
        assert ask("events?limit=100&order=desc").status_code == 200

    before = [Beside(deliver), Beside(read)]
    for thread in before:
        thread.start()
    time.sleep(2)
    alone = [statistics.median(thread.stop()) for thread in before]

    beside = [Beside(deliver), Beside(read)]
    for thread in beside:
        thread.start()
    judging = ask("plan?wait=60", method="PUT", json=PLAN).json()["judging"]
    took = [thread.stop() for thread in beside]
    figures = [
        f"{name} beside it: median {statistics.median(some) * 1000:.0f} ms, most "
        f"{max(some) * 1000:.0f} ms (alone {before * 1000:.0f} ms)"
        for name, some, before in zip(("a delivery", "100 events read"), took, alone, strict=True)
    ]
    report(
        f"{judging['looked_at']:,} stored events judged again in {judging['seconds']:.1f} s, "
        f"{judging['moves'][0]['count']:,} verdicts moved; {'; '.join(figures)}"
    )
    assert judging["done"]
    assert judging["looked_at"] >= EVENTS
    assert max(map(max, took)) < 1.0
    until(lambda: ask("plan").json()["judging"]["done"], 20)
    time.sleep(6)  # deliveries validated under the previous plan are stored by then
    until(lambda: ask("plan").json()["judging"]["done"], 20)
    counted = recounted(pair)
    kept = counts_of(pair)
    assert kept["names"] == counted["names"]
    assert kept["problems"] == counted["problems"]
    assert judging["seconds"] < GOAL
