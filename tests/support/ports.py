"""Ports for test servers. They are below the range for outgoing connections, which could take a
port between the check and the start. Each process counts from a different offset."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from itertools import count

FIRST, END = 12_000, 32_000
APART = 100

_number = count(os.getpid() * APART)


def free_port() -> int:
    """A port that is not in use and that this process has not returned before."""
    for number in _number:
        port = FIRST + number % (END - FIRST)
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError
