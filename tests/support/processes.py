"""The processes of a server, as the kernel reports them: the one that answers, its children, and
the resources they use together."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def family(process: int) -> list[int]:
    """A process and all its descendants, including those that its threads started."""
    found = [process]
    for thread in _listed(f"/proc/{process}/task"):
        below = _read(f"{thread}/children").split()
        found += [each for child in below for each in family(int(child))]
    return found


def storing(process: int) -> int:
    """The writer process of a server."""
    (found,) = [each for each in family(process) if "writer_main" in _command(each)]
    return found


def resident(process: int) -> int:
    """Resident memory of the processes in bytes; shared pages count once per process."""
    return _sum(process, "VmRSS:")


def most_resident(process: int) -> int:
    """The sum of the peak resident memory of all processes, in bytes."""
    return _sum(process, "VmHWM:")


def handles(process: int) -> int:
    return sum(len(_listed(f"/proc/{each}/fd")) for each in family(process))


def spent(process: int) -> float:
    """CPU seconds, including those of children that ended."""
    stats = [_read(f"/proc/{each}/stat").rpartition(")")[2].split() for each in family(process)]
    return sum(sum(map(int, stat[11:15])) for stat in stats) / TICKS


def _sum(process: int, what: str) -> int:
    statuses = [_read(f"/proc/{each}/status") for each in family(process)]
    return sum(int(status.split(what)[1].split()[0]) for status in statuses if what in status) << 10


def _command(process: int) -> str:
    return _read(f"/proc/{process}/cmdline")


def _read(path: str) -> str:
    """Empty if the process has ended."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(path).read_text()
    return ""


def _listed(path: str) -> list[Path]:
    with suppress(FileNotFoundError, ProcessLookupError):
        return list(Path(path).iterdir())
    return []
