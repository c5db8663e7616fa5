"""A stranger in a separate process who sends requests one after the other on many connections from
one address: `python -m tests.security.flood PORT SOURCE CONNECTIONS SECONDS [large]`."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator

LARGE = b"".join(b"x%03d: %s\r\n" % (number, b"%25252541" * 36) for number in range(90))


@contextlib.contextmanager
def flooding(
    port: int, *, connections: int, seconds: float, large: bool, path: str = "/v1/aaaaaaaa/bbbbbbbb"
) -> Iterator[list[int]]:
    """Flood the server while the block runs; afterwards the list holds the number of replies."""
    command = [sys.executable, "-m", "tests.security.flood", str(port), "127.9.0.1"]
    command += [str(connections), str(seconds), path, *(["large"] if large else [])]
    replies: list[int] = []
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        yield replies
        replies.append(int(process.communicate(timeout=seconds + 60)[0]))


async def _send(port: int, source: str, request: bytes, end: float) -> int:
    count = 0
    while time.monotonic() < end:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            local = (source, 0)
            reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=local)
            with contextlib.closing(writer):
                while time.monotonic() < end:
                    writer.write(request)
                    head = (await reader.readuntil(b"\r\n\r\n")).lower()
                    length = head.partition(b"content-length: ")[2].partition(b"\r")[0]
                    await reader.readexactly(int(length or 0))
                    count += 1
        await asyncio.sleep(0.05)
    return count


async def main() -> None:
    port, source, connections, seconds, path, *large = sys.argv[1:]
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Length: 2\r\n"
    request = head.encode() + (LARGE if large else b"") + b"\r\n{}"
    end = time.monotonic() + float(seconds)
    sending = [_send(int(port), source, request, end) for _ in range(int(connections))]
    tasks = list(map(asyncio.ensure_future, sending))
    _, pending = await asyncio.wait(tasks, timeout=float(seconds) + 5)
    for task in pending:
        task.cancel()
    sys.stdout.write(str(sum(task.result() for task in tasks if task not in pending)))


if __name__ == "__main__":
    asyncio.run(main())
