"""EventBunker: one JSON object per request, a write key in a header, 400 for invalid events."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from pathlib import Path

import orjson

from ingest.dialects.dialect import (
    cors_headers,
    find_typo_fields,
    preflight_reply,
    problem_headers,
    to_column_text,
)
from ingest.dialects.faulty_samples import (
    FaultySample,
    sample_declared_gzip,
    sample_text,
    sample_without,
)
from ingest.dialects.request_line import refused_method, refused_path
from ingest.parsing.form_fields import fields_of
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.ndjson import is_blank, make_piece, malformed_piece
from ingest.problems import ERROR, REBUILT, Problem, render_problem
from ingest.schema.schema_rules import SchemaRules
from ingest.timestamps import (
    check_date,
    is_plausible_date,
    iso,
    number_as_date,
    parse_date,
    time_in_object,
    unread_date,
)
from ingest.values import (
    Credentials,
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

_KEY_HEADER = b"x-eventbunker-write-key"
_JSON = (b"content-type", b"application/json")
_FAILED = "Body JSON validation failed."


class EventBunker:
    name = "eventbunker"
    title = "EventBunker"
    address = "POST /post"
    key_names = ("write key", "query key")
    keys_hint = "Send the write key in the header x-eventbunker-write-key."
    header_hint = keys_hint
    key_headers: tuple[str, ...] = ("x-eventbunker-write-key",)
    key_parameters: tuple[str, ...] = ()
    several_hint = "Send each event in a request of its own"
    auth_key_alone = "query-key-used"
    separation_hint = "Send each event in a request of its own."
    repeated_names = "The vendor's parser, JavaScript's JSON.parse, keeps the last one"
    name_path = "/event_name"
    known_event_names: tuple[str, ...] = ()
    most_names = 2_000
    has_joined_keys = False
    unfit = (",;", ",;")  # separators of header values
    rules = SchemaRules.from_file(Path(__file__).with_name("eventbunker.schema.json"))

    def matches_path(self, path: str) -> bool:
        return path in ("/post", "/post/")

    def immediate_reply(self, request: IncomingRequest) -> Reply | None:
        return preflight_reply(request, _KEY_HEADER)

    def refuses(self, request: IncomingRequest) -> Refusal | None:
        if not self.matches_path(request.path):
            return refused_path(request.path, self.title, self.address, self.matches_path, 404)
        return refused_method(request, 405)

    def credentials(self, request: IncomingRequest) -> Credentials:
        return Credentials(request.header(_KEY_HEADER), auth_required=False)

    def credentials_in_body(self, reading: ParsedBody) -> None:
        return None

    def credentials_at_start(self, request: IncomingRequest, start: bytes) -> Iterable[Credentials]:
        return ()

    def read(self, request: IncomingRequest, body: Text, limits: Limits) -> ParsedBody:
        if is_blank(body):
            return ParsedBody((), (), Refusal("empty-body", status=400))
        try:
            value, odd = parse_json(body)
        except Malformed as error:
            encoding = request.header(b"content-encoding")
            return ParsedBody([malformed_piece(body, limits, error.problems, encoding)])
        if isinstance(value, list):
            odd = (*odd, Problem("array-not-object", ERROR, basis=REBUILT))
        whole = make_piece(body, 1, limits)
        return ParsedBody([whole._replace(value=value, parsed=True, problems=whole.problems + odd)])

    def columns(self, value: Json) -> IndexedFields:
        timestamp = value.get("timestamp")
        return IndexedFields(
            to_column_text(value.get("event_name")),
            None,
            to_column_text(value.get("customer_identifier")),
            None,
            parse_date(timestamp) if isinstance(timestamp, str) else None,
        )

    def event_id(self, value: Json) -> None:
        return None

    def properties_field(self, value: dict[str, Json]) -> str:
        return ""  # every field at the top level is one

    def check(
        self, value: Json, columns: IndexedFields, received_at: int, api_key: str
    ) -> list[Problem]:
        problems = find_typo_fields(value, _FIELDS, self.rules)
        if "timestamp" not in value:
            return problems
        return [*problems, *_check_timestamp(value["timestamp"], columns.occurred_at, received_at)]

    def explain(
        self, value: Json, by_schema: Sequence[Problem], received_at: int
    ) -> Sequence[Problem]:
        return ()

    def reply(self, request: IncomingRequest, events: Sequence[ValidatedEvent]) -> Reply:
        errors = [p for event in events for p in event.problems if p.severity == ERROR]
        if errors:
            texts = [{"path": p.path, "message": render_problem(p)["message"]} for p in errors]
            return _error(request, 400, errors[0], _FAILED, texts)
        recorded = events[0].columns.occurred_at
        body = {
            "unique_req_id": uuid.uuid4().hex,
            "time_recorded": request.received_at if recorded is None else recorded,
        }
        return Reply(200, [_JSON, *cors_headers(request)], orjson.dumps(body))

    def refuse(self, request: IncomingRequest, refusal: Refusal) -> Reply:
        texts = {
            "query-key-used": "Please use a write key for write requests. "
            "Invalid x-eventbunker-write-key",
            "empty-body": _FAILED,
            "wrong-method": "Method Not Allowed",
            "wrong-path": "Not Found",
        }
        default = "Invalid x-eventbunker-write-key" if not refusal.status else "Error..."
        message = texts.get(refusal.code, default)
        return _error(request, refusal.status or 401, refusal.problem(), message, [])

    def secrets(self, request: IncomingRequest) -> Sequence[str]:
        in_query = [value for _, value in fields_of(request.query)]
        return [request.header(_KEY_HEADER), *in_query]

    def request_for(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        headers = {"Content-Type": "application/json", _KEY_HEADER.decode(): api_key}
        return "/post", headers

    request_from_browser = request_for

    def example(self, now: int, api_key: str) -> dict[str, Json]:
        return {
            "event_name": "report_opened",
            "timestamp": iso(now),
            "customer_identifier": "u-17",
            "report": "Revenue",
            "pages": 3,
        }

    def faults(self, now: int, api_key: str, auth_key: str) -> list[FaultySample]:
        good = self.example(now, api_key)
        body = sample_text(good)
        return [
            FaultySample(
                "The required field is missing", sample_text(sample_without(good, "event_name"))
            ),
            FaultySample("An array holds text and numbers", sample_text(good | {"tags": ["a", 1]})),
            FaultySample(
                "The name has a space", sample_text(good | {"event_name": "report opened"})
            ),
            FaultySample(
                "The time is a number of seconds", sample_text(good | {"timestamp": now // 1000})
            ),
            FaultySample("The JSON is broken: a comma is missing", body.replace('e","', 'e" "')),
            FaultySample("Several events in an array", sample_text([good, good | {"pages": 4}])),
            FaultySample("The query key instead of the write key", body, (auth_key, api_key)),
            sample_declared_gzip(body),
        ]

    def samples(self, now: int, api_key: str) -> list[str]:
        base: dict[str, Json] = {"timestamp": iso(now), "customer_identifier": "u-17"}
        own: list[dict[str, Json]] = [
            {"event_name": "signed_in", "plan": "pro"},
            {"event_name": "report_opened", "report": "Revenue", "pages": 3, "tags": ["a", "b"]},
            {"event_name": "invoice_paid", "amount": 19.9, "address": {"city": "Oslo"}},
            {"event_name": "invoice paid", "tags": ["a", 1]},
            {"event_name": "signed_in", "timestamp": now},
        ]
        bodies = [orjson.dumps(base | fields).decode() for fields in own]
        return [*bodies, bodies[1].replace('"Revenue",', '"Revenue"')]


_FIELDS = frozenset(EventBunker.rules.schema["properties"])


def _check_timestamp(given: Json, read: int | None, received_at: int) -> list[Problem]:
    """`read` is what JavaScript's Date reads."""
    path = "/timestamp"
    if type(given) is str:
        if read is None:
            return [unread_date(given, path, received_at)]
        is_fine = is_plausible_date(given, read, received_at)
        return [] if is_fine else check_date(given, read, path, received_at)
    if type(given) in (int, float):
        return number_as_date(given, path, received_at)
    return time_in_object(given, path, received_at, as_text=True)


def _error(
    request: IncomingRequest,
    status: int,
    problem: Problem,
    message: str,
    errors: list[dict[str, str]],
) -> Reply:
    headers = [_JSON, *problem_headers(problem), *cors_headers(request)]
    if status == 405:
        headers.append((b"allow", b"POST, OPTIONS"))
    return Reply(status, headers, orjson.dumps({"message": message, "errors": errors}))
