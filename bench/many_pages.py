"""Many pages on one stream, as raw WebSockets in a separate process: `python -m bench.many_pages
PORT PAIR SECONDS`. Reads the cookies of each page as one line of JSON, and inspects only the start
and end of each frame.

Prints as JSON, per page: the last number, whether the frames were contiguous, and the largest
delay of a frame, measured from the time of its newest event.
"""

from __future__ import annotations

import asyncio
import base64
import json
import re
import resource
import secrets
import sys
import time
from datetime import datetime

_AFTER = re.compile(rb'"after":(\d+)')
_LAST = re.compile(rb'"last":(\d+)')
_SKIPPED = re.compile(rb'"skipped":(\d+)')
_TIME = re.compile(rb'"received_at":"([^"]+)"')


class Page(asyncio.Protocol):
    def __init__(self, request: bytes, ready: asyncio.Future[None]) -> None:
        self._request, self._ready = request, ready
        self._buffer = bytearray()
        self._opened = False
        self.last = -1
        self.whole = True
        self.latest = 0.0  # seconds
        self.frames = 0

    def connection_made(self, transport) -> None:
        self._transport = transport
        transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if not self._opened:
            head, found, rest = self._buffer.partition(b"\r\n\r\n")
            if not found:
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self._opened, self._buffer = True, bytearray(rest)
        while (frame := self._next_frame()) is not None:
            self._take(frame)

    def _next_frame(self) -> bytes | None:
        """Read one frame; server frames are not masked."""
        buffer = self._buffer
        if len(buffer) < 10:
            return None
        size, start = buffer[1], 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, start = int.from_bytes(buffer[2 : 2 + width]), 2 + width
        if len(buffer) < start + size:
            return None
        frame = bytes(buffer[start : start + size])
        if buffer[0] & 15 == 9:  # reply to a ping with a pong, masked with zeros
            self._transport.write(bytes([0x8A, 0x80 | len(frame)]) + bytes(4) + frame)
            frame = b""
        del buffer[: start + size]
        return frame

    def _take(self, frame: bytes) -> None:
        if not frame.startswith(b'{"type":"events"'):
            return
        after = int(_AFTER.search(frame, 0, 60)[1])
        tail = frame[-2_000:]
        last = int(_LAST.findall(tail)[0])
        if self.last >= 0:
            self.whole &= after == self.last and int(_SKIPPED.findall(tail)[0]) == 0
            self._look_at_clock(tail)
        self.last = last
        self.frames += 1
        if not self._ready.done():
            self._ready.set_result(None)

    def _look_at_clock(self, tail: bytes) -> None:
        if times := _TIME.findall(tail):
            came = datetime.fromisoformat(times[-1].decode()).timestamp()
            self.latest = max(self.latest, time.time() - came)


async def main(port: int, pair: str, seconds: float, cookies: list[str]) -> None:
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    loop = asyncio.get_running_loop()
    opened = []
    for cookie in cookies:
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = [f"GET /ws/pairs/{pair}/?after=0 HTTP/1.1", f"Host: 127.0.0.1:{port}"]
        lines += ["Upgrade: websocket", "Connection: Upgrade", f"Sec-WebSocket-Key: {key}"]
        lines += ["Sec-WebSocket-Version: 13", f"Origin: http://127.0.0.1:{port}"]
        request = "\r\n".join([*lines, f"Cookie: {cookie}", "\r\n"]).encode()
        ready = loop.create_future()
        _, page = await loop.create_connection(
            lambda request=request, ready=ready: Page(request, ready), "127.0.0.1", port
        )
        opened.append(page)
        await ready
    print("ready", flush=True)
    await asyncio.sleep(seconds)
    shown = [(page.last, page.whole, page.latest, page.frames) for page in opened]
    print(json.dumps(shown), flush=True)


if __name__ == "__main__":
    port, pair, seconds = sys.argv[1:]
    asyncio.run(main(int(port), pair, float(seconds), json.loads(sys.stdin.readline())))
