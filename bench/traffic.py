"""Traffic of one kind on several key pairs, in a separate process, until its input ends:
`python -m bench.traffic KIND PORT PAIRS COOKIE`. PAIRS is a JSON array of outputs of
`keypair add --json`.

normal   single valid events from one sender per key pair; response times are measured
mixed    all other requests: invalid events, batches, hostile bodies, wrong keys, broken
         compression, slow senders, senders that disconnect; and reads over REST
pages    live pages that open and close, some without a closing handshake

Prints a line of JSON every few seconds and at the end, with the events that should be stored.
"""

from __future__ import annotations

import asyncio
import base64
import gzip
import itertools
import json
import random
import secrets
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from websockets.asyncio.client import connect

from bench.bodies import MARK, batch
from tests.support.hostile import BODIES
from tests.support.http import request
from tests.support.vendors import NATERO, VENDORS

EVERY = 5.0  # seconds between two reports
LINES = 1_000
NORMAL_PACE = 10  # requests per second and key pair
SINGLE_PACE = 10
BATCH_PACE = 0.4  # only natero and usermaven accept batches
HOSTILE_PACE = 5
REFUSED_PACE = 2
READ_PACE = 3
SLOW = 40  # concurrent senders
SLOW_SECONDS = 12  # duration of each of them
PAGES = 6

Pair = dict[str, Any]

READS = (
    "/api/events?limit=100",
    "/api/events?q=verdict:invalid&order=desc",
    "/api/summary",
    "/api/chart?step=1",
    "/api/fields",
    "/api/coverage",
    "/api/deliveries",
    "/api/export?format=csv&q=verdict:malformed",
)


class Outcome:
    """Counts of sent and accepted events. `took` holds the response times in milliseconds since
    the last report."""

    def __init__(self) -> None:
        self.events: Counter[int] = Counter()  # by key pair
        self.refused: Counter[int] = Counter()
        self.statuses: Counter[int] = Counter()
        self.reads = self.pages = self.frames = self.late = 0
        self.took: list[float] = []
        self.trouble: list[str] = []

    def tell(self) -> None:
        sys.stdout.write(json.dumps(vars(self)) + "\n")
        sys.stdout.flush()
        self.took = []


class Line:
    """A persistent connection, reopened if the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, text: bytes) -> int:
        """Send a request; return the status of the reply."""
        if self._streams is None or self._streams[0].at_eof():
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        writer.write(text)
        status, _ = await read_answer(reader)
        return status

    def close(self) -> None:
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def read_answer(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Return status and length of a reply."""
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    size = 0
    if b"transfer-encoding: chunked" in head:
        while part := int(await reader.readline(), 16):
            await reader.readexactly(part + 2)
            size += part
        await reader.readline()
    elif b"content-length: " in head:
        size = int(head.split(b"content-length: ")[1].split(b"\r\n")[0])
        await reader.readexactly(size)
    return int(head.split()[1]), size


