"""Daphne with streaming. Plain Daphne spools the complete body to disk, whatever its size, Twisted
parses every form in it, and responses are buffered until the client reads them.

Here the application is called when the head is complete and receives the body in chunks. Reading
pauses until the application asks for more, and the application waits until the client has read. A
response that fails midway closes the connection, so that a client cannot take the first half for
the whole.
"""

from __future__ import annotations

import asyncio
import re
from functools import partial
from io import BytesIO
from typing import Any

from daphne import server as daphne_server
from daphne.http_protocol import HTTPFactory, WebRequest
from daphne.server import Server
from daphne.ws_protocol import WebSocketFactory, WebSocketProtocol
from twisted.internet.interfaces import IPushProducer
from twisted.web.http import HTTPChannel
from zope.interface import implementer

from ingest.receiving.framing_faults import NOT_FRAMED
from viewer.server.connections import Connection, Connections, Stage
from viewer.server.limits import (
    HEAD_BYTES,
    HEAD_LINES,
    HEAD_SECONDS,
    LEFTOVER_BYTES,
    LEFTOVER_SECONDS,
    LINGER_BYTES,
    READ_BYTES,
)
from viewer.server.websocket_limits import IncomingBudget

_ABSOLUTE_FORM = re.compile(rb"https?://[^/?]*", re.IGNORECASE)
_BREAK_OFF = "viewer.break_off"  # our own message from an application to its server
_SPACES = re.compile(rb" +")  # in a request line; RFC 9112 allows to accept several
_HEADER_OVERHEAD = 320  # bytes of objects for each header, in Twisted's Headers and in the scope
_HIGH_WATER = 64 * 2**10  # bytes of a body that the application has not asked for yet


@implementer(IPushProducer)
class Valve:
    """Twisted closes it while the connection buffers more than its limit."""

    def __init__(self) -> None:
        self.is_open = asyncio.Event()
        self.is_open.set()

    def pauseProducing(self) -> None:
        self.is_open.clear()

    def resumeProducing(self) -> None:
        self.is_open.set()

    def stopProducing(self) -> None:
        self.is_open.set()


class StreamingServer(Server):  # type: ignore[misc]
    def __init__(self, application: Any, connections: Connections, **options: Any) -> None:
        self.watched = connections
        super().__init__(application=_with_broken_responses(application), **options)

    def run(self) -> None:
        daphne_server.HTTPFactory = _HttpFactory  # Daphne reads them only from there
        daphne_server.WebSocketFactory = _WebSocketFactory
        super().run()

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        if not isinstance(protocol, StreamedRequest):
            return super().create_application(protocol, scope)
        scope.setdefault("asgi", {"version": "3.0"})
        if not protocol.is_framed:
            scope[NOT_FRAMED] = True
        scope["headers"] += _underscored(protocol)
        send = partial(self.handle_reply, protocol)
        running = self.application(scope=scope, receive=protocol.incoming.receive, send=send)
        task = asyncio.ensure_future(running)
        self.connections[protocol]["application_instance"] = task
        return protocol.incoming

    async def handle_reply(self, protocol: Any, message: dict[str, Any]) -> None:
        kind = message["type"]
        if kind == _BREAK_OFF:
            if protocol.channel is not None:
                protocol.channel.loseConnection()
        elif kind == "http.response.body" and protocol.channel is not None:
            await self._send_part(protocol, message)
        else:
            await super().handle_reply(protocol, message)
            if kind == "websocket.send":
                await protocol.valve.is_open.wait()

    async def _send_part(self, protocol: Any, message: dict[str, Any]) -> None:
        has_more = message.get("more_body", False)
        if has_more and protocol.producer is None:
            protocol.registerProducer(Valve(), True)
        elif not has_more and protocol.producer is not None:
            protocol.unregisterProducer()
        await super().handle_reply(protocol, message)
        if has_more and protocol.producer is not None:
            await protocol.producer.is_open.wait()


def _underscored(request: StreamedRequest) -> list[tuple[bytes, bytes]]:
    """The headers that Daphne leaves out because WSGI would confuse `a_b` with `a-b`. Django skips
    them itself, and the test endpoints explain them."""
    return [
        (name.lower(), value)
        for name, values in request.requestHeaders.getAllRawHeaders()
        if b"_" in name
        for value in values
    ]


