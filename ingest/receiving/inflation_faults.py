"""Why a body that is declared gzip or deflate cannot be inflated. Only used for refused bodies, and
only looks at their beginning."""

from __future__ import annotations

import zlib
from collections.abc import Sequence

from ingest.parsing.malformed.compressed_data import (
    GZIP,
    compression_of,
    disguise_of,
    is_text,
    preview,
    raw_deflate_inside,
    shown_bytes,
)
from ingest.receiving.decompression import BytesAfterEnd, CutOff
from ingest.values import Refusal, Text

_HEAD = 4096  # bytes that are examined
_BEFORE = 64  # bytes before the compressed data
_MARKS = {b"\xef\xbb\xbf": "a byte order mark", b"\n": "a line break", b"\r\n": "a line break"}


def inflation_refusal(wire: Text, encoding: str, errors: Sequence[zlib.error]) -> Refusal:
    """`errors` are those of each way to inflate, of which there is at least one."""
    head = bytes(wire[:_HEAD])
    args = {"encoding": encoding}
    return (
        _other_format(head, args)
        or _broken_off(wire, errors, args)
        or _bytes_before(head, args)
        or Refusal("not-inflatable", args | {"detail": str(errors[0]).split(": ")[-1]}, 400)
    )


def _other_format(head: bytes, args: dict[str, str]) -> Refusal | None:
    actual = compression_of(head) or ("deflate" if raw_deflate_inside(head) else "")
    is_deflate = args["encoding"] == "deflate"
    if actual not in ("", "gzip", "deflate"):
        return Refusal("declared-but-other", args | {"actual": actual}, 400)
    if actual and (actual == "deflate") != is_deflate:
        return Refusal("compressed-otherwise", args | {"actual": actual}, 400)
    disguise = None if actual else disguise_of(head)
    if disguise is not None:
        return Refusal(disguise.code, disguise.args, 400)
    if not actual and is_text(head):
        begins = head[:20].decode("utf-8", "ignore").strip()
        return Refusal("declared-but-plain", args | {"begins": begins}, 400)
    return None


def _broken_off(wire: Text, errors: Sequence[zlib.error], args: dict[str, str]) -> Refusal | None:
    for error in errors:
        if isinstance(error, BytesAfterEnd):
            args = args | {
                "at": f"{error.at:,}",
                "what": _described(error.rest, len(wire) - error.at),
            }
            return Refusal("bytes-after-end", args, 400)
        if isinstance(error, CutOff) and (error is errors[0] or is_text(error.text)):
            args = args | {"at": f"{len(wire):,}", "inside": preview(error.text)}
            return Refusal("truncated-gzip", args, 400)
    return None


def _bytes_before(head: bytes, args: dict[str, str]) -> Refusal | None:
    at = head.find(GZIP + b"\x08", 1, _BEFORE)
    if at < 0 or args["encoding"] == "deflate":
        return None
    what = _MARKS.get(head[:at], f"{at:,} bytes ({shown_bytes(head[:at])} …)")
    return Refusal("bytes-before-start", args | {"what": what, "at": f"{at:,}"}, 400)


def _described(rest: bytes, size: int) -> str:
    """Bytes after the end, of which `rest` are the first."""
    if rest in (b"\n", b"\r\n"):
        return "a line break"
    noun = "byte" if size == 1 else "bytes"
    if not rest.strip(b"\0"):
        return f"{size:,} zero {noun}"
    if not rest.strip():
        return f"{size:,} {noun} of white space"
    return f"{size:,} {noun} ({shown_bytes(rest)}{' …' if size > 4 else ''})"
