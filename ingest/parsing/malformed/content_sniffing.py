"""Detects bodies that are another format than JSON, and describes their contents."""

from __future__ import annotations

import base64
import binascii
import re
import zlib
from urllib.parse import parse_qsl, unquote_to_bytes

from ingest.parsing.malformed.multipart import is_multipart
from ingest.problems import Problem
from ingest.values import Raw

_HEAD = 4096  # bytes that are examined
_MAX_INSIDE = 2**20  # bytes inflated for a preview
_SHOWN = 60

GZIP = b"\x1f\x8b"
_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FORM = re.compile(r"[\w.%\[\]+-]+=[^&\s{}\"]*(?:&[\w.%\[\]+-]+=[^&\s{}\"]*)*\s*\Z")
_FORM_OF_JSON = re.compile(r"[\w.%\[\]+-]{1,40}=\s*[{\[]")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_\s-]{12,}={0,2}\s*\Z")


def sniff(raw: Raw) -> Problem | None:
    """The problem of a body in another format; None if it may be JSON."""
    head = bytes(raw[:_HEAD])
    if head.startswith(GZIP):
        return Problem("gzip-not-declared", args={"inside": inside_gzip(raw)}, offset=0, column=1)
    encoding = _utf_16(head)
    if encoding:
        args = {"inside": preview(_decoded(head, encoding))}
        return Problem("utf-16", args=args, offset=0, column=1)
    start = len(head) - len(head.lstrip())
    if head[start : start + 1] in (b"{", b"[", b'"', b""):
        return None
    return _of_text(head, start, len(raw) > _HEAD)


def _of_text(head: bytes, start: int, cut: bool) -> Problem | None:
    text = head[start:]
    if text.startswith(b"--") and is_multipart(text):
        return Problem("multipart", offset=start, column=start + 1)
    if text.startswith(b"<"):
        return Problem("markup", offset=start, column=start + 1)
    if text[:3].lower() in (b"%7b", b"%5b"):
        inside = preview(unquote_to_bytes(text))
        return Problem("url-encoded", args={"inside": inside}, offset=start, column=start + 1)
    inside = _inside_base64(text, cut)
    if inside:
        return Problem("base64", args={"inside": inside}, offset=start, column=start + 1)
    latin = text.decode("latin-1")
    if _FORM.match(latin) or _FORM_OF_JSON.match(latin):
        args = {"inside": _inside_form(latin)}
        return Problem("form-encoded", args=args, offset=start, column=start + 1)
    return None


def inside_gzip(raw: Raw) -> str:
    """A sentence about the inflated contents; the empty string if there are none."""
    try:
        text = zlib.decompressobj(16 + zlib.MAX_WBITS).decompress(raw, _MAX_INSIDE)
    except zlib.error:
        return " It cannot be inflated, either."
    if not text:
        return ""
    if text.startswith(GZIP):
        return " Inside is gzip once more."
    return preview(text)


def is_text(head: bytes) -> bool:
    """Whether the bytes, which may be cut, are plain text."""
    text = head[:200].decode("utf-8", "ignore").strip()
    return bool(text) and text.replace("\n", "").replace("\t", "").replace("\r", "").isprintable()


def _utf_16(head: bytes) -> str:
    """The encoding, detected by its byte order mark or by the zero bytes of ASCII characters."""
    if head.startswith(_UTF_16_MARKS):
        return "utf-16"
    evens, odds = head[:64:2], head[1:64:2]
    if len(odds) > 1 and odds.count(0) >= 0.9 * len(odds) and evens.count(0) == 0:
        return "utf-16-le"
    if len(odds) > 1 and evens.count(0) >= 0.9 * len(evens) and odds.count(0) == 0:
        return "utf-16-be"
    return ""


def _decoded(raw: bytes, encoding: str) -> bytes:
    return raw[: len(raw) // 2 * 2].decode(encoding, "replace").encode("utf-8", "replace")


def _inside_form(text: str) -> str:
    for name, value in parse_qsl(text):
        if value.lstrip()[:1] in ("{", "["):
            return f" The JSON is in its field “{name[:40]}”."
        if _inside_base64(value.encode("utf-8", "replace"), cut=False):
            return f" The JSON is in its field “{name[:40]}”, as base64."
    return ""


def _inside_base64(text: bytes, cut: bool) -> str:
    if not _BASE64.match(text):
        return ""
    joined = b"".join(text.split()).translate(bytes.maketrans(b"-_", b"+/")).rstrip(b"=")
    if cut or len(joined) % 4 == 1:
        joined = joined[: len(joined) // 4 * 4]
    try:
        decoded = base64.b64decode(joined + b"=" * (-len(joined) % 4))
        decoded.decode("utf-8", "strict" if not cut else "ignore")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return preview(decoded) if decoded.lstrip()[:1] in (b"{", b"[") else ""


def preview(text: bytes) -> str:
    """A sentence with the beginning of a text."""
    words = text[: 4 * _SHOWN].decode("utf-8", "replace").strip().lstrip("\ufeff")
    if not words:
        return ""
    shown = "".join(char if char.isprintable() else " " for char in words)
    shown = shown[:_SHOWN] + "…" if len(shown) > _SHOWN else shown
    return f" Inside it begins: {shown}"
