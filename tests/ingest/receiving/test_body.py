"""Bodies on the wire: compressed, chunked, with Expect, truncated, too large."""

from __future__ import annotations

import gzip
import socket
import zlib
from collections.abc import Iterator

import pytest

from tests.support.http import Answer, chunked, post, read_answer, request, send_raw
from tests.support.processes import most_resident
from tests.support.server import Server, running
from tests.support.stored_data import events_of, faults_of, last_delivery, verdicts_of
from tests.support.vendors import EVENTBUNKER, NATERO, USERMAVEN, fresh

LINES = [fresh() for _ in range(3)]
BODY = b"\n".join(LINES)


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def path_of(pair) -> str:
    return f"/v1/{pair.auth_key}/{pair.api_key}"


def send(server: Server, pair, body: bytes, *headers: str) -> Answer:
    return send_raw(server.port, post(path_of(pair), body, *headers))


def deflate(body: bytes, window: int) -> bytes:
    compressor = zlib.compressobj(wbits=window)
    return compressor.compress(body) + compressor.flush()


COMPRESSED = {
    "gzip": ("gzip", gzip.compress(BODY)),
    "GZIP": ("GZIP", gzip.compress(BODY)),
    "x-gzip": ("x-gzip", gzip.compress(BODY)),
    "gzip of several members": ("gzip", b"".join(gzip.compress(b) for b in (BODY[:99], BODY[99:]))),
    "deflate in zlib": ("deflate", deflate(BODY, 15)),
    "deflate raw": ("deflate", deflate(BODY, -15)),
}


@pytest.mark.parametrize("way", COMPRESSED)
def test_a_compressed_body_is_decompressed(server, pair, way):
    encoding, body = COMPRESSED[way]
    assert send(server, pair, body, f"Content-Encoding: {encoding}").status == 200
    assert [bytes(event.raw) for event in events_of(pair)] == LINES
    delivery = last_delivery(pair)
    assert (delivery.encoding, delivery.problems) == (encoding, "")
    assert (delivery.wire_size, delivery.size) == (len(body), len(BODY))


def test_a_body_in_chunks(server, pair):
    cut = [BODY[i : i + 7] for i in range(0, len(BODY), 7)]
    assert send_raw(server.port, chunked(path_of(pair), cut)).status == 200
    assert [bytes(event.raw) for event in events_of(pair)] == LINES


def test_a_compressed_body_in_chunks(server, pair):
    parts = [gzip.compress(BODY)[i : i + 11] for i in range(0, len(gzip.compress(BODY)), 11)]
    request = chunked(path_of(pair), parts, "Content-Encoding: gzip")
    assert send_raw(server.port, request).status == 200
    assert verdicts_of(pair) == ["valid"] * 3


def test_expect_100_continue_is_answered_before_the_body_is_sent(server, pair):
    head = post(path_of(pair), BODY, "Expect: 100-continue").removesuffix(BODY)
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        connection.sendall(head)
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert read_answer(connection).status == 200
    assert verdicts_of(pair) == ["valid"] * 3


def test_several_requests_on_one_connection(server, pair):
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as connection:
        for number in range(1, 4):
            connection.sendall(post(path_of(pair), NATERO.good))
            assert read_answer(connection).status == 200
            assert len(events_of(pair)) == number


CUT = gzip.compress(BODY)[:-20]
BROKEN = {
    "plain text declared gzip": ("gzip", BODY, "declared-but-plain"),
    "plain text declared deflate": ("deflate", BODY, "declared-but-plain"),
    "truncated gzip": ("gzip", CUT, "truncated-gzip"),
    "a gzip head alone": ("gzip", CUT[:10], "truncated-gzip"),
    "gzip with a wrong checksum": (
        "gzip",
        gzip.compress(BODY)[:-8] + b"\0" * 8,
        "not-inflatable",
    ),
    "gzip with a flipped byte": (
        "gzip",
        CUT[:15] + b"\xff\xff\xff" + CUT[18:] + b"\0" * 20,
        "not-inflatable",
    ),
    "truncated deflate": ("deflate", deflate(BODY, 15)[:-10], "truncated-gzip"),
    "deflate declared gzip": ("gzip", deflate(BODY, 15), "compressed-otherwise"),
    "gzip declared deflate": ("deflate", gzip.compress(BODY), "compressed-otherwise"),
}


@pytest.mark.parametrize("way", BROKEN)
def test_a_body_that_cannot_be_decompressed_is_refused_and_explained(server, pair, way):
    encoding, body, code = BROKEN[way]
    answer = send(server, pair, body, f"Content-Encoding: {encoding}", "Origin: https://a.example")
    assert (answer.status, answer.body) == (400, b"")
    assert answer.headers["x-problem"] == code
    assert encoding in answer.headers["x-problem-detail"]
    assert answer.headers["access-control-allow-origin"] == "https://a.example"
    delivery = last_delivery(pair)
    assert (faults_of(delivery), delivery.refused) == ([f"error {code}"], True)
    assert (delivery.wire_size, bytes(delivery.excerpt)) == (len(body), body[:4096])
    assert events_of(pair) == []


def test_undeclared_gzip_is_one_event_with_an_explanation(server, pair):
    assert send(server, pair, gzip.compress(BODY)).status == 200
    assert [faults_of(event) for event in events_of(pair)] == [["error gzip-not-declared"]]


def test_a_truncated_body_is_refused_with_the_byte_counts(server, pair):
    detail = send(server, pair, CUT, "Content-Encoding: gzip").headers["x-problem-detail"]
    assert f"cut off at byte {len(CUT)}:" in detail
    assert 'Inside it begins: {"accountId":"a"' in detail


