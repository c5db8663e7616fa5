"""Compressed data in a body that should be text, and what was done to it on the way."""

from __future__ import annotations

import base64
import gzip
import json
import time
import zlib
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as some

from ingest.parsing.malformed.compressed_data import COMPRESSED, unpacked, with_encoding
from ingest.parsing.malformed.content_sniffing import sniff
from ingest.problems import render_problem
from ingest.receiving.decompression import modes_of

# without the time, so that the names of parametrized tests stay the same
compress = partial(gzip.compress, mtime=0)

EVENT = b'{"action":"feature","userId":"u-17","total":1}'
GZIP = compress(EVENT, mtime=0)
ZLIB = zlib.compress(EVENT)
ZSTD = b"\x28\xb5\x2f\xfd\x20\x68\x41\x03\x00" + bytes(range(200, 256))


def raw_deflate(text: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(text) + compressor.flush()


def code_of(body: bytes, encoding: str = "") -> str:
    problem = sniff(body)
    return "" if problem is None else with_encoding(problem, body, encoding).code


def words_of(body: bytes, encoding: str = "") -> str:
    problem = sniff(body)
    assert problem is not None
    words = render_problem(with_encoding(problem, body, encoding))
    return f"{words['message']} {words['hint']}"


UNDECLARED = {
    "gzip": (GZIP, "gzip-not-declared"),
    "zlib": (ZLIB, "deflate-not-declared"),
    "zlib, best compression": (zlib.compress(EVENT, 9), "deflate-not-declared"),
    "raw deflate": (raw_deflate(EVENT), "deflate-not-declared"),
    "zstd": (ZSTD, "other-compression"),
    "xz": (b"\xfd7zXZ\0\0\x04", "other-compression"),
    "bzip2": (b"BZh91AY&SY\x01\x02", "other-compression"),
    "a ZIP archive": (b"PK\x03\x04\x14\0", "other-compression"),
    "gzip as Latin-1": (GZIP.decode("latin-1").encode(), "compressed-as-text"),
    "gzip as Windows-1252": (GZIP.decode("cp1252", "replace").encode(), "compressed-as-text"),
    "gzip as UTF-8": (GZIP.decode("utf-8", "replace").encode(), "compressed-as-text"),
    "gzip as ASCII": (
        GZIP.decode("ascii", "replace").encode("ascii", "replace"),
        "compressed-as-text",
    ),
    "zlib as Latin-1": (ZLIB.decode("latin-1").encode(), "compressed-as-text"),
    "zstd as Latin-1": (ZSTD.decode("latin-1").encode(), "compressed-as-text"),
    "base64 of gzip": (base64.b64encode(GZIP), "compressed-as-base64"),
    "base64 of gzip in lines": (base64.encodebytes(GZIP * 3), "compressed-as-base64"),
    "base64 of gzip for URLs": (base64.urlsafe_b64encode(GZIP), "compressed-as-base64"),
    "base64 of zlib": (base64.b64encode(ZLIB), "compressed-as-base64"),
    "gzip in hexadecimal": (GZIP.hex().encode(), "compressed-as-base64"),
    "a data URL of gzip": (
        b"data:application/gzip;base64," + base64.b64encode(GZIP),
        "compressed-as-base64",
    ),
    "brotli that stores the text": (b"\x8b\x16\x80" + EVENT + b"\x03", "binary-body"),
    "bytes without a mark": (
        b"\x1b\x30\x00\xf8\x8d\x94\x6e\xdd\xde\x18\x05\xb1\xff",
        "binary-body",
    ),
}


@pytest.mark.parametrize("what", UNDECLARED)
def test_compressed_data_is_recognized(what):
    body, code = UNDECLARED[what]
    assert code_of(body) == code


@pytest.mark.parametrize(
    "body",
    [
        b"feature dashboard u-17",
        "Zoë Müller, x\x01y".encode("latin-1"),
        b"x^2 + y^2",
        b"BZh is no archive",
        b"H4sI is no gzip by itself, and neither is 1f8b",
        base64.b64encode(EVENT),
        b"PK",
        EVENT[1:],
        b"\x1e" + EVENT,
    ],
)
def test_text_is_not_taken_for_compressed_data(body):
    assert code_of(body) not in COMPRESSED | {"binary-body"}


DECLARED = [
    (GZIP, "identity", "gzip-not-declared"),
    (GZIP, "gzip", "gzip-twice"),
    (ZLIB, "gzip", "compressed-twice"),
    (ZSTD, "gzip", "compressed-twice"),
    (raw_deflate(EVENT), "gzip", "compressed-twice"),
    (GZIP, "gzip, gzip", "encoding-not-read"),
    (GZIP, "GZIP;q=1.0", "encoding-not-read"),
    (ZLIB, "br", "encoding-not-read"),
    (raw_deflate(EVENT), "br", "encoding-not-read"),
    (compress(ZLIB), "deflate, gzip", "compressed-in-layers"),
    (compress(GZIP), "gzip, gzip", "compressed-in-layers"),
    (ZSTD, "zstd", "other-compression"),
    (UNDECLARED["bytes without a mark"][0], "br", "encoding-not-inflated"),
]


@pytest.mark.parametrize(("body", "encoding", "code"), DECLARED)
def test_the_words_fit_the_declared_encoding(body, encoding, code):
    assert code_of(body, encoding) == code
    assert "\ufffd" not in words_of(body, encoding)


def test_what_is_inside_is_shown_through_all_layers():
    assert 'Inside it begins: {"action"' in words_of(compress(ZLIB), "deflate, gzip")
    assert 'Inside it begins: {"action"' in words_of(GZIP.decode("latin-1").encode())
    assert 'Inside it begins: {"action"' in words_of(base64.b64encode(ZLIB))
    assert "Inside" not in words_of(GZIP.decode("utf-8", "replace").encode())


def test_the_hint_does_not_lead_to_the_next_problem():
    assert "Content-Encoding: deflate" in words_of(base64.b64encode(ZLIB))
    assert "zstd is not read" in words_of(ZSTD.decode("latin-1").encode())


def test_the_codings_are_those_that_are_inflated():
    """The table here and the one of the decompression are in different layers."""
    assert [name for name in ("gzip", "x-gzip", "deflate", "br", "zstd") if modes_of(name)] == [
        name
        for name in ("gzip", "x-gzip", "deflate", "br", "zstd")
        if code_of(GZIP, name) == "gzip-twice"
    ]


def test_a_bomb_is_inflated_in_part():
    bomb = compress(bytes(2**26))
    began = time.perf_counter()
    layers = unpacked(compress(compress(bomb)))
    assert time.perf_counter() - began < 1
    assert layers.names == ("gzip",) * 3
    assert len(layers.inside or b"") <= 2**16


@given(some.binary(max_size=600))
def test_no_bytes_raise_an_error(body):
    code_of(body, "gzip")
    code_of(b"\x1f\x8b" + body, "br")
    code_of(base64.b64encode(b"\x1f\x8b" + body))


@given(some.dictionaries(some.text(max_size=5), some.text(max_size=40), min_size=1))
def test_events_are_text_in_every_encoding(event):
    text = json.dumps(event, ensure_ascii=False)
    for codec in ("utf-8", "latin-1", "cp1252"):
        assert code_of(text.encode(codec, "ignore")) not in COMPRESSED | {"binary-body"}
