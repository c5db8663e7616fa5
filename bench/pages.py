"""make bench-pages: 500 pages on one stream of 1,000 events per second, served by one process;
each page has its own session. With TEST_STACK=postgresql, the server uses PostgreSQL and Redis
instead of SQLite."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

from bench.storage import served
from tests.support.server import ROOT, Server
from tests.support.visitors import holder

PAGES = int(os.environ.get("BENCH_PAGES", "500"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
RATE = 1_000


def main() -> None:
    with served() as (server, place):
        print(f"on {place}")
        _measure(server)


def _measure(server: Server) -> None:
    words = ("keypair", "add", "pages", "--dialect", "natero", "--json")
    pair = SimpleNamespace(**json.loads(server.manage(*words)))
    url = f"{server.url}/v1/{pair.auth_key}/{pair.api_key}"
    crowd = _start("bench.many_pages", server.port, pair.id, SECONDS + 3)
    crowd.stdin.write(json.dumps([_session(server, pair) for _ in range(PAGES)]) + "\n")
    crowd.stdin.flush()
    assert crowd.stdout.readline() == "ready\n"
    sender = _start("bench.constant_rate", url, RATE, SECONDS, 10)
    sent = json.loads(sender.communicate(timeout=SECONDS + 60)[0])[-1][0]
    shown = json.loads(crowd.communicate(timeout=60)[0])
    complete = sum(last == sent and whole for last, whole, _, _ in shown)
    latest = max(late for _, _, late, _ in shown)
    frames = statistics.median(frames for *_, frames in shown) / SECONDS
    met = "met" if complete == PAGES and latest <= 1 else "MISSED"
    print(
        f"| {PAGES} pages, {sent:,} events at {RATE:,}/s | {complete} complete, none later than "
        f"{latest:.2f} s, {frames:.1f} frames/s each | all complete, none over 1 s behind: {met} |"
    )


def _session(server: Server, pair: Any) -> str:
    """The cookies of a user who opened the key pair with both keys."""
    cookies = holder(server, pair).http.cookies
    return "; ".join(f"{entry.name}={entry.value}" for entry in cookies)


def _start(module: str, *arguments: object) -> subprocess.Popen[str]:
    words = [sys.executable, "-m", module, *map(str, arguments)]
    pipe = subprocess.PIPE
    return subprocess.Popen(words, cwd=ROOT, stdin=pipe, stdout=pipe, text=True)


if __name__ == "__main__":
    main()
