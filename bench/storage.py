"""The storage of a benchmark's server: SQLite, or PostgreSQL and Redis with TEST_STACK=postgresql.
It is in a temporary directory that is removed at the end."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.server import Server, running
from tests.support.stack import Stack


@dataclass(frozen=True)
class Place:
    """`stack` is None with SQLite."""

    directory: Path
    stack: Stack | None = None

    @property
    def environment(self) -> dict[str, str]:
        return self.stack.environment if self.stack else {}

    @property
    def database(self) -> str | Path:
        """The address of the PostgreSQL database, or the path of the SQLite file."""
        return self.stack.database if self.stack else self.directory / "viewer.sqlite3"

    def __str__(self) -> str:
        return "PostgreSQL and Redis" if self.stack else "SQLite"


@contextmanager
def served(**environment: str) -> Iterator[tuple[Server, Place]]:
    """Start a server that uses this storage."""
    with (
        _place() as place,
        running("uvicorn", place.directory, **place.environment, **environment) as server,
    ):
        yield server, place


@contextmanager
def _place() -> Iterator[Place]:
    with tempfile.TemporaryDirectory(prefix="bench-") as directory:
        scratch = Path(directory)
        if os.environ.get("TEST_STACK") != "postgresql":
            yield Place(scratch)
            return
        scratch.chmod(0o711)  # PostgreSQL runs as another user
        stack = Stack(scratch / "stack")
        try:
            yield Place(scratch, stack)
        finally:
            stack.stop()
