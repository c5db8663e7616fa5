"""Django's secret key: generated once and stored beside the database."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from django.utils.crypto import get_random_string

from viewer.config.private_files import OTHERS, is_ours, make_directory


def load_or_create(path: Path) -> str:
    try:
        make_directory(path.parent)
        _make(path)
        return _read(path)
    except OSError as error:
        raise ImproperlyConfigured(
            f"DATA_DIR {path.parent} cannot be written: {error.strerror}."
        ) from error


def _make(path: Path) -> None:
    """Written atomically, because two processes may start at the same time."""
    if path.exists():
        return
    draft = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(get_random_string(64))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()


def _read(path: Path) -> str:
    """Whoever could read or write the file could sign sessions."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise _refusal(path, "is a link") from None
        raise
    with os.fdopen(descriptor) as file:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _refusal(path, "is not a file")
        if not is_ours(found, path.parent):
            raise _refusal(path, "belongs to another user")
        if found.st_mode & OTHERS:
            raise _refusal(path, "can be read by other users")
        key = file.read()
    if not key:
        raise _refusal(path, "is empty")
    return key


def _refusal(path: Path, reason: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(
        f"{path} {reason}, and who knows it can sign in as anybody. "
        "Delete it: a new one is made, and everybody signs in again."
    )
