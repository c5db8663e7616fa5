"""make soak: an hour of mixed load, after which no resource level may have grown and every count
must match.

SOAK_SECONDS (3,600) is the duration. With TEST_STACK=postgresql, the server uses PostgreSQL and
Redis instead of SQLite. Exits with 1 if a level grew or a count does not match.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import threading
import time
from collections import Counter
from pathlib import Path
from typing import Any

import psycopg

from bench.resource_levels import Levels, grown, levels_of, median_of, sizes_of, thirds_of
from bench.storage import served
from tests.support.load import opened
from tests.support.server import ROOT, Server
from tests.support.stack import Stack
from tests.support.visitor import sign_in

SECONDS = float(os.environ.get("SOAK_SECONDS", "3600"))
KEPT = 10_000  # events per key pair: few, so that pruning runs constantly
EVERY = 1.0  # seconds between two measurements of the levels
DIALECTS = ("natero", "usermaven", "eventbunker")
MAX_LOG = 256  # MiB that PostgreSQL's log can use


class Program:
    """A process of bench.traffic, and its latest report."""

    def __init__(self, kind: str, port: int, pairs: list[dict[str, Any]], cookie: str) -> None:
        words = [sys.executable, "-m", "bench.traffic", kind, str(port), json.dumps(pairs), cookie]
        self._process = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.said: dict[str, Any] = {}
        self.took: list[float] = []  # milliseconds
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        for line in self._process.stdout:
            self.said = json.loads(line)
            self.took += self.said["took"]

    def end(self) -> None:
        self._process.stdin.close()
        self._listener.join(60)
        self._process.wait(10)


def main() -> int:
    with served(KEEP_EVENTS=str(KEPT)) as (server, place):
        if place.stack:
            _bound_log(place.stack)
        wrong = _soak(server, place.database)
    print("\n".join(f"WRONG: {text}" for text in wrong) or "all counts match, nothing grew")
    return 1 if wrong else 0


def _bound_log(stack: Stack) -> None:
    """Lower the limit of PostgreSQL's log: the default of 1 GB would not be reached in a short
    run."""
    with psycopg.connect(stack.postgresql.url("postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER SYSTEM SET max_wal_size = '{MAX_LOG}MB'")
        admin.execute("SELECT pg_reload_conf()")


def _soak(server: Server, database: str | Path) -> list[str]:
    """Return the errors found."""
    pairs = [_new_pair(server, f"{name} {n}", name) for n in (1, 2) for name in DIALECTS]
    cookies = sign_in(server).http.cookies
    cookie = "; ".join(f"{entry.name}={entry.value}" for entry in cookies)
    kinds = ("normal", "mixed", "pages")
    programs = [Program(kind, server.port, pairs, cookie) for kind in kinds]
    try:
        samples = _watch(server, database, programs)
    finally:
        for program in programs:
            program.end()
    time.sleep(2)  # requests interrupted by the end of their senders are still recorded
    wrong = [*_look_at_counts(database, programs), *_look_at_levels(samples)]
    wrong += [text for program in programs for text in program.said["trouble"][:5]]
    if "Traceback" in server.log or "ERROR" in server.log:
        wrong.append(f"the server's log has errors:\n{server.log[-2_000:]}")
    return wrong


def _new_pair(server: Server, name: str, dialect: str) -> dict[str, Any]:
    pair = json.loads(server.manage("keypair", "add", name, "--dialect", dialect, "--json"))
    return {key: pair[key] for key in ("id", "dialect", "api_key", "auth_key")}


def _watch(server: Server, database: str | Path, programs: list[Program]) -> list[Levels]:
    """Print one line per minute."""
    print("| minute | events | p50, p99 of normal senders | RSS | handles | log | database |")
    print("|---|---|---|---|---|---|---|", flush=True)
    samples: list[Levels] = []
    began = time.monotonic()
    reported = minute = 0
    while (passed := time.monotonic() - began) < SECONDS:
        time.sleep(EVERY)
        samples.append(levels_of(server.process.pid, lambda: sizes_of(database)))
        if passed >= 60 * (minute + 1) - EVERY:
            minute += 1
            _tell(str(minute), samples[reported:], programs)
            reported = len(samples)
    return samples


def _tell(minute: str, samples: list[Levels], programs: list[Program]) -> None:
    events = sum(sum(program.said.get("events", {}).values()) for program in programs)
    levels = median_of(samples)
    print(
        f"| {minute} | {events:,} | {_quantiles(programs[0].took[-3_000:])} | {levels.memory:.0f} "
        f"MiB | {levels.handles:.0f} | {levels.log:.0f} MiB | {levels.database:.0f} MiB |",
        flush=True,
    )


def _quantiles(took: list[float]) -> str:
    if len(took) < 100:
        return "too few"
    quantiles = statistics.quantiles(took, n=100)
    return f"{quantiles[49]:.1f}, {quantiles[98]:.1f} ms"


def _look_at_levels(samples: list[Levels]) -> list[str]:
    before, after = thirds_of(samples)
    for name, was, now, most in zip(
        Levels._fields, before, after, map(max, zip(*samples, strict=True)), strict=True
    ):
        print(f"{name}: {was:.0f} in the second third, {now:.0f} in the last, at most {most:.0f}")
    return [f"{name} grew" for name in grown(samples)]


def _look_at_counts(database: str | Path, programs: list[Program]) -> list[str]:
    """For every key pair, check that sent = stored = balance, and that no more events are kept
    than configured."""
    sent, refused = (
        sum((Counter(program.said[what]) for program in programs), Counter())
        for what in ("events", "refused")
    )
    statuses = sum((Counter(program.said["statuses"]) for program in programs), Counter())
    wrong = []
    with opened(database) as store:
        pairs = store.execute(
            "SELECT id, last_seq, valid + warning + invalid + malformed, refused, first_seq "
            "FROM ingest_keypair ORDER BY id"
        ).fetchall()
        for pair, last, balance, not_taken, first in pairs:
            (kept,) = _one(store, f"SELECT count(*) FROM ingest_event WHERE keypair_id = {pair}")
            (tallied,) = _one(
                store, f"SELECT sum(count) FROM ingest_tally WHERE keypair_id = {pair}"
            )
            if {sent[str(pair)], balance, tallied} != {last}:
                wrong.append(f"pair {pair}: {sent[str(pair)]=}, {last=}, {balance=}, {tallied=}")
            if refused[str(pair)] != not_taken:
                wrong.append(f"pair {pair}: {refused[str(pair)]=}, {not_taken=}")
            if kept != last - first + 1 or kept > KEPT * 1.1 + 1_000:
                wrong.append(f"pair {pair}: {kept} kept of {first} to {last}")
        (unmatched,) = _one(store, "SELECT count(*) FROM ingest_stray")
    if unmatched > 1_020:  # every twentieth one prunes them
        wrong.append(f"{unmatched} unmatched requests")
    _, mixed, pages = (program.said for program in programs)
    print(
        f"\n{sent.total():,} events sent = {sum(row[1] for row in pairs):,} stored = "
        f"{sum(row[2] for row in pairs):,} in the balance; {refused.total():,} requests refused = "
        f"{sum(row[3] for row in pairs):,} recorded; {statuses.total():,} requests by status: "
        f"{dict(statuses)}; {mixed['reads']:,} reads; {pages['pages']:,} pages opened and closed, "
        f"{pages['frames']:,} frames, {pages['late']} connections not established within 10 s"
    )
    print(f"normal senders, whole run: p50, p99 {_quantiles(programs[0].took)}")
    return wrong


def _one(store: Any, question: str) -> tuple[Any, ...]:
    row: tuple[Any, ...] = store.execute(question).fetchone()
    return row


if __name__ == "__main__":
    sys.exit(main())
