"""The vendors' protocols. A fourth one is a module beside these and a line here."""

from __future__ import annotations

from ingest.dialects.dialect import Dialect
from ingest.dialects.eventbunker import EventBunker
from ingest.dialects.natero import Natero
from ingest.dialects.usermaven import Usermaven

DIALECTS: tuple[Dialect, ...] = (Natero(), Usermaven(), EventBunker())
BY_NAME: dict[str, Dialect] = {dialect.name: dialect for dialect in DIALECTS}
ALIASES = {"freshsuccess": "natero"}


def by_path(path: str) -> Dialect | None:
    """The dialect that answers for a path; None if it is no test endpoint's."""
    for dialect in DIALECTS:
        if dialect.claims(path):
            return dialect
    return None


__all__ = ["ALIASES", "BY_NAME", "DIALECTS", "Dialect", "by_path"]
