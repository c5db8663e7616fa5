"""Compare the cost of validation with that of parsing: only invalid events should pay for an
explanation."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import orjson

from bench.bodies import batch
from ingest.dialects import BY_NAME
from ingest.validation.validate_event import validate_events
from ingest.values import IncomingRequest, Limits, Piece

API_KEY = "KEY"
_PASSES = 5


def rates(lines: int) -> dict[str, tuple[float, float]]:
    """Lines per second, with full validation and with only parsing and schema checks, for valid
    lines and for lines without their last comma. Returns the best of several passes."""
    good = batch(lines)
    return {
        "valid": _rates(good),
        "broken": _rates(good.replace(b',"sessionId"', b' "sessionId"')),
    }


def _rates(body: bytes) -> tuple[float, float]:
    dialect = BY_NAME["natero"]
    at = time.time_ns() // 1_000_000
    request = IncomingRequest("POST", "/v1/a/k", "", {}, "127.0.0.1", at)
    pieces = dialect.read(request, body, Limits()).pieces
    judged = _best(lambda: validate_events(dialect, pieces, at, API_KEY))
    parsed = _best(lambda: _parse(pieces, dialect.rules.holds))
    return len(pieces) / judged, len(pieces) / parsed


def _parse(pieces: Sequence[Piece], holds: Callable[[object], bool]) -> None:
    for piece in pieces:
        try:
            holds(orjson.loads(piece.raw))
        except orjson.JSONDecodeError:
            continue


def _best(work: Callable[[], object]) -> float:
    took = []
    for _ in range(_PASSES):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return min(took)
