"""Why a declared body cannot be inflated, in units; test_body.py sends some of them."""

from __future__ import annotations

import base64
import gzip
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.problems import render_problem
from ingest.receiving.decompression import CutOff, Inflater, TooManyMembers, modes_of
from ingest.receiving.inflation_faults import inflation_refusal
from ingest.values import Refusal

EVENT = b'{"action":"feature","userId":"u-17","total":1}'
GZIP = gzip.compress(EVENT, mtime=0)
ZLIB = zlib.compress(EVENT)


def raw_deflate(text: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(text) + compressor.flush()


def inflated(wire: bytes, mode: int) -> bytes:
    inflater = Inflater(wire, mode)
    text = b""
    try:
        while not inflater.is_done:
            text += inflater.step(1000)
    except CutOff as error:
        error.text = text
        raise
    return text


def refusal_of(wire: bytes, encoding: str) -> Refusal | None:
    """None if the body can be inflated."""
    errors = []
    for mode in modes_of(encoding):
        try:
            inflated(wire, mode)
            return None
        except zlib.error as error:
            errors.append(error)
    return inflation_refusal(wire, encoding, errors)


FAULTS = [
    (GZIP + b"\n", "gzip", "bytes-after-end", "a line break"),
    (GZIP + b"\r\n", "x-gzip", "bytes-after-end", "a line break"),
    (GZIP + bytes(512), "gzip", "bytes-after-end", "512 zero bytes"),
    (GZIP + b"\0", "gzip", "bytes-after-end", "1 zero byte."),
    (GZIP + b" \n \n", "gzip", "bytes-after-end", "4 bytes of white space"),
    (GZIP + EVENT, "gzip", "bytes-after-end", "46 bytes (7B 22 61 63 …)"),
    (GZIP + GZIP + b"\n", "gzip", "bytes-after-end", f"at byte {2 * len(GZIP)}"),
    (ZLIB + b"\n", "deflate", "bytes-after-end", "a line break"),
    (raw_deflate(EVENT) + bytes(9), "deflate", "bytes-after-end", "9 zero bytes"),
    (GZIP[:-9], "gzip", "truncated-gzip", "Inside it begins"),
    (GZIP + b"\x1f", "gzip", "truncated-gzip", "cut off"),
    (GZIP + GZIP[:20], "gzip", "truncated-gzip", "cut off"),
    (raw_deflate(EVENT)[:-9], "deflate", "truncated-gzip", "Inside it begins"),
    (b"\xef\xbb\xbf" + GZIP, "gzip", "bytes-before-start", "a byte order mark"),
    (b"\n" + GZIP, "gzip", "bytes-before-start", "a line break"),
    (b"5a\x00\n" + GZIP, "gzip", "bytes-before-start", "4 bytes"),
    (GZIP.decode("latin-1").encode(), "gzip", "compressed-as-text", "1F C2 8B"),
    (ZLIB.decode("latin-1").encode(), "deflate", "compressed-as-text", "78 C2 9C"),
    (base64.b64encode(GZIP), "gzip", "compressed-as-base64", "base64"),
    (b"\x28\xb5\x2f\xfd" + bytes(range(200, 250)), "gzip", "declared-but-other", "zstd"),
    (b"PK\x03\x04" + bytes(range(200, 250)), "deflate", "declared-but-other", "ZIP"),
    (raw_deflate(EVENT), "gzip", "compressed-otherwise", "is deflate"),
    (GZIP, "deflate", "compressed-otherwise", "is gzip"),
    (EVENT, "gzip", "declared-but-plain", '{"action"'),
    (EVENT, "deflate", "declared-but-plain", '{"action"'),
    (GZIP[:12] + b"\xff\xff\xff" + GZIP[15:], "gzip", "not-inflatable", "cannot be inflated"),
]


@pytest.mark.parametrize(("wire", "encoding", "code", "phrase"), FAULTS)
def test_each_fault_is_named(wire, encoding, code, phrase):
    refusal = refusal_of(wire, encoding)
    assert refusal is not None
    assert (refusal.code, refusal.status) == (code, 400)
    assert phrase in render_problem(refusal.problem())["message"]


@pytest.mark.parametrize(
    ("wire", "encoding"),
    [
        (GZIP, "gzip"),
        (GZIP + gzip.compress(EVENT), "gzip"),
        (ZLIB, "deflate"),
        (ZLIB + ZLIB, "deflate"),
        (raw_deflate(EVENT), "deflate"),
    ],
)
def test_whole_data_has_no_fault(wire, encoding):
    assert refusal_of(wire, encoding) is None


@given(some.binary(max_size=300), some.sampled_from(["gzip", "deflate"]))
def test_any_bytes_get_a_reason(body, encoding):
    for wire in (body, GZIP + body, ZLIB + body, b"\x1f\x8b\x08" + body):
        refusal = refusal_of(wire, encoding)
        assert refusal is None or render_problem(refusal.problem())["message"]


def test_the_number_of_members_is_still_limited():
    with pytest.raises(TooManyMembers):
        inflated(GZIP * 101, modes_of("gzip")[0])
