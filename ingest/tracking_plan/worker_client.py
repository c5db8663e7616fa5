"""A process that evaluates tracking plans, as seen from the server."""

from __future__ import annotations

import asyncio
import fcntl
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import NamedTuple

from ingest.storage.writer_client import ROOT
from ingest.tracking_plan import worker_protocol
from ingest.tracking_plan.worker_protocol import CONNECTION, HEADER_BYTES, PROGRESS, Progress

PROGRAM = "ingest.tracking_plan.worker"

_RECEIVED_AT_ONCE = 32 * 2**10

_NEEDED = ("PYTHON", "PATH", "LANG", "LC_", "LD_LIBRARY_PATH", "VIRTUAL_ENV")


class Ended(NamedTuple):
    """How a process or its fork ended, and what it was doing: `phase` is 0 where that was
    nothing. After its fork the process goes on."""

    exit_code: int  # negative: the signal that ended it
    item: int
    phase: int
    label: str

    @property
    def took_too_long(self) -> bool:
        return self.exit_code == -signal.SIGPROF

    @property
    def was_stopped(self) -> bool:
        """By the server, by the system or by an operator: nothing that it evaluated did it."""
        stops = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        return self.exit_code in [-stop for stop in stops]


class PlanWorker:
    """Belongs to the event loop that it is started on. `replied` is called with each reply,
    `ended` once. It ends by itself when the server does: nobody else writes to the connection
    that it reads from."""

    def __init__(self, replied: Callable[[bytes], None], ended: Callable[[Ended], None]) -> None:
        """Raises OSError. It takes a moment until the process is there; what is sent meanwhile
        waits for it."""
        self._replied = replied
        self._ended = ended
        self.loop = asyncio.get_running_loop()
        self._received = bytearray()
        self._unsent = b""
        self._is_writing = False
        self._connection, theirs = socket.socketpair()
        progress = worker_protocol.progress_file()
        try:
            self._progress = Progress(progress)
            self.pid = _spawn(theirs.fileno(), progress)
        except OSError:
            self._connection.close()
            raise
        finally:
            theirs.close()
            os.close(progress)
        self._connection.setblocking(False)
        self.loop.add_reader(self._connection.fileno(), self._readable)

    def send(self, request: bytes) -> None:
        self._unsent += worker_protocol.framed(request)
        self._writable()

    def kill(self) -> None:
        """`ended` is called when the process is gone, and its fork."""
        with suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended_with(self, exit_code: int) -> Ended:
        """What it was doing when it, or its fork, ended so."""
        return Ended(exit_code, *self._progress.read())

    def abandon(self) -> None:
        """Nothing is called any more; its event loop may be gone."""
        if not self.loop.is_closed():
            self.loop.remove_reader(self._connection.fileno())
            self.loop.remove_writer(self._connection.fileno())
        self.kill()
        self._connection.close()
        self._progress.close()
        _exit_code(self.pid)

    def _writable(self) -> None:
        try:
            sent = self._connection.send(self._unsent)
        except BlockingIOError:
            sent = 0
        except OSError:  # it ended, and `_readable` sees that
            self._unsent = b""
            sent = 0
        self._unsent = self._unsent[sent:]
        if self._unsent and not self._is_writing:
            self._is_writing = True
            self.loop.add_writer(self._connection.fileno(), self._writable)
        elif self._is_writing and not self._unsent:
            self._is_writing = False
            self.loop.remove_writer(self._connection.fileno())

    def _readable(self) -> None:
        try:
            part = self._connection.recv(_RECEIVED_AT_ONCE)
        except BlockingIOError:
            return
        except OSError:
            part = b""
        if not part:
            self._finish()
            return
        received = self._received
        received += part
        if len(received) < HEADER_BYTES:
            return
        end = HEADER_BYTES + worker_protocol.length_in(received)
        if end > worker_protocol.MAX_REPLY_BYTES:
            self.kill()
        elif len(received) >= end:
            self._received = received[end:]
            self._replied(bytes(received[HEADER_BYTES:end]))

    def _finish(self) -> None:
        self.loop.remove_reader(self._connection.fileno())
        self.loop.remove_writer(self._connection.fileno())
        self._connection.close()
        how = self.ended_with(_exit_code(self.pid))
        self._progress.close()
        self._ended(how)


def _spawn(connection: int, progress: int) -> int:
    with _high(connection) as connection, _high(progress) as progress:
        return os.posix_spawn(
            sys.executable,
            [sys.executable, "-P", "-m", PROGRAM],
            _environment(),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, connection, CONNECTION),
                (os.POSIX_SPAWN_DUP2, progress, PROGRESS),
            ],
            # Ctrl-C, or a service manager that ends all processes of a service, is for the
            # server, which has requests to finish
            setsid=True,
            setsigmask=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
            setsigdef=[signal.SIGPROF],
        )


@contextmanager
def _high(descriptor: int) -> Iterator[int]:
    """The same under a number that neither of the two it is to have can overwrite."""
    copied = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 10)
    try:
        yield copied
    finally:
        os.close(copied)


def _environment() -> dict[str, str]:
    """Without the server's secrets."""
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    kept = {name: value for name, value in os.environ.items() if name.startswith(_NEEDED)}
    return kept | {"PYTHONPATH": path}


def _exit_code(pid: int) -> int:
    """Of a process that closed its connection, which is the last that it does."""
    try:
        os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    except OSError:  # somebody else has waited for it
        return -signal.SIGKILL
    return os.waitstatus_to_exitcode(status)
