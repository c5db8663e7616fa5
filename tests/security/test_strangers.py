"""Limits for strangers: bytes on the wire and decompressed, JSON members, fields, memory."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import gzip
import json
import socket
import time
import zlib
from collections.abc import Iterator
from typing import Any

import pytest

from ingest.auth.credential_cache import CredentialCache
from ingest.endpoint import Endpoint
from ingest.receiving import body as bodies
from ingest.receiving import transfer_rate
from ingest.receiving.body import Body, RequestRejected
from ingest.receiving.memory_budget import MemoryBudget
from ingest.validation.pipeline import DeliveryProcessor
from ingest.values import Limits
from tests.security.bystander import MAX_WAIT, Bystander, resident
from tests.support.http import Answer, chunked, post, send_raw
from tests.support.server import Server, running
from tests.support.stored_data import faults_of, last_delivery, last_unmatched, verdicts_of
from tests.support.vendors import fresh

MEMBERS = {
    "gzip": ("gzip", gzip.compress(b"")),
    "zlib": ("deflate", zlib.compress(b"")),
    "raw deflate": ("deflate", b"\x03\x00"),
}
EVENT = b'{"api_key":"%s","event_type":"lead","user":{"id":"u"}}'
STRANGER_PATH = "/api/v1/event"
FORM = "Content-Type: application/x-www-form-urlencoded"
MIB = 2**20


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("usermaven")


@pytest.fixture
def natero(new_pair, stored):
    return new_pair("natero")


@pytest.fixture(scope="module")
def own(tmp_path_factory) -> Iterator[Server]:
    """A server for this test only, because the test measures its memory."""
    with running("uvicorn", tmp_path_factory.mktemp("strangers")) as server:
        yield server


def as_stranger(server: Server, body: bytes, *headers: str) -> Answer:
    return send_raw(server.port, post(STRANGER_PATH, body, *headers), seconds=60)


def refusal_of(answer: Answer) -> tuple[int, str]:
    return answer.status, answer.headers.get("x-problem", "")


def batch(api_key: str, events: int) -> bytes:
    return b"[" + b",".join([EVENT % api_key.encode()] * events) + b"]"


@contextlib.contextmanager
def beside(server: Server, pair: Any) -> Iterator[Bystander]:
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    with Bystander(server.url, path, fresh()) as bystander:
        yield bystander
    assert bystander.failures == []
    assert bystander.worst < MAX_WAIT


# -- compressed bodies -------------------------------------------------------------------------


@pytest.mark.alone
@pytest.mark.parametrize("way", MEMBERS)
def test_very_many_members_block_no_sender(uvicorn, natero, new_pair, way):
    encoding, member = MEMBERS[way]
    body = member * (MIB // len(member))
    bad = new_pair("natero")
    request = post(f"/v1/{bad.auth_key}/{bad.api_key}", body, f"Content-Encoding: {encoding}")
    with beside(uvicorn, natero):
        answer = send_raw(uvicorn.port, request, seconds=60)
    assert refusal_of(answer) == (400, "too-many-members")
    assert "more than 100" in answer.headers["x-problem-detail"]
    assert faults_of(last_delivery(bad)) == ["error too-many-members"]


@pytest.mark.alone
@pytest.mark.parametrize("way", MEMBERS)
def test_decompression_blocks_the_loop_for_less_than_50_ms(way):
    encoding, member = MEMBERS[way]
    bomb = zlib.compressobj(wbits=31)
    wire = {
        "members": member * (MIB // len(member)),
        "bomb": bomb.compress(b" " * (60 * MIB)) + bomb.flush(),
    }
    for body in wire.values():
        assert asyncio.run(longest_block(body, encoding)) < 0.05


async def longest_block(wire: bytes, encoding: str) -> float:
    """CPU seconds between two turns of the event loop, regardless of other load on the machine."""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": wire}

    worst, last = 0.0, time.thread_time()

    async def tick() -> None:
        nonlocal worst, last
        while True:
            await asyncio.sleep(0)
            now = time.thread_time()
            worst, last = max(worst, now - last), now

    ticking = asyncio.create_task(tick())
    await asyncio.sleep(0)  # until it ticks
    headers = {b"content-encoding": encoding.encode()}
    with contextlib.suppress(RequestRejected):
        await bodies.read_body(receive, headers, Limits(), MemoryBudget(64 * MIB), Body(pair=1))
    await asyncio.sleep(0)  # the last block counts, too
    ticking.cancel()
    return worst


def test_a_hundred_members_are_accepted(uvicorn, natero):
    body = b"".join(gzip.compress(fresh() + b"\n") for _ in range(100))
    path = f"/v1/{natero.auth_key}/{natero.api_key}"
    assert send_raw(uvicorn.port, post(path, body, "Content-Encoding: gzip")).status == 200
    assert verdicts_of(natero) == ["valid"] * 100


@pytest.mark.parametrize("size", [100_000, 300_000])
def test_a_large_compressed_body_is_decompressed_exactly(uvicorn, natero, size):
    lines = [fresh() for _ in range(size // 100)]
    for compressed in (gzip.compress(b"\n".join(lines)), gzip.compress(b"\n".join(lines), 0)):
        path = f"/v1/{natero.auth_key}/{natero.api_key}"
        request = post(path, compressed, "Content-Encoding: gzip")
        assert send_raw(uvicorn.port, request).status == 200
    assert last_delivery(natero).size == len(b"\n".join(lines))


# -- bodies without a key ----------------------------------------------------------------------

HOSTILE = {
    "fields": (gzip.compress(b"a=1&" * (6 * MIB), 9), FORM),
    "control characters": (gzip.compress(b'["' + b"\1" * (10 * MIB) + b'"]', 9), "X-A: b"),
    "unclosed": (gzip.compress(b"[" + b'"a,' * (4 * MIB), 9), "X-A: b"),
    "escapes": (gzip.compress(b"data=" + b"%41" * (8 * MIB), 9), FORM),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", HOSTILE)
def test_a_strangers_bomb_uses_neither_memory_nor_time(own, name):
    body, header = HOSTILE[name]
    before = resident(own.process.pid)
    with Bystander(own.url) as bystander:
        answer = as_stranger(own, body, header, "Content-Encoding: gzip")
    assert refusal_of(answer) == (413, "large-without-key")
    assert bystander.worst < MAX_WAIT
    assert resident(own.process.pid) - before < 30


@pytest.mark.parametrize("size", [70_000, 300_000, 3_000_000])
def test_a_large_body_without_a_key_is_refused_and_recorded(uvicorn, stored, size):
    answer = as_stranger(uvicorn, b'["' + b"x" * size)
    assert refusal_of(answer) == (413, "large-without-key")
    assert "in the query or in a header" in answer.headers["x-problem-detail"]
    assert faults_of(last_unmatched()) == ["error large-without-key"]


def test_a_small_body_without_a_key_is_refused_as_before(uvicorn, stored):
    body = b'["' + b"x" * 60_000 + b'"]'
    assert refusal_of(as_stranger(uvicorn, body)) == (401, "no-keys")


def compressed(body: bytes) -> tuple[bytes, str]:
    return gzip.compress(body), "Content-Encoding: gzip"


def as_form(body: bytes) -> tuple[bytes, str]:
    return b"v=1&data=" + base64.b64encode(body).replace(b"+", b"%2B"), FORM


def as_is(body: bytes) -> tuple[bytes, str]:
    return body, "Content-Type: application/json"


@pytest.mark.parametrize("way", [as_is, compressed, as_form])
def test_a_large_body_that_starts_with_a_known_key_is_accepted(server, pair, way):
    body, header = way(batch(pair.api_key, 3_000))
    assert as_stranger(server, body, header).status == 200
    assert len(verdicts_of(pair)) == 3_000


@pytest.mark.parametrize("way", [as_is, compressed])
@pytest.mark.parametrize("part", [100, 1_000, 50_000])
def test_the_key_can_arrive_in_a_later_part(server, pair, way, part):
    filler = b'{"event_type":"lead","user":{"id":"%s"}},' % (b"u" * 2_000)
    body, header = way(b"[" + filler + batch(pair.api_key, 2_000)[1:])
    parts = [body[at : at + part] for at in range(0, len(body), part)]
    answer = send_raw(server.port, chunked(STRANGER_PATH, parts, header), seconds=60)
    assert answer.status == 200
    assert len(verdicts_of(pair)) == 2_001


def test_a_key_beyond_the_start_is_not_searched(uvicorn, pair):
    body = b'[{"user":{"id":"%s"}},' % (b"u" * 70_000) + batch(pair.api_key, 1)[1:]
    assert refusal_of(as_stranger(uvicorn, body)) == (413, "large-without-key")


def test_a_large_body_with_an_unknown_key_is_refused_as_unknown(uvicorn, stored):
    assert refusal_of(as_stranger(uvicorn, batch("no-such-key-at-all", 2_000))) == (
        401,
        "unknown-keys",
    )
    assert faults_of(last_unmatched()) == ["error unknown-keys"]


def test_the_key_of_another_pair_in_the_event_has_no_effect(uvicorn, pair, new_pair):
    """The fast search finds a key in a string, but the event's real key is another one."""
    other = new_pair("usermaven")
    event = b'{"own":{"api_key":"%s"},"api_key":"%s","event_type":"lead","user":{"id":"u"}}'
    body = event % (other.api_key.encode(), pair.api_key.encode())
    assert as_stranger(uvicorn, b"[" + b",".join([body] * 1_000) + b"]").status == 200
    assert len(verdicts_of(pair)) == 1_000
    assert verdicts_of(other) == []


