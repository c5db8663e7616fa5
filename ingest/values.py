"""The shapes that pass between the rooms of ingest: plain data.

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

# A NamedTuple from all its values in their order. For those that every event needs: calling the
# class costs twice as much.
made = tuple.__new__


@dataclass(frozen=True, slots=True)
class Limits:
    """The sizes to hold. docs/configuration.md explains the settings of the same names."""

    wire_bytes: int = 10 * 2**20
    body_bytes: int = 50 * 2**20
    line_bytes: int = 2**20
    lines: int = 100_000
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
    """What a sender presented. An absent half is the empty string."""

    api_key: str = ""
    auth_key: str = ""
    auth_required: bool = True


class Refusal(NamedTuple):
    """Why a request is not taken; `args` fill the sentence of `code`."""

    code: str
    args: dict[str, str] = {}  # noqa: RUF012 - never changed: a refusal is a value
    status: int = 0  # 0: the dialect's own status for refused credentials
    plain: Refusal | None = None  # told instead of it to a sender who tries too often

    def problem(self) -> Problem:
        return Problem(self.code, args=dict(self.args))


class Reply(NamedTuple):
    status: int
    headers: HeaderList
    body: bytes = b""

    @property
    def sent_headers(self) -> HeaderList:
        """With the body's length, which RFC 9110 forbids with 204."""
        if self.status == 204:
            return self.headers
        return [*self.headers, (b"content-length", b"%d" % len(self.body))]


class Piece(NamedTuple):
    """One line, array item or object of a body, before it is judged."""

    raw: Raw
    line: int
    value: Json = None
    parsed: bool = False
    problems: tuple[Problem, ...] = ()
    size: int = 0  # true length when `raw` is cut, else 0


class ParsedBody(NamedTuple):
    """A body taken apart. `problems` are the delivery's own, not an event's."""

    pieces: Sequence[Piece]
    problems: tuple[Problem, ...] = ()
    refusal: Refusal | None = None


class IndexedFields(NamedTuple):
    """What the list shows of an event."""

    name: str | None = None
    account: str | None = None
    user: str | None = None
    session: str | None = None
    occurred_at: int | None = None


class ValidatedEvent(NamedTuple):
    """A judged piece, ready to be stored."""

    line: int
    verdict: str
    columns: IndexedFields
    problems: Sequence[Problem]
    raw: Raw
    size: int
    id: str | None = None  # the sender's own


class DatabaseUnavailable(Exception):
    """The database does not answer. Nothing was stored; trying again is safe."""


class KeyPairSnapshot(NamedTuple):
    """A key pair as far as an endpoint needs it."""

    id: int
    dialect: str
    api_key: str
    auth_key: str
    disabled_at: int | None = None
    plan: int = 0  # version in force
    retired_at: int | None = None  # set when these are secrets from before a rotation
    works_until: int | None = None  # set when they are accepted all the same, until then
