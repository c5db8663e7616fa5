"""make bench-size: compare ingest into a large store with ingest into an empty one, on SQLite and
on PostgreSQL.

BENCH_STORED (10,000,000) is the number of stored events, BENCH_PAIRS (10) the number of key pairs
they are divided among. PostgreSQL has eight partitions per key pair.
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

from bench import load
from bench.bodies import batch, single
from tests.support.server import Server
from tests.support.stack import Stack

STORED = int(os.environ.get("BENCH_STORED", "10000000"))
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
PAIRS = int(os.environ.get("BENCH_PAIRS", "10"))
WORK = {"single-event requests/s": (256, 1), "events/s in 1,000-line batches": (8, 1_000)}


def main() -> None:
    print(f"{os.cpu_count()} cores; {ROUNDS} rounds of {SECONDS:g} s; {PAIRS} key pairs\n")
    print(f"| store | what | {STORED:,} stored | empty | ratio | goal |\n|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory(prefix="bench-") as directory, ExitStack() as stopping:
        scratch = Path(directory)
        scratch.chmod(0o711)  # PostgreSQL runs as another user
        bodies = [scratch / "single.json", scratch / "batch.json"]
        bodies[0].write_bytes(single())
        bodies[1].write_bytes(batch(1_000))
        stack = Stack(scratch / "stack")
        stopping.callback(stack.stop)
        empty = stack.postgresql.new_database("empty")
        environments = {
            "SQLite": [{}, {}],
            "PostgreSQL": [stack.environment, {**stack.environment, "DATABASE_URL": empty}],
        }
        stores = {
            name: [
                _start(scratch / name / str(number), environment, stopping)
                for number, environment in enumerate(of_store)
            ]
            for name, of_store in environments.items()
        }
        with ThreadPoolExecutor() as filling:
            list(filling.map(_fill, [full for full, _ in stores.values()]))
        for name, servers in stores.items():
            _compare(name, servers, bodies)


def _start(data: Path, environment: dict[str, str], stopping: ExitStack) -> Server:
    data.mkdir(parents=True)
    server = Server("uvicorn", data, environment).start()
    stopping.callback(server.stop)
    return server


def _compare(store: str, servers: list[Server], bodies: list[Path]) -> None:
    """Alternate between the full store and the empty one."""
    urls = [server.url + new_path(server, "bench") for server in servers]
    for body, (what, (connections, lines)) in zip(bodies, WORK.items(), strict=True):
        rounds = [
            [load.send(url, body, SECONDS, connections).rate * lines for url in urls]
            for _ in range(ROUNDS + 1)
        ][1:]
        full, empty = (statistics.median(rates) for rates in zip(*rounds, strict=True))
        ratio = statistics.median(one / other for one, other in rounds)
        verdict = f"≥ 0.9: {'met' if ratio >= 0.9 else 'MISSED'}"
        print(
            f"| {store} | {what} | {full:,.0f} | {empty:,.0f} | **{ratio:.2f}** | {verdict} |",
            flush=True,
        )


def _fill(server: Server) -> None:
    """Fill one key pair through the store, and copy it to the others."""
    names = [f"full {number}" for number in range(PAIRS)]
    for name in names:
        new_path(server, name)
    first, *others = names
    command = [sys.executable, "-m", "bench.stored", first, str(STORED // PAIRS), *others]
    environment = os.environ | server.environment | {"DATA_DIR": str(server.data_dir)}
    subprocess.run(command, check=True, env=environment)


def new_path(server: Server, name: str) -> str:
    pair = json.loads(server.manage("keypair", "add", name, "--dialect", "natero", "--json"))
    return f"/v1/{pair['auth_key']}/{pair['api_key']}"


if __name__ == "__main__":
    main()
