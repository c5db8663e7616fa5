"""Usermaven: an object or an array of objects, several paths, several places for the key."""

from __future__ import annotations

import base64
import contextlib
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import orjson

from ingest.dialects.authorization import authorization_error
from ingest.dialects.dialect import (
    cors_headers,
    find_typo_fields,
    find_typo_name,
    preflight_reply,
    problem_headers,
    to_column_text,
)
from ingest.dialects.faulty_samples import (
    FaultySample,
    sample_declared_gzip,
    sample_one_character_off,
    sample_text,
    sample_without,
)
from ingest.dialects.request_line import refused_method, refused_path
from ingest.dialects.usermaven_times import check_usermaven_times, explain_created_at
from ingest.parsing.form_fields import MAX_FIELDS, fields_of, has_too_many
from ingest.parsing.json_array import split_items
from ingest.parsing.json_parsing import Malformed, parse_json
from ingest.parsing.malformed.content_sniffing import preview
from ingest.parsing.ndjson import is_blank, make_piece, malformed_piece
from ingest.problems import REBUILT, WARNING, Problem, render_problem
from ingest.schema.schema_rules import SchemaRules
from ingest.timestamps import DAY, iso, milliseconds
from ingest.values import (
    Credentials,
    IncomingRequest,
    IndexedFields,
    Json,
    Limits,
    ParsedBody,
    Piece,
    Refusal,
    Reply,
    Text,
    ValidatedEvent,
)

_SERVER_PATHS = frozenset({"/api/v1/s2s/event", "/api/v1/s2s/events"})
_PATHS = _SERVER_PATHS | {"/api/v1/event", "/api/v1/events"}
_VENDOR_LIMIT = 2 * 2**20
_API_KEY = re.compile(rb'"api_key"\s*:\s*"([!#-\[\]-~]{1,402})"')
_KEY_IN_TEXT = re.compile(
    rb"(?<![\w-])api_key\\?[\"']?\s{0,9}[:=]\s{0,9}\\?[\"']?([!#-&(-+\--:<-\[\]-|~]{6,402})"
)
_SEARCHED = 4096  # bytes of text that is not JSON
_BASE64 = re.compile(r"[A-Za-z0-9+/]*")
_MAX_KEYS = 3  # keys looked up from the beginning of a body
_KNOWN_NAMES = frozenset(  # all others are custom events, which are valid
    [
        "user_identify",
        "identify",
        "pageview",
        "group",
        "lead",
        "raw",
        "$autocapture",
        "$pageleave",
        "$scroll",
        "$form",
        "$rage_click",
    ]
)
_JSON = (b"content-type", b"application/json")
_TEXT = (b"content-type", b"text/plain; charset=utf-8")
_ACCEPTED = Reply(200, [_JSON], b'{"status":"ok"}')


