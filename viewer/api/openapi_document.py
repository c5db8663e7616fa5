"""`GET /api/openapi.json`: the whole REST as an OpenAPI document, made of one table."""

from __future__ import annotations

import functools
from functools import partial
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from viewer.api.event_views import MAX_WAIT
from viewer.api.openapi_shapes import SHAPES
from viewer.events import saved_views
from viewer.events.chart import STEPS
from viewer.export.export import FORMATS as EXPORTS
from viewer.qa import expect, expectations, runs
from viewer.qa.report_files import FORMATS as REPORTS
from viewer.rest.requests import MAX_EVENTS
from viewer.tracking_plans import views as plan_views

Json = dict[str, Any]

_JSON = "application/json"
_ANY_ID = {"type": "integer", "minimum": 1, "maximum": 2**53}
_NUMBER = {"type": "integer", "minimum": 0, "maximum": 2**53}
_FLAG = {"type": "string", "enum": ["1"]}
_VERSION = "1"


@require_GET
def openapi_document(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(_written(), _JSON)
    answer["Access-Control-Allow-Origin"] = "*"  # it holds nothing of anybody
    return answer


@functools.cache
def _written() -> bytes:
    return orjson.dumps(build_openapi())


def build_openapi() -> Json:
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Instrumentation Viewer",
            "version": _VERSION,
            "description": "A test endpoint for product-usage events: what came, what a vendor "
            "would drop and why, plans, runs, expectations and reports.",
        },
        "servers": [{"url": "/api"}],
        "security": [{"keys": []}, {"session": [], "pair": []}],
        "paths": {path: _path(path, methods) for path, methods in _paths().items()},
        "components": {
            "schemas": SHAPES,
            "securitySchemes": {
                "keys": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "user: API key, password: auth key of a key pair",
                },
                "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
                "pair": {"type": "apiKey", "in": "query", "name": "pair"},
            },
        },
    }


def _path(path: str, methods: dict[str, Json]) -> Json:
    inside = [
        {"name": name, "in": "path", "required": True, "schema": _ANY_ID}
        for name in ("seq", "delivery", "view", "run")
        if f"{{{name}}}" in path
    ]
    return ({"parameters": inside} if inside else {}) | methods


def _operation(
    summary: str,
    shape: str,
    *parameters: Json,
    body: Json | None = None,
    others: dict[int, str] | None = None,
    status: int = 200,
    media: dict[str, Json] | None = None,
) -> Json:
    """`others`: further statuses, each with the shape of its answer."""
    always = dict.fromkeys((400, 401, 404, 429), "Error")
    answers = {status: shape, **always, **(others or {})}
    if body is not None:
        answers |= {403: "Error", 413: "Error"}
    told = {str(code): _answer(code, name) for code, name in sorted(answers.items())}
    if media is not None:
        for code in [status, *(code for code in (412,) if code in answers)]:
            told[str(code)]["content"] = media
    told["503"] = _answer(503, "Error")
    operation: Json = {
        "summary": summary,
        "operationId": summary.lower().replace(" ", "_").replace(",", "").replace("’", ""),
        "responses": told,
    }
    if parameters:
        operation["parameters"] = list(parameters)
    if body:
        operation["requestBody"] = body
    return operation


_REASONS = {
    200: "as asked",
    201: "made",
    400: "something in the request is not understood; the sentence says what",
    401: "send the keys of a key pair, or sign in",
    403: "not from a page of another site, and not by who may only look",
    404: "there is none such: not yet, no longer, or not for you",
    409: "it is there already, or was changed meanwhile",
    412: "what was expected is not met, or the run did not pass",
    413: "the body is too large",
    429: "too many wrong keys, or too much to check: wait as long as Retry-After says",
    503: "not now: try again",
}


def _answer(code: int, shape: str) -> Json:
    schema = {"$ref": f"#/components/schemas/{shape}"}
    return {"description": _REASONS[code], "content": {_JSON: {"schema": schema}}}


def _asked(name: str, schema: Json, about: str = "") -> Json:
    return {"name": name, "in": "query", "schema": schema} | (
        {"description": about} if about else {}
    )


