"""Many concurrent senders in a separate process:

    python -m tests.support.many_senders KIND PORT PATH COUNT

KIND is slow, idle, hostile or ordinary. Prints `ready` when all are connected, and ends when its
input ends.
"""

from __future__ import annotations

import asyncio
import itertools
import resource
import sys
from collections.abc import Iterable

from tests.support.hostile import BODIES, GOOD
from tests.support.http import post

BODY = b'{"userId":"slow"}' + b" " * 3_600


async def slow(port: int, path: str) -> None:
    """Send one byte per second."""
    request = post(path, BODY)
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    head = request.index(b"\r\n\r\n") + 4
    writer.write(request[:head])
    for byte in request[head:]:
        writer.write(bytes([byte]))
        await asyncio.sleep(1)


async def idle(port: int, path: str) -> None:
    await asyncio.open_connection("127.0.0.1", port)
    await asyncio.sleep(3_600)


async def paced(port: int, path: str, bodies: Iterable[bytes], rate: float) -> None:
    """Send one request after the other at a fixed rate."""
    loop = asyncio.get_running_loop()
    began = loop.time()
    for number, body in enumerate(itertools.cycle(bodies)):
        await asyncio.sleep(max(0, began + number / rate - loop.time()))
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(post(path, body, "Connection: close"))
        await reader.read()
        writer.close()


async def main(kind: str, port: int, path: str, count: int) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    if kind in ("hostile", "ordinary"):
        bodies = [body for body, _ in BODIES.values()] if kind == "hostile" else [GOOD]
        tasks = [asyncio.create_task(paced(port, path, bodies, count / 60))]
    else:
        act = {"slow": slow, "idle": idle}[kind]
        tasks = []
        for _ in range(count):
            tasks.append(asyncio.create_task(act(port, path)))
            await asyncio.sleep(0.001)
    await asyncio.sleep(1)
    assert not any(task.done() for task in tasks), next(task for task in tasks if task.done())
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4])))
