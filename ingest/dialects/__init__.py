"""The vendors' protocols, one module each. A new dialect is added to DIALECTS."""

from __future__ import annotations

from ingest.dialects.dialect import Dialect
from ingest.dialects.eventbunker import EventBunker
from ingest.dialects.natero import Natero
from ingest.dialects.request_line import near_path
from ingest.dialects.usermaven import Usermaven

DIALECTS: tuple[Dialect, ...] = (Natero(), Usermaven(), EventBunker())
BY_NAME: dict[str, Dialect] = {dialect.name: dialect for dialect in DIALECTS}
ALIASES = {"freshsuccess": "natero"}


def by_path(path: str) -> Dialect | None:
    """The dialect of a path, or of the one that it nearly matches; None if the path is not a test
    endpoint."""
    for dialect in DIALECTS:
        if dialect.matches_path(path):
            return dialect
    near = near_path(path)
    return BY_NAME[near] if near else None


__all__ = ["ALIASES", "BY_NAME", "DIALECTS", "Dialect", "by_path"]