def _sent(schema: Json | str, *, required: bool = True) -> Json:
    ref = {"$ref": f"#/components/schemas/{schema}"} if isinstance(schema, str) else schema
    return {"required": required, "content": {_JSON: {"schema": ref}}}


def _whole(most: int, least: int = 0) -> Json:
    return {"type": "integer", "minimum": least, "maximum": most}


def _one_of(*words: str) -> Json:
    return {"type": "string", "enum": list(words)}


_Q = _asked("q", {"type": "string", "maxLength": 1000}, "a query; see docs/query-language.md")
_WAIT = _asked("wait", _whole(int(MAX_WAIT)), "seconds to hold the answer")
_TEXT = {"schema": {"type": "string"}}
_NAME = {
    "name": "name",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 100},
}
_FORMAT = _asked("format", _one_of(*REPORTS))
_STRICT = _asked("strict", _FLAG, "answer 412 if it did not pass")
_AS_JSON = REPORTS["json"]


def _media_type(header: str) -> str:
    return header.partition(";")[0]


_REPORT_MEDIA = {
    _JSON: {"schema": {"$ref": "#/components/schemas/Report"}},
    **{
        form.content_type.partition(";")[0]: _TEXT
        for name, form in REPORTS.items()
        if name != "json"
    },
}
_EXPORT_MEDIA = {
    _JSON: {"schema": {"type": "array"}},
    "text/csv": _TEXT,
    **{
        form.content_type.partition(";")[0]: _TEXT
        for name, form in EXPORTS.items()
        if name != "json"
    },
}


def _paths() -> dict[str, dict[str, Json]]:
    return {**_event_paths(), **_view_paths(), **_plan_paths(), **_run_paths()}


def _event_paths() -> dict[str, dict[str, Json]]:
    after, before = _asked("after", _NUMBER), _asked("before", _NUMBER)
    limit = _asked("limit", _whole(MAX_EVENTS, 1))
    missing = {404: "Error"}
    columns = _asked("columns", {"type": "string", "maxLength": 1000})
    exports = _asked("format", _one_of(*EXPORTS, "csv"))
    any_body = {"content": {"application/octet-stream": {"schema": {"type": "string"}}}}
    return {
        "/events": {
            "get": _operation(
                "Events",
                "Events",
                *(_Q, _asked("mode", _one_of("filter", "highlight")), after, before, limit),
                *(_asked("order", _one_of("asc", "desc")), _WAIT),
            ),
            "delete": _operation(
                "Delete events",
                "Deleted",
                {"name": "through", "in": "query", "required": True, "schema": _ANY_ID},
                others={403: "Error"},
            ),
        },
        "/events/{seq}": {"get": _operation("One event", "Event", others=missing)},
        "/export": {
            "get": _operation(
                "Export", "Events", exports, _Q, after, before, columns, media=_EXPORT_MEDIA
            )
        },
        "/deliveries": {
            "get": _operation("Requests", "Deliveries", _asked("refused", _FLAG), before, limit)
        },
        "/deliveries/{delivery}": {
            "get": _operation("One request", "Delivery", _asked("around", _NUMBER), others=missing)
        },
        "/summary": {"get": _operation("Summary", "Summary")},
        "/coverage": {"get": _operation("Coverage of names", "Coverage")},
        "/fields": {"get": _operation("Fields that were seen", "Fields")},
        "/checklist": {"get": _operation("How far the newest request came", "Checklist")},
        "/chart": {
            "get": _operation(
                "Chart",
                "Chart",
                *(_Q, _asked("step", {"type": "integer", "enum": list(STEPS)})),
                *(_asked("count", _whole(70, 1)), _asked("until", _NUMBER)),
            )
        },
        "/mistake": {"get": _operation("What is wrong with a query", "MistakeInQuery", _Q)},
        "/keys": {"post": _operation("Keys", "Keys", others={403: "Error"})},
        "/unmatched-requests": {
            "get": _operation(
                "Unmatched requests", "UnmatchedRequests", after, _WAIT, others={403: "Error"}
            )
        },
        "/validate": {"post": _operation("Validate a body", "Validated", limit, body=any_body)},
    }


