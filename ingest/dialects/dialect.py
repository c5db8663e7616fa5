"""The protocol that every dialect implements, and functions that several dialects share."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Protocol

from ingest.dialects.faulty_samples import FaultySample
from ingest.parsing.member_names import invisible_problem
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
_MAX_UNKNOWN = 100  # unknown fields of an event that are compared with known ones
_MAX_NAME_LENGTH = 100  # characters; longer names are not compared


class Dialect(Protocol):
    """Pure: depends on requests and events only, not on the database or the server."""

    name: str
    title: str  # in the vendor's spelling
    address: str  # method and paths, as shown in messages
    rules: SchemaRules
    key_names: tuple[str, str]  # the vendor's names of api_key and auth_key
    keys_hint: str  # a sentence that says how to send the keys
    header_hint: str  # the same for senders that use headers
    key_headers: tuple[str, ...]  # names of the headers and of the query's fields in which
    key_parameters: tuple[str, ...]  # keys are read
    several_hint: str  # a clause that says how to send several events
    auth_key_alone: str  # code of the refusal if only the auth key is presented
    separation_hint: str  # a sentence that says how to separate several events
    repeated_names: str  # which value of a repeated name the vendor's parser keeps
    name_path: str  # JSON Pointer to an event's name
    known_event_names: tuple[str, ...]  # defined by the vendor; all others are custom
    most_names: int  # different event names that the vendor accepts; 0: no limit
    has_joined_keys: bool  # whether both keys are sent as one string
    unfit: tuple[str, str]  # characters not allowed in api_key and in auth_key

    def matches_path(self, path: str) -> bool:
        """Whether this dialect handles requests to the path."""

    def immediate_reply(self, request: IncomingRequest) -> Reply | None:
        """The reply to a request that is not a delivery, such as a ping; else None."""

    def refuses(self, request: IncomingRequest) -> Refusal | None:
        """The reason if the path or method is refused, regardless of the keys."""

    def credentials(self, request: IncomingRequest) -> Credentials | None:
        """The credentials in the head; None if they may be in the body."""

    def credentials_in_body(self, reading: ParsedBody) -> Credentials | None:
        """The credentials in the body, if the head has none."""

    def credentials_at_start(self, request: IncomingRequest, start: bytes) -> Iterable[Credentials]:
        """Possible credentials in the first bytes of a body, found without parsing. They decide
        only whether to read on."""

    def read(self, request: IncomingRequest, body: Text, limits: Limits) -> ParsedBody:
        """Split the body into pieces."""

    def columns(self, value: Json) -> IndexedFields:
        """The columns of an event. Accepts any JSON object and never raises."""

    def event_id(self, value: Json) -> str | None:
        """The sender's id of the event; a repeated id means that the event was sent again."""

    def properties_field(self, value: dict[str, Json]) -> str:
        """The top-level field of this event in which the vendor reads the event's properties; empty
        if there is none, or if the vendor reads them at the top level."""

    def check(
        self, value: Json, columns: IndexedFields, received_at: int, api_key: str
    ) -> list[Problem]:
        """Problems that a schema cannot express: timestamps, and keys inside the event."""

    def explain(
        self, value: Json, by_schema: Sequence[Problem], received_at: int
    ) -> Sequence[Problem]:
        """More specific problems at the places of those that the schema found. Only called for
        events with problems, so that valid events do not pay for it."""

    def reply(self, request: IncomingRequest, events: Sequence[ValidatedEvent]) -> Reply:
        """The vendor's reply to an authenticated delivery."""

    def refuse(self, request: IncomingRequest, refusal: Refusal) -> Reply:
        """The vendor's reply to a refused request."""

    def secrets(self, request: IncomingRequest) -> Sequence[str]:
        """Every secret in the head, exactly as written there, to be masked in records."""

    def request_for(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        """The path with its query, and the headers, of a request with these keys."""

    def request_from_browser(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        """The same for browser code, which every visitor of a site can read."""

    def example(self, now: int, api_key: str) -> dict[str, Json]:
        """A valid event with the timestamp `now`, in milliseconds."""

    def faults(self, now: int, api_key: str, auth_key: str) -> list[FaultySample]:
        """Requests with one fault each, the most frequent fault first."""

    def samples(self, now: int, api_key: str) -> list[str]:
        """Realistic bodies with one event each; the last ones have faults."""


def to_column_text(value: Json) -> str | None:
    """Text or a number, cut to the length of a column; None for other types."""
    if type(value) is str:
        if len(value) <= _COLUMN_LENGTH and "\0" not in value:
            return value
        return value[:_COLUMN_LENGTH].replace("\0", "\N{REPLACEMENT CHARACTER}")
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return str(value)[:_COLUMN_LENGTH]
    return None


def to_column_texts(*values: Json) -> tuple[str | None, ...]:
    """`to_column_text` of each value. Checks them joined first, since most are short texts."""
    try:
        joined = "".join(values)
    except TypeError:
        return tuple(map(to_column_text, values))
    if len(joined) <= _COLUMN_LENGTH and "\0" not in joined:
        return values
    return tuple(map(to_column_text, values))


def find_typo_fields(value: Json, known: frozenset[str], rules: SchemaRules) -> list[Problem]:
    """Warnings for custom fields whose names are probably misspelled known ones, or contain an
    invisible character. Only for dialects that accept any field: there the vendor does not report
    them either."""
    if known.issuperset(value):
        return []
    unknown = islice((name for name in value if name not in known), _MAX_UNKNOWN)
    return [
        _with_expected(problem, rules)
        for name in unknown
        if len(name) <= _MAX_NAME_LENGTH
        and (problem := _cached_name_problem(name, known))
        and (problem.args or {})["suggestion"] not in value
    ]


def _with_expected(problem: Problem, rules: SchemaRules) -> Problem:
    if problem.code != "lookalike-field":
        return problem
    args = problem.args or {}
    typed = f" ({rules.expected_of(args['suggestion'])})"
    return problem._replace(args={**args, "typed": typed})


@functools.lru_cache(maxsize=4096)  # 4 MiB of short names
def _cached_name_problem(name: str, known: frozenset[str]) -> Problem | None:
    if problem := invisible_problem((name,)):
        return problem
    meant = _cached_typo(name, known)
    args = {"suggestion": meant}
    return (
        Problem("lookalike-field", WARNING, json_pointer([name]), REBUILT, args) if meant else None
    )


def find_typo_name(value: Json, path: str, known: frozenset[str]) -> list[Problem]:
    """A warning if an event name is probably a misspelled name of the vendor."""
    meant = _likely_meaning(value, known) if isinstance(value, str) else ""
    args = {"value": truncate(value), "suggestion": meant}
    return [Problem("lookalike-name", WARNING, path, REBUILT, args)] if meant else []


def _likely_meaning(name: str, known: frozenset[str]) -> str:
    return _cached_typo(name, known) if len(name) <= _MAX_NAME_LENGTH else ""


@functools.lru_cache(maxsize=4096)  # 2 MiB of short names
def _cached_typo(name: str, known: frozenset[str]) -> str:
    return likely_typo_of(name, sorted(known))


def cors_headers(request: IncomingRequest) -> HeaderList:
    """Echoes the Origin: with `*` browsers reject replies to requests with credentials."""
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
    """The reply to a CORS preflight; None for other requests."""
    if request.method != "OPTIONS" or b"origin" not in request.headers:
        return None
    asked = request.headers.get(b"access-control-request-headers", b"").lower()
    run = b"x-run" if b"x-run" in asked else b""  # our own header: allow it only if requested
    allowed = b", ".join(filter(None, [b"content-type, content-encoding", own_headers, run]))
    headers = [
        *cors_headers(request),
        (b"access-control-allow-methods", b"POST, OPTIONS"),
        (b"access-control-allow-headers", allowed),
        (b"access-control-max-age", b"86400"),
    ]
    return Reply(204, headers)


def problem_headers(problem: Problem) -> HeaderList:
    """The headers X-Problem (the code) and X-Problem-Detail (the sentence in ASCII)."""
    words = render_problem(problem)
    sentence = f"{words['message']} {words['hint']}".translate(_PLAIN)
    detail = _NOT_PRINTABLE.sub("?", " ".join(sentence.split()))[:_MAX_DETAIL_LENGTH]
    return [(b"x-problem", problem.code.encode()), (b"x-problem-detail", detail.encode())]


_MAX_DETAIL_LENGTH = 500
_NOT_PRINTABLE = re.compile(r"[^ -~]")
_PLAIN = str.maketrans({"“": '"', "”": '"', "…": "...", "’": "'"})
