"""Misbehaving connections, for tests of the server's limits."""

from __future__ import annotations

import base64
import contextlib
import os
import socket
import struct
import time

from tests.support.server import Server

PING, BINARY, TEXT = 9, 2, 1


def connect(server: Server) -> socket.socket:
    return socket.create_connection(("127.0.0.1", server.port), 10)


def send_until_cut(connection: socket.socket, part: bytes, most: int) -> int:
    """Send without reading; return the bytes sent before the server cut the connection, at most
    `most`."""
    sent = 0
    with contextlib.suppress(OSError):
        while sent < most:
            connection.sendall(part)
            sent += len(part)
    return sent


def status_of(connection: socket.socket) -> int:
    """The status of the reply; 0 if the connection ended without one."""
    with contextlib.suppress(OSError):
        answer = connection.recv(64)
        if answer:
            return int(answer.split()[1])
    return 0


def seconds_until_closed(connection: socket.socket, most: float) -> float:
    """Seconds until the server closed the connection; `most` if it is still open then."""
    began = time.monotonic()
    connection.settimeout(0.2)
    while (passed := time.monotonic() - began) < most:
        try:
            if not connection.recv(65_536):
                return passed
        except TimeoutError:
            continue
        except OSError:
            return passed
    return most


def open_websocket(server: Server, path: str, *headers: str) -> socket.socket:
    connection = connect(server)
    key = base64.b64encode(os.urandom(16)).decode()
    head = [
        f"GET {path} HTTP/1.1",
        f"Host: 127.0.0.1:{server.port}",
        *("Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13"),
        f"Sec-WebSocket-Key: {key}",
        *headers,
    ]
    connection.sendall("\r\n".join(head).encode() + b"\r\n\r\n")
    return connection


def frame(opcode: int, payload: bytes = b"", *, is_last: bool = True) -> bytes:
    """A WebSocket frame, masked with zeros."""
    size = len(payload)
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 65_536:
        length = b"\xfe" + struct.pack(">H", size)
    else:
        length = b"\xff" + struct.pack(">Q", size)
    return bytes([is_last << 7 | opcode]) + length + bytes(4) + payload
