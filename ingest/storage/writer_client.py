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
from typing import Any

from ingest.problems import Problem
from ingest.storage.commit_result import CommitResult
from ingest.storage.write_request import PreviewRequest, WriteRequest, serialize, serialize_preview

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = "ingest.storage.writer_main"
HANDLE = 3  # of the connection, in its process: the first after the three that all have

logger = logging.getLogger(__name__)


class WriterClient:
    """Belongs to the thread that calls `commit`. Ends by itself when this process does, however
    that comes about: nobody else writes to the connection it reads from."""

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
                [sys.executable, "-P", "-m", PROGRAM],
                os.environ | {"PYTHONPATH": path},
                file_actions=[
                    (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                    (os.POSIX_SPAWN_DUP2, theirs.fileno(), HANDLE),
                ],
                # Ctrl-C, or a service manager that tells all processes of a service to end: that
                # is for this process, which has requests to finish
                setsid=True,
                setsigmask=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
            )
        return self._connection

    def commit(self, deposits: Sequence[WriteRequest]) -> CommitResult:
        """Done when it is on disk. If the process ends meanwhile, all counts as not stored,
        and the next commit has a new one. Never raises."""
        try:
            outcome: CommitResult = self._ask(serialize(deposits))
        except Exception as error:  # whatever it is, no late answer may be taken for another's
            logger.error(
                "%d deliveries were not stored, the process for it %s: %r",
                len(deposits),
                self._end(),
                error,
            )
            lost = list(range(len(deposits)))
            return CommitResult(lost=lost, unanswered=True, failed=len(lost))
        return outcome

    def preview(self, request: PreviewRequest) -> list[tuple[int, Sequence[Problem]]] | None:
        """The problems that a commit would add to the events at these places; None where nobody
        can tell now. Never raises."""
        try:
            added: list[tuple[int, Sequence[Problem]]] | None
            added = self._ask(serialize_preview(request))
        except Exception as error:
            logger.error(
                "%d events were not compared, the process for it %s: %r",
                len(request.events),
                self._end(),
                error,
            )
            return None
        return added

    def _ask(self, text: bytes) -> Any:
        return pickle.loads(self._send(text).recv_bytes())  # noqa: S301 - our own

    def _send(self, text: bytes) -> Connection:
        """To the process that is there, or to a new one when it ended while nothing was asked of
        it: it acts on nothing that it has not read to the end."""
        if self._connection is not None:
            try:
                self._connection.send_bytes(text)
            except ConnectionError as error:
                logger.error("the process that stores %s: %r", self._end(), error)
            else:
                return self._connection
        connection = self.start()
        connection.send_bytes(text)
        return connection

    def _end(self) -> str:
        """What is left of it, and how it ended, in words."""
        connection, self._connection = self._connection, None
        child, self._child = self._child, 0
        if connection is not None:
            connection.close()
        if not child:
            return "could not be started"
        try:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        except OSError:  # somebody else has waited for it
            return "ended"
        return f"ended with {os.waitstatus_to_exitcode(status)}"
