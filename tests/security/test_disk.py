"""Disk and memory use stay within their limits whatever is sent, and other senders do not wait."""

from __future__ import annotations

import gzip
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.security.bystander import MAX_RESIDENT, Bystander, resident
from tests.support.server import running

MIB = 2**20
KEPT = 64 * MIB
FILES = 3 * KEPT + 128 * MIB  # rows take more than their bytes, and the write-ahead log counts too


@pytest.mark.sqlite
@pytest.mark.alone
def test_large_deliveries_take_little_memory(tmp_path, report):
    """45 MiB each, with the public half of the key pair, which every page's source shows."""
    events = [{"event_type": "x", f"{at}" + "y" * 1_000_000: 1} for at in range(45)]
    body = gzip.compress(json.dumps(events).encode(), 9)
    with running("uvicorn", tmp_path) as server, ThreadPoolExecutor(1) as threads:
        made = server.manage("keypair", "add", "--json", "--dialect", "usermaven", "shop")
        url = f"{server.url}/api/v1/event?api_key={json.loads(made)['api_key']}"

        def send(_: int) -> int:
            headers = {"Content-Encoding": "gzip"}
            return requests.post(url, body, headers=headers, timeout=60).status_code

        sent = [threads.submit(send, number) for number in range(6)]
        peak = 0
        while not all(one.done() for one in sent):
            peak = max(peak, resident(server.process.pid))
            time.sleep(0.02)
    assert [one.result() for one in sent] == [200] * 6
    report(f"six deliveries of 45 MiB: {peak} MiB at most")
    assert peak < MAX_RESIDENT


@pytest.mark.sqlite
@pytest.mark.long
@pytest.mark.alone
def test_compressed_deliveries_do_not_fill_the_disk(tmp_path):
    """The attacker uses the public key, which is in the source of every page."""
    bounds = {"KEEP_BYTES": str(KEPT), "KEEP_BYTES_TOTAL": str(2 * KEPT)}
    with running("uvicorn", tmp_path, **bounds) as server:
        add = ("keypair", "add", "--json", "--dialect")
        shop, good = (
            json.loads(server.manage(*add, dialect, dialect)) for dialect in ("usermaven", "natero")
        )
        path = f"/v1/{good['auth_key']}/{good['api_key']}"
        before = resident(server.process.pid)
        with Bystander(server.url, path, b'{"action":"feature"}') as bystander:
            for number in range(12):
                events = [
                    {"event_type": "x", "pad": f"{number}.{at}" + "y" * 1_040_000}
                    for at in range(45)
                ]
                answer = requests.post(
                    f"{server.url}/api/v1/event?api_key={shop['api_key']}",
                    gzip.compress(json.dumps(events).encode(), 9),
                    headers={"Content-Encoding": "gzip"},
                    timeout=60,
                )
                assert answer.status_code == 200
        assert not bystander.failures
        assert sum(file.stat().st_size for file in tmp_path.glob("viewer.sqlite3*")) < FILES
        assert resident(server.process.pid) < min(MAX_RESIDENT, before + 200)
        keys = (shop["api_key"], shop["auth_key"])
        asked = f"{server.url}/api/events?limit=1&order=desc"
        newest = requests.get(asked, auth=keys, timeout=60).json()["events"][0]
        assert newest["seq"] == 12 * 45
