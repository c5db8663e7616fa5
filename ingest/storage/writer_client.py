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
_SMALL_BYTES = 96 * 2**10  # fits the buffer of the connection, so that sending does not block
_SMALL_EVENTS = 500  # take about a millisecond to serialize
HANDLE = 3  # file descriptor of the connection in the writer process: the first after stderr

logger = logging.getLogger(__name__)


class WriterClient:
    """One request at a time: `commit` and `preview` block until the answer arrives, `send` and
    `receive` do not. The writer process ends when this process ends for any reason, because its
    connection is then closed."""

    def __init__(self) -> None:
        self._child = 0  # process id
        self._connection: Connection | None = None
        self._is_answer_due = False

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

    def send(self, writes: Sequence[WriteRequest]) -> int | None:
        """Send a small batch without blocking. Returns the file descriptor that becomes readable
        when `receive` can return the result; None if `commit` must store the batch."""
        size = sum(write.record.size for write in writes)
        events = sum(len(write.events) for write in writes)
        connection = self._connection
        if connection is None or size > _SMALL_BYTES or events > _SMALL_EVENTS:
            return None
        try:
            message, *following = serialize(writes)
            if following or len(message) > _SMALL_BYTES:
                return None
            self._send_to(connection, [message])
        except Exception:  # `commit` fails in the same way, and reports it
            return None
        return connection.fileno()

    def receive(self, count: int) -> CommitResult:
        """The result of the batch of `count` deliveries that `send` sent. Never raises."""
        try:
            result: CommitResult = self._answer()
        except Exception as error:
            return self._not_stored(count, error)
        return result

    def commit(self, writes: Sequence[WriteRequest]) -> CommitResult:
        """Returns when the batch is on disk. If the writer process ends before it answers, the
        whole batch counts as not stored, and the next commit starts a new process. Never raises."""
        try:
            self._send(serialize(writes))
            result: CommitResult = self._answer()
        except Exception as error:
            return self._not_stored(len(writes), error)
        return result

    def preview(self, request: PreviewRequest) -> list[tuple[int, Sequence[Problem]]] | None:
        """The problems that a commit would add to the events at these places; None if they
        cannot be determined now. Never raises."""
        try:
            self._send(serialize_preview(request))
            added: list[tuple[int, Sequence[Problem]]] | None = self._answer()
        except Exception as error:
            logger.error(
                "%d events were not compared, the process for it %s: %r",
                len(request.events),
                self._end(),
                error,
            )
            return None
        return added

    def _not_stored(self, count: int, error: Exception) -> CommitResult:
        """End the process, so that no late answer is taken for the answer to another request."""
        logger.error(
            "%d deliveries were not stored, the process for it %s: %r", count, self._end(), error
        )
        return CommitResult(lost=list(range(count)), unanswered=True, failed=count)

    def _send(self, messages: Sequence[bytes | memoryview]) -> None:
        """Send to the running process, or to a new one if it ended while idle. This cannot store a
        batch twice, because the process does nothing before it has all messages."""
        if self._connection is not None:
            try:
                self._send_to(self._connection, messages)
            except ConnectionError as error:
                logger.error("the process that stores %s: %r", self._end(), error)
            else:
                return
        self._send_to(self.start(), messages)

    def _send_to(self, connection: Connection, messages: Sequence[bytes | memoryview]) -> None:
        if self._is_answer_due:  # the event loop that waited for it was closed
            raise ConnectionError("the last request was not answered")
        for message in messages:
            connection.send_bytes(message)
        self._is_answer_due = True

    def _answer(self) -> Any:
        if self._connection is None:
            raise ConnectionError("the connection is closed")
        answer = pickle.loads(self._connection.recv_bytes())  # noqa: S301 - our own
        self._is_answer_due = False
        return answer

    def _end(self) -> str:
        """Close the connection and end the process. Returns a description of how it ended."""
        connection, self._connection = self._connection, None
        child, self._child = self._child, 0
        self._is_answer_due = False
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
