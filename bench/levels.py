"""What must stay level however long the server runs, looked at from outside."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests import processes
from tests.load import opened

MIB = 2**20

Sizes = Callable[[], tuple[float, float]]  # of database and log, in MiB


class Levels(NamedTuple):
    """Of one moment; sizes in MiB. The log is SQLite's or PostgreSQL's, written ahead."""

    memory: float
    handles: float
    log: float
    database: float


# how much more the last third of a run may hold than the second: a share, and something besides
TOLERANCES = Levels((1.05, 8), (1.0, 10), (1.25, 16), (1.1, 4))


def levels_of(process: int, sizes: Sizes) -> Levels:
    """Of a server with all that it started."""
    database, log = sizes()
    memory = processes.resident(process) / MIB
    return Levels(memory, processes.handles(process), log, database)


def sizes_of(database: str | Path) -> tuple[float, float]:
    """A file of SQLite, or an address of PostgreSQL with its superuser in it."""
    if isinstance(database, Path):
        log = database.with_name(f"{database.name}-wal")
        written = log.stat().st_size if log.exists() else 0  # until something is stored
        return database.stat().st_size / MIB, written / MIB
    with opened(database) as store:
        found = store.execute(
            "SELECT pg_database_size(current_database()), (SELECT sum(size) FROM pg_ls_waldir())"
        ).fetchone()
    return float(found[0]) / MIB, float(found[1]) / MIB


def median_of(samples: Sequence[Levels]) -> Levels:
    return Levels(*(statistics.median(values) for values in zip(*samples, strict=True)))


def thirds_of(samples: Sequence[Levels]) -> tuple[Levels, Levels]:
    """The second and the last third of a run. In the first, caches and what is kept fill up."""
    third = len(samples) // 3
    return median_of(samples[third : 2 * third]), median_of(samples[2 * third :])


def grown(samples: Sequence[Levels]) -> list[str]:
    """The names of what did not stay level."""
    before, after = thirds_of(samples)
    return [
        name
        for name, was, now, (share, besides) in zip(
            Levels._fields, before, after, TOLERANCES, strict=True
        )
        if now > was * share + besides
    ]
