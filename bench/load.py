"""Generate load with wrk for a fixed time, against 127.0.0.1 only."""

from __future__ import annotations

import re
import secrets
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.bodies import MARK


@dataclass(frozen=True)
class Load:
    """The results of wrk: `requests` answered, and how many of them `failed` with a status other
    than 2xx."""

    requests: int
    seconds: float
    failed: int
    p50: str
    p99: str

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def send(url: str, body: Path, seconds: float, connections: int) -> Load:
    """POST the body repeatedly, with a new value for its mark each time."""
    script = body.with_suffix(".lua")
    script.write_text(
        f'local body = io.open("{body}", "rb"):read("*a")\n'
        f'local run, count = "{secrets.token_hex(2)}", 0\n'
        'wrk.method = "POST"\n'
        'wrk.headers["Content-Type"] = "application/json"\n'
        "function request()\n"
        "  count = count + 1\n"
        '  local new = string.format("%s%08d", run, count)\n'
        f'  return wrk.format(nil, nil, nil, (body:gsub("{MARK}", new)))\n'
        "end\n"
    )
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:g}s", "--timeout", "10s"]
    output = subprocess.run(
        [*command, "--latency", "-s", str(script), url],
        capture_output=True,
        text=True,
        check=True,
        timeout=seconds + 30,
    ).stdout
    return _understood(output)


def _understood(output: str) -> Load:
    done = re.search(r"(\d+) requests in ([\d.]+)(m?s|m)", output)
    if done is None:
        raise RuntimeError(f"cannot parse the output of wrk:\n{output}")
    failed = re.search(r"Non-2xx or 3xx responses: (\d+)", output)
    broken = re.search(r"Socket errors: (.*)", output)
    if broken:
        raise RuntimeError(f"connections failed: {broken.group(1)}")
    return Load(
        int(done.group(1)),
        float(done.group(2)),
        int(failed.group(1)) if failed else 0,
        _percentile(output, 50),
        _percentile(output, 99),
    )


def _percentile(output: str, percent: int) -> str:
    match = re.search(rf"{percent}%\s+([\d.]+\w+)", output)
    return match.group(1) if match else "?"
