"""The process that stores, as seen from the one that answers senders. Each has an interpreter to
itself: what one does keeps the other from nothing."""

from __future__ import annotations

import logging
import os
import pickle
import signal
import sys
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from pathlib import Path

from ingest.deposit import Deposit, packed
from ingest.outcome import Outcome

ROOT = Path(__file__).resolve().parent.parent
PROGRAM = "ingest.writer_program"
HANDLE = 3  # of the connection, in its process: the first after the three that all have

logger = logging.getLogger(__name__)


class WriterProcess:
    """Belongs to the thread that calls `commit`. Ends by itself when this process does, however
    that comes about: it reads from a connection that nobody else holds."""

    def __init__(self) -> None:
        self._child = 0  # its id
        self._connection: Connection | None = None

    def start(self) -> Connection:
        """It takes a moment until it is there; what is sent meanwhile waits for it."""
        self._connection, theirs = Pipe()
        path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        with theirs:
            self._child = os.posix_spawn(
                sys.executable,
                [sys.executable, "-m", PROGRAM],
                os.environ | {"PYTHONPATH": path},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), HANDLE),
                ],
                setsid=True,  # Ctrl-C is for this process, which has requests to finish
            )
        return self._connection

    def commit(self, deposits: Sequence[Deposit]) -> Outcome:
        """Done when it is on disk. If the process ends meanwhile, all counts as not stored,
        and the next commit has a new one."""
        try:
            connection = self._connection or self.start()
            connection.send_bytes(packed(deposits))
            outcome: Outcome = pickle.loads(connection.recv_bytes())  # noqa: S301 - our own
        except (EOFError, OSError) as error:
            logger.error(
                "%d deliveries were not stored, the process for it %s: %r",
                len(deposits),
                self._end(),
                error,
            )
            return Outcome(lost=list(range(len(deposits))), failed=len(deposits))
        return outcome

    def _end(self) -> str:
        """What is left of it, and how it ended, in words."""
        connection, self._connection = self._connection, None
        child, self._child = self._child, 0
        if connection is not None:
            connection.close()
        if not child:
            return "could not be started"
        os.kill(child, signal.SIGKILL)
        _, status = os.waitpid(child, 0)
        return f"ended with {os.waitstatus_to_exitcode(status)}"
