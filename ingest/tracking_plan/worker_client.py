"""The server's handle of a tracking plan worker process."""

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
    """How a process or its fork ended, and its job at that time; `phase` is 0 for none. The process
    continues after its fork has ended."""

    exit_code: int  # negative: the signal that ended it
    item: int
    phase: int
    label: str

    @property
    def took_too_long(self) -> bool:
        return self.exit_code == -signal.SIGPROF

    @property
    def was_stopped(self) -> bool:
        """Stopped by the server, the system or an operator, not by the evaluated input."""
        stops = (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        return self.exit_code in [-stop for stop in stops]


class PlanWorker:
    """Belongs to the event loop that starts it. `replied` is called with each reply, `ended` once.
    The process ends when the server does, because nothing else writes to its connection."""

    def __init__(self, replied: Callable[[bytes], None], ended: Callable[[Ended], None]) -> None:
        """Raises OSError. Requests sent before the process is ready wait in the socket."""
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
        """`ended` is called when the process and its fork are gone."""
        with suppress(OSError):
            os.killpg(self.pid, signal.SIGKILL)

    def ended_with(self, exit_code: int) -> Ended:
        """The job at the time when the process, or its fork, ended."""
        return Ended(exit_code, *self._progress.read())

    def abandon(self) -> None:
        """No callback is called any more; the event loop may be closed."""
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
        except OSError:  # it ended, and `_readable` notices
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
            # Ctrl-C, and a service manager that ends all processes of a service, are handled by the
            # server, which finishes its requests first
            setsid=True,
            setsigmask=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
            setsigdef=[signal.SIGPROF],
        )


@contextmanager
def _high(descriptor: int) -> Iterator[int]:
    """Duplicate the descriptor to a number that the child's descriptors cannot overwrite."""
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
    """The exit code of a process that has closed its connection, its last action."""
    try:
        os.killpg(pid, signal.SIGKILL)
        _, status = os.waitpid(pid, 0)
    except OSError:  # already waited for elsewhere
        return -signal.SIGKILL
    return os.waitstatus_to_exitcode(status)