def _with_broken_responses(application: Any) -> Any:
    """Daphne would begin a second response after an exception."""

    async def wrapped(scope: Any, receive: Any, send: Any) -> None:
        has_begun = False

        async def watched(message: dict[str, Any]) -> None:
            nonlocal has_begun
            has_begun = has_begun or message["type"] == "http.response.body"
            await send(message)

        try:
            await application(scope, receive, watched)
        except Exception:
            if has_begun:
                await send({"type": _BREAK_OFF})
            raise

    return wrapped


# -- HTTP ------------------------------------------------------------------------------------------


class Incoming:
    """A body on its way to the application. Replaces the queue in which Daphne buffers a complete
    body."""

    __slots__ = (
        "_channel",
        "_parts",
        "_something",
        "has_left",
        "is_answered",
        "is_streamed",
        "is_told",
        "is_whole",
        "size",
    )

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._parts = bytearray()
        self._something = asyncio.Event()
        self.size = 0  # bytes received
        self.is_streamed = False  # otherwise Daphne reports when the empty body is complete
        self.is_whole = False
        self.is_told = False
        self.is_answered = False
        self.has_left = False

    def put_nowait(self, message: dict[str, Any]) -> None:
        if message["type"] == "http.disconnect":
            self.has_left = True
            self._something.set()
        elif not self.is_streamed:
            self.end()

    def add(self, part: bytes) -> None:
        self.size += len(part)
        if self.is_answered:
            self._channel.count_leftover(len(part))
            return
        self._parts += part
        self._something.set()
        if len(self._parts) > _HIGH_WATER:
            self._channel.pause_reading()

    def end(self) -> None:
        self.is_whole = True
        self._something.set()

    async def receive(self) -> dict[str, Any]:
        while not self.has_left:
            if self._parts or (self.is_whole and not self.is_told):
                return self._next()
            self._something.clear()
            await self._something.wait()
        return {"type": "http.disconnect"}

    def _next(self) -> dict[str, Any]:
        part, self._parts = bytes(self._parts), bytearray()
        self.is_told = self.is_whole
        self._channel.resume_reading()
        return {"type": "http.request", "body": part, "more_body": not self.is_whole}


