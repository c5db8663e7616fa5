"""Natero, later Freshsuccess: one JSON object per line, both keys in the path, empty replies."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from ingest.dialects.dialect import cors_headers, preflight_reply, problem_headers, to_column_texts
from ingest.dialects.faulty_samples import (
    FaultySample,
    sample_declared_gzip,
    sample_one_character_off,
    sample_text,
    sample_without,
)
from ingest.dialects.request_line import refused_method, refused_path
from ingest.parsing.json_array import split_items
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.compressed_data import COMPRESSED
from ingest.parsing.multiline_json import join_objects, looks_multiline, recover_items
from ingest.parsing.multipart import is_multipart, mark_framing
from ingest.parsing.ndjson import BOM, LINE_END, single_line, sniffed_piece, split_lines
from ingest.problems import ERROR, Problem
from ingest.schema.schema_rules import SchemaRules
from ingest.timestamps import (
    check_milliseconds,
    date_as_number,
    is_plausible,
    milliseconds,
    time_in_object,
)
from ingest.values import (
    Credentials,
    IncomingRequest,
    IndexedFields,
    Json,
    Limits,
    ParsedBody,
    Piece,
    Raw,
    Refusal,
    Reply,
    Text,
    ValidatedEvent,
    made,
)

_WHOLE_BODY_LIMIT = 2**20  # bytes; larger bodies are not searched for values that span lines
_NEVER_LINES = COMPRESSED | {"utf-16"}
_ACCEPTED = Reply(200, [])
_WITH_DETAILS = ("identifyUser", "identifyAccount")
_MAX_PARTS = 20  # parts of a path that are masked


class Natero:
    name = "natero"
    title = "Natero"
    address = "POST /v1/<authKey>/<apiKey>"
    key_names = ("apiKey", "authKey")
    keys_hint = "Send POST /v1/<authKey>/<apiKey>: the auth key comes first."
    header_hint = keys_hint
    key_headers: tuple[str, ...] = ()
    key_parameters: tuple[str, ...] = ()
    several_hint = "Send each event on a line of its own"
    auth_key_alone = "wrong-api-key"
    separation_hint = (
        "Put each object on a line of its own, ended by a newline. "
        "curl -d removes newlines: use --data-binary."
    )
    repeated_names = "The vendor does not say which one counts. Most parsers keep the last one"
    name_path = "/action"
    most_names = 0
    has_joined_keys = False
    unfit = ("/\\?#%[]{}<>", "/\\?#%[]{}<>")
    rules = SchemaRules.from_file(Path(__file__).with_name("natero.schema.json"))
    known_event_names: tuple[str, ...] = tuple(
        rules.schema["allOf"][1]["properties"]["action"]["then"]["enum"]
    )

    def matches_path(self, path: str) -> bool:
        return path.startswith(("/v1/", "//v1/", "/api/submitEvents")) or path == "/v1"

    def immediate_reply(self, request: IncomingRequest) -> Reply | None:
        if request.method == "POST":
            return Reply(200, cors_headers(request)) if request.path == "/v1/ping" else None
        return preflight_reply(request)

    def refuses(self, request: IncomingRequest) -> Refusal | None:
        if request.path.startswith("/api/submitEvents"):
            return Refusal("old-path")
        if request.method != "POST":
            return refused_method(request)
        if not _is_own_path(request.path):
            return refused_path(request.path, self.title, self.address, _is_own_path)
        return None

    def credentials(self, request: IncomingRequest) -> Credentials:
        return _keys_in(request.path)

    def credentials_in_body(self, reading: ParsedBody) -> None:
        return None

    def credentials_at_start(self, request: IncomingRequest, start: bytes) -> Iterable[Credentials]:
        return ()

    def read(self, request: IncomingRequest, body: Text, limits: Limits) -> ParsedBody:
        one_line = body[:1] == b"{" and LINE_END not in body
        if one_line and body[-1:] != b"," and len(body) <= limits.line_bytes:
            return single_line(body)  # the most frequent case
        whole = self._other_format(request, body, limits)
        if whole:
            return ParsedBody((whole,))
        pieces = split_lines(body, limits)
        if not pieces:
            return ParsedBody((), (Problem("empty-body", "warning"),))
        if is_multipart(body):
            return ParsedBody(mark_framing(pieces))
        return ParsedBody(_join_pieces(body, pieces, limits))

    def _other_format(self, request: IncomingRequest, body: Text, limits: Limits) -> Piece | None:
        """The body as one piece if it is another format as a whole, such as gzip or UTF-16."""
        if body[:1] in (b"{", b"[", b'"') and body[1:2] != b"\0":  # as in UTF-16
            return None
        whole = sniffed_piece(body, limits, request.header(b"content-encoding"))
        if whole is None or whole.problems[0].code in _NEVER_LINES:
            return whole
        if len(body) > _WHOLE_BODY_LIMIT or b"\n" not in body.strip():
            return None
        lines = (line for line in bytes(body).split(b"\n") if line.lstrip()[:1] == b"{")
        return None if any(map(_is_json, lines)) else whole

    def columns(self, value: Json) -> IndexedFields:
        get = value.get
        name, account, user, session = to_column_texts(
            get("action"), get("accountId"), get("userId"), get("sessionId")
        )
        return made(IndexedFields, (name, account, user, session, milliseconds(get("createdAt"))))

    def event_id(self, value: Json) -> None:
        return None

    def properties_field(self, value: dict[str, Json]) -> str:
        return "details" if value.get("action") in _WITH_DETAILS else ""

    def check(
        self, value: Json, columns: IndexedFields, received_at: int, api_key: str
    ) -> list[Problem]:
        created_at = value.get("createdAt")
        if is_plausible(created_at, received_at):
            return []
        if isinstance(created_at, str):
            return date_as_number(created_at, "/createdAt", received_at)
        if isinstance(created_at, (dict, list)):
            return time_in_object(created_at, "/createdAt", received_at, as_text=False)
        return check_milliseconds(created_at, "/createdAt", received_at)

    def explain(
        self, value: Json, by_schema: Sequence[Problem], received_at: int
    ) -> Sequence[Problem]:
        return ()

    def reply(self, request: IncomingRequest, events: Sequence[ValidatedEvent]) -> Reply:
        if b"origin" in request.headers:
            return Reply(200, cors_headers(request))
        return _ACCEPTED

    def refuse(self, request: IncomingRequest, refusal: Refusal) -> Reply:
        return Reply(
            refusal.status or 400, [*problem_headers(refusal.problem()), *cors_headers(request)]
        )

    def secrets(self, request: IncomingRequest) -> tuple[str, ...]:
        return _secrets_in(request.path)

    def request_for(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        return f"/v1/{auth_key}/{api_key}", {"Content-Type": "application/json"}

    request_from_browser = request_for

    def example(self, now: int, api_key: str) -> dict[str, Json]:
        return {
            "accountId": "acme",
            "userId": "u-17",
            "sessionId": "s-901",
            "createdAt": now,
            "action": "feature",
            "module": "Dashboard",
            "feature": "Add widget",
            "total": 1,
        }

    def faults(self, now: int, api_key: str, auth_key: str) -> list[FaultySample]:
        good = self.example(now, api_key)
        line = sample_text(good)
        other = sample_text(good | {"userId": "u-18"})
        broken = line.replace('"acme","', '"acme" "')
        return [
            FaultySample(
                "A required field is missing", sample_text(sample_without(good, "accountId"))
            ),
            FaultySample("A field has the wrong type", sample_text(good | {"userId": 17})),
            FaultySample("A field is unknown", sample_text(good | {"widgetColour": "blue"})),
            FaultySample("The time is in seconds", sample_text(good | {"createdAt": now // 1000})),
            FaultySample("The line is broken: a comma is missing", broken),
            FaultySample("An array instead of lines", f"[{line}]"),
            FaultySample("Several lines, one of them broken", "\n".join([line, broken, other])),
            FaultySample(
                "The auth key is wrong", line, (api_key, sample_one_character_off(auth_key))
            ),
            sample_declared_gzip(line),
        ]

    def samples(self, now: int, api_key: str) -> list[str]:
        base: dict[str, Json] = {"accountId": "acme", "userId": "u-17", "createdAt": now}
        session = {"sessionId": "s-901"}
        own: list[dict[str, Json]] = [
            {"action": "sessionSync", **session, "activeDuration": 60_000},
            {"action": "moduleEnd", **session, "module": "Dashboard", "timeSpent": 45_000},
            {
                "action": "feature",
                **session,
                "product": "Web",
                "module": "Dashboard",
                "feature": "Add widget",
                "total": 1,
            },
            {"action": "feature", "module": "Dashboard", "feature": "Add widget", "total": "1"},
        ]
        lines = [orjson.dumps(base | fields).decode() for fields in own]
        return [*lines, lines[2].replace('"feature","sessionId"', '"feature" "sessionId"')]


def _is_own_path(path: str) -> bool:
    return path.startswith("/v1/") and path.count("/") == 3


def _keys_in(path: str) -> Credentials:
    auth_key, api_key = (*path.split("/", 4)[2:4], "", "")[:2]
    return Credentials(api_key, auth_key)


def _secrets_in(path: str) -> tuple[str, ...]:
    """Every part of the path after /v1/, also in a wrong path."""
    parts = path.split("/", _MAX_PARTS)[2:_MAX_PARTS]
    return tuple(part for part in parts if part != "ping")


def _is_json(raw: Raw) -> bool:
    try:
        parse_json(raw)
    except Malformed:
        return False
    return True


def _join_pieces(body: Text, pieces: Sequence[Piece], limits: Limits) -> Sequence[Piece]:
    """Detect arrays, and objects over several lines, which are only visible in the whole body."""
    if len(body) > _WHOLE_BODY_LIMIT:
        return pieces
    text = body.removeprefix(BOM)
    if text.lstrip()[:1] == b"[":
        items = _array(bytes(text), limits) or recover_items(text, limits)
        if items and text is not body and len(text) < len(body):
            first = items[0]
            mark = Problem("byte-order-mark")
            items[0] = first._replace(problems=(*first.problems, mark))
        if items:
            return items
    return join_objects(body, pieces, limits) if looks_multiline(body, len(pieces)) else pieces


def _array(body: bytes, limits: Limits) -> list[Piece] | None:
    try:
        values, _ = parse_json(body)
        if len(values) > limits.lines:
            return None
        items = split_items(body, values, limits)
    except Malformed:
        return None
    problem = Problem("array-not-lines", ERROR)
    return [item._replace(problems=(problem, *item.problems)) for item in items] or None
