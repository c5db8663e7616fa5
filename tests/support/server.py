"""A real server for tests: a separate process with its own port and data directory."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.ports import free_port

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent

COMMANDS = {
    "daphne": [sys.executable, "manage.py", "run"],
    "uvicorn": [
        str(BIN / "uvicorn"),
        "viewer.asgi:application",
        *("--host", "127.0.0.1", "--port", "{port}"),
        *("--no-access-log", "--no-proxy-headers", "--log-level", "warning"),
        *("--ws-per-message-deflate", "false"),
    ],
}
COMMANDS["workers"] = [
    *COMMANDS["uvicorn"],
    *("--workers", "2", "--timeout-graceful-shutdown", "4"),
]


@dataclass
class Server:
    """`kind` is daphne or uvicorn. The process writes its output to `log`."""

    kind: str
    data_dir: Path
    environment: dict[str, str] = field(default_factory=dict)
    port: int = 0
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def session_cookie(self) -> str:
        return f"viewer_session_{self.port}"

    @property
    def csrf_cookie(self) -> str:
        return f"viewer_csrf_{self.port}"

    @property
    def log(self) -> str:
        return (self.data_dir / f"{self.kind}.log").read_text()

    def start(self) -> Server:
        self.port = self.port or free_port()
        command = [part.format(port=self.port) for part in COMMANDS[self.kind]]
        if self.kind != "daphne":
            self.manage("migrate", "--verbosity", "0")
        with (self.data_dir / f"{self.kind}.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self._env(), stdout=log, stderr=log
            )
        wait_until_ready(self.url, self.process)
        return self

    def stop(self, how: int = signal.SIGTERM) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(how)
            try:
                self.process.wait(10)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.process = None

    def manage(self, *arguments: str) -> str:
        """Standard output of a management command. Raises CalledProcessError."""
        return subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self._env(),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout

    def _env(self) -> dict[str, str]:
        own = {
            "DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "PYTHONUNBUFFERED": "1",
            "PYTHONWARNINGS": "default",
        }
        return {**os.environ, **own, **self.environment}


def wait_until_ready(url: str, process: subprocess.Popen[bytes], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(urllib.error.URLError, ConnectionError, TimeoutError):
            urllib.request.urlopen(f"{url}/readyz", timeout=2).close()
            return
        time.sleep(0.05)
    raise RuntimeError("the server was not ready in time")


@contextlib.contextmanager
def running(kind: str, data_dir: Path, **environment: str) -> Iterator[Server]:
    server = Server(kind, data_dir, environment).start()
    try:
        yield server
    finally:
        server.stop()