class Usermaven:
    name = "usermaven"
    title = "Usermaven"
    address = "POST /api/v1/s2s/event or /api/v1/event"
    key_names = ("API key", "server token")
    keys_hint = "Send ?token=API_KEY.SERVER_TOKEN: the API key comes first."
    header_hint = "Send “Authorization: Bearer API_KEY.SERVER_TOKEN”, with a dot between the two."
    key_headers: tuple[str, ...] = ("authorization", "x-auth-token")
    key_parameters: tuple[str, ...] = ("token", "api_key")
    several_hint = "Send the array of events itself as the body"
    auth_key_alone = "token-alone"
    separation_hint = "Send several events as one array, with commas between them."
    repeated_names = "The vendor's parser, Go's encoding/json, keeps the last one"
    name_path = "/event_type"
    known_event_names = tuple(sorted(_KNOWN_NAMES - {"identify"}))  # a common mistake
    most_names = 0
    has_joined_keys = True
    unfit = ("&#%+;=[]{}<>.", "&#%+;=[]{}<>")  # a dot separates the two keys
    rules = SchemaRules.from_file(Path(__file__).with_name("usermaven.schema.json"))

    def matches_path(self, path: str) -> bool:
        return path.startswith(("/api/v1/", "//api/v1/", "/api.")) or path == "/api/v1"

    def immediate_reply(self, request: IncomingRequest) -> Reply | None:
        return preflight_reply(request, b"authorization, x-auth-token")

    def refuses(self, request: IncomingRequest) -> Refusal | None:
        if not _known_path(request):
            return refused_path(request.path, self.title, self.address, _is_own_path, 404)
        if request.method != "POST":
            return refused_method(request, 405)
        if has_too_many(request.query):
            return _too_many_fields("query")
        return None

    def credentials(self, request: IncomingRequest) -> Credentials | None:
        presented = _presented(request)
        return _split(presented) if presented else None

    def credentials_in_body(self, reading: ParsedBody) -> Credentials:
        for item in reading.pieces:
            key = item.value.get("api_key") if isinstance(item.value, dict) else None
            if isinstance(key, str) and key:
                return _split(key)
        return _credentials_in_text(reading)

    def credentials_at_start(self, request: IncomingRequest, start: bytes) -> Iterator[Credentials]:
        text = _start_of_data(start) if _is_form(request, start) else start
        seen: set[bytes] = set()
        for match in _API_KEY.finditer(text):
            key = match[1]
            if key not in seen:
                seen.add(key)
                yield _split(key.decode())
            if len(seen) == _MAX_KEYS:
                return

    def read(self, request: IncomingRequest, body: Text, limits: Limits) -> ParsedBody:
        problems = self._delivery_problems(request, body)
        is_form = _is_form(request, body)
        if is_form:
            data = _form_data(body)
            if isinstance(data, Refusal):
                return ParsedBody((), problems, data)
            body = data
        if is_blank(body):
            return ParsedBody((), problems, Refusal("empty-body", status=400))
        try:
            value, odd = parse_json(body)
            if isinstance(value, list):
                if not value:
                    return ParsedBody((), problems, Refusal("empty-array", status=400))
                if len(value) > limits.lines:
                    limit = {"limit": f"{limits.lines:,}"}
                    return ParsedBody((), problems, Refusal("too-many-lines", limit, 413))
                return ParsedBody(split_items(body, value, limits), problems)
        except Malformed as error:
            encoding = request.header(b"content-encoding")
            bad = malformed_piece(body, limits, error.problems, encoding)
            return ParsedBody([_with_form_problem(bad) if is_form else bad], problems)
        whole = make_piece(body, 1, limits)
        whole = whole._replace(value=value, parsed=True, problems=whole.problems + odd)
        return ParsedBody([whole], problems)

    def _delivery_problems(self, request: IncomingRequest, body: Text) -> tuple[Problem, ...]:
        problems = []
        presented = _presented(request)
        if _is_server_path(request.path) and presented and "." not in presented:
            problems.append(Problem("no-server-token", WARNING))
        if not presented and b"authorization" in request.headers:
            problems += _unread_authorization(request, self)
        if len(body) > _VENDOR_LIMIT:
            args = {"size": f"{len(body):,}"}
            problems.append(Problem("vendor-size-limit", WARNING, basis=REBUILT, args=args))
        return tuple(problems)

    def columns(self, value: Json) -> IndexedFields:
        user = value.get("user")
        company = value.get("company")
        user = user if isinstance(user, dict) else {}
        company = company if isinstance(company, dict) else {}
        who = user.get("id") or user.get("email") or user.get("anonymous_id")
        return IndexedFields(
            to_column_text(value.get("event_type")),
            to_column_text(company.get("id")) or None,
            to_column_text(who) or None,
            None,
            _occurred_at(value),
        )

    def event_id(self, value: Json) -> str | None:
        given = value.get("event_id")
        return given if isinstance(given, str) and given else None

    def properties_field(self, value: dict[str, Json]) -> str:
        return "event_attributes"

    def check(
        self, value: Json, columns: IndexedFields, received_at: int, api_key: str
    ) -> list[Problem]:
        problems = find_typo_fields(value, _FIELDS, self.rules)
        problems += find_typo_name(value.get("event_type"), "/event_type", _KNOWN_NAMES)
        problems += check_usermaven_times(value, received_at)
        own_key = value.get("api_key")
        if isinstance(own_key, str) and own_key != api_key and own_key.split(".")[0] != api_key:
            problems.append(Problem("other-api-key", WARNING, "/api_key", REBUILT))
        return _without_history(problems) if problems else problems

    def explain(
        self, value: Json, by_schema: Sequence[Problem], received_at: int
    ) -> Sequence[Problem]:
        return explain_created_at(value, by_schema, received_at)

    def reply(self, request: IncomingRequest, events: Sequence[ValidatedEvent]) -> Reply:
        for event in events:
            for problem in event.problems:
                if problem.refuses or event.verdict == "malformed":
                    return _decoding_error(request, problem)
        if b"origin" in request.headers:
            return Reply(200, [_JSON, *cors_headers(request)], _ACCEPTED.body)
        return _ACCEPTED

    def refuse(self, request: IncomingRequest, refusal: Refusal) -> Reply:
        body = {
            "empty-array": b"No events in batch",
            "empty-body": b"Request decoding error: JSON payload is invalid: EOF",
            "form-data-not-base64": b"Request decoding error: JSON payload is invalid: no base64",
            "form-without-data": b"Request decoding error: JSON payload is invalid: no data",
            "wrong-method": b"Method Not Allowed",
            "wrong-path": b"404 page not found",
        }.get(refusal.code, b"API key is not valid" if not refusal.status else b"")
        headers = [_TEXT, *problem_headers(refusal.problem()), *cors_headers(request)]
        if refusal.status == 405:
            headers.append((b"allow", b"POST, OPTIONS"))
        return Reply(refusal.status or 401, headers, body)

    def secrets(self, request: IncomingRequest) -> Sequence[str]:
        return [part for value in _all_presented(request) for part in (value, *value.split(".", 1))]

    def request_for(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        path = f"/api/v1/s2s/event?token={api_key}.{auth_key}"
        return path, {"Content-Type": "application/json"}

    def request_from_browser(self, api_key: str, auth_key: str) -> tuple[str, dict[str, str]]:
        return f"/api/v1/event?token={api_key}", {"Content-Type": "application/json"}

    def example(self, now: int, api_key: str) -> dict[str, Json]:
        return {
            "api_key": api_key,
            "event_type": "plan_purchased",
            "_timestamp": now,
            "user": {"anonymous_id": "lfwmc92j6t", "id": "u-17", "email": "ada@example.com"},
            "event_attributes": {"plan": "pro", "price": 19.5},
        }

    def faults(self, now: int, api_key: str, auth_key: str) -> list[FaultySample]:
        good = self.example(now, api_key)
        body = sample_text(good)
        nameless = sample_without(good, "event_type")
        user = good["user"] | {"plan": "pro"}
        return [
            FaultySample("A required field is missing", sample_text(nameless)),
            FaultySample("A field has the wrong type", sample_text(good | {"url": 5})),
            FaultySample("A field of the user is unknown", sample_text(good | {"user": user})),
            FaultySample("The time is in seconds", sample_text(good | {"_timestamp": now // 1000})),
            FaultySample(
                "The JSON is broken: a comment", body.replace(',"user"', ', // who\n"user"')
            ),
            FaultySample(
                "Several events, one of them bad",
                sample_text([good, nameless, good | {"event_type": "lead"}]),
            ),
            FaultySample(
                "The server token is wrong", body, (api_key, sample_one_character_off(auth_key))
            ),
            sample_declared_gzip(body),
        ]

    def samples(self, now: int, api_key: str) -> list[str]:
        base: dict[str, Json] = {
            "api_key": api_key,
            "event_id": "",
            "ids": {},
            "src": "usermaven-python",
        }
        user = {"anonymous_id": "lfwmc92j6t", "id": "u-17", "email": "user@example.com"}
        company = {"id": "acme", "name": "Acme", "created_at": "2022-01-20T09:55:35"}
        since = {"created_at": iso(now - 90 * DAY)}
        own: list[dict[str, Json]] = [
            {"event_type": "user_identify", "user": user | since, "company": company},
            {"event_type": "pageview", "user": user, "url": "https://example.com/pricing"},
            {
                "event_type": "plan_purchased",
                "user": user,
                "company": company,
                "event_attributes": {"price": 10.5, "plan": "enterprise"},
            },
            {"event_type": "identify", "user": {"id": 17, "plan": "pro"}},
            {"user": user, "url": 5},
        ]
        bodies = ["[" + orjson.dumps(base | fields).decode() + "]" for fields in own]
        return [*bodies, bodies[1].replace(',"url"', ' // the page\n"url"')]


_FIELDS = frozenset(Usermaven.rules.schema["properties"])


def _known_path(request: IncomingRequest) -> bool:
    if request.path.startswith("/api."):
        return any(name.startswith("p_") for name, _ in fields_of(request.query))
    return _is_own_path(request.path)


def _is_own_path(path: str) -> bool:
    return path.removesuffix("/") in _PATHS


def _is_server_path(path: str) -> bool:
    return path.removesuffix("/") in _SERVER_PATHS


def _presented(request: IncomingRequest) -> str:
    """The credential. The query has priority, because the vendor's clients use it."""
    return next(iter(_all_presented(request)), "")


def _all_presented(request: IncomingRequest) -> list[str]:
    found = []
    if request.query:
        found = [
            value
            for name, value in fields_of(request.query)
            if name in ("token", "api_key") or name.startswith("p_")
        ]
    scheme, _, bearer = request.header(b"authorization").partition(" ")
    if scheme.lower() == "bearer":
        found.append(bearer.strip())
    found.append(request.header(b"x-auth-token").strip())
    return [value for value in found if value]


def _split(presented: str) -> Credentials:
    """KEY.TOKEN, or KEY alone, which browsers send."""
    api_key, dot, token = presented.partition(".")
    return Credentials(api_key, token, auth_required=bool(dot))


def _credentials_in_text(reading: ParsedBody) -> Credentials:
    """The key in text that is not JSON, which its holder needs to see explained."""
    for piece in reading.pieces[:1]:
        match = None if piece.parsed else _KEY_IN_TEXT.search(bytes(piece.raw[:_SEARCHED]))
        if match:
            return _split(match[1].decode())
    return Credentials()


def _unread_authorization(request: IncomingRequest, dialect: Usermaven) -> list[Problem]:
    """Why the key in the header was not read, if that of the body was used instead."""
    value = request.header(b"authorization")
    error = authorization_error(value, dialect.title, dialect.header_hint)
    return [error.problem()._replace(severity=WARNING)] if error else []


def _is_form(request: IncomingRequest, body: Text) -> bool:
    """Checks the body too, because `curl -d` sends JSON with this Content-Type."""
    declared = request.header(b"content-type").startswith("application/x-www-form-urlencoded")
    return declared and bytes(body[:64]).lstrip()[:1] not in (b"{", b"[")


def _form_data(body: Text) -> bytes | Refusal:
    """The JSON in the form field `data`, which is base64; or the reason if it cannot be read."""
    if len(body) > _VENDOR_LIMIT:
        return Refusal("form-too-large", {"limit": f"{_VENDOR_LIMIT:,}"}, 413)
    form = body.decode("latin-1")
    if has_too_many(form):
        return _too_many_fields("form")
    data = _data_of(form)
    if not data:
        return Refusal("form-without-data", status=400)
    with contextlib.suppress(ValueError):
        decoded = base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
        if decoded:
            return decoded
    args = {"inside": preview(data.encode("latin-1", "replace"))}
    return Refusal("form-data-not-base64", args, 400)


def _with_form_problem(piece: Piece) -> Piece:
    """The text in a form; gzip has another remedy there than as a body."""
    first, *others = piece.problems
    if first.code not in ("gzip-not-declared", "gzip-twice"):
        return piece
    problem = Problem("gzip-in-form", offset=0, column=1)
    return piece._replace(problems=(problem, *others))


def _data_of(form: str) -> str:
    fields = fields_of(form, longest=_VENDOR_LIMIT)
    return next((value for name, value in fields if name == "data"), "").replace(" ", "+")


def _start_of_data(start: bytes) -> bytes:
    """The JSON in the beginning of a form, as far as it is complete."""
    match = _BASE64.match(_data_of(start.decode("latin-1")))
    data = match[0] if match else ""
    return base64.b64decode(data[: len(data) // 4 * 4])


def _too_many_fields(part: str) -> Refusal:
    return Refusal("too-many-fields", {"part": part, "limit": str(MAX_FIELDS)}, 400)


def _occurred_at(value: Json) -> int | None:
    for name in ("_timestamp", "timestamp"):
        given = value.get(name)
        if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 17:
            given = int(given)
        if type(given) in (int, float) and name == "timestamp" and given <= 1_000_000_000_000:
            given *= 1000
        moment = milliseconds(given)
        if moment is not None:
            return moment
    return None


def _without_history(problems: list[Problem]) -> list[Problem]:
    """The vendor documents `_timestamp` as the time of historical events."""
    return [problem for problem in problems if problem.code != "time-long-past"]


def _decoding_error(request: IncomingRequest, problem: Problem) -> Reply:
    words = render_problem(problem)
    place = f" ({problem.path})" if problem.path else ""
    text = f"Request decoding error: JSON payload is invalid: {words['message']}{place}"
    headers = [_TEXT, *problem_headers(problem), *cors_headers(request)]
    return Reply(400, headers, text.encode())