class StreamedRequest(WebRequest):  # type: ignore[misc]
    def __init__(self, channel: Channel, *arguments: Any, **options: Any) -> None:
        super().__init__(channel, *arguments, **options)
        self.incoming = Incoming(channel)
        self.is_handed_over = False
        self.is_framed = True

    def gotLength(self, length: int | None) -> None:
        self.content = BytesIO()  # stays empty

    def handleContentChunk(self, data: bytes) -> None:
        self.incoming.add(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        """Called with the head if a body follows, and again when the body is complete."""
        if self.is_handed_over:
            self.incoming.end()
            return
        self.is_handed_over = True
        super().requestReceived(command, _origin_form(path), version)


def _origin_form(target: bytes) -> bytes:
    """The path and query of a target, which a client of a proxy sends as a whole address."""
    match = _ABSOLUTE_FORM.match(target)
    if match is None:
        return target
    rest = target[match.end() :]
    return rest if rest.startswith(b"/") else b"/" + rest


class Channel(HTTPChannel):  # type: ignore[misc]
    """One connection. The deadline of a head is absolute: received bytes do not extend it."""

    MAX_LENGTH = totalHeadersSize = HEAD_BYTES
    abortTimeout = 1
    has_answered = False
    is_upgraded = False
    _is_framed = True
    _is_paused = False
    _leftover = 0

    def connectionMade(self) -> None:
        super().connectionMade()
        self.transport.bufferSize = READ_BYTES
        self.factory.server.watched.add(self.transport, _ChannelConnection(self))

    def connectionLost(self, reason: Any) -> None:
        self.factory.server.watched.remove(self.transport)
        super().connectionLost(reason)
        # Reference cycles keep the channel alive until the collector runs: free its buffers now.
        self.clearLineBuffer()
        self._dataBuffer.clear()

    def resetTimeout(self) -> None:
        pass

    def dataReceived(self, data: bytes) -> None:
        incoming = self._incoming_body()
        before = incoming.size if incoming else 0
        super().dataReceived(data)
        if incoming and not incoming.is_whole and self._incoming_body() is incoming:
            watched = self.factory.server.watched
            connection = watched.get(self.transport)
            content = incoming.size - before
            if connection and not watched.framing.allows(connection.network, len(data), content):
                self.transport.abortConnection()

    def _incoming_body(self) -> Incoming | None:
        """The body being received."""
        if not self._is_framed:
            return None
        request = self.requests[-1] if self.requests else None
        if isinstance(request, StreamedRequest | _Answered) and request.incoming.is_streamed:
            return request.incoming
        return None

    def lineReceived(self, line: bytes) -> None:
        if self._receivedHeaderSize + len(line) > self.totalHeadersSize:
            self.lineLengthExceeded(line)
        elif self._HTTPChannel__first_line:
            super().lineReceived(_SPACES.sub(b" ", line))
        else:
            super().lineReceived(line)

    def lineLengthExceeded(self, line: bytes) -> None:
        self._refuse_head(b"The head of the request is larger than %d bytes.\n" % HEAD_BYTES)

    def headerReceived(self, line: bytes) -> bool:
        if self._receivedHeaderCount >= HEAD_LINES:
            self._refuse_head(b"The request has more than %d headers.\n" % HEAD_LINES)
            return False
        return bool(super().headerReceived(line))

    def _refuse_head(self, text: bytes) -> None:
        self.transport.write(
            b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-type: text/plain\r\n"
            b"content-length: %d\r\nconnection: close\r\n\r\n%b" % (len(text), text)
        )
        self._let_go_of_the_rest()

    def _failChooseTransferDecoder(self) -> bool:
        """Twisted would refuse the request here, without a reason. Read the rest of the head, which
        may hold the keys."""
        self._is_framed = False
        return True

    def allHeadersReceived(self) -> None:
        if not self._is_framed:
            self._refuse_body()
            return
        super().allHeadersReceived()
        if self.length == 0:
            return
        request = self.requests[-1]
        if request.requestHeaders.hasHeader(b"Upgrade"):
            self._respondToBadRequestAndDisconnect()
            return
        self._savedTimeOut = self.setTimeout(None)
        request.incoming.is_streamed = True
        request.requestReceived(self._command, self._path, self._version)

    def _refuse_body(self) -> None:
        """Hand over the head, and discard every further byte of the connection."""
        request = self.requests[-1]
        self.length = None  # the channel continues in raw mode
        self._transferDecoder = None
        if request.requestHeaders.hasHeader(b"Upgrade"):
            self._respondToBadRequestAndDisconnect()
            return
        self._savedTimeOut = self.setTimeout(None)
        self._leftover = LINGER_BYTES
        request.gotLength(None)
        request.is_framed = False
        request.incoming.is_streamed = True
        request.requestReceived(self._command, self._path, self._version)

    def rawDataReceived(self, data: bytes) -> None:
        if self._is_framed:
            super().rawDataReceived(data)
        else:
            self.count_leftover(len(data))

    def allContentReceived(self) -> None:
        if isinstance(self.requests[-1], _Answered):
            self.setTimeout(None)  # the rest of the body has arrived
        super().allContentReceived()

    def requestDone(self, request: StreamedRequest) -> None:
        self.has_answered = True
        incoming = request.incoming
        if not incoming.is_streamed or incoming.is_whole:
            super().requestDone(request)
        elif not self._is_framed or _closes(request):
            self.requests.remove(request)
            self._let_go_of_the_rest()
        else:  # the next request follows the rest of this one's body
            incoming.is_answered = True
            self.requests[0] = _Answered(self, incoming)
            self._leftover = LEFTOVER_BYTES
            self.setTimeout(LEFTOVER_SECONDS)
            self._networkProducer.resumeProducing()

    def count_leftover(self, size: int) -> None:
        self._leftover -= size
        if self._leftover < 0:
            self.transport.abortConnection()

    def pause_reading(self) -> None:
        self._is_paused = True
        self._networkProducer.pauseProducing()

    def resume_reading(self) -> None:
        if self._is_paused and not self._waitingForTransport:
            self._is_paused = False
            self._networkProducer.resumeProducing()

    def _let_go_of_the_rest(self) -> None:
        """Drain the rest after the last response. If the socket closed with unread bytes, the
        system would discard what was written."""
        self.setTimeout(None)
        self._leftover = LINGER_BYTES
        self.clearLineBuffer()
        self.dataReceived = self._discard  # type: ignore[method-assign]
        self.transport.loseWriteConnection()
        self._networkProducer.resumeProducing()
        self._abortingCall = self.callLater(LEFTOVER_SECONDS, self.forceAbortClient)

    def _discard(self, data: bytes) -> None:
        self.count_leftover(len(data))


def _closes(request: StreamedRequest) -> bool:
    return bool(request.responseHeaders.getRawHeaders(b"connection") == [b"close"])


class _Answered:
    """Replaces a request that was answered before its body was complete."""

    is_handed_over = True

    def __init__(self, channel: Channel, incoming: Incoming) -> None:
        self._channel = channel
        self.incoming = incoming

    def requestReceived(self, *_: Any) -> None:
        HTTPChannel.requestDone(self._channel, self)

    def connectionLost(self, reason: Any) -> None:
        pass


class _ChannelConnection(Connection):
    def __init__(self, channel: Channel) -> None:
        super().__init__(str(getattr(channel.transport.getPeer(), "host", "")))
        self._channel = channel

    @property
    def stage(self) -> Stage:
        channel = self._channel
        if channel.is_upgraded or channel._handlingRequest:
            return Stage.IS_SERVED
        if not channel.requests:
            return Stage.IS_IDLE if channel.has_answered else Stage.WAITS_FOR_HEAD
        if isinstance(channel.requests[-1], _Answered):
            return Stage.IS_ANSWERED
        return Stage.SENDS_BODY if channel.requests[-1].is_handed_over else Stage.WAITS_FOR_HEAD

    @property
    def request(self) -> object:
        return id(self._channel)

    def weigh_head(self) -> int:
        channel = self._channel
        return int(
            2 * channel._receivedHeaderSize + _HEADER_OVERHEAD * channel._receivedHeaderCount
        )

    @property
    def unsent(self) -> int:
        transport = self._channel.transport
        return int(transport._tempDataLen + len(transport.dataBuffer) - transport.offset)

    def time_out(self) -> None:
        self._channel.transport.abortConnection()

    def abort(self) -> None:
        transport = self._channel.transport
        transport.abortConnection()
        transport._closeSocket(False)  # Twisted would keep the handle until its next iteration


class _HttpFactory(HTTPFactory):  # type: ignore[misc]
    protocol = Channel

    def __init__(self, server: StreamingServer) -> None:
        super().__init__(server)
        self.timeOut = HEAD_SECONDS

    def buildProtocol(self, addr: Any) -> Any:
        protocol = super().buildProtocol(addr)
        protocol.requestFactory = StreamedRequest
        return protocol


# -- WebSockets ------------------------------------------------------------------------------------


@implementer(IPushProducer)
class _WebSocketValve(Valve):
    """Stops reading from a peer that reads nothing."""

    def __init__(self, transport: Any) -> None:
        super().__init__()
        self._transport = transport

    def pauseProducing(self) -> None:
        super().pauseProducing()
        self._transport.pauseProducing()

    def resumeProducing(self) -> None:
        super().resumeProducing()
        self._transport.resumeProducing()


class _WebSocket(WebSocketProtocol):  # type: ignore[misc]
    _incoming: IncomingBudget | None = None  # the first data is the request, handed over by HTTP

    def connectionMade(self) -> None:
        connection = self.factory.server_class.watched.get(self.transport)
        if isinstance(connection, _ChannelConnection):
            connection._channel.is_upgraded = True
        self.transport.unregisterProducer()  # the channel
        self.valve = _WebSocketValve(self.transport)
        self.transport.registerProducer(self.valve, True)
        super().connectionMade()

    def connectionLost(self, reason: Any) -> None:
        self.factory.server_class.watched.remove(self.transport)
        self.valve.stopProducing()
        super().connectionLost(reason)

    def dataReceived(self, data: bytes) -> None:
        if self._incoming is None:
            self._incoming = IncomingBudget()
        elif not self._incoming.takes(len(data)):
            self.transport.abortConnection()
            return
        super().dataReceived(data)


class _WebSocketFactory(WebSocketFactory):  # type: ignore[misc]
    protocol = _WebSocket