def test_gzip_within_gzip_is_one_event_with_an_explanation(server, pair):
    twice = gzip.compress(gzip.compress(BODY))
    assert send(server, pair, twice, "Content-Encoding: gzip").status == 200
    assert [faults_of(event) for event in events_of(pair)] == [["error gzip-twice"]]


# -- limits, on servers with small ones -------------------------------------------------------

CAPS = {"WIRE_BYTES": 50_000, "BODY_BYTES": 200_000, "LINE_BYTES": 10_000, "BODY_LINES": 100}


@pytest.fixture(scope="module", params=["daphne", "uvicorn"])
def small(request, data_dir, django_db_setup, tmp_path_factory) -> Iterator[Server]:
    caps = {name: str(size) for name, size in CAPS.items()}
    with running(request.param, data_dir, **caps) as server:
        yield server


def assert_refused(answer: Answer, pair, code: str) -> None:
    assert (answer.status, answer.body, answer.headers["x-problem"]) == (413, b"", code)
    assert faults_of(last_delivery(pair)) == [f"error {code}"]
    assert events_of(pair) == []


def assert_takes(server: Server, pair) -> None:
    assert send(server, pair, fresh()).status == 200
    assert verdicts_of(pair)[-1] == "valid"


def test_a_body_at_the_limit_is_accepted(small, pair):
    body = b"".join(fresh() + b"\n" for _ in range(90)).ljust(50_000)
    assert send(small, pair, body).status == 200
    assert verdicts_of(pair) == ["valid"] * 90


def test_a_length_over_the_limit_is_refused(small, pair):
    assert_refused(send(small, pair, b" " * 50_001), pair, "body-too-large")
    assert_takes(small, pair)


@pytest.mark.parametrize("small", ["uvicorn"], indirect=True)  # Daphne reads it all first
def test_a_length_over_the_limit_is_refused_before_it_is_sent(small, pair):
    head = request("POST", path_of(pair), "Content-Length: 999999999", "Expect: 100-continue")
    assert_refused(send_raw(small.port, head), pair, "body-too-large")


def test_chunks_over_the_limit_are_refused(small, pair):
    parts = [b" " * 1000] * 51
    assert_refused(send_raw(small.port, chunked(path_of(pair), parts)), pair, "body-too-large")
    assert_takes(small, pair)


def test_a_bomb_is_refused_and_uses_no_memory(small, pair):
    bomb = gzip.compress(b" " * 40_000_000)
    assert len(bomb) * 1000 < 41_000_000
    before = most_resident(small.process.pid)
    answer = send(small, pair, bomb, "Content-Encoding: gzip")
    assert_refused(answer, pair, "inflated-too-large")
    assert most_resident(small.process.pid) - before < 10_000_000
    assert_takes(small, pair)


def test_the_decompressed_size_has_a_separate_limit(small, pair):
    body = gzip.compress(b"\n" * 90 + b" " * 199_000 + b"\n" + NATERO.good)
    assert send(small, pair, body, "Content-Encoding: gzip").status == 200
    assert verdicts_of(pair) == ["valid"]


def test_too_many_lines_are_refused(small, pair):
    assert send(small, pair, b"{}\n" * 100).status == 200
    pair.refresh_from_db()
    assert pair.last_seq == 100
    answer = send(small, pair, b"{}\n" * 101)
    assert (answer.status, answer.headers["x-problem"]) == (413, "too-many-lines")


def test_too_many_items_are_refused_too(small, new_pair, stored):
    pair = new_pair("usermaven")
    request = USERMAVEN.deliver(pair.api_key, pair.auth_key, b"[" + b"{}," * 100 + b"{}]")
    answer = send_raw(small.port, request)
    assert (answer.status, answer.headers["x-problem"]) == (413, "too-many-lines")


@pytest.mark.parametrize("end", [b"", b"\n", b"\r\n"])
def test_a_line_over_the_limit_is_stored_cut_with_its_true_length(small, pair, end):
    long = b'{"a":"' + b"x" * 20_000 + b'"}'
    assert send(small, pair, NATERO.good + b"\n" + long + end).status == 200
    first, second = events_of(pair)
    assert first.verdict == "valid"
    assert (second.verdict, faults_of(second)) == ("malformed", ["error line-too-long"])
    assert (second.size, bytes(second.raw)) == (len(long), long[:10_000])


@pytest.mark.parametrize("shape", [b"%s", b"[%s]", b"[{},%s]"])
def test_a_long_event_of_usermaven_is_cut_and_marked(small, new_pair, stored, shape):
    pair = new_pair("usermaven")
    long = b'{"event_type":"x","user":{"id":"u"},"own":"' + b"x" * 20_000 + b'"}'
    send_raw(small.port, USERMAVEN.deliver(pair.api_key, pair.auth_key, shape % long))
    event = events_of(pair)[-1]
    assert (event.verdict, faults_of(event)) == ("malformed", ["error line-too-long"])
    assert (event.size, len(event.raw)) == (len(long), 10_000)


def test_a_long_event_of_eventbunker_is_cut_and_marked(small, new_pair, stored):
    pair = new_pair("eventbunker")
    long = b'{"event_name":"x","own":"' + b"x" * 20_000 + b'"}'
    send_raw(small.port, EVENTBUNKER.deliver(pair.api_key, pair.auth_key, long))
    (event,) = events_of(pair)
    assert (event.verdict, faults_of(event)) == ("malformed", ["error line-too-long"])
