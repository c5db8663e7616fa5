"""The head of a request as it is stored: every secret in it masked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple
from urllib.parse import unquote_plus

from ingest.dialects import Dialect
from ingest.problems import Problem, pack
from ingest.shapes import Reply, Request, made

_KEY_IN_BODY = re.compile(rb'("(?:api_?key|auth_?key|token)"\s*:\s*")[^"]*', re.IGNORECASE)
_SHORTEST_SECRET = 4
_LONGEST_QUERY = 6000  # as sent, three characters for one
_LONGEST_SECRET = 1000  # that an excerpt may end within
REPLY_KEPT = 8 * 2**10  # bytes of a reply's body
_ALWAYS_SECRET = frozenset({b"authorization", b"cookie", b"proxy-authorization"})


class Record(NamedTuple):
    """Columns of `Request` in models.py, in their order."""

    received_at: int
    dialect: str
    method: str
    path: str
    headers: str
    sender: str
    encoding: str
    wire_size: int
    size: int
    status: int
    refused: bool
    problems: str
    excerpt: bytes
    reply: str | None


class Masked:
    """The head of a request as it is stored, and what to hide in all that is stored with it.
    `also_secret` is masked besides what the head presents to the dialect."""

    __slots__ = ("_reply", "_reply_text", "dialect", "headers", "method", "path", "secrets")

    def __init__(self, dialect: Dialect, request: Request, also_secret: Sequence[str] = ()) -> None:
        secrets = tuple(dialect.secrets(request))
        if also_secret:  # the longest first: another may be a part of it
            secrets = tuple(sorted({*secrets, *also_secret}, key=len, reverse=True))
        self.secrets = secrets
        self.dialect = dialect.name
        self.method = request.method[:20]
        self.path = _masked_path(request.path, request.query, secrets)
        self.headers = _masked_headers(request, secrets)
        self._reply: Reply | None = None
        self._reply_text = ""

    def reply(self, reply: Reply) -> str:
        """As it is stored. The very same one is often given again."""
        if reply is not self._reply:
            self._reply_text = _masked_reply(reply, self.secrets)
            self._reply = reply
        return self._reply_text


def record(
    head: Masked,
    request: Request,
    *,
    reply: Reply | None,
    encoding: str = "",
    wire_size: int = 0,
    size: int = 0,
    refused: bool = False,
    problems: tuple[Problem, ...] = (),
    excerpt: bytes = b"",
) -> Record:
    """`reply` is None when nobody was there to get it."""
    values = (  # in the order of its columns
        request.received_at,
        head.dialect,
        head.method,
        head.path,
        head.headers,
        request.sender[:100],
        encoding[:40],
        wire_size,
        size,
        reply.status if reply else 0,
        refused,
        pack(problems) if problems else "",
        _masked_excerpt(excerpt, head.secrets) if excerpt else b"",
        head.reply(reply) if reply else None,
    )
    return made(Record, values)


def mask(secret: str) -> str:
    """Enough of a secret to recognise it by, too little to use it."""
    if len(secret) < 12:
        return secret[:2] + "…"
    return secret[:3] + "…" + secret[-3:]


def _masked_path(path: str, query: str, secrets: tuple[str, ...]) -> str:
    text = f"{path}?{unquote_plus(query[:_LONGEST_QUERY])}" if query else path
    text = text[:2000].encode("utf-8", "replace").decode().replace("\0", "�")
    return _masked(text, secrets)


def _masked_headers(request: Request, secrets: tuple[str, ...]) -> str:
    headers = request.headers
    if not _ALWAYS_SECRET.isdisjoint(headers):
        headers = {
            name: b"(hidden)" if name in _ALWAYS_SECRET else value
            for name, value in headers.items()
        }
    return _masked(_lines(headers.items()), secrets)


def _masked_reply(reply: Reply, secrets: tuple[str, ...]) -> str:
    """Headers, an empty line, body: as it went out, for it may hold what was asked."""
    body = reply.body[:REPLY_KEPT].decode("utf-8", "replace").replace("\0", "�")
    return _masked(f"{_lines(reply.sent_headers)}\n\n{body}", secrets)


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return b"\n".join(map(b": ".join, headers)).decode("latin-1").replace("\0", "�")


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    for secret in secrets:
        if secret in text and len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, mask(secret))
    return text


def _masked_excerpt(excerpt: bytes, secrets: tuple[str, ...]) -> bytes:
    excerpt = _KEY_IN_BODY.sub(rb"\1(hidden)", excerpt)
    for secret in secrets:
        if len(secret) < _SHORTEST_SECRET:
            continue
        excerpt = _without_cut_secret(excerpt, secret.encode())
        excerpt = excerpt.replace(secret.encode(), mask(secret).encode())
    return excerpt


def _without_cut_secret(excerpt: bytes, secret: bytes) -> bytes:
    """The excerpt may end within a secret."""
    for length in range(min(len(secret), _LONGEST_SECRET) - 1, _SHORTEST_SECRET - 1, -1):
        if excerpt.endswith(secret[:length]):
            return excerpt[:-length] + "…".encode()
    return excerpt
