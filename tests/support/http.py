"""Raw HTTP on a socket, for requests that well-behaved clients never send."""

from __future__ import annotations

import socket
from dataclasses import dataclass


@dataclass
class Answer:
    status: int
    headers: dict[str, str]  # names in lower case
    body: bytes


def send_raw(port: int, request: bytes, seconds: float = 10, sender: str = "127.0.0.1") -> Answer:
    """Send bytes unchanged and read one response. `sender` can be any address of this host."""
    place = ("127.0.0.1", port)
    with socket.create_connection(place, seconds, source_address=(sender, 0)) as connection:
        connection.sendall(request)
        return read_answer(connection)


def read_answer(connection: socket.socket) -> Answer:
    """Read the next final response; 1xx responses are skipped."""
    with connection.makefile("rb") as file:
        while True:
            line = file.readline()
            if not line:
                raise ConnectionError("closed without an answer")
            status = int(line.split()[1])
            headers = _read_headers(file)
            if status >= 200:
                return Answer(status, headers, _read_body(file, status, headers))


def _read_headers(file) -> dict[str, str]:
    headers = {}
    while (line := file.readline().strip()) != b"":
        name, _, value = line.partition(b":")
        headers[name.decode().lower()] = value.strip().decode("latin-1")
    return headers


def _read_body(file, status: int, headers: dict[str, str]) -> bytes:
    if status == 204:
        return b""
    if headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(file.readline(), 16):
            body += file.read(size)
            file.readline()
        file.readline()
        return body
    return file.read(int(headers.get("content-length", 0)))


def request(method: str, path: str, *headers: str, body: bytes = b"") -> bytes:
    """Build a request that contains only the given headers."""
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *headers]
    return "\r\n".join(head).encode() + b"\r\n\r\n" + body


def post(path: str, body: bytes, *headers: str) -> bytes:
    """Build a POST request."""
    return request("POST", path, *headers, f"Content-Length: {len(body)}", body=body)


def chunked(path: str, parts: list[bytes], *headers: str) -> bytes:
    """Build a POST request with a chunked body."""
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    body = chunks + b"0\r\n\r\n"
    return request("POST", path, *headers, "Transfer-Encoding: chunked", body=body)
