"""What passes between a server and the processes that evaluate tracking plans, and the limits
that both know.

Requests are made by the server and marshalled; replies come from a process that has run what
customers wrote, so they are JSON. Times are seconds of processor time: on a busy machine an event
takes longer to check, but not more of it.
"""

from __future__ import annotations

import os
import struct

EVENT_SECONDS = 0.05  # for one event; typical are 0.00005, with many problems 0.0003
EVENT_SECONDS_PER_BYTE = 0.15e-6  # besides: 0.2 for a mebibyte, where 0.03 are typical
COMPILE_SECONDS = 0.2  # for the schema of one event name, when it is first needed
ACCEPTED_COMPILE_SECONDS = 0.1  # for the same, when the plan is saved: 100 KB take 0.01
READ_SECONDS = 1.0  # for all that a plan is looked at when it is saved: 256 KB take 0.1
TURN_SECONDS = 0.03  # then other key pairs have their turn
TURN_SECONDS_ALONE = 0.1  # the same where none waits

# Of a key pair, in a minute, beyond what typical plans take.
MINUTE_SECONDS = 5.0
FREE_SECONDS = 0.001  # an event
FREE_SECONDS_PER_BYTE = 0.05e-6

DATA_BYTES = 80 * 2**20  # a process may hold; it begins with 12
CACHE_BYTES = 20 * 2**20  # of compiled plans in a process, estimated
RESIDENT_BYTES = 56 * 2**20  # what holds more begins anew after its reply
IDLE_SECONDS = 300.0  # then a process ends

CONNECTION = 3  # file descriptor of the worker's socket
PROGRESS = 4  # and of its progress
OUT_OF_MEMORY = 3  # exit status

JUDGE, READ = "judge", "read"
COMPILING, EVALUATING, READING = 1, 2, 3

PROGRESS_BYTES = 4096
_PROGRESS = struct.Struct("<iBH")  # index, phase, length of the label that follows
_HEADER = struct.Struct("!I")
HEADER_BYTES = _HEADER.size
MAX_REPLY_BYTES = 16 * 2**20


class Progress:
    """What a worker is doing, in memory that the server can still read when it was killed."""

    def __init__(self, descriptor: int) -> None:
        import mmap

        self._memory = mmap.mmap(descriptor, PROGRESS_BYTES)

    def note(self, index: int, phase: int, label: bytes = b"") -> None:
        label = label[: PROGRESS_BYTES - _PROGRESS.size]
        _PROGRESS.pack_into(self._memory, 0, index, phase, len(label))
        if label:
            self._memory[_PROGRESS.size : _PROGRESS.size + len(label)] = label

    def read(self) -> tuple[int, int, str]:
        """Index, phase (0: none), label."""
        index, phase, length = _PROGRESS.unpack_from(self._memory, 0)
        label = self._memory[_PROGRESS.size : _PROGRESS.size + length]
        return index, phase, label.decode("utf-8", "replace")

    @property
    def is_set(self) -> bool:
        return self.read()[1] != 0

    def clear(self) -> None:
        _PROGRESS.pack_into(self._memory, 0, 0, 0, 0)

    def close(self) -> None:
        self._memory.close()


def framed(payload: bytes) -> bytes:
    return _HEADER.pack(len(payload)) + payload


def length_in(header: bytes | bytearray) -> int:
    length: int = _HEADER.unpack_from(header)[0]
    return length


def seconds_for(size: int) -> float:
    """The limit for an event of so many bytes."""
    return EVENT_SECONDS + size * EVENT_SECONDS_PER_BYTE


def free_seconds(events: int, size: int) -> float:
    return events * FREE_SECONDS + size * FREE_SECONDS_PER_BYTE


def progress_file() -> int:
    """A descriptor of memory that two processes can share."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("plan-progress")
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, PROGRESS_BYTES)
    return descriptor
