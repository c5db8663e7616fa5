"""make bench-growing: what an event costs each part of a growing installation: processor time of
the server's processes, of PostgreSQL's and of Redis, and bytes of PostgreSQL's log. Where cores are
shared with the load, as here, rates say little and these costs say how far a core goes.
"""

from __future__ import annotations

import os
import secrets
import struct
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import psycopg

from bench import load
from bench.bodies import batch, single
from bench.size import new_path
from tests.server import Server
from tests.stack import Stack

SECONDS = float(os.environ.get("BENCH_SECONDS", "8"))
LINES = 1_000
WORK = {"batches": (8, LINES), "single events": (256, 1)}
TICKS = os.sysconf("SC_CLK_TCK")


class Cost(NamedTuple):
    """`server`, `database` and `redis`: microseconds of a processor an event; `log`: bytes."""

    rate: float
    server: float
    database: float
    redis: float
    log: float


def main() -> None:
    print(f"{os.cpu_count()} cores, shared with the load; {SECONDS:g} s each\n")
    print("| what | events/s | server, µs an event | PostgreSQL | Redis | log, bytes an event |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        scratch = Path(directory)
        scratch.chmod(0o711)  # PostgreSQL runs as another user
        bodies = {"batches": scratch / "batch.json", "single events": scratch / "single.json"}
        bodies["batches"].write_bytes(batch(LINES))
        bodies["single events"].write_bytes(single())
        stack = Stack(scratch / "stack")
        try:
            for workers in (1, 2):
                _measure_workers(stack, scratch / f"{workers}", workers, bodies)
            _measure_copy(stack)
        finally:
            stack.stop()


def _measure_workers(stack: Stack, data: Path, workers: int, bodies: dict[str, Path]) -> None:
    data.mkdir()
    environment = {**stack.environment, "SECRET_KEY": "one for all", "WORKERS": str(workers)}
    server = Server("uvicorn" if workers == 1 else "workers", data, environment).start()
    try:
        urls = [server.url + new_path(server, f"pair {n} of {workers}") for n in range(4)]
        for work, (connections, lines) in WORK.items():
            for count in (1, 4):
                send = _sender(urls[:count], bodies[work], connections // count, lines)
                send(2)  # warms up
                cost = _cost(stack, server, send)
                name = f"{workers} process{'es' if workers > 1 else ''}, {work}, {count} key pairs"
                _print(name, cost)
    finally:
        server.stop()


def _sender(urls: list[str], body: Path, connections: int, lines: int) -> Callable[[float], float]:
    """Sends to all of them at once; events a second."""

    def send(seconds: float) -> float:
        rates: list[float] = []

        def to(url: str) -> None:
            rates.append(load.send(url, body, seconds, connections).rate)

        threads = [threading.Thread(target=to, args=(url,)) for url in urls]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return sum(rates) * lines

    return send


def _cost(stack: Stack, server: Server, send: Callable[[float], float]) -> Cost:
    parts = [server.process.pid, stack.postgresql.process.pid, stack.redis.process.pid]
    before, log = [_spent(pid) for pid in parts], _log(stack)
    rate = send(SECONDS)
    events = rate * SECONDS
    spent = [_spent(pid) - was for pid, was in zip(parts, before, strict=True)]
    return Cost(rate, *(seconds * 1e6 / events for seconds in spent), (_log(stack) - log) / events)


def _spent(process: int) -> float:
    """Seconds of a processor, of a process and of all that it started."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    spent = sum(map(int, fields[11:15])) / TICKS  # those that ended included
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return spent + sum(map(_spent, map(int, children)))


def _log(stack: Stack) -> int:
    with psycopg.connect(stack.postgresql.url("postgres")) as admin:
        row = admin.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    return int(row[0])


def _measure_copy(stack: Stack) -> None:
    """The most that PostgreSQL takes: rows of events that are merely copied into a table of the
    same shape, a commit every 1,000 of them, from one connection and from two."""
    with psycopg.connect(stack.database, autocommit=True) as admin:
        admin.execute("CREATE TABLE copied (LIKE ingest_event INCLUDING ALL)")
        kept = "SELECT * FROM ingest_event ORDER BY keypair_id, seq LIMIT 1000"
        with admin.cursor().copy(f"COPY ({kept}) TO STDOUT (FORMAT BINARY)") as copy:
            rows = b"".join(bytes(part) for part in copy)
    for connections in (1, 2):
        pid = stack.postgresql.process.pid
        before, log = _spent(pid), _log(stack)
        with ThreadPoolExecutor() as pool:
            copied = sum(pool.map(_copy, [(stack.database, rows)] * connections))
        events = copied * LINES
        spent = (_spent(pid) - before) * 1e6 / events
        name = f"COPY alone, {connections} connection{'s' if connections > 1 else ''}"
        _print(name, Cost(events / SECONDS, 0, spent, 0, (_log(stack) - log) / events))


def _copy(what: tuple[str, bytes]) -> int:
    """How often the rows went into a table of their own kind; its key has room for them once."""
    database, rows = what
    count = 0
    until = time.monotonic() + SECONDS
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < until:
            number = secrets.randbelow(2**31)
            moved = _of_pair(rows, number)
            with connection.cursor().copy("COPY copied FROM STDIN (FORMAT BINARY)") as copy:
                copy.write(moved)
            count += 1
    return count


def _of_pair(rows: bytes, pair: int) -> bytes:
    """The same rows with another key pair, which is the first column: 8 bytes, after 15 columns
    were announced."""
    mark = struct.pack("!hi", 15, 8)
    first, *others = rows.split(mark)
    new = struct.pack("!q", pair)
    return mark.join([first, *(new + row[8:] for row in others)])


def _print(name: str, cost: Cost) -> None:
    print(
        f"| {name} | {cost.rate:,.0f} | {cost.server:.1f} | {cost.database:.1f} | "
        f"{cost.redis:.1f} | {cost.log:,.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