class Traffic:
    def __init__(self, port: int, pairs: list[Pair], cookie: str) -> None:
        self.port, self.pairs, self.cookie = port, pairs, cookie
        self.outcome = Outcome()
        self.ended = asyncio.Event()
        self._number = itertools.count()

    async def at(self, pace: float, act: Callable[[], Awaitable[None]]) -> None:
        """Call at this rate per second until the end."""
        began = time.monotonic() + random.random() / pace
        for count in itertools.count():
            pause = began + count / pace - time.monotonic()
            if pause > 0:
                await self.wait(pause)
            if self.ended.is_set():
                return
            await act()

    async def wait(self, seconds: float) -> None:
        try:
            await asyncio.wait_for(self.ended.wait(), seconds)
        except TimeoutError:
            return

    async def send(
        self, line: Line, pair: Pair, text: bytes, events: int, refused: int = 0
    ) -> None:
        """Send a request, and count its events as stored after the reply."""
        status = await line.ask(text)
        self.outcome.statuses[status] += 1
        if status == 503:
            return
        if status >= 500:
            self.outcome.trouble.append(f"status {status}")
        self.outcome.events[pair["id"]] += events
        self.outcome.refused[pair["id"]] += refused

    # -- normal ----------------------------------------------------------------------------

    def normal(self) -> Iterator[Awaitable[None]]:
        for pair in self.pairs:
            yield self.at(NORMAL_PACE, self._normal_sender(pair))

    def _normal_sender(self, pair: Pair) -> Callable[[], Awaitable[None]]:
        line = Line(self.port)

        async def send() -> None:
            text = deliver(pair, self._single(pair, is_odd=False))
            began = time.perf_counter()
            await self.send(line, pair, text, 1)
            self.outcome.took.append(round((time.perf_counter() - began) * 1000, 3))

        return send

    def _single(self, pair: Pair, *, is_odd: bool) -> bytes:
        user = f"u-{secrets.token_hex(4)}"
        if pair["dialect"] == "natero":
            event = json.loads(NATERO.good) | {"userId": user, "createdAt": now()}
        elif pair["dialect"] == "usermaven":
            event = {"api_key": pair["api_key"], "event_type": "lead", "user": {"id": user}}
        else:
            event = {"event_name": "signed_in", "customer_identifier": user}
        if is_odd:
            event[random.choice(("acountId", "total", "event_nam", "user"))] = [{}]
        return json.dumps(event).encode()

    # -- mixed -----------------------------------------------------------------------------

    def mixed(self) -> Iterator[Awaitable[None]]:
        for pair in self.pairs:
            yield self.at(SINGLE_PACE, self._odd_sender(pair))
            yield self.at(REFUSED_PACE, self._refused_sender(pair))
            if pair["dialect"] != "eventbunker":
                yield self.at(BATCH_PACE, self._batch_sender(pair))
        yield self.at(HOSTILE_PACE, self._hostile_sender(self.pairs[0]))
        yield self.at(READ_PACE, self._reader())
        for number in range(SLOW):
            pair = self.pairs[number % len(self.pairs)]
            yield self._slow_sender(pair, leaves=number % 3 == 0)

    def _odd_sender(self, pair: Pair) -> Callable[[], Awaitable[None]]:
        line = Line(self.port)

        async def send() -> None:
            body = self._single(pair, is_odd=next(self._number) % 2 == 0)
            if next(self._number) % 5 == 0:
                body = body[:-1]  # malformed
            await self.send(line, pair, deliver(pair, body), 1)

        return send

    def _batch_sender(self, pair: Pair) -> Callable[[], Awaitable[None]]:
        line = Line(self.port)
        if pair["dialect"] == "natero":
            lines = batch(LINES)
        else:
            item = {"api_key": pair["api_key"], "event_type": "lead", "user": {"id": MARK}}
            lines = b"[" + b",".join([json.dumps(item).encode()] * LINES) + b"]"

        async def send() -> None:
            body = lines.replace(MARK.encode(), b"%012d" % next(self._number))
            headers: tuple[str, ...] = ()
            if next(self._number) % 2:
                body, headers = gzip.compress(body, 1), ("Content-Encoding: gzip",)
            await self.send(line, pair, deliver(pair, body, *headers), LINES)

        return send

    def _hostile_sender(self, pair: Pair) -> Callable[[], Awaitable[None]]:
        bodies = itertools.cycle(BODIES.values())

        async def send() -> None:
            body, events = next(bodies)
            line = Line(self.port)
            await self.send(line, pair, deliver(pair, body), events)
            line.close()

        return send

    def _refused_sender(self, pair: Pair) -> Callable[[], Awaitable[None]]:
        """Alternate between unknown keys, a wrong second key, and bodies that cannot be
        decompressed."""
        line = Line(self.port)
        whole = gzip.compress(NATERO.good)

        async def send() -> None:
            turn = next(self._number) % 3
            if turn == 0:
                keys = pair | {"api_key": secrets.token_hex(16), "auth_key": secrets.token_hex(16)}
                await self.send(line, pair, deliver(keys, NATERO.good), 0)
            elif turn == 1 and pair["dialect"] != "eventbunker":
                # which checks only one of the keys
                keys = pair | {"auth_key": secrets.token_hex(16)}
                await self.send(line, pair, deliver(keys, NATERO.good), 0, refused=1)
            else:
                text = deliver(pair, whole[:-12], "Content-Encoding: gzip")
                await self.send(line, pair, text, 0, refused=1)

        return send

    async def _slow_sender(self, pair: Pair, *, leaves: bool) -> None:
        await self.wait(random.uniform(0, SLOW_SECONDS))
        while not self.ended.is_set():
            text = deliver(pair, self._single(pair, is_odd=False))
            start = text.index(b"\r\n\r\n") + 4
            reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
            writer.write(text[:start])
            size = len(text) - start
            until = start + size // 2 if leaves else len(text)
            for byte in text[start:until]:
                writer.write(bytes([byte]))
                await asyncio.sleep(SLOW_SECONDS / size)
            if leaves:
                self.outcome.refused[pair["id"]] += 1
            else:
                status, _ = await read_answer(reader)
                self.outcome.statuses[status] += 1
                self.outcome.events[pair["id"]] += status == 200
            writer.close()

    def _reader(self) -> Callable[[], Awaitable[None]]:
        asked = itertools.cycle(itertools.product(self.pairs, READS))
        line = Line(self.port)

        async def read() -> None:
            pair, path = next(asked)
            keys = base64.b64encode(f"{pair['api_key']}:{pair['auth_key']}".encode()).decode()
            status = await line.ask(request("GET", path, f"Authorization: Basic {keys}"))
            if status != 200:
                self.outcome.trouble.append(f"{path}: {status}")
            self.outcome.reads += 1

        return read

    # -- pages -----------------------------------------------------------------------------

    def pages(self) -> Iterator[Awaitable[None]]:
        for _ in range(PAGES):
            yield self._page()

    async def _page(self) -> None:
        """Open pages one after the other, on random key pairs, each from the newest number on."""
        origin = f"http://127.0.0.1:{self.port}"
        while not self.ended.is_set():
            url = f"ws://127.0.0.1:{self.port}/ws/pairs/{random.choice(self.pairs)['id']}/"
            try:
                async with connect(
                    f"{url}?after={10**15}",
                    additional_headers={"Cookie": self.cookie},
                    origin=origin,
                ) as feed:
                    await self._look(feed, time.monotonic() + random.uniform(1, 20))
                    if random.random() < 0.3:
                        feed.transport.abort()
            except TimeoutError:  # too slow a machine: retry once, as pages do
                self.outcome.late += 1
            self.outcome.pages += 1

    async def _look(self, feed: Any, until: float) -> None:
        """Check that each frame continues where the last one ended, with no event missing."""
        last = None
        while time.monotonic() < until and not self.ended.is_set():
            try:
                frame = json.loads(await asyncio.wait_for(feed.recv(), 1))
            except TimeoutError:
                continue
            if frame["type"] != "events":
                continue
            covered = len(frame["events"]) + (frame["skipped"] or 0)
            if last is not None and (frame["after"] != last or covered != frame["last"] - last):
                self.outcome.trouble.append(f"a page has a gap after {last}")
            last = frame["last"]
            self.outcome.frames += 1


def deliver(pair: Pair, body: bytes, *headers: str) -> bytes:
    return VENDORS[pair["dialect"]].deliver(pair["api_key"], pair["auth_key"], body, *headers)


def now() -> int:
    return time.time_ns() // 1_000_000


async def main(kind: str, port: int, pairs: list[Pair], cookie: str) -> None:
    traffic = Traffic(port, pairs, cookie)
    tasks = [asyncio.ensure_future(task) for task in getattr(traffic, kind)()]
    reporting = asyncio.create_task(traffic.at(1 / EVERY, _tell(traffic)))
    ended = asyncio.create_task(asyncio.to_thread(sys.stdin.read))
    await asyncio.wait([*tasks, ended], return_when=asyncio.FIRST_COMPLETED)
    traffic.ended.set()
    for result in await asyncio.gather(*tasks, reporting, return_exceptions=True):
        if isinstance(result, BaseException):
            traffic.outcome.trouble.append(repr(result))
    traffic.outcome.tell()


def _tell(traffic: Traffic) -> Callable[[], Awaitable[None]]:
    async def tell() -> None:
        traffic.outcome.tell()

    return tell


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), json.loads(sys.argv[3]), sys.argv[4]))
