"""make bench: compare the server with the maximum that its parts reach, as ratios.

Machines are shared and noisy. Each figure is therefore compared with a reference measured in the
same minute: rounds alternate between the two, and the result is the median of the ratios of all
rounds.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bench import load, validation_cost
from bench.bodies import batch, single
from tests.support.ports import free_port
from tests.support.server import COMMANDS, Server, wait_until_ready
from tests.support.stack import Stack

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
CONNECTIONS = {"single": 256, "few": 64, "batch": 8}
LINES = 1000

POSTGRESQL = "uvicorn, PostgreSQL, Redis"

EMPTY = {
    "daphne": ["daphne", "-v0", "-b", "127.0.0.1", "-p", "{port}"],
    "uvicorn": COMMANDS["uvicorn"][0:1] + COMMANDS["uvicorn"][2:],
}
GOALS = {
    ("uvicorn", "single"): 0.33,
    ("daphne", "single"): 0.65,
    ("uvicorn", "batch"): 0.9,
    (POSTGRESQL, "single"): 0.33,
    (POSTGRESQL, "batch"): 0.9,
}


@dataclass(frozen=True)
class Row:
    server: str
    work: str
    ours: float
    reference: float
    ratio: float
    ratios: tuple[float, ...]


def main() -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}")
    connections = ", ".join(f"{count} for {work}" for work, count in CONNECTIONS.items())
    print(f"{ROUNDS} rounds of {SECONDS:g} s each; connections: {connections}\n")
    rows = []
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        scratch = Path(directory)
        one, many = scratch / "single.json", scratch / "batch.json"
        one.write_bytes(single())
        many.write_bytes(batch(LINES))
        for kind in ("uvicorn", "daphne"):
            data = scratch / kind
            data.mkdir()
            rows += _bench_server(kind, kind, data, {}, one, many)
        scratch.chmod(0o711)  # PostgreSQL runs as another user
        stack = Stack(scratch / "stack")
        try:
            data = scratch / "postgresql"
            data.mkdir()
            rows += _bench_server(POSTGRESQL, "uvicorn", data, stack.environment, one, many)
        finally:
            stack.stop()
    _print(rows)
    _print_validation_cost()


def _bench_server(
    name: str, kind: str, data: Path, environment: dict[str, str], one: Path, many: Path
) -> list[Row]:
    server = Server(kind, data, environment).start()
    empty_port = free_port()
    empty = _start_empty(kind, empty_port)
    try:
        path = _new_pair(server, "bench")
        _new_pair(server, "bench in process")
        url = server.url + path
        reference_url = f"http://127.0.0.1:{empty_port}{path}"

        def acknowledged(work: str, body: Path, lines: int) -> float:
            return _send(server, url, body, CONNECTIONS[work]) * lines

        def in_process() -> float:
            command = [sys.executable, "-m", "bench.inprocess", str(many), f"{SECONDS:g}"]
            env = os.environ | environment | {"DATA_DIR": str(data)}
            return float(subprocess.check_output(command, env=env, text=True))

        return [
            _compare(
                name,
                "single",
                lambda: acknowledged("single", one, 1),
                lambda: load.send(reference_url, one, SECONDS, CONNECTIONS["single"]).rate,
            ),
            _compare(
                name,
                "few",
                lambda: acknowledged("few", one, 1),
                lambda: load.send(reference_url, one, SECONDS, CONNECTIONS["few"]).rate,
            ),
            _compare(name, "batch", lambda: acknowledged("batch", many, LINES), in_process),
        ]
    finally:
        empty.terminate()
        empty.wait()
        server.stop()


def _compare(
    kind: str, work: str, ours: Callable[[], float], reference: Callable[[], float]
) -> Row:
    """Alternate the rounds; the first one only warms up."""
    rounds = [(reference(), ours()) for _ in range(ROUNDS + 1)][1:]
    ratios = tuple(mine / theirs for theirs, mine in rounds)
    return Row(
        kind,
        work,
        statistics.median(mine for _, mine in rounds),
        statistics.median(theirs for theirs, _ in rounds),
        statistics.median(ratios),
        ratios,
    )


def _send(server: Server, url: str, body: Path, connections: int) -> float:
    """Requests per second; each must be acknowledged with 200."""
    done = load.send(url, body, SECONDS, connections)
    if done.failed:
        raise RuntimeError(f"{done.failed} requests failed; server log:\n{server.log}")
    return done.rate


def _start_empty(kind: str, port: int) -> subprocess.Popen[bytes]:
    command = [part.format(port=port) for part in EMPTY[kind]]
    command[0] = str(Path(sys.executable).parent / Path(command[0]).name)
    process = subprocess.Popen([*command, "bench.empty:application"])
    wait_until_ready(f"http://127.0.0.1:{port}", process)
    return process


def _new_pair(server: Server, name: str) -> str:
    """Create a Natero key pair and return the path for its events."""
    pair = json.loads(server.manage("keypair", "add", name, "--dialect", "natero", "--json"))
    return f"/v1/{pair['auth_key']}/{pair['api_key']}"


def _print_validation_cost() -> None:
    print("\n| lines | validated per second | parsed and checked by schema only | ratio |")
    print("|---|---|---|---|")
    for kind, (judged, parsed) in validation_cost.rates(LINES).items():
        print(f"| {kind} | {judged:,.0f} | {parsed:,.0f} | **{judged / parsed:.2f}** |")


def _print(rows: list[Row]) -> None:
    units = {
        "single": ("single-event requests/s, 256 senders", "an empty 200"),
        "few": ("single-event requests/s, 64 senders", "an empty 200"),
        "batch": (f"events/s in {LINES:,}-line batches", "parse + check + insert in process"),
    }
    print("| server | what | ours | reference | ratio | rounds | goal |")
    print("|---|---|---|---|---|---|---|")
    for row in rows:
        what, reference = units[row.work]
        goal = GOALS.get((row.server, row.work))
        verdict = "" if goal is None else f"≥ {goal}: {'met' if row.ratio >= goal else 'MISSED'}"
        rounds = f"{min(row.ratios):.2f} to {max(row.ratios):.2f}"
        print(
            f"| {row.server} | {what} | {row.ours:,.0f} | {reference}: {row.reference:,.0f} "
            f"| **{row.ratio:.2f}** | {rounds} | {verdict} |"
        )


if __name__ == "__main__":
    main()
