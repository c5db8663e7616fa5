"""Resource levels that must stay constant for as long as the server runs, measured from outside."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.support import processes
from tests.support.load import opened

MIB = 2**20

Sizes = Callable[[], tuple[float, float]]  # of the database and its log, in MiB


class Levels(NamedTuple):
    """The levels at one moment; sizes are in MiB. The log is the write-ahead log of SQLite or
    PostgreSQL."""

    memory: float
    handles: float
    log: float
    database: float


# How much the last third of a run may exceed the second: a share, plus a constant.
TOLERANCES = Levels((1.05, 8), (1.0, 10), (1.25, 16), (1.1, 4))


def levels_of(process: int, sizes: Sizes) -> Levels:
    """The levels of a server and all its child processes."""
    database, log = sizes()
    memory = processes.resident(process) / MIB
    return Levels(memory, processes.handles(process), log, database)


def sizes_of(database: str | Path) -> tuple[float, float]:
    """`database` is an SQLite file, or a PostgreSQL address with the superuser's credentials."""
    if isinstance(database, Path):
        log = database.with_name(f"{database.name}-wal")
        # missing until the first event is stored
        written = log.stat().st_size if log.exists() else 0
        return database.stat().st_size / MIB, written / MIB
    with opened(database) as store:
        found = store.execute(
            "SELECT pg_database_size(current_database()), (SELECT sum(size) FROM pg_ls_waldir())"
        ).fetchone()
    return float(found[0]) / MIB, float(found[1]) / MIB


def median_of(samples: Sequence[Levels]) -> Levels:
    return Levels(*(statistics.median(values) for values in zip(*samples, strict=True)))


def thirds_of(samples: Sequence[Levels]) -> tuple[Levels, Levels]:
    """The second and the last third of a run. The first third is ignored: caches and retained
    events fill up."""
    third = len(samples) // 3
    return median_of(samples[third : 2 * third]), median_of(samples[2 * third :])


def grown(samples: Sequence[Levels]) -> list[str]:
    """The names of the levels that grew."""
    before, after = thirds_of(samples)
    return [
        name
        for name, was, now, (share, besides) in zip(
            Levels._fields, before, after, TOLERANCES, strict=True
        )
        if now > was * share + besides
    ]
