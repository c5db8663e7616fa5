"""Prepares the head of a request for storage: masks secrets and cuts long values."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import NamedTuple
from urllib.parse import unquote_plus

from ingest.dialects import Dialect
from ingest.problems import Problem, problems_to_json
from ingest.receiving.key_tokens import MAX_LENGTH, KeyMask, mask_key, words_to_look_up
from ingest.values import IncomingRequest, Reply, made

_KEY_IN_BODY = re.compile(rb'("(?:api_?key|auth_?key|token)"\s*:\s*")[^"]*', re.IGNORECASE)
_MIN_SECRET_LENGTH = 4
_MAX_SECRET_LENGTH = 1000  # characters of a secret that the excerpt may cut
HEAD_KEPT = 8 * 2**10  # characters of a path with its query, and of all headers
REPLY_KEPT = 8 * 2**10  # bytes of a reply's body, and of its headers
EXCERPT_KEPT = 4096  # bytes of a refused body
_ALWAYS_SECRET = frozenset({b"authorization", b"cookie", b"proxy-authorization"})
_USUAL_METHODS = frozenset(["DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "TRACE"])
_USUAL_HEADERS = frozenset(
    b"accept accept-charset accept-encoding accept-language access-control-request-headers "
    b"access-control-request-method authorization cache-control connection content-encoding "
    b"content-length content-type cookie dnt expect forwarded from host if-match "
    b"if-modified-since if-none-match keep-alive origin pragma priority "
    b"proxy-authorization range referer save-data sec-ch-ua sec-ch-ua-mobile sec-ch-ua-platform "
    b"sec-fetch-dest sec-fetch-mode sec-fetch-site sec-fetch-user te traceparent tracestate "
    b"trailer transfer-encoding upgrade upgrade-insecure-requests user-agent via "
    b"x-auth-token x-eventbunker-write-key x-forwarded-for x-forwarded-host x-forwarded-proto "
    b"x-real-ip x-request-id x-requested-with x-run".split()
)
_CUT_WORD = re.compile(r"[\w.:~@!$*+/=-]+\Z", re.ASCII)


class DeliveryRow(NamedTuple):
    """The columns of `StoredRequest` in models.py, in order."""

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


class RedactedHead:
    """The head of a request as stored, and the masking of everything stored with it. `also_secret`
    is masked in addition to the keys that the dialect reads. `hiding` masks words in any place; it
    is used for refused requests."""

    __slots__ = (
        *("_hiding", "_reply", "_reply_text", "dialect", "headers", "method", "path"),
        *("pairs_own", "secrets"),
    )

    def __init__(
        self,
        dialect: Dialect,
        request: IncomingRequest,
        also_secret: Sequence[str] = (),
        hiding: KeyMask | None = None,
    ) -> None:
        secrets = tuple(dialect.secrets(request))
        if not set(also_secret).issubset(secrets):  # longest first, because one can contain another
            secrets = tuple(sorted({*secrets, *also_secret}, key=len, reverse=True))
        self.pairs_own = also_secret
        self.secrets = secrets
        self._hiding = hiding
        self.dialect = dialect.name
        self.method = request.method[:20]
        if self.method not in _USUAL_METHODS:  # it can contain a key
            self.method = self.masked(request.method[:MAX_LENGTH])[:20]
        self.path = self._cut(_path_of(request))
        self.headers = self._headers(request.headers)
        self._reply: Reply | None = None
        self._reply_text = ""

    def reply(self, reply: Reply) -> str:
        """The reply as stored. Cached, because dialects often return the same object."""
        if reply is not self._reply:
            self._reply_text = self._text_of(reply)
            self._reply = reply
        return self._reply_text

    def excerpt(self, excerpt: bytes) -> bytes:
        """The beginning of a body as stored."""
        excerpt = _masked_excerpt(excerpt[:EXCERPT_KEPT], self.secrets)
        if self._hiding is None:
            return excerpt
        text = excerpt.decode("utf-8", "surrogateescape")
        if len(excerpt) >= EXCERPT_KEPT:  # the end can be part of a key
            text = text[:-MAX_LENGTH] + _CUT_WORD.sub("…", text[-MAX_LENGTH:])
        shown = self._hiding.hidden(text)
        bare = shown.replace("\0", "")  # finds keys in UTF-16
        if (hidden := self._hiding.hidden(bare)) != bare:
            shown = hidden
        return shown.encode("utf-8", "surrogateescape")

    def _headers(self, headers: dict[bytes, bytes]) -> str:
        if not _ALWAYS_SECRET.isdisjoint(headers):
            headers = {
                name: b"(hidden)" if name in _ALWAYS_SECRET else value
                for name, value in headers.items()
            }
        text = _lines(headers.items())
        if len(text) <= HEAD_KEPT:
            return self.masked(text)
        size = sum(len(name) + len(value) + 4 for name, value in headers.items())
        text = self.masked(_lines(_kept_headers(headers.items())))
        return f"{_drop_end(text)}\n(not all are kept): {size:,} bytes of headers were sent"

    def _cut(self, text: str) -> str:
        if len(text) <= HEAD_KEPT:
            return self.masked(text)
        shown = _drop_end(self.masked(text[: HEAD_KEPT + MAX_LENGTH]))
        return f"{shown}… ({len(text):,} characters)"

    def _text_of(self, reply: Reply) -> str:
        """Headers, an empty line and the body, masked: a reply can repeat parts of the request."""
        body = reply.body[:REPLY_KEPT].decode("utf-8", "replace").replace("\0", "�")
        return self.masked(f"{_lines(_kept_headers(reply.sent_headers))}\n\n{body}")

    def masked(self, text: str) -> str:
        """Mask the keys in any text of the request."""
        for secret in self.secrets:
            if secret in text and len(secret) >= _MIN_SECRET_LENGTH:
                text = text.replace(secret, mask_key(secret))
        return text if self._hiding is None else _hidden_by_line(text, self._hiding)


def words_of_request(request: IncomingRequest, excerpt: bytes) -> list[str]:
    """Words of a refused request that may be keys, including unusual header names."""
    headers = request.headers
    odd = (name for name in headers if name not in _USUAL_HEADERS)
    values = (value[:HEAD_KEPT].decode("latin-1") for value in chain(headers.values(), odd))
    body = excerpt[:EXCERPT_KEPT].decode("latin-1").replace("\0", "")
    return words_to_look_up([_path_of(request)[:HEAD_KEPT], request.method, *values, body])


def delivery_row(
    head: RedactedHead,
    request: IncomingRequest,
    *,
    reply: Reply | None,
    encoding: str = "",
    wire_size: int = 0,
    size: int = 0,
    refused: bool = False,
    problems: tuple[Problem, ...] = (),
    excerpt: bytes = b"",
) -> DeliveryRow:
    """`reply` is None if the sender disconnected."""
    values = (  # in the order of the columns
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
        problems_to_json(problems) if problems else "",
        head.excerpt(excerpt) if excerpt else b"",
        head.reply(reply) if reply else None,
    )
    return made(DeliveryRow, values)


def _path_of(request: IncomingRequest) -> str:
    path, query = request.path, request.query
    text = f"{path}?{unquote_plus(query)}" if query else path
    return text.encode("utf-8", "replace").decode().replace("\0", "�")


def _lines(headers: Iterable[tuple[bytes, bytes]]) -> str:
    return b"\n".join(map(b": ".join, headers)).decode("latin-1").replace("\0", "�")


def _kept_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """The headers that are kept, with the last one cut."""
    first = []
    budget = HEAD_KEPT + MAX_LENGTH
    for name, value in headers:
        first.append((name[:budget], value[:budget]))
        budget -= len(name) + len(value)
        if budget <= 0:
            break
    return first


def _drop_end(text: str) -> str:
    """Drop the end of a cut text, which can be part of a key."""
    return text[:-MAX_LENGTH][:HEAD_KEPT]


def _hidden_name(name: str, hiding: KeyMask) -> str:
    usual = name.encode("latin-1", "replace").lower() in _USUAL_HEADERS
    return name if usual else hiding.hidden(name)


def _hidden_by_line(text: str, hiding: KeyMask) -> str:
    """Mask line by line; standard header names stay."""
    lines = (line.partition(": ") for line in text.split("\n"))
    return "\n".join(
        _hidden_name(name, hiding) + colon + hiding.hidden(value) if colon else hiding.hidden(name)
        for name, colon, value in lines
    )


def _masked_excerpt(excerpt: bytes, secrets: tuple[str, ...]) -> bytes:
    excerpt = _KEY_IN_BODY.sub(rb"\1(hidden)", excerpt)
    for secret in secrets:
        if len(secret) < _MIN_SECRET_LENGTH:
            continue
        excerpt = _without_cut_secret(excerpt, secret.encode())
        excerpt = excerpt.replace(secret.encode(), mask_key(secret).encode())
    return excerpt


def _without_cut_secret(excerpt: bytes, secret: bytes) -> bytes:
    """Replace the end of the excerpt if it is the beginning of a secret."""
    for length in range(min(len(secret), _MAX_SECRET_LENGTH) - 1, _MIN_SECRET_LENGTH - 1, -1):
        if excerpt.endswith(secret[:length]):
            return excerpt[:-length] + "…".encode()
    return excerpt
