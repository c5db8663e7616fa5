"""Splits a JSON array into its items, each with its bytes as sent."""

from __future__ import annotations

import json
import re

from ingest.parsing.json_parsing import Malformed, depth_problem
from ingest.parsing.ndjson import COPY_BELOW, make_piece
from ingest.values import Json, Limits, Piece, Raw, Text

_BETWEEN = re.compile(r"[\s,]*")
_scan = json.JSONDecoder(parse_int=len, parse_float=len).raw_decode  # only its end is used


def split_items(body: Text, values: list[Json], limits: Limits) -> list[Piece]:
    """One piece for each of `values`, the parsed array of `body`. Raises Malformed if the nesting
    is too deep for the parser of the standard library."""
    if len(values) == 1:
        inner = bytes(body).strip()[1:-1].strip()
        return [_item(inner, 1, values[0], limits)]
    text = str(body, "utf-8")
    # in ASCII a character is a byte, so that large items need no copies
    source = memoryview(body) if len(body) >= COPY_BELOW and text.isascii() else None
    pieces = []
    at = text.index("[") + 1
    for line, value in enumerate(values, 1):
        start = _BETWEEN.match(text, at).end()  # type: ignore[union-attr]
        try:
            at = _scan(text, start)[1]
        except RecursionError:
            raise Malformed(lambda: [depth_problem(bytes(body))]) from None
        raw = text[start:at].encode() if source is None else source[start:at]
        pieces.append(_item(raw, line, value, limits))
    return pieces


def _item(raw: Raw, line: int, value: Json, limits: Limits) -> Piece:
    item = make_piece(raw, line, limits)
    return item if item.problems else Piece(raw, line, value, True)
