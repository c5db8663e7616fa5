"""A cache of parsed request heads, because most requests of a sender have the same head.

Only heads of accepted deliveries are cached, so that guesses cannot evict entries in use. Heads
with secrets other than the keys, which `credential_cache.py` also keeps in memory, are not cached.
"""

from __future__ import annotations

from typing import Any

from ingest.dialects import BY_NAME, Dialect, by_path
from ingest.receiving.body import declared_too_large
from ingest.receiving.framing_faults import NOT_FRAMED, framing_refusal
from ingest.receiving.redaction import RedactedHead
from ingest.values import IncomingRequest, KeyPairSnapshot, Limits, Refusal, Reply

CACHE_SIZE = 512
MAX_CACHED_LENGTH = 4096  # characters of one head

_HEADER_OVERHEAD = 130  # bytes of objects for each header

_HOLD_NO_SECRET = frozenset(
    (b"accept", b"accept-charset", b"accept-encoding", b"accept-language", b"cache-control")
    + (b"connection", b"content-encoding", b"content-length", b"content-type", b"expect")
    + (b"host", b"origin", b"transfer-encoding", b"user-agent", b"x-eventbunker-write-key")
)

Message = dict[str, Any]
Key = tuple[str, str, bytes, tuple[tuple[bytes, bytes], ...]]  # method, path, query, headers


class ParsedHead:
    """A request head with everything that follows from it alone: `at_once` (the reply to a request
    that is not a delivery), `credentials` and `refusal` of its dialect, and `too_large` (the
    refusal because of Content-Length). `request` has no sender and no time. Without `is_framed`
    its body must not be read."""

    __slots__ = (
        *("_masked", "_masked_for", "_messages", "_reply", "at_once", "credentials", "dialect"),
        *("is_framed", "is_remembered", "key", "refusal", "request", "too_large"),
    )

    def __init__(
        self, dialect: Dialect, key: Key, limits: Limits, *, is_framed: bool = True
    ) -> None:
        method, path, query, headers = key
        self.key = key
        self.dialect = dialect
        self.request = request = IncomingRequest(
            method, path, query.decode("latin-1"), dict(headers), "", 0
        )
        self.is_framed = is_framed
        self.at_once = dialect.immediate_reply(request) if is_framed else None
        self.credentials = dialect.credentials(request)
        self.refusal = dialect.refuses(request) if is_framed else _not_framed(dialect, request, key)
        self.too_large = declared_too_large(request.headers, limits)
        self.is_remembered = False
        self._masked: RedactedHead | None = None
        self._masked_for: KeyPairSnapshot | None = None
        self._reply: Reply | None = None
        self._messages: tuple[Message, Message] | None = None

    def masked(self, pair: KeyPairSnapshot) -> RedactedHead:
        """The head as stored for `pair`, whose keys are masked in any place."""
        masked = self._masked
        if masked is None or self._masked_for is not pair:
            own = (pair.api_key, pair.auth_key)
            if masked is None or masked.pairs_own != own:
                masked = self._masked = RedactedHead(self.dialect, self.request, own)
            self._masked_for = pair
        return masked

    def messages(self, reply: Reply) -> tuple[Message, Message]:
        """The ASGI messages. Cached, because dialects often return the same reply object."""
        if reply is not self._reply or self._messages is None:
            self._messages = _messages(reply)
            self._reply = reply
        return self._messages


class ParsedHeadCache:
    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        # a dict, as one look-up per request counts: docs/decisions/0011-bounded-caches.md
        self._heads: dict[Key, ParsedHead] = {}

    def remembered(self, scope: dict[str, Any]) -> ParsedHead | None:
        return self._heads.get(_key(scope))

    def new(self, scope: dict[str, Any]) -> ParsedHead | None:
        """Parse a head; None if the path is not a test endpoint."""
        dialect = by_path(scope["path"]) or _by_key_header(scope)
        if dialect is None:
            return None
        return ParsedHead(dialect, _key(scope), self._limits, is_framed=NOT_FRAMED not in scope)

    def remember(self, head: ParsedHead) -> None:
        """Cache the head, unless it is long or has a header that can contain a secret."""
        _, path, query, headers = head.key
        size = len(path) + len(query) + sum(len(name) + len(value) for name, value in headers)
        if size > MAX_CACHED_LENGTH or not _HOLD_NO_SECRET.issuperset(head.request.headers):
            return
        while len(self._heads) >= CACHE_SIZE:
            del self._heads[next(iter(self._heads))]
        self._heads[head.key] = head
        head.is_remembered = True


def _not_framed(dialect: Dialect, request: IncomingRequest, key: Key) -> Refusal:
    """The refusal of a request whose body has no certain end."""
    by_dialect = dialect.refuses(request)
    return framing_refusal(key[3]) or by_dialect or Refusal("both-lengths", status=400)


def _by_key_header(scope: dict[str, Any]) -> Dialect | None:
    """EventBunker for a request with its key to any path; our own REST API never gets one."""
    if scope["method"] != "POST" or scope["path"].startswith("/api/"):
        return None
    has_key = any(name == b"x-eventbunker-write-key" for name, _ in scope["headers"])
    return BY_NAME["eventbunker"] if has_key else None


def head_memory(text_bytes: int, headers: int) -> int:
    """Approximate bytes of a parsed head: its text twice, and the objects of each header."""
    return 2 * text_bytes + _HEADER_OVERHEAD * headers


def _key(scope: dict[str, Any]) -> Key:
    return scope["method"], scope["path"], scope["query_string"], tuple(scope["headers"])


def _messages(reply: Reply) -> tuple[Message, Message]:
    head = {"type": "http.response.start", "status": reply.status, "headers": reply.sent_headers}
    return head, {"type": "http.response.body", "body": reply.body}
