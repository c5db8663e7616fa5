"""First-run setup and start-up banner for `make run`."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
from pathlib import Path
from typing import IO

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME
from ingest.models import KeyPair
from ingest.storage.cleanup import key_pair_deletion
from viewer.access import expired_rows
from viewer.accounts.sign_in import new_sign_in_link
from viewer.onboarding.snippets import curl_line


class StartupError(Exception):
    """The server cannot start; the message is one sentence for the operator."""


def prepare_instance() -> bool:
    """Check the configuration, migrate the database, create the first key pairs. Returns whether
    this is the first start."""
    _check_port()
    _check_directory(settings.DATA_DIR)
    call_command("migrate", verbosity=0)
    key_pair_deletion.resume_deletions()
    expired_rows.delete_all_expired()
    if KeyPair.objects.exists():
        return False
    for dialect in BY_NAME:
        key_pairs.create_key_pair(f"demo {dialect}", dialect)
    return not User.objects.exists()


def startup_banner(output: IO[str], is_first: bool) -> str:
    """Keys and the owner's sign-in link are for the person at the terminal. Other outputs are logs
    that others can read, and contain them only on the first start."""
    if settings.PRINT_KEYS or output.isatty() or (is_first and not _is_journal(output)):
        return _with_secrets()
    return "\n".join(
        [
            "",
            f"Instrumentation Viewer on {settings.PUBLIC_URL}",
            "  Sign-in link: manage.py signin. Keys: on the settings page of each key pair.",
            "",
        ]
    )


def _with_secrets() -> str:
    shown = list(KeyPair.objects.filter(disabled_at=None).order_by("id")[:5])
    lines = ["", "Instrumentation Viewer", ""]
    lines += ["  Sign in (works once, in a browser):", f"    {new_sign_in_link()}", ""]
    lines += ["  Test endpoints:"]
    for pair in shown:
        path, headers = BY_NAME[pair.dialect].request_for(pair.api_key, pair.auth_key)
        lines.append(
            f"    {key_pairs.printable_name(pair.name):<18} POST {settings.PUBLIC_URL}{path}"
        )
        extra = {name: value for name, value in headers.items() if name != "Content-Type"}
        lines += [f"    {'':<18} with {name}: {value}" for name, value in extra.items()]
    if shown:
        lines += ["", "  Send an event (paste into another terminal):", ""]
        lines.append(curl_line(shown[0]))
    return "\n".join([*lines, "", "  Stop with Ctrl+C.", ""])


def _is_journal(output: IO[str]) -> bool:
    """Whether the output goes to systemd's journal, which names the device and inode of its
    socket."""
    journal = os.environ.get("JOURNAL_STREAM")
    if not journal:
        return False
    try:
        found = os.fstat(output.fileno())
    except OSError:  # written to memory
        return False
    return journal == f"{found.st_dev}:{found.st_ino}"


def _check_port() -> None:
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((settings.HOST, settings.PORT))
        except OSError as error:
            raise StartupError(_port_sentence(error)) from error


def _port_sentence(error: OSError) -> str:
    where = f"{settings.HOST}:{settings.PORT}"
    if error.errno == errno.EADDRINUSE:
        return f"Port {where} is in use by another program; choose another: PORT=8001 make run."
    if error.errno == errno.EACCES:
        return f"Port {where} needs more rights than you have; choose one from 1024 up."
    return f"Cannot listen on {where}: {error.strerror}."


def _check_directory(directory: Path) -> None:
    if not os.access(directory, os.W_OK | os.X_OK):
        raise StartupError(f"DATA_DIR {directory} cannot be written by this user.")
