"""Recognizes bodies of the type multipart/form-data, which HTTP libraries send for forms with
files. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.problems import Problem
from ingest.values import Piece, Raw

_HEAD = 1024  # bytes in which the head of the first part ends
_MAX_PARTS = 50
_FIRST_PART = re.compile(
    rb"\s*--([^\r\n]{1,200}?)[ \t]*\r?\n(?:[!-9;-~]+:[^\n]*\n)*?Content-", re.I
)
_NAME = re.compile(rb'name="?([^";\r\n]*)"?', re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")


class Part(NamedTuple):
    name: str
    content: bytes


def is_multipart(body: Raw) -> bool:
    return _FIRST_PART.match(bytes(body[:_HEAD])) is not None


def parts_of(body: bytes) -> Iterator[Part]:
    """The parts of a body that `is_multipart`, which may be cut."""
    first = _FIRST_PART.match(body[:_HEAD])
    if first is None:
        return
    for part in body.split(b"--" + first[1], _MAX_PARTS)[1:]:
        head = _END_OF_HEAD.search(part)
        if head is None:
            continue
        name = _NAME.search(part, 0, head.start())
        yield Part(
            name[1].decode("utf-8", "replace") if name else "", part[head.end() :].strip(b"\r\n")
        )


def mark_framing(pieces: Sequence[Piece]) -> list[Piece]:
    """The lines of a multipart body; those that do not begin like JSON are marked as what they
    are."""
    return [
        piece
        if bytes(piece.raw[:1]) in (b"{", b"[") or piece.size
        else piece._replace(
            problems=(Problem("multipart-line", offset=0, column=1),), size=len(piece.raw)
        )
        for piece in pieces
    ]
