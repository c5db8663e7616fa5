"""A well-behaved sender during an attack: its longest wait, and the memory of the server's
processes."""

from __future__ import annotations

import contextlib
import http.client
import threading
import time
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit

MAX_WAIT = 0.5  # seconds that an attack may delay the sender
MAX_RESIDENT = 400  # MiB of all processes of a server


class Bystander:
    """Sends one request after another, each on a new connection, while the block runs; from the
    address `source`, where limits count by address.

    `worst` is the longest wait in seconds, including the current request; `failures` holds replies
    other than 200 and connection errors."""

    def __init__(
        self,
        url: str,
        path: str = "/healthz",
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        pause: float = 0.02,
        source: str = "",
    ) -> None:
        self._address = urlsplit(url).netloc
        self._request = ("GET" if body is None else "POST", path, body, headers or {})
        self._pause = pause
        self._source = (source, 0) if source else None
        self._stop = threading.Event()
        self._began = 0.0
        self.waits: list[float] = []
        self.failures: list[str] = []
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def worst(self) -> float:
        under_way = time.monotonic() - self._began if self._began else 0.0
        return max([under_way, *self.waits])

    def __enter__(self) -> Bystander:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(60)

    def _run(self) -> None:
        while not self._stop.wait(self._pause):
            self._began = time.monotonic()
            try:
                status = self._send()
                if status != 200:
                    self.failures.append(f"status {status}")
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
            self.waits.append(time.monotonic() - self._began)
            self._began = 0.0

    def _send(self) -> int:
        method, path, body, headers = self._request
        connection = http.client.HTTPConnection(
            self._address, timeout=60, source_address=self._source
        )
        with contextlib.closing(connection):
            connection.request(method, path, body, headers)
            reply = connection.getresponse()
            reply.read()
            return reply.status


def resident(pid: int) -> int:
    """MiB that the process `pid` and all its descendants hold."""
    return sum(_resident_of(process) for process in [pid, *_descendants(pid)])


def _resident_of(pid: int) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) // 1024
    return 0


def _descendants(pid: int) -> list[int]:
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                found += [int(child), *_descendants(int(child))]
    return found