def _view_paths() -> dict[str, dict[str, Json]]:
    other = {404: "Error", 409: "Error"}
    text = {"type": "string", "maxLength": saved_views.MAX_SEARCH_LENGTH}
    name = {"type": "string", "minLength": 1, "maxLength": saved_views.MAX_NAME_LENGTH}
    view = {
        "type": "object",
        "properties": {"name": name, "search": text},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return {
        "/views": {
            "get": _operation("Views", "Views"),
            "post": _operation(
                *("Add a view", "View"),
                body=_sent(view | {"required": ["name"]}),
                others={409: "Error"},
                status=201,
            ),
        },
        "/views/{view}": {
            "put": _operation("Change a view", "View", body=_sent(view), others=other),
            "delete": _operation("Delete a view", "DeletedView", others=other | {403: "Error"}),
        },
    }


def _plan_paths() -> dict[str, dict[str, Json]]:
    wait = _asked("wait", _whole(plan_views.MAX_WAIT), "seconds for stored events to be judged")
    dry = _asked("dry", _FLAG, "only say what is wrong with it: answers `mistakes`")
    version = _asked("version", _NUMBER)
    return {
        "/plan": {
            "get": _operation("Plan", "KeptPlan", version, others={404: "Error"}),
            "put": _operation(
                *("Put a plan", "PutPlan", version, wait, dry),
                body=_sent("Plan"),
                others={400: "Mistakes", 409: "Error"},
            ),
        },
        "/plan/versions": {"get": _operation("Versions of the plan", "PlanVersions")},
        "/plan/inferred": {"get": _operation("Inferred plan", "InferredPlan", _Q)},
    }


def _run_paths() -> dict[str, dict[str, Json]]:
    none, taken = {404: "Error"}, {409: "Error", 400: "Mistakes"}
    stamp = _asked("stamp", {"type": "string"}, "hold the answer while the report has it")
    wait = _asked("wait", _whole(runs.MAX_WAIT), "seconds")
    report = partial(_operation, media=_REPORT_MEDIA, others=none | {412: "Report"})
    ended = {403: "Error", 412: "Report"}
    finish = partial(_operation, media=_REPORT_MEDIA, others=none | ended)
    expected = {"type": "array", "maxItems": expectations.MAX_COUNT, "items": _ref("Expectation")}
    changes = {
        "type": "object",
        "required": ["expect"],
        "properties": {"expect": expected},
        "additionalProperties": False,
    }
    text = _asked("format", _one_of("json", "text"))
    media = {_JSON: {"schema": _ref("Expected")}, "text/plain": _TEXT}
    paths = {
        "/expect": {
            "post": _operation(
                *("Expect", "Expected", text),
                body=_sent("ToExpect"),
                others={400: "Mistakes", expect.NOT_MET: "Expected"},
                media=media,
            )
        },
        "/runs": {
            "get": _operation(
                "Runs", "Runs", _asked("before", _NUMBER), _asked("limit", _whole(100, 1))
            ),
            "post": _operation(
                "Begin a run", "Run", body=_sent("NewRun"), others=taken, status=201
            ),
        },
        "/runs/{run}": {
            "get": _operation("One run", "Run", others=none),
            "put": _operation("Change a run", "Run", body=_sent(changes), others={**none, **taken}),
        },
        "/runs/{run}/comparison": {
            "get": _operation(
                "Compare two runs",
                "Comparison",
                {"name": "with", "in": "query", "required": True, "schema": _ANY_ID},
                others=none,
            )
        },
    }
    asked = (_FORMAT, _STRICT)
    late = (*asked, wait, stamp)
    paths["/runs/{run}/report"] = {"get": report("Report of a run", "Report", *late)}
    paths["/runs/report"] = {"get": report("Report by name", "Report", _NAME, *late)}
    paths["/runs/{run}/finish"] = {"post": finish("Finish a run", "Report", *asked)}
    paths["/runs/finish"] = {"post": finish("Finish by name", "Report", _NAME, *asked)}
    return paths


def _ref(shape: str) -> Json:
    return {"$ref": f"#/components/schemas/{shape}"}
