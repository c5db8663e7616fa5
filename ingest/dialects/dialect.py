"""What a dialect is: the Protocol that each module here fulfils, and what several share."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Protocol

from ingest.dialects.faulty_samples import FaultySample
from ingest.problems import REBUILT, WARNING, Problem, json_pointer, render_problem
from ingest.schema.fuzzy_names import likely_typo_of
from ingest.schema.schema_rules import SchemaRules, truncate
from ingest.values import (
    Credentials,
    HeaderList,
    IncomingRequest,
    IndexedFields,
    Json,
    Limits,
    ParsedBody,
    Refusal,
    Reply,
    Text,
    ValidatedEvent,
)

_COLUMN_LENGTH = 200
_MAX_STRANGERS = 100  # fields that are compared with known ones
_MAX_NAME_LENGTH = 100  # characters of one; longer names are like no known one


class Dialect(Protocol):
    """Pure: knows the wire and the event, nothing of stores or servers."""

    name: str
    title: str  # as the vendor writes it
    address: str  # method and paths, for people
    rules: SchemaRules
    key_names: tuple[str, str]  # what the vendor calls api_key and auth_key
    keys_hint: str  # a sentence: how keys are sent
    auth_key_alone: str  # code of the refusal when only the second secret is presented
    name_path: str  # JSON Pointer to an event's name
    known_event_names: tuple[str, ...]  # that the vendor speaks of; others are the sender's own
    most_names: int  # different event names that the vendor takes; 0: as many as come
    joins_keys: bool  # whether both halves travel as one string
    unfit: tuple[str, str]  # characters that cannot travel in api_key and in auth_key

    def claims(self, path: str) -> bool:
        """Whether requests to this path are this dialect's to answer."""

    def answers_at_once(self, request: IncomingRequest) -> Reply | None:
        """The reply to what is not a delivery, such as a ping."""

    def refuses(self, request: IncomingRequest) -> Refusal | None:
        """Why a path or method is refused, whoever sends it."""

    def credentials(self, request: IncomingRequest) -> Credentials | None:
        """What the head presents; None if only the body can tell."""

    def credentials_in_body(self, reading: ParsedBody) -> Credentials | None:
        """What the body presents, for a head that presents nothing."""

    def credentials_at_start(self, request: IncomingRequest, start: bytes) -> Iterable[Credentials]:
        """What the first bytes of a body seem to present, by a quick look: reason enough to read
        on, no more."""

    def read(self, request: IncomingRequest, body: Text, limits: Limits) -> ParsedBody:
        """Body → pieces."""

    def columns(self, value: Json) -> IndexedFields:
        """What the list shows of an event. Takes any JSON object, never fails."""

    def event_id(self, value: Json) -> str | None:
        """The sender's own id of this event: the same one again is a re-send."""

    def check(
        self, value: Json, columns: IndexedFields, received_at: int, api_key: str
    ) -> list[Problem]:
        """What a schema cannot say: clocks, and keys repeated in the event."""

    def reply(self, request: IncomingRequest, events: Sequence[ValidatedEvent]) -> Reply:
        """The vendor's reply to a delivery with good credentials."""

    def refuse(self, request: IncomingRequest, refusal: Refusal) -> Reply:
        """The vendor's reply to a refused request."""

    def secrets(self, request: IncomingRequest) -> Sequence[str]:
        """Every secret in the head as it stands there, to be masked in records."""

    def request_for(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        """Path with query, and headers, of a request that these keys open."""

    def request_from_browser(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        """The same as a page may send it, where its visitors read the source."""

    def example(self, now: int, api_key: str) -> dict[str, Json]:
        """One good event of that time, to begin with."""

    def faults(self, now: int, api_key: str, auth_key: str) -> list[FaultySample]:
        """Requests with one fault each, the most frequent first."""

    def samples(self, now: int, api_key: str) -> list[str]:
        """Lifelike bodies of one event, the last ones with faults."""


def to_column_text(value: Json) -> str | None:
    """A value for a column of the list: text and numbers, short."""
    if type(value) is str:
        if len(value) <= _COLUMN_LENGTH and "\0" not in value:
            return value
        return value[:_COLUMN_LENGTH].replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)[:_COLUMN_LENGTH]
    return None


def to_column_texts(*values: Json) -> tuple[str | None, ...]:
    """`to_column_text` each; one look at all of them, since most are short text."""
    try:
        joined = "".join(values)
    except TypeError:
        return tuple(map(to_column_text, values))
    if len(joined) <= _COLUMN_LENGTH and "\0" not in joined:
        return values
    return tuple(map(to_column_text, values))


def find_typo_fields(value: Json, known: frozenset[str]) -> list[Problem]:
    """Fields of the sender's own that must be meant for known ones. For dialects that take
    any field: there the vendor would not find a fault either."""
    strangers = islice((name for name in value if name not in known), _MAX_STRANGERS)
    return [
        Problem("lookalike-field", WARNING, json_pointer([name]), REBUILT, {"suggestion": meant})
        for name in strangers
        if (meant := _meant(name, known)) and meant not in value
    ]


def find_typo_name(value: Json, path: str, known: frozenset[str]) -> list[Problem]:
    """An event name that must be meant for one that the vendor knows."""
    meant = _meant(value, known) if isinstance(value, str) else ""
    args = {"value": truncate(value), "suggestion": meant}
    return [Problem("lookalike-name", WARNING, path, REBUILT, args)] if meant else []


def _meant(name: str, known: frozenset[str]) -> str:
    return _twin(name, known) if len(name) <= _MAX_NAME_LENGTH else ""


@functools.lru_cache(maxsize=4096)  # of short names: 2 MiB
def _twin(name: str, known: frozenset[str]) -> str:
    return likely_typo_of(name, sorted(known))


def cors_headers(request: IncomingRequest) -> HeaderList:
    """Echo the Origin: with `*` a browser drops what it sends with credentials."""
    origin = request.headers.get(b"origin")
    if origin is None:
        return []
    return [
        (b"access-control-allow-origin", origin),
        (b"access-control-allow-credentials", b"true"),
        (b"access-control-expose-headers", b"x-problem, x-problem-detail"),
        (b"vary", b"Origin"),
    ]


def preflight_reply(request: IncomingRequest, own_headers: bytes = b"") -> Reply | None:
    """The reply to a CORS preflight; None if this is none."""
    if request.method != "OPTIONS" or b"origin" not in request.headers:
        return None
    asked = request.headers.get(b"access-control-request-headers", b"").lower()
    run = b"x-run" if b"x-run" in asked else b""  # ours: only for those that mean it
    allowed = b", ".join(filter(None, [b"content-type, content-encoding", own_headers, run]))
    headers = [
        *cors_headers(request),
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", b"86400"),
    ]
    return Reply(204, headers)


def problem_headers(problem: Problem) -> HeaderList:
    """Our own headers on a refusal: the code, and the sentence in plain ASCII."""
    words = render_problem(problem)
    sentence = f"{words['message']} {words['hint']}".translate(_PLAIN)
    detail = _NOT_PRINTABLE.sub("?", " ".join(sentence.split()))[:_MAX_DETAIL_LENGTH]
    return [(b"x-problem", problem.code.encode()), (b"x-problem-detail", detail.encode())]


_MAX_DETAIL_LENGTH = 500
_NOT_PRINTABLE = re.compile(r"[^ -~]")
_PLAIN = str.maketrans({"“": '"', "”": '"', "…": "...", "’": "'"})
