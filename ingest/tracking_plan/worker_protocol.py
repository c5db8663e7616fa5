"""The protocol between a server and its tracking plan workers, and their shared limits. Requests
come from the server and are marshalled; replies come from a process that has run customers' input,
so they are JSON. Times are seconds of processor time, which does not depend on the load of the
machine."""

from __future__ import annotations

import os
import struct

EVENT_SECONDS = 0.05  # per event; typical are 0.00005, with many problems 0.0003
EVENT_SECONDS_PER_BYTE = 0.15e-6  # additional time per byte: 0.2 for 1 MiB, where 0.03 is typical
COMPILE_SECONDS = 0.2  # to compile the schema of one event name on first use
ACCEPTED_COMPILE_SECONDS = 0.1  # for the same when the plan is saved; 100 KB take 0.01
READ_SECONDS = 1.0  # for all checks when a plan is saved; 256 KB take 0.1
TURN_SECONDS = 0.03  # per turn, before other key pairs get theirs
TURN_SECONDS_ALONE = 0.1  # the same if no other key pair waits

# Per key pair and minute, in addition to the time of typical plans.
MINUTE_SECONDS = 5.0
FREE_SECONDS = 0.001  # per event
FREE_SECONDS_PER_BYTE = 0.05e-6

DATA_BYTES = 80 * 2**20  # memory limit of a process, which starts with 15
CACHE_BYTES = 20 * 2**20  # estimated limit for compiled plans in a process
RESIDENT_BYTES = 56 * 2**20  # a process with more restarts after its reply
IDLE_SECONDS = 300.0  # idle seconds after which a process ends

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
    """The current job of a worker, in memory that the server can still read after a kill."""

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
    """The time limit for an event of so many bytes."""
    return EVENT_SECONDS + size * EVENT_SECONDS_PER_BYTE


def free_seconds(events: int, size: int) -> float:
    return events * FREE_SECONDS + size * FREE_SECONDS_PER_BYTE


def progress_file() -> int:
    """A descriptor of memory shared by two processes."""
    if hasattr(os, "memfd_create"):
        descriptor = os.memfd_create("plan-progress")
    else:
        import tempfile

        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, PROGRESS_BYTES)
    return descriptor