# -- fields ------------------------------------------------------------------------------------


def test_a_form_of_very_many_fields_is_refused(uvicorn, pair):
    path = f"{STRANGER_PATH}?token={pair.api_key}"
    for fields in (100, 500_000):
        answer = send_raw(uvicorn.port, post(path, b"a=1&" * fields + b"b=2", FORM))
        assert refusal_of(answer) == (400, "too-many-fields")
    assert "The form has more than 100 fields" in answer.headers["x-problem-detail"]
    assert faults_of(last_delivery(pair)) == ["error too-many-fields"]


def test_a_query_of_very_many_fields_is_refused(uvicorn, pair):
    query = f"token={pair.api_key}" + "&a=1" * 100
    answer = send_raw(uvicorn.port, post(f"{STRANGER_PATH}?{query}", b"{}"))
    assert refusal_of(answer) == (400, "too-many-fields")
    assert faults_of(last_delivery(pair)) == ["error too-many-fields"]


def test_a_form_over_the_vendors_limit_is_refused(uvicorn, pair):
    path = f"{STRANGER_PATH}?token={pair.api_key}"
    answer = send_raw(uvicorn.port, post(path, b"data=" + b"%41" * MIB, FORM))
    assert refusal_of(answer) == (413, "form-too-large")


# -- heads -------------------------------------------------------------------------------------

