"""Recognizes compressed data: its format, by its first bytes; and what was done to it on the way to
us: written as text, as base64, or compressed again. Every look is limited in bytes."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from typing import NamedTuple

from ingest.problems import Problem
from ingest.values import Raw

GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
CODINGS = frozenset({"gzip", "x-gzip", "deflate"})  # values of Content-Encoding that are inflated
COMPRESSED = frozenset(  # codes of bodies that are compressed as a whole
    ("gzip-not-declared", "gzip-twice", "deflate-not-declared", "other-compression")
    + ("compressed-twice", "compressed-in-layers", "encoding-not-read", "encoding-not-inflated")
    + ("compressed-as-text", "compressed-as-base64")
)
MAX_ENCODING_SHOWN = 40  # characters of a Content-Encoding

_HEAD = 4096  # bytes that are examined
_MAX_READ = 64 * 2**10  # compressed bytes of a layer
_MAX_INSIDE = 64 * 2**10  # bytes inflated of a layer
_MAX_LAYERS = 3
_SHOWN = 60  # characters of a preview
_MODES = {"gzip": 16 + zlib.MAX_WBITS, "deflate": zlib.MAX_WBITS}
_MARKS = (
    (GZIP, "gzip"),
    (_ZSTD, "zstd"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\xfd7zXZ\0", "xz"),
    (b"\x04\x22\x4d\x18", "lz4"),
    (b"\xff\x06\0\0sNaPpY", "snappy"),
    (b"\x1f\x9d", "compress"),
)
_BZIP2 = re.compile(rb"BZh[1-9]1AY&SY")
_WRITTEN = (
    (re.compile(rb'\s*"?(?:data:[\w/+.-]*;base64,)?([A-Za-z0-9+/_\r\n-]{12,})'), "base64"),
    (re.compile(rb'\s*"?(?:0x|\\x)?([0-9A-Fa-f\r\n]{12,})'), "hexadecimal"),
)
_GARBLED = {  # a mark that went through a codec: the codec, the mark and its format
    mark.decode(codec, "replace").encode(*errors): (codec, mark, name)
    for mark, name in (
        (GZIP, "gzip"),
        (_ZSTD, "zstd"),
        (b"x\x9c", "deflate"),
        (b"x\xda", "deflate"),
    )
    for codec, *errors in (("ascii", "ascii", "replace"), ("utf-8",), ("cp1252",), ("latin-1",))
}


class Layers(NamedTuple):
    """The formats of compressed data, the outermost first, and the beginning of what is inside:
    None if it cannot be inflated."""

    names: tuple[str, ...]
    inside: bytes | None


class Disguise(NamedTuple):
    """Compressed data that a sender wrote as text."""

    code: str
    args: dict[str, str]


def compression_of(head: bytes) -> str:
    """The format by its first bytes; the empty string for others. Brotli and raw deflate have no
    mark."""
    for mark, name in _MARKS:
        if head.startswith(mark):
            return name
    if _BZIP2.match(head):
        return "bzip2"
    if len(head) > 1 and head[0] == 0x78 and int.from_bytes(head[:2]) % 31 == 0:  # RFC 1950
        return "deflate" if _inflated(head[:_HEAD], zlib.MAX_WBITS, 64) is not None else ""
    return ""


def unpacked(raw: Raw) -> Layers:
    """The formats that are around the text; no names if it is not compressed."""
    data: bytes | None = bytes(raw[:_MAX_READ])
    names: list[str] = []
    while data and len(names) < _MAX_LAYERS and (name := compression_of(data)):
        names.append(name)
        mode = _MODES.get(name)
        data = None if mode is None else _inflated(data, mode, _MAX_INSIDE)
    return Layers(tuple(names), data)


def raw_deflate_inside(head: bytes) -> bytes:
    """The beginning of JSON that is compressed as raw deflate; empty if it is anything else."""
    text = _inflated(head, -zlib.MAX_WBITS, _HEAD) or b""
    return text if text.lstrip()[:1] in (b"{", b"[") and is_text(text) else b""


def undeclared(raw: Raw) -> Problem | None:
    """The problem of a body that is compressed, or compressed data written as text, although the
    request does not say so; None for others."""
    head = bytes(raw[:_HEAD])
    if head[:1] in (b"{", b"["):
        return None
    disguise = disguise_of(head)
    if disguise is not None:
        return Problem(disguise.code, args=dict(disguise.args), offset=0, column=1)
    layers = unpacked(raw)
    if not layers.names:
        return None
    name = layers.names[0]
    if name not in _MODES:
        return Problem("other-compression", args={"actual": name}, offset=0, column=1)
    args = {"inside": _inside(layers)}
    if name == "gzip":
        return Problem("gzip-not-declared", args=args, offset=0, column=1)
    return Problem("deflate-not-declared", args=args, offset=0, column=1)


def not_text(raw: Raw) -> Problem | None:
    """The problem of bytes that are no text and have no mark of a format; None for text."""
    head = bytes(raw[:_HEAD])
    if not _is_binary(head):
        return None
    inside = raw_deflate_inside(head)
    if inside:
        args = {"inside": preview(inside)}
        return Problem("deflate-not-declared", args=args, offset=0, column=1)
    return Problem("binary-body", args={"begins": shown_bytes(head)}, offset=0, column=1)


def with_encoding(problem: Problem, raw: Raw, encoding: str) -> Problem:
    """`problem` of `undeclared` or `not_text`, in words that fit the Content-Encoding of the
    request."""
    declared = encoding.strip().lower()
    if declared in ("", "identity"):
        return problem
    layers = unpacked(raw)
    if declared in CODINGS:
        return _of_inflated(problem, layers)
    args = {"encoding": encoding.strip()[:MAX_ENCODING_SHOWN]}
    if problem.code == "binary-body":
        return problem._replace(code="encoding-not-inflated", args=args)
    if problem.code not in ("gzip-not-declared", "deflate-not-declared"):
        return problem
    if len(layers.names) > 1:
        args["inside"] = preview(layers.inside or b"")
        args["actual"] = " around ".join(layers.names)
        return problem._replace(code="compressed-in-layers", args=args)
    args["inside"] = _said_inside(problem)
    args["actual"] = "gzip" if problem.code == "gzip-not-declared" else "deflate"
    return problem._replace(code="encoding-not-read", args=args)


def _of_inflated(problem: Problem, layers: Layers) -> Problem:
    if problem.code == "gzip-not-declared":
        return problem._replace(code="gzip-twice")
    if problem.code in ("deflate-not-declared", "other-compression"):
        args = {"actual": next(iter(layers.names), "deflate"), "inside": _said_inside(problem)}
        return problem._replace(code="compressed-twice", args=args)
    return problem


def _said_inside(problem: Problem) -> str:
    return str((problem.args or {}).get("inside", ""))


def disguise_of(head: bytes) -> Disguise | None:
    """Compressed data that went through a text codec, or is written as base64 or hexadecimal."""
    return _garbled(head) or _written(head)


def _garbled(head: bytes) -> Disguise | None:
    for wrong, (codec, mark, name) in _GARBLED.items():
        if head.startswith(wrong) and not is_text(head):
            args = {
                "actual": name,
                "begins": shown_bytes(wrong, len(wrong)),
                "due": shown_bytes(mark),
                "inside": _restored(head, codec) + _not_read(name),
            }
            return Disguise("compressed-as-text", args)
    return None


def _not_read(name: str) -> str:
    return "" if name in _MODES else f" Use gzip: {name} is not read."


def _restored(head: bytes, codec: str) -> str:
    """A sentence about the contents, if the codec kept all bytes."""
    if codec not in ("latin-1", "cp1252"):
        return ""
    restored = head.decode("utf-8", "ignore").encode(codec, "ignore")
    return preview(unpacked(restored).inside or b"")


def _written(head: bytes) -> Disguise | None:
    for pattern, form in _WRITTEN:
        match = pattern.match(head)
        data = _decoded(b"".join(match[1].split()), form) if match else b""
        layers = unpacked(data)
        if match and layers.names:
            args = {
                "actual": layers.names[0],
                "form": form,
                "begins": head.strip()[:12].decode("latin-1"),
                "declare": "deflate" if layers.names[0] == "deflate" else "gzip",
                "inside": preview(layers.inside or b"") + _not_read(layers.names[0]),
            }
            return Disguise("compressed-as-base64", args)
    return None


def _decoded(text: bytes, form: str) -> bytes:
    try:
        if form == "hexadecimal":
            return bytes.fromhex(text[: len(text) // 2 * 2].decode())
        plain = text.translate(bytes.maketrans(b"-_", b"+/"))
        return base64.b64decode(plain[: len(plain) // 4 * 4])
    except (binascii.Error, ValueError):
        return b""


def _inflated(data: bytes, mode: int, limit: int) -> bytes | None:
    """The beginning of the inflated data, which may be cut; None if it cannot be inflated."""
    try:
        return zlib.decompressobj(mode).decompress(data, limit)
    except zlib.error:
        return None


def _inside(layers: Layers) -> str:
    """A sentence about the inflated contents; the empty string if there are none."""
    if len(layers.names) > 1:
        return f" Inside is {layers.names[1]} once more."
    if layers.inside is None:
        return " It cannot be inflated, either." if layers.names[0] in _MODES else ""
    return preview(layers.inside)


def _is_binary(head: bytes) -> bool:
    """Whether the bytes are no text in any usual encoding: not UTF-8, with control characters, and
    at the start, or for a quarter of them, neither letters nor signs of ASCII."""
    start = head[:256]
    try:
        start.decode()
        return False
    except UnicodeDecodeError as error:
        if error.start >= len(start) - 3:  # the end may cut a character
            return False
    controls = sum(map(_is_control, start))
    others = sum(byte > 126 for byte in start)
    at_start = sum(byte > 126 or _is_control(byte) for byte in start[:4])
    return controls > 0 and (at_start > 1 or controls + others >= len(start) / 4)


def _is_control(byte: int) -> bool:
    return byte < 32 and byte not in b"\t\n\r\x1e"


def is_text(head: bytes) -> bool:
    """Whether the bytes, which may be cut, are plain text."""
    text = head[:200].decode("utf-8", "ignore").strip()
    return bool(text) and text.replace("\n", "").replace("\t", "").replace("\r", "").isprintable()


def shown_bytes(data: bytes, most: int = 4) -> str:
    return data[:most].hex(" ").upper()


def preview(text: bytes) -> str:
    """A sentence with the beginning of a text."""
    words = text[: 4 * _SHOWN].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not words:
        return ""
    shown = "".join(char if char.isprintable() else " " for char in words)
    shown = shown[:_SHOWN] + "…" if len(shown) > _SHOWN else shown
    return f" Inside it begins: {shown}"
