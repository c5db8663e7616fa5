"""Limits on connections under uvicorn, which has none of these.

uvicorn chooses its protocol classes from its command line and imports the application afterwards,
so a subclass would need an option at every start. Instead, the methods of its classes (those that
`auto` selects, and h11) are wrapped when the application is imported. This costs an ordinary
request one call and two comparisons.
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections import deque
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import Server

from ingest.receiving.request_cache import head_memory
from viewer.server.connections import Connection, Connections, Stage
from viewer.server.limits import (
    HEAD_BYTES,
    HEAD_LINES,
    LEFTOVER_BYTES,
    LINGER_BYTES,
    MESSAGE_BYTES,
    PIPELINED_REQUESTS,
    TRAILER_BYTES,
)
from viewer.server.uvicorn_faults import explain_bad_requests
from viewer.server.websocket_limits import IncomingBudget

_ACCEPTED_AT_A_TIME = 16
_CLOSE_SECONDS = 2.0  # for a peer to answer our close frame, or to read our last response
_PIECE = 32 * 2**10  # bytes of one read that are processed together


def limit_uvicorn(connections: Connections) -> None:
    """Call it once. Has no effect if the process runs another server."""
    _accept_more_at_a_time()
    for http in (HttpToolsProtocol, H11Protocol):
        _watch(http, connections)
    explain_bad_requests(HttpToolsProtocol, _Lingering)
    _limit_heads(HttpToolsProtocol, connections)  # h11 has its own limit
    _limit_messages(WebSocketsSansIOProtocol, connections)
    _limit_pongs(WebSocketsSansIOProtocol)


def _accept_more_at_a_time() -> None:
    """libuv accepts one connection per iteration of the loop; each further handle of the listening
    socket accepts one more."""
    startup = Server.startup

    async def startup_with_more_handles(self: Any, sockets: Any = None) -> None:
        await startup(self, sockets)
        if not self.started or "uvloop" not in type(asyncio.get_running_loop()).__module__:
            return
        for server in tuple(self.servers):
            for listening in server.sockets:
                for _ in range(_ACCEPTED_AT_A_TIME - 1):
                    self.servers.append(await _listen_also(self, listening))

    Server.startup = startup_with_more_handles  # type: ignore[method-assign]


async def _listen_also(server: Any, listening: Any) -> Any:
    config = server.config

    def create_protocol(_loop: Any = None) -> asyncio.Protocol:
        protocol: asyncio.Protocol = config.http_protocol_class(
            config=config, server_state=server.server_state, app_state=server.lifespan.state
        )
        return protocol

    same = socket.socket(fileno=os.dup(listening.fileno()))
    loop = asyncio.get_running_loop()
    return await loop.create_server(
        create_protocol, sock=same, ssl=config.ssl, backlog=config.backlog
    )


class _Count:
    """Counts bytes for one request at a time."""

    __slots__ = ("_request", "_size")

    def __init__(self) -> None:
        self._request: object = None
        self._size = 0

    def add(self, request: object, size: int) -> int:
        """Returns the total for this request."""
        if self._request is not request:
            self._request, self._size = request, 0
        self._size += size
        return self._size

    def clear(self) -> None:
        self._request = None


class HttpConnection(Connection):
    """`protocol` is uvicorn's. Counts the bytes of an incomplete head, of a body without content,
    and of a body after the response."""

    def __init__(self, protocol: Any) -> None:
        super().__init__(protocol.client[0] if protocol.client else "")
        self._protocol = protocol
        self.is_websocket = self.is_refused = False
        self._weighed: tuple[int, int] | None = None  # the headers that `_weight` belongs to
        self._weight = 0
        self.of_head, self.without_content, self.after_answer = _Count(), _Count(), _Count()

    @property
    def stage(self) -> Stage:
        cycle = self._protocol.cycle
        if self.is_websocket:
            return Stage.IS_SERVED
        if self.is_refused:
            return Stage.IS_ANSWERED
        if cycle is None:
            return Stage.WAITS_FOR_HEAD
        if not cycle.response_complete:
            return Stage.SENDS_BODY if cycle.more_body else Stage.IS_SERVED
        if cycle.more_body:
            return Stage.IS_ANSWERED
        # uvicorn closes idle connections itself, until the first byte arrives
        has_timer = self._protocol.timeout_keep_alive_task is not None
        return Stage.IS_IDLE if has_timer else Stage.WAITS_FOR_HEAD

    @property
    def request(self) -> object:
        return self._protocol.cycle

    def weigh_head(self) -> int:
        scope = getattr(self._protocol, "scope", None)
        if not scope:
            return 0
        headers = scope["headers"]
        if self._weighed != (id(headers), len(headers)):
            self._weighed = id(headers), len(headers)
            text = sum(len(name) + len(value) for name, value in headers)
            text += len(scope.get("raw_path", b"")) + len(scope.get("query_string", b""))
            self._weight = head_memory(text, len(headers))
        return self._weight

    @property
    def unsent(self) -> int:
        return int(self._protocol.transport.get_write_buffer_size())

    def time_out(self) -> None:
        if self.unsent:
            self.abort()
        else:
            self._forget_answer()
            self._protocol.transport.close()

    def refuse(self, status: bytes, text: bytes) -> None:
        """Send the last response on this connection, without waiting for the client to read it."""
        transport = self._protocol.transport
        if transport.is_closing():
            transport.abort()
            return
        self.is_refused = True
        transport.write(
            b"HTTP/1.1 %b\r\ncontent-type: text/plain; charset=utf-8\r\ncontent-length: %d\r\n"
            b"connection: close\r\n\r\n%b" % (status, len(text), text)
        )
        transport.set_protocol(_Lingering(self._protocol))

    def abort(self) -> None:
        self._forget_answer()
        self._protocol.transport.abort()

    def _forget_answer(self) -> None:
        """Otherwise uvicorn writes to the closed transport and logs a traceback."""
        if self._protocol.cycle is not None:
            self._protocol.cycle.disconnected = True


class _Lingering(asyncio.Protocol):
    """Lets the peer read the last response: if the socket closed with unread bytes, the system
    would discard what was written."""

    def __init__(self, protocol: Any) -> None:
        self._protocol = protocol
        self._left = LINGER_BYTES
        if protocol.transport.can_write_eof():
            protocol.transport.write_eof()
        self._end = protocol.loop.call_later(_CLOSE_SECONDS, protocol.transport.abort)

    def data_received(self, data: bytes) -> None:
        self._left -= len(data)
        if self._left < 0:
            self._protocol.transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._end.cancel()
        self._protocol.connection_lost(exc)


def _watch(protocol: Any, connections: Connections) -> None:
    made, lost = protocol.connection_made, protocol.connection_lost
    upgrade = protocol.handle_websocket_upgrade

    def connection_made(self: Any, transport: Any) -> None:
        made(self, transport)
        self.limited = HttpConnection(self)
        connections.add(transport, self.limited)

    def connection_lost(self: Any, exc: Exception | None) -> None:
        connections.remove(self.transport)
        lost(self, exc)

    def handle_websocket_upgrade(self: Any, *arguments: Any) -> None:
        if not _is_handshake(self):  # websockets would neither answer nor close it
            text = b"A WebSocket begins with a GET of HTTP/1.1 without a body.\n"
            self.limited.refuse(b"400 Bad Request", text)
            return
        self.limited.is_websocket = True
        self.config.ws_max_size = min(self.config.ws_max_size, MESSAGE_BYTES)
        upgrade(self, *arguments)

    protocol.connection_made = connection_made
    protocol.connection_lost = connection_lost
    protocol.handle_websocket_upgrade = handle_websocket_upgrade


def _is_handshake(protocol: Any) -> bool:
    scope = protocol.scope
    has_body = any(
        name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0"))
        for name, value in scope["headers"]
    )
    return scope["method"] == "GET" and scope["http_version"] == "1.1" and not has_body


def _limit_heads(protocol: Any, connections: Connections) -> None:
    """httptools takes heads, trailers and pipelined requests of any size and number."""
    made, received = protocol.connection_made, protocol.data_received

    def connection_made(self: Any, transport: Any) -> None:
        self.pipeline = _Pipeline(self)
        made(self, transport)

    def data_received(self: Any, data: Any) -> None:
        if len(data) > _PIECE:
            _receive_in_pieces(self, data)
            return
        cycle = self.cycle
        before = len(cycle.body) if cycle is not None else 0
        received(self, data)
        if self.cycle is not cycle:
            return  # the data completed another head
        if _is_within_head(self):
            _count_head(self, len(data))
        elif cycle is not None and cycle.more_body:
            limited, grown = self.limited, len(cycle.body) - before
            _count_body(limited, cycle, len(data), has_grown=grown != 0)
            is_kept = not cycle.response_complete  # otherwise uvicorn drops the data
            if is_kept and not connections.framing.allows(limited.network, len(data), grown):
                limited.abort()

    protocol.connection_made = connection_made
    protocol.data_received = data_received


def _receive_in_pieces(protocol: Any, data: Any) -> None:
    """One read may contain a request and much of the next head."""
    transport = protocol.transport
    rest = memoryview(data)
    while rest and transport.get_protocol() is protocol and not transport.is_closing():
        protocol.data_received(rest[:_PIECE])
        rest = rest[_PIECE:]


def _is_within_head(protocol: Any) -> bool:
    scope = getattr(protocol, "scope", None)
    return scope is not None and "method" not in scope  # set once the head is complete


def _count_head(protocol: Any, size: int) -> None:
    connection = protocol.limited
    status = b"431 Request Header Fields Too Large"
    if connection.of_head.add(protocol.scope, size) > HEAD_BYTES:
        text = b"The head of the request is larger than %d bytes.\n" % HEAD_BYTES
        connection.refuse(status, text)
    elif len(protocol.headers) > HEAD_LINES:
        connection.refuse(status, b"The request has more than %d headers.\n" % HEAD_LINES)


def _count_body(connection: HttpConnection, cycle: Any, size: int, *, has_grown: bool) -> None:
    if cycle.response_complete:
        is_chunked = any(name == b"transfer-encoding" for name, _ in cycle.scope["headers"])
        most = LINGER_BYTES if is_chunked else LEFTOVER_BYTES
        is_too_much = connection.after_answer.add(cycle, size) > most
    elif has_grown:
        connection.without_content.clear()
        is_too_much = False
    else:  # trailers and the framing of chunks
        is_too_much = connection.without_content.add(cycle, size) > TRAILER_BYTES
    if is_too_much:
        connection.abort()


class _Pipeline(deque[Any]):
    """Pipelined requests of one connection. One read may contain thousands."""

    def __init__(self, protocol: Any) -> None:
        super().__init__()
        self._protocol = protocol

    def appendleft(self, item: Any) -> None:
        if len(self) >= PIPELINED_REQUESTS:
            self._protocol.limited.abort()
        else:
            super().appendleft(item)


def _limit_messages(protocol: Any, connections: Connections) -> None:
    """uvicorn answers every ping, and keeps reading after the close."""
    made, lost = protocol.connection_made, protocol.connection_lost
    received = protocol.data_received

    def connection_made(self: Any, transport: Any) -> None:
        self.incoming = None  # the first data is the request, handed over by HTTP
        self.close_timeout = _CLOSE_SECONDS
        made(self, transport)

    def connection_lost(self: Any, exc: Exception | None) -> None:
        connections.remove(self.transport)
        lost(self, exc)

    def data_received(self: Any, data: bytes) -> None:
        if self.incoming is None:
            self.incoming = IncomingBudget()
        elif not self.incoming.takes(len(data)):
            self.transport.abort()
            return
        if not self.transport.is_closing():
            received(self, data)
        if not self.handshake_initiated:
            self.transport.abort()  # the handshake is not valid

    protocol.connection_made = connection_made
    protocol.connection_lost = connection_lost
    protocol.data_received = data_received


def _limit_pongs(protocol: Any) -> None:
    """Stops reading from a peer that reads nothing."""
    paused, resumed = protocol.pause_writing, protocol.resume_writing

    def pause_writing(self: Any) -> None:
        paused(self)
        if not self.transport.is_closing():
            self.transport.pause_reading()

    def resume_writing(self: Any) -> None:
        resumed(self)
        if not self.transport.is_closing():
            self.transport.resume_reading()

    protocol.pause_writing = pause_writing
    protocol.resume_writing = resume_writing
