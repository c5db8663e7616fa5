"""Detects bodies that are another format than JSON, and describes their contents."""

from __future__ import annotations

import base64
import binascii
import re
from urllib.parse import parse_qsl, unquote_to_bytes

from ingest.parsing.malformed.compressed_data import is_text, not_text, preview, undeclared
from ingest.parsing.malformed.printed import printed_text
from ingest.parsing.multipart import is_multipart
from ingest.problems import Problem
from ingest.values import Raw

__all__ = ["is_text", "preview", "sniff"]

_HEAD = 4096  # bytes that are examined

_UTF_16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_FORM = re.compile(r"[\w.%\[\]+-]+=[^&\s{}\"]*(?:&[\w.%\[\]+-]+=[^&\s{}\"]*)*\s*\Z")
_FORM_OF_JSON = re.compile(r"[\w.%\[\]+-]{1,40}=\s*[{\[]")
_BASE64 = re.compile(rb"[A-Za-z0-9+/_\s-]{12,}={0,2}\s*\Z")


def sniff(raw: Raw) -> Problem | None:
    """The problem of a body in another format; None if it may be JSON."""
    head = bytes(raw[:_HEAD])
    compressed = undeclared(raw)
    if compressed:
        return compressed
    encoding = _utf_16(head)
    if encoding:
        args = {"inside": preview(_decoded(head, encoding))}
        return Problem("utf-16", args=args, offset=0, column=1)
    start = len(head) - len(head.lstrip())
    if head[start : start + 1] in (b"{", b"[", b'"', b""):
        return None
    return _of_text(head, start, len(raw) > _HEAD) or not_text(raw)


def _of_text(head: bytes, start: int, cut: bool) -> Problem | None:
    text = head[start:]
    if text.startswith(b"--") and is_multipart(text):
        return Problem("multipart", offset=start, column=start + 1)
    printed = printed_text(head.decode("utf-8", "surrogateescape"), start)
    if printed:
        return printed
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
