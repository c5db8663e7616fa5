"""Files in DATA_DIR contain keys, events and sessions: only the server's user may read them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

UMASK = 0o077
OTHERS = 0o077  # permission bits of the group and of all others


def make_directory(directory: Path) -> None:
    """Raises OSError."""
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)


def keep_private(directory: Path) -> None:
    """Remove the permissions of others from existing files. Raises ImproperlyConfigured if that is
    not possible."""
    if not directory.is_dir():
        return  # the start reports it where it is needed
    _tighten(directory)
    for path in (
        *(directory / f"viewer.sqlite3{suffix}" for suffix in ("", "-wal", "-shm", "-journal")),
        directory / "secret-key",
        directory / "metrics",
    ):
        with suppress(FileNotFoundError):  # created on demand, and may disappear at any moment
            _tighten(path)


def is_ours(found: os.stat_result, directory: Path) -> bool:
    """Root may maintain the files of the user that the server runs as."""
    owners = {os.geteuid(), 0}
    if os.geteuid() == 0:
        owners.add(directory.stat().st_uid)
    return found.st_uid in owners


def _tighten(path: Path) -> None:
    """Raises FileNotFoundError."""
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        found = path.stat()  # the database may be elsewhere; what matters is who can read it
    directory = path if stat.S_ISDIR(found.st_mode) else path.parent
    if not is_ours(found, directory):
        raise _refusal(path, "belongs to another user")
    if found.st_mode & stat.S_ISVTX:
        raise _refusal(path, "is a directory that everybody shares")
    if not found.st_mode & OTHERS:
        return
    try:
        path.chmod(stat.S_IMODE(found.st_mode) & ~OTHERS)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise _refusal(path, f"cannot be closed to other users ({error.strerror})") from None
    if path.stat().st_mode & OTHERS:  # a file system without permissions
        raise _refusal(path, "stays open to other users: its file system keeps no permissions")


def _refusal(path: Path, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{path} {reason}: it would show keys and events to others. "
        "Choose a DATA_DIR that only the server's user can read."
    )
