"""Content-Encoding undone in bounded steps: no step reads or makes more than its share, and none
copies what is left of the body."""

from __future__ import annotations

import zlib

from ingest.values import Text

MAX_MEMBERS = 100  # of a compressed body; each costs a decompressor
STEP_READ = 16 * 2**10  # bytes; a slice of adverse deflate blocks takes 2 ms

_MODES = {
    "gzip": (16 + zlib.MAX_WBITS,),
    "x-gzip": (16 + zlib.MAX_WBITS,),
    "deflate": (zlib.MAX_WBITS, -zlib.MAX_WBITS),  # zlib by the standard, raw by many senders
}
ENCODINGS = frozenset({*_MODES, "identity"})


class CutOff(zlib.error):
    """The compressed data ends too early; `text` is how the inflated text begins."""

    text = b""

    def __init__(self) -> None:
        super().__init__("the compressed data ends too early")


class TooManyMembers(Exception):
    """More than MAX_MEMBERS compressed streams, one after the other."""


def modes_of(encoding: str) -> tuple[int, ...]:
    """The zlib window modes to try in turn; none for what is not compressed."""
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

    def step(self, most: int) -> bytes:
        """The next bytes: `most` or fewer, perhaps none. Raises zlib.error, CutOff and
        TooManyMembers."""
        if self._stream.eof:
            self._begin_member()
        stream = self._stream
        given = self._wire[self._at : self._at + STEP_READ]
        part = stream.decompress(given, most)
        # What zlib leaves of a slice is read again from the body: a copy of one slice at most.
        self._at += len(given) - len(stream.unconsumed_tail) - len(stream.unused_data)
        if stream.eof:
            self.is_done = self._at == len(self._wire)
        elif not given and not part:
            raise CutOff
        return part

    def _begin_member(self) -> None:
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise TooManyMembers
        self._stream = zlib.decompressobj(self._mode)


def inflate_small(wire: Text, mode: int, most: int) -> bytes | None:
    """A body of one member and at most `most` bytes, at once; None if it is not that."""
    if len(wire) > STEP_READ:
        return None
    stream = zlib.decompressobj(mode)
    try:
        text = stream.decompress(wire, most)
    except zlib.error:
        return None
    return text if stream.eof and not stream.unused_data else None


def beginning_of(wire: Text, encoding: str, most: int) -> bytes:
    """The first bytes of a body that may not be complete, inflated as far as one step goes."""
    for mode in modes_of(encoding):
        try:
            return Inflater(wire[:STEP_READ], mode).step(most)
        except zlib.error:
            continue
    return bytes(wire[:most])