HEAD = 32 * 2**10
QUERIES = [b"a=1&", b"p_a=%41&", b"%zz", b"token=+", b"a=123456&", b"&", b"token=a.b&"]
PATHS = ["/", "a/", "aaaaaa/", " /", "[/", "ab" * 200 + "/", "%20/"]
HEADERS = [b'"', b"a.", b"a,", b" ", b"QUFB"]


def hostile_heads() -> Iterator[tuple[str, bytes, list[tuple[bytes, bytes]]]]:
    for path in ("/v1/a/b", "/api/v1/event", "/api.x", "/post"):
        for query in QUERIES:
            yield path, query * (HEAD // len(query)), []
        for value in HEADERS:
            for name in (b"authorization", b"x-auth-token", b"x-eventbunker-write-key"):
                yield path, b"", [(name, b"Bearer " + value * (HEAD // len(value)))]
        yield path, b"", [(b"h%d" % number, b"%25252541" * 36) for number in range(95)]
    for part in PATHS:
        for start in ("/v1/", "/api/v1/"):
            yield start + part * (HEAD // len(part)), b"", []
    yield f"/v1/{'a' * (HEAD // 2)}/{'b' * (HEAD // 2)}", b"", []


@pytest.mark.alone
def test_no_head_of_32_kib_takes_long():
    """Refused and recorded, with a reply that states the reason."""

    class Kept:
        async def append(self, write_request: Any) -> None: ...

    async def find(secrets: Any) -> list[Any]:
        return []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"{}"}

    async def send(message: dict[str, Any]) -> None: ...

    endpoint = Endpoint(send, CredentialCache(find), Kept(), DeliveryProcessor(Limits()))
    worst = []
    for number, (path, query, headers) in enumerate(hostile_heads()):
        scope = {"type": "http", "method": "POST", "path": path, "query_string": query}
        took = []
        for again in range(3):
            scope |= {"headers": headers, "client": (f"10.0.{number}.{again}", 1)}
            began = time.process_time()
            asyncio.run(endpoint(scope, receive, send))
            took.append(time.process_time() - began)
        worst.append((min(took), path[:20], query[:10], headers[:1]))
    assert max(worst)[0] < 0.06, max(worst)  # most of it in a thread, in turns


# -- memory ------------------------------------------------------------------------------------


def refuses(room: MemoryBudget, body: Body, size: int) -> bool:
    try:
        room.take(body, size)
    except RequestRejected as refused:
        return refused.refusal.status == 503
    return False


def fill(room: MemoryBudget, size: int, bodies: Iterator[Body]) -> int:
    """Bytes that are granted to a number of bodies of one size."""
    return sum(size for body in bodies if not refuses(room, body, size))


def test_strangers_share_a_sixteenth_and_one_network_a_quarter_of_that():
    room = MemoryBudget(64 * MIB)
    of_one = (Body("10.0.0.1") for _ in range(200))
    assert fill(room, 60_000, of_one) <= MIB
    of_many = (Body(f"10.0.{n // 250}.{n % 250}") for n in range(2_000))
    fill(room, 60_000, of_many)
    assert 3.9 * MIB < room.held <= 4 * MIB
    assert not refuses(room, Body("10.0.0.1", pair=1), 10 * MIB)


def test_a_pair_gets_a_quarter_and_a_network_a_half():
    room = MemoryBudget(64 * MIB)
    assert fill(room, MIB, (Body(f"10.0.0.{n}", pair=1) for n in range(100))) == 16 * MIB
    assert fill(room, MIB, (Body("10.0.1.1", pair=n) for n in range(2, 100))) == 32 * MIB
    assert not refuses(room, Body("10.0.2.1", pair=100), MIB)


def test_small_bodies_find_room_beside_the_largest():
    room = MemoryBudget(64 * MIB)
    largest = Body("10.0.0.1", pair=1)
    assert not refuses(room, largest, 60 * MIB)
    assert refuses(room, Body("10.0.0.2", pair=2), 100_000)
    assert not refuses(room, Body("10.0.0.2", pair=2), 60_000)
    assert not refuses(room, Body("10.0.0.1", pair=1), 60_000)


def test_all_acquired_memory_is_released():
    room = MemoryBudget(64 * MIB)
    taken = [Body("10.0.0.1"), Body("10.0.0.1", pair=1), Body("10.0.0.2", pair=1)]
    for body in taken:
        room.take(body, 50_000)
    room.admit(taken[0], 2)
    room.take(taken[0], 20 * MIB)
    for body in taken:
        room.release(body)
    assert (room.held, room._shares) == (0, {})


@pytest.mark.alone
def test_endless_bodies_of_strangers_cause_no_503_for_senders(own):
    made = own.manage("keypair", "add", "good", "--dialect", "usermaven", "--json")
    api_key = json.loads(made)["api_key"]
    with contextlib.ExitStack() as lines:
        for number in range(90):
            size = 10 * MIB if number < 7 else 60_000
            line = lines.enter_context(socket.socket())
            line.bind((f"127.0.4.{number + 1}", 0))
            line.connect(("127.0.0.1", own.port))
            line.settimeout(0.1)
            head = f"POST {STRANGER_PATH} HTTP/1.1\r\nHost: x\r\nContent-Length: {size}\r\n\r\n"
            with contextlib.suppress(OSError):
                line.sendall(head.encode() + b"x" * (size - 1))
        assert refusal_of(as_stranger(own, b"x" * 60_000)) == (503, "overloaded")
        path = f"{STRANGER_PATH}?token={api_key}"
        body = EVENT % api_key.encode()
        large = body + b" " * 200_000  # finds no room where strangers may fill it
        with (
            Bystander(own.url, path, large) as by_head,
            Bystander(own.url, STRANGER_PATH, body) as by_body,
        ):
            time.sleep(2)
        for bystander in (by_head, by_body):
            assert bystander.failures == []
            assert len(bystander.waits) > 5
            assert bystander.worst < MAX_WAIT
        assert resident(own.process.pid) < 250


# -- slow bodies -------------------------------------------------------------------------------


def read_slowly(monkeypatch, parts: list[tuple[float, int]], body: Body) -> str:
    """The refusal code of a body that arrives in parts: (seconds before the part, its size)."""
    monkeypatch.setattr(transfer_rate, "STALL_SECONDS", 0.3)
    left = iter([*parts, (0.0, 0)])

    async def receive() -> dict[str, Any]:
        seconds, size = next(left)
        await asyncio.sleep(seconds)
        return {"type": "http.request", "body": b"x" * size, "more_body": size > 0}

    async def read() -> str:
        try:
            await bodies.read_body(
                receive, {}, Limits(body_seconds=2), MemoryBudget(64 * MIB), body
            )
        except RequestRejected as refused:
            return refused.refusal.code
        return ""

    return asyncio.run(read())


def test_a_large_body_that_stalls_is_refused_long_before_the_time_limit(monkeypatch):
    began = time.monotonic()
    code = read_slowly(monkeypatch, [(0, 10 * MIB - 1), (5, 1)], Body(pair=1))
    assert code == "sender-stalled"
    assert time.monotonic() - began < 1


def test_a_large_body_at_a_trickle_is_refused(monkeypatch):
    parts = [(0.0, 20_000), *[(0.1, 10)] * 15]
    assert read_slowly(monkeypatch, parts, Body(pair=1)) == "sender-stalled"


@pytest.mark.slow
def test_a_small_body_can_be_slow(monkeypatch):
    assert read_slowly(monkeypatch, [(0.1, 500)] * 15, Body(pair=1)) == ""
    assert read_slowly(monkeypatch, [(0.1, 500)] * 15, Body()) == ""


@pytest.mark.slow
def test_a_large_body_can_pause_briefly(monkeypatch):
    assert read_slowly(monkeypatch, [(0.0, 50_000), (0.2, 50_000)] * 4, Body(pair=1)) == ""


def test_draining_an_unread_body_is_bounded():
    received = 0

    async def receive() -> dict[str, Any]:
        nonlocal received
        received += 50_000
        return {"type": "http.request", "body": b"x" * 50_000, "more_body": True}

    asyncio.run(bodies.drain(receive, Limits(), Body()))
    assert received <= MIB + 100_000
