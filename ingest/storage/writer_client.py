"""Starts the writer process and sends it batches. Server and writer have separate interpreters, so
neither blocks the other."""

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
HANDLE = 3  # file descriptor of the connection in the writer process: the first after stderr

logger = logging.getLogger(__name__)


class WriterClient:
    """Belongs to the thread that calls `commit`. The writer process ends when this process ends for
    any reason, because its connection is then closed."""

    def __init__(self) -> None:
        self._child = 0  # process id
        self._connection: Connection | None = None

    def start(self) -> Connection:
        """Start the process. It reads the connection as soon as it is ready."""
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
                # Ctrl-C and service managers signal the whole process group, but this process
                # must first finish its requests
                setsid=True,
                setsigmask=[signal.SIGTERM, signal.SIGINT, signal.SIGHUP],
            )
        return self._connection

    def commit(self, writes: Sequence[WriteRequest]) -> CommitResult:
        """Returns when the batch is on disk. If the writer process ends before it answers, the
        whole batch counts as not stored, and the next commit starts a new process. Never raises."""
        try:
            result: CommitResult = self._ask(serialize(writes))
        except Exception as error:  # whatever it is, no late answer may be taken for another's
            logger.error(
                "%d deliveries were not stored, the process for it %s: %r",
                len(writes),
                self._end(),
                error,
            )
            lost = list(range(len(writes)))
            return CommitResult(lost=lost, unanswered=True, failed=len(lost))
        return result

    def preview(self, request: PreviewRequest) -> list[tuple[int, Sequence[Problem]]] | None:
        """The problems that a commit would add to the events at these places; None if they
        cannot be determined now. Never raises."""
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

    def _ask(self, messages: Sequence[bytes | memoryview]) -> Any:
        return pickle.loads(self._send(messages).recv_bytes())  # noqa: S301 - our own

    def _send(self, messages: Sequence[bytes | memoryview]) -> Connection:
        """Send to the running process, or to a new one if it ended while idle. This cannot store a
        batch twice, because the process does nothing before it has all messages."""
        if self._connection is not None:
            try:
                _send_all(self._connection, messages)
            except ConnectionError as error:
                logger.error("the process that stores %s: %r", self._end(), error)
            else:
                return self._connection
        connection = self.start()
        _send_all(connection, messages)
        return connection

    def _end(self) -> str:
        """Close the connection and end the process. Returns a description of how it ended."""
        connection, self._connection = self._connection, None
        child, self._child = self._child, 0
        if connection is not None:
            connection.close()
        if not child:
            return "could not be started"
        try:
            os.kill(child, signal.SIGKILL)
            _, status = os.waitpid(child, 0)
        except OSError:  # already reaped
            return "ended"
        return f"ended with {os.waitstatus_to_exitcode(status)}"


def _send_all(connection: Connection, messages: Sequence[bytes | memoryview]) -> None:
    for message in messages:
        connection.send_bytes(message)
