"""Value types that the packages of ingest exchange.

Times are whole milliseconds since 1970 UTC; sizes are bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from ingest.problems import Problem

Json: TypeAlias = Any
Text: TypeAlias = bytes | bytearray  # a whole body
Raw: TypeAlias = Text | memoryview  # a piece of one
HeaderList: TypeAlias = list[tuple[bytes, bytes]]

# Makes a NamedTuple from all its values in order, for types that every event needs: calling the
# class takes twice as long.
made = tuple.__new__


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of requests. docs/configuration.md explains the settings of the same names."""

    wire_bytes: int = 10 * 2**20
    body_bytes: int = 50 * 2**20
    line_bytes: int = 2**20
    lines: int = 20_000
    waiting_bytes: int = 64 * 2**20
    stranger_bytes: int = 64 * 2**10
    body_seconds: float = 60.0


class IncomingRequest:
    """The head of an HTTP request to a test endpoint."""

    __slots__ = ("headers", "method", "path", "query", "received_at", "sender")

    def __init__(
        self,
        method: str,
        path: str,
        query: str,
        headers: dict[bytes, bytes],
        sender: str,
        received_at: int,
    ) -> None:
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.sender = sender
        self.received_at = received_at

    def header(self, name: bytes) -> str:
        return self.headers.get(name, b"").decode("latin-1")


class Credentials(NamedTuple):
    """The keys that a sender presented. A missing key is the empty string."""

    api_key: str = ""
    auth_key: str = ""
    auth_required: bool = True


class Refusal(NamedTuple):
    """The reason why a request is refused; `args` fill the sentence of `code`."""

    code: str
    args: dict[str, str] = {}  # noqa: RUF012 - never changed: a refusal is a value
    status: int = 0  # 0: the dialect's own status for refused credentials
    plain: Refusal | None = None  # shown instead after too many guesses

    def problem(self) -> Problem:
        return Problem(self.code, args=dict(self.args))


class Reply(NamedTuple):
    status: int
    headers: HeaderList
    body: bytes = b""

    @property
    def sent_headers(self) -> HeaderList:
        """The headers with Content-Length, which RFC 9110 forbids with 204."""
        if self.status == 204:
            return self.headers
        return [*self.headers, (b"content-length", b"%d" % len(self.body))]


class Piece(NamedTuple):
    """One line, array item or object of a body, before validation."""

    raw: Raw
    line: int
    value: Json = None
    parsed: bool = False
    problems: tuple[Problem, ...] = ()
    size: int = 0  # original length if `raw` is cut, else 0


class ParsedBody(NamedTuple):
    """The pieces of a body. `problems` concern the delivery as a whole."""

    pieces: Sequence[Piece]
    problems: tuple[Problem, ...] = ()
    refusal: Refusal | None = None


class IndexedFields(NamedTuple):
    """The columns of an event."""

    name: str | None = None
    account: str | None = None
    user: str | None = None
    session: str | None = None
    occurred_at: int | None = None


class ValidatedEvent(NamedTuple):
    """A validated piece, ready to be stored."""

    line: int
    verdict: str
    columns: IndexedFields
    problems: Sequence[Problem]
    raw: Raw
    size: int
    id: str | None = None  # assigned by the sender


class DatabaseUnavailable(Exception):
    """The database does not answer. Nothing was stored, so the request can be repeated."""


class KeyPairSnapshot(NamedTuple):
    """The fields of a key pair that an endpoint needs."""

    id: int
    dialect: str
    api_key: str
    auth_key: str
    disabled_at: int | None = None
    plan: int = 0  # version in force
    retired_at: int | None = None  # set for keys from before a rotation
    works_until: int | None = None  # set if retired keys are accepted until then
