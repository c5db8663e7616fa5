"""Limits on connections and requests before a key is shown. They apply to one process: several
workers allow a multiple."""

from __future__ import annotations

HEAD_BYTES = 32 * 2**10  # request line and headers together
HEAD_LINES = 100  # headers
HEADS_BYTES = 64 * 2**20  # memory of the last heads of all connections
HEAD_SECONDS = 10.0  # from the connection, or the last response, to the end of the next head
TRAILER_BYTES = HEAD_BYTES  # of a chunked body without data
FRAMING_RATE = 256 * 2**10  # bytes a second of bodies in tiny chunks, of all connections
FRAMING_BURST = 2**20
FRAMING_RATE_PER_NETWORK = 64 * 2**10
FRAMING_BURST_PER_NETWORK = 256 * 2**10
READ_BYTES = 16 * 2**10  # read from one connection at a time (Daphne)
PIPELINED_REQUESTS = 32  # waiting on one connection

LINGER_SECONDS = 1.0  # for a sender to notice that the page does not read its body
LINGER_BYTES = 2**20
LEFTOVER_SECONDS = 5.0  # of a body whose request is answered already
LEFTOVER_BYTES = 16 * 2**20

STALLED_SECONDS = 60.0  # for a peer that reads nothing

NEWCOMERS = 1024  # connections without a first request
NEWCOMERS_PER_NETWORK = 256
RESERVED_HANDLES = (64, 512)  # minimum and maximum for files other than connections
MAX_HANDLES = 65_536  # requested from the system

MESSAGE_BYTES = 4 * 2**10  # of an incoming WebSocket message; pages send none
INCOMING_BYTES = 8 * 2**10  # of all frames of a WebSocket, pings too, within the window
INCOMING_SECONDS = 10.0

PAGE_BODY_BYTES = 2**20
PAGE_BODY_GRACE = 5.0  # seconds after which the minimum rate applies to a body
PAGE_BODY_RATE = 4 * 2**10  # bytes a second
PAGE_BODIES_BYTES = 32 * 2**20  # held for all unanswered requests together
PAGE_BODIES_BYTES_PER_NETWORK = 16 * 2**20
PAGE_BODIES_BYTES_ALWAYS = 64 * 2**10  # reserved for each network, however much others hold

PAGE_SLOTS = 8  # page requests that run or wait for a thread
CHANGE_SLOTS = 4  # the same for requests that change something, which include sign-ins
PAGE_SLOTS_PER_NETWORK = 2
PAGES_WAITING = 1_000  # for a slot
PAGES_WAITING_PER_NETWORK = 100

PAGE_THREADS = 16
PAGE_THREADS_PER_NETWORK = 8
PAGE_QUEUE = 400  # calls waiting for a thread
PAGE_QUEUE_PER_NETWORK = 100
THREAD_IDLE_SECONDS = 1.0  # of a request that waits for anything else
