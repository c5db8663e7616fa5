"""make bench-page: the live page in a real browser, under load and with large streams.

BENCH_PAGE_SECONDS (60) is the duration of each load; use 3600 for an hour. With
TEST_STACK=postgresql, the servers use PostgreSQL and Redis instead of SQLite. Select parts by
name: `python -m bench.page steady flood filter open`.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from playwright.sync_api import Page

from bench.chromium import balance_of, open_stream, probe_of, signed_in, size_of
from bench.constant_rate import Acknowledged
from bench.storage import served
from tests.support.server import ROOT, Server

SECONDS = float(os.environ.get("BENCH_PAGE_SECONDS", "60"))
MANY = int(os.environ.get("BENCH_PAGE_STORED", "1000000"))
SOME = 100_000
TIMES = 5  # repetitions of opening a page and of setting a filter
NO_SUCH = "name:none-of-these"
CALM = 500  # milliseconds until the chart of the previous query is loaded


@dataclass(frozen=True)
class Figure:
    what: str
    figure: str
    goal: str = ""
    met: bool = True

    def __str__(self) -> str:
        verdict = f"{self.goal}: {'met' if self.met else 'MISSED'}" if self.goal else ""
        return f"| {self.what} | {self.figure} | {verdict} |"


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, for server, sender and browser together")
    with served() as (server, place), signed_in(server) as page:
        print(f"on {place}; each load lasts {SECONDS:g} s\n")
        print("| measurement | result | goal |\n|---|---|---|", flush=True)
        for figure in _figures(server, page, sys.argv[1:]):
            print(figure, flush=True)


def _figures(server: Server, page: Page, wanted: Sequence[str]) -> Iterator[Figure]:
    parts = {
        "steady": lambda: _under_load(server, page, "steady", rate=1_000, lines=10),
        "flood": lambda: _under_load(server, page, "flood", rate=20_000, lines=1_000),
        "filter": lambda: _large(server, page, "filter", SOME, _filter_figures),
        "open": lambda: _large(server, page, "open", MANY, _open_figures),
    }
    for name in wanted or parts:
        yield from parts[name]()


# -- under load ------------------------------------------------------------------------------


def _under_load(server: Server, page: Page, name: str, rate: int, lines: int) -> Iterator[Figure]:
    pair = _new_pair(server, name)
    open_stream(page, pair["id"])
    sender = _start("bench.constant_rate", pair["url"], str(rate), str(SECONDS), str(lines))
    page.wait_for_timeout(min(10, SECONDS / 4) * 1000)
    early = size_of(page)
    page.evaluate("probe.longest = 0")
    output, _ = sender.communicate(timeout=SECONDS + 120)
    if sender.returncode:
        raise RuntimeError(f"the sender failed\n{server.log}")
    done: list[Acknowledged] = json.loads(output)
    sent = done[-1][0]
    page.wait_for_timeout(1_000)
    probe, late, shown = probe_of(page), size_of(page), balance_of(page)
    reached = sent / (done[-1][1] - done[0][1])
    what = f"{rate:,} events/s"
    yield Figure(f"{what}: sent", f"{sent:,} at {reached:,.0f}/s")
    if rate <= 1_000:
        yield _latency(what, done, probe["painted"])
    longest = probe["longest"]
    yield Figure(f"{what}: longest task", f"{longest:.0f} ms", "≤ 200 ms", longest <= 200)
    yield Figure(
        f"{what}: heap, DOM nodes",
        f"{early.heap:.1f} → {late.heap:.1f} MB, {early.nodes:,} → {late.nodes:,}",
        "level",
        late.heap < early.heap * 1.5 + 5 and late.nodes < early.nodes * 1.5 + 500,
    )
    exact = shown["received"] == sent == sum(shown.values()) - shown["received"]
    yield Figure(f"{what}: balance", f"{shown['received']:,} received", "exact", exact)


def _latency(what: str, done: Sequence[Acknowledged], painted: Sequence[Any]) -> Figure:
    """Milliseconds from the reply, which follows the commit, to the first paint that shows the
    event."""
    numbers = [seq for seq, _ in painted]
    waits = []
    for seq, at in done:
        index = bisect_left(numbers, seq)
        if index < len(numbers):
            waits.append(painted[index][1] - at * 1000)
    p50, p99 = statistics.median(waits), statistics.quantiles(waits, n=100)[98]
    return Figure(
        f"{what}: acknowledged to painted",
        f"p50 {p50:.0f} ms, p99 {p99:.0f} ms",
        "p50 ≤ 50 ms, p99 ≤ 250 ms",
        p50 <= 50 and p99 <= 250,
    )


# -- over large streams ------------------------------------------------------------------------


def _large(server: Server, page: Page, name: str, count: int, figures: Any) -> Iterator[Figure]:
    pair = _new_pair(server, name)
    environment = server.environment | {"DATA_DIR": str(server.data_dir)}
    filler = _start("bench.stored", name, str(count), **environment)
    filler.communicate(timeout=600)
    if filler.returncode:
        raise RuntimeError("the events could not be stored")
    yield from figures(page, pair["id"], f"{count:,} stored events")


def _open_figures(page: Page, pair: int, what: str) -> Iterator[Figure]:
    open_stream(page, pair)
    first = _answer(page, "")
    yield Figure(f"first page of {what}", f"{first:.0f} ms", "≤ 100 ms", first <= 100)
    navigated = statistics.median(_navigate(page, pair) for _ in range(TIMES))
    yield Figure(f"{what}: address entered to rows painted", f"{navigated:.0f} ms")


def _filter_figures(page: Page, pair: int, what: str) -> Iterator[Figure]:
    open_stream(page, pair)
    for query in ("verdict:invalid", "total>0 name:feature", "userId:u-7-*", '"usrId"'):
        took = _answer(page, query)
        yield Figure(f"filter `{query}` over {what}", f"{took:.0f} ms", "≤ 300 ms", took <= 300)


def _navigate(page: Page, pair: int) -> float:
    """Milliseconds from entering the address to painted rows, measured by the browser's clock."""
    page.goto("/")
    page.goto(f"/pairs/{pair}/")
    painted: float = page.evaluate("probe.firstPainted")
    return painted


def _answer(page: Page, query: str) -> float:
    """Milliseconds from a query to its first painted rows; the median of several repetitions."""
    times = []
    for _ in range(TIMES):
        _ask(page, NO_SUCH)
        page.wait_for_timeout(CALM)
        times.append(_ask(page, query))
    return statistics.median(times)


def _ask(page: Page, query: str) -> float:
    """Set the query as the browser's Back button does."""
    took: float = page.evaluate("search => probe.ask(search)", f"?{urlencode({'q': query})}")
    return took


# -- shared by both ----------------------------------------------------------------------------


def _new_pair(server: Server, name: str) -> dict[str, Any]:
    output = server.manage("keypair", "add", name, "--dialect", "natero", "--json")
    pair: dict[str, Any] = json.loads(output)
    return pair | {"url": f"{server.url}/v1/{pair['auth_key']}/{pair['api_key']}"}


def _start(module: str, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.Popen(
        command, cwd=ROOT, env=os.environ | environment, stdout=subprocess.PIPE, text=True
    )


if __name__ == "__main__":
    main()
