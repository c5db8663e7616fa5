"""Inflates bodies in steps. Each step reads and produces a limited number of bytes and does not
copy the rest of the body."""

from __future__ import annotations

import zlib

from ingest.parsing.malformed.compressed_data import GZIP
from ingest.values import Text

MAX_MEMBERS = 100  # of a compressed body; each costs a decompressor
STEP_READ = 16 * 2**10  # bytes; the slowest possible deflate blocks take 2 ms

_REST_SEEN = 64  # bytes after a member that are examined

_MODES = {
    "gzip": (16 + zlib.MAX_WBITS,),
    "x-gzip": (16 + zlib.MAX_WBITS,),
    # the standard says zlib format, but many senders use raw deflate
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),
}
ENCODINGS = frozenset({*_MODES, "identity"})


class CutOff(zlib.error):
    """The compressed data is truncated; `text` is the beginning of the inflated text."""

    text = b""

    def __init__(self) -> None:
        super().__init__("the compressed data ends too early")


class BytesAfterEnd(zlib.error):
    """`rest`, at byte `at`, follows the end of the compressed data and does not begin another
    member."""

    def __init__(self, at: int, rest: bytes) -> None:
        super().__init__("bytes follow the end of the compressed data")
        self.at = at
        self.rest = rest


class TooManyMembers(Exception):
    """More than MAX_MEMBERS compressed streams, one after the other."""


def modes_of(encoding: str) -> tuple[int, ...]:
    """The zlib window modes to try in order; empty for other encodings."""
    return _MODES.get(encoding.lower(), ())


class Inflater:
    """All members of a compressed body, in the given zlib mode. Call `step` until `is_done`."""

    __slots__ = ("_at", "_members", "_mode", "_stream", "_wire", "is_done")

    def __init__(self, wire: Text, mode: int) -> None:
        self._wire = memoryview(wire)
        self._at = 0
        self._mode = mode
        self._members = 1
        self._stream = zlib.decompressobj(mode)
        self.is_done = not wire

    def step(self, limit: int) -> bytes:
        """The next inflated bytes, at most `limit`; can be empty. Raises zlib.error, CutOff,
        BytesAfterEnd and TooManyMembers."""
        if self._stream.eof:
            self._begin_member()
        stream = self._stream
        given = self._wire[self._at : self._at + STEP_READ]
        part = stream.decompress(given, limit)
        # The unread rest of a slice is read again from the body, so at most one slice is copied.
        self._at += len(given) - len(stream.unconsumed_tail) - len(stream.unused_data)
        if stream.eof:
            self.is_done = self._at == len(self._wire)
        elif not given and not part:
            raise CutOff
        return part

    def _begin_member(self) -> None:
        rest = bytes(self._wire[self._at : self._at + _REST_SEEN])
        if not _may_begin_member(rest, self._mode):
            raise BytesAfterEnd(self._at, rest)
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise TooManyMembers
        self._stream = zlib.decompressobj(self._mode)


def _may_begin_member(rest: bytes, mode: int) -> bool:
    """Whether another compressed stream may begin; padding and other bytes may not."""
    if not rest.strip(b"\0\t\r\n "):
        return False
    if mode > zlib.MAX_WBITS:
        return GZIP.startswith(rest[:2])
    if mode < 0:  # raw deflate has no mark
        return True
    return rest[0] & 15 == 8 and (len(rest) == 1 or int.from_bytes(rest[:2]) % 31 == 0)


def inflate_small(wire: Text, mode: int, limit: int) -> bytes | None:
    """Inflate a body in one step; None if it has several members or more than `limit` bytes."""
    if len(wire) > STEP_READ:
        return None
    stream = zlib.decompressobj(mode)
    try:
        text = stream.decompress(wire, limit)
    except zlib.error:
        return None
    return text if stream.eof and not stream.unused_data else None


def beginning_of(wire: Text, encoding: str, limit: int) -> bytes:
    """The first bytes of a possibly incomplete body, inflated by one step."""
    for mode in modes_of(encoding):
        try:
            return Inflater(wire[:STEP_READ], mode).step(limit)
        except zlib.error:
            continue
    return bytes(wire[:limit])
