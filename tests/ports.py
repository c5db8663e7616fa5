"""Ports for servers of tests. Below those that the system gives to outgoing connections, which
would take one between the look and the start; each process counts on from a place of its own."""

from __future__ import annotations

import os
import socket
from contextlib import closing
from itertools import count

FIRST, END = 12_000, 32_000
APART = 100

_number = count(os.getpid() * APART)


def free_port() -> int:
    """One that nothing listens on, and that was not given before by this process."""
    for number in _number:
        port = FIRST + number % (END - FIRST)
        with closing(socket.socket()) as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
    raise AssertionError
