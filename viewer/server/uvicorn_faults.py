"""Requests that httptools refuses, under uvicorn. uvicorn answers all of them with “Invalid HTTP
request received.”, and breaks off the response that is being prepared.

Here a complete request gets its response although other bytes follow it, and a head whose fault is
known goes to the application, which explains the refusal. The connection ends with that response in
both cases, and no further byte of it is interpreted.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ingest.receiving.framing_faults import NOT_FRAMED, framing_refusal
from viewer.server.limits import HEAD_LINES, LINGER_BYTES

_REQUEST_LINE = re.compile(rb"([A-Za-z]{1,20}) ([!-~]{1,8192}) HTTP/1\.[01]\Z")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\0\r\n]*)")

Head = tuple[str, bytes, list[tuple[bytes, bytes]]]  # method, target, headers


def explain_bad_requests(protocol: Any, linger: Callable[[Any], asyncio.Protocol]) -> None:
    """Wrap uvicorn's protocol class. `linger` makes the protocol that ends a connection."""
    received, refuse = protocol.data_received, protocol.send_400_response

    def data_received(self: Any, data: Any) -> None:
        self.cycle_before, self.received = self.cycle, data
        received(self, data)
        self.cycle_before = self.received = None

    def send_400_response(self: Any, msg: str) -> None:
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            head = _read_head(bytes(self.received or b""))
            cycle = None if head is None else _begin(self, *head)
        elif cycle.more_body:
            cycle = _without_body(cycle) if cycle is not self.cycle_before else None
        if cycle is None:
            refuse(self, msg)
        else:
            _end_with(self, cycle, linger)

    protocol.data_received = data_received
    protocol.send_400_response = send_400_response


def _read_head(data: bytes) -> Head | None:
    """The head of a refused request that begins with `data`; None if it is incomplete, or if its
    fault is not a known one."""
    head, end, _ = data.partition(b"\r\n\r\n")
    first, *lines = head.split(b"\r\n")
    request_line = _REQUEST_LINE.match(first)
    if not end or not request_line or len(lines) > HEAD_LINES:
        return None
    matches = [_HEADER.fullmatch(line) for line in lines]
    headers = [(match[1].lower(), match[2].rstrip()) for match in matches if match]
    method = request_line[1].decode()
    is_known = framing_refusal(headers) is not None or not method.isupper()
    has_upgrade = any(name == b"upgrade" for name, _ in headers)
    if len(headers) < len(lines) or not is_known or has_upgrade:
        return None
    return method, request_line[2], headers


def _begin(
    protocol: Any, method: str, target: bytes, headers: list[tuple[bytes, bytes]]
) -> Any | None:
    """Hand over a head without a body."""
    try:
        url = httptools.parse_url(target)
    except httptools.HttpParserInvalidURLError:
        return None
    path = url.path or b"/"
    scope = {
        **protocol.scope,
        "method": method,
        "path": protocol.root_path + unquote(path.decode("ascii")),
        "raw_path": protocol.root_path.encode("ascii") + path,
        "query_string": url.query or b"",
        "headers": headers,
        NOT_FRAMED: True,
    }
    cycle = RequestResponseCycle(
        scope=scope,  # type: ignore[arg-type]
        transport=protocol.transport,
        flow=protocol.flow,
        logger=protocol.logger,
        access_logger=protocol.access_logger,
        access_log=protocol.access_log,
        default_headers=protocol.server_state.default_headers,
        message_event=asyncio.Event(),
        expect_100_continue=False,
        keep_alive=False,
        on_response=protocol.on_response_complete,
    )
    protocol.cycle, protocol.scope = cycle, scope
    protocol._start_asgi_task(cycle, protocol.app)
    return cycle


def _without_body(cycle: Any) -> Any | None:
    """The request whose head has just been handed over, if its body has no certain end."""
    if framing_refusal(cycle.scope["headers"]) is None:
        return None
    cycle.scope[NOT_FRAMED] = True  # its task has not begun yet
    return cycle


def _end_with(protocol: Any, cycle: Any, linger: Callable[[Any], asyncio.Protocol]) -> None:
    """Close the connection after the response of `cycle`, and discard what follows its request."""
    cycle.more_body = False
    cycle.message_event.set()
    cycle.keep_alive = False
    cycle.transport = _LastTransport(protocol, linger)
    protocol.transport.set_protocol(_Discarding(protocol))


class _LastTransport:
    """A transport whose peer can still read the response after it was closed."""

    def __init__(self, protocol: Any, linger: Callable[[Any], asyncio.Protocol]) -> None:
        self._protocol = protocol
        self._transport = protocol.transport
        self._linger = linger

    def write(self, data: bytes) -> None:
        self._transport.write(data)

    def is_closing(self) -> bool:
        return bool(self._transport.is_closing())

    def close(self) -> None:
        if not self._transport.is_closing():
            self._transport.set_protocol(self._linger(self._protocol))


class _Discarding(asyncio.Protocol):
    """Replaces uvicorn's protocol while the last response is prepared."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._left = LINGER_BYTES

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._protocol.limited.abort()

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._protocol.connection_lost(exc)
