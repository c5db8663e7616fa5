"""make bench-size: ingest into a store that holds much beside one that is empty, on SQLite and on
PostgreSQL.

BENCH_STORED (10,000,000) is how many events are stored, in ten key pairs.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from bench import load
from bench.bodies import batch, single
from tests.server import Server
from tests.stack import Stack

STORED = int(os.environ.get("BENCH_STORED", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
PAIRS = 10
WORK = {"single-event requests/s": (256, 1), "events/s in 1,000-line batches": (8, 1_000)}


def main() -> None:
    print(f"{os.cpu_count()} cores; {ROUNDS} rounds of {SECONDS:g} s\n")
    print(f"| store | what | {STORED:,} stored | empty | ratio | goal |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        scratch = Path(directory)
        scratch.chmod(0o711)  # PostgreSQL runs as another user
        bodies = [scratch / "single.json", scratch / "batch.json"]
        bodies[0].write_bytes(single())
        bodies[1].write_bytes(batch(1_000))
        _compare("SQLite", [{}, {}], scratch / "sqlite", bodies)
        stack = Stack(scratch / "stack")
        try:
            empty = stack.postgresql.new_database("empty")
            environments = [stack.environment, {**stack.environment, "DATABASE_URL": empty}]
            _compare("PostgreSQL", environments, scratch / "postgresql", bodies)
        finally:
            stack.stop()


def _compare(
    store: str, environments: list[dict[str, str]], scratch: Path, bodies: list[Path]
) -> None:
    servers = []
    try:
        for name, environment in zip(("full", "empty"), environments, strict=True):
            (scratch / name).mkdir(parents=True)
            servers.append(Server("uvicorn", scratch / name, environment).start())
        _fill(servers[0])
        urls = [server.url + _new_path(server, "bench") for server in servers]
        for body, (what, (connections, lines)) in zip(bodies, WORK.items(), strict=True):
            rounds = [
                [load.send(url, body, SECONDS, connections).rate * lines for url in urls]
                for _ in range(ROUNDS + 1)
            ][1:]
            full, empty = (statistics.median(rates) for rates in zip(*rounds, strict=True))
            ratio = statistics.median(one / other for one, other in rounds)
            verdict = f"≥ 0.9: {'met' if ratio >= 0.9 else 'MISSED'}"
            print(
                f"| {store} | {what} | {full:,.0f} | {empty:,.0f} | **{ratio:.2f}** | {verdict} |"
            )
    finally:
        for server in servers:
            server.stop()


def _fill(server: Server) -> None:
    for number in range(PAIRS):
        _new_path(server, f"full {number}")
        command = [sys.executable, "-m", "bench.stored", f"full {number}", str(STORED // PAIRS)]
        environment = os.environ | server.environment | {"DATA_DIR": str(server.data_dir)}
        subprocess.run(command, check=True, env=environment)


def _new_path(server: Server, name: str) -> str:
    pair = json.loads(server.manage("keypair", "add", name, "--dialect", "natero", "--json"))
    return f"/v1/{pair['auth_key']}/{pair['api_key']}"


if __name__ == "__main__":
    main()
