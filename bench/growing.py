"""make bench-growing: the cost per event in each part of a growing installation: CPU time of the
server's processes, of PostgreSQL and of Redis, and bytes in PostgreSQL's log. On a machine whose
cores also produce the load, rates say little; these costs show how much one core can handle."""

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
from tests.support.processes import spent
from tests.support.server import Server
from tests.support.stack import Stack

SECONDS = float(os.environ.get("BENCH_SECONDS", "8"))
LINES = 1_000
WORK = {"batches": (8, LINES), "single events": (256, 1)}
COLUMNS = 15  # of an event
HEAD = 19  # bytes before the first row of a binary COPY


class Cost(NamedTuple):
    """`server`, `database` and `redis`: microseconds of CPU per event; `log`: bytes per event."""

    rate: float
    server: float
    database: float
    redis: float
    log: float


def main() -> None:
    print(f"{os.cpu_count()} cores, shared with the load; {SECONDS:g} s each\n")
    print("| setup | events/s | server, µs per event | PostgreSQL | Redis | log, bytes per event |")
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
                send(2)  # warm up
                cost = _cost(stack, server, send)
                name = f"{workers} worker{'s' if workers > 1 else ''}, {work}, {count} key pairs"
                _print(name, cost)
    finally:
        server.stop()


def _sender(urls: list[str], body: Path, connections: int, lines: int) -> Callable[[float], float]:
    """Send to all servers concurrently; return events per second."""

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
    before, log = [spent(pid) for pid in parts], _log(stack)
    rate = send(SECONDS)
    events = rate * SECONDS
    taken = [spent(pid) - was for pid, was in zip(parts, before, strict=True)]
    return Cost(rate, *(seconds * 1e6 / events for seconds in taken), (_log(stack) - log) / events)


def _log(stack: Stack) -> int:
    with psycopg.connect(stack.postgresql.url("postgres")) as admin:
        row = admin.execute("SELECT pg_current_wal_lsn() - '0/0'").fetchone()
    return int(row[0])


def _measure_copy(stack: Stack) -> None:
    """The maximum rate of PostgreSQL: copy event rows into a table with the same columns and key,
    with a commit every 1,000 rows, from one connection and from two."""
    with psycopg.connect(stack.database, autocommit=True) as admin:
        admin.execute("CREATE TABLE copied (LIKE ingest_event INCLUDING ALL)")
        (names,) = admin.execute(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attname <> 'keypair_id', attnum)"
            " FROM pg_attribute WHERE attrelid = 'ingest_event'::regclass AND attnum > 0"
        ).fetchone()
        kept = f"SELECT {names} FROM ingest_event ORDER BY keypair_id, seq LIMIT {LINES}"
        with admin.cursor().copy(f"COPY ({kept}) TO STDOUT (FORMAT BINARY)") as copy:
            rows = _tails(b"".join(bytes(part) for part in copy))
    for connections in (1, 2):
        pid = stack.postgresql.process.pid
        before, log = spent(pid), _log(stack)
        with ThreadPoolExecutor() as pool:
            copied = sum(pool.map(_copy, [(stack.database, names, rows)] * connections))
        events = copied * LINES
        each = (spent(pid) - before) * 1e6 / events
        name = f"COPY alone, {connections} connection{'s' if connections > 1 else ''}"
        _print(name, Cost(events / SECONDS, 0, each, 0, (_log(stack) - log) / events))


def _copy(what: tuple[str, str, list[bytes]]) -> int:
    """Copy the rows repeatedly, each time for another key pair; return how often."""
    database, names, rows = what
    count = 0
    until = time.monotonic() + SECONDS
    with psycopg.connect(database, autocommit=True) as connection:
        while time.monotonic() < until:
            number = secrets.randbelow(2**31)
            moved = _of_pair(rows, number)
            with connection.cursor().copy(
                f"COPY copied ({names}) FROM STDIN (FORMAT BINARY)"
            ) as copy:
                copy.write(moved)
            count += 1
    return count


def _tails(copied: bytes) -> list[bytes]:
    """Rows in COPY's binary format, each without its column count and first column."""
    tails = []
    at = HEAD
    while (columns := struct.unpack_from("!h", copied, at)[0]) > 0:
        start = at + len(_first(0))
        at += 2
        for _ in range(columns):
            at += 4 + max(0, struct.unpack_from("!i", copied, at)[0])
        tails.append(copied[start:at])
    return tails


def _first(pair: int) -> bytes:
    """The column count, and the key pair with its length."""
    return struct.pack("!hiq", COLUMNS, 8, pair)


def _of_pair(tails: list[bytes], pair: int) -> bytes:
    first = _first(pair)
    head = b"PGCOPY\n\xff\r\n\0" + bytes(HEAD - 11)
    return b"".join([head, *(first + tail for tail in tails), struct.pack("!h", -1)])


def _print(name: str, cost: Cost) -> None:
    print(
        f"| {name} | {cost.rate:,.0f} | {cost.server:.1f} | {cost.database:.1f} | "
        f"{cost.redis:.1f} | {cost.log:,.0f} |",
        flush=True,
    )


if __name__ == "__main__":
    main()
