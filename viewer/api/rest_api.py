"""The REST API: all routers together, answers to what goes wrong, and the OpenAPI document that is
generated from them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET
from ninja import NinjaAPI
from ninja.errors import ValidationError

from viewer import __version__
from viewer.api import event_views
from viewer.events import deliveries, saved_views
from viewer.export import export
from viewer.onboarding import checklist, keys_view, validate
from viewer.qa import expect, runs
from viewer.rest.parameters import SENTENCE
from viewer.rest.requests import REFUSALS, refuse
from viewer.rest.responses import error_response
from viewer.support import support_desk
from viewer.tracking_plans import views as plan_views

_METHODS = ("GET", "POST", "PUT", "DELETE")  # in the order in which they are named

rest_api = NinjaAPI(
    title="Instrumentation Viewer",
    version=__version__,
    description="A test endpoint for product-usage events: what came, what a vendor would discard "
    "and why, plans, runs, expectations and reports.",
    servers=[{"url": "/api"}],
    openapi_url=None,
    docs_url=None,
    openapi_extra={"security": [{"keys": []}, {"session": [], "pair": []}]},
)
for _module in (
    event_views,
    deliveries,
    keys_view,
    support_desk,
    export,
    checklist,
    saved_views,
    plan_views,
    runs,
    expect,
    validate,
):
    rest_api.add_router("", _module.router)
for _refusal in REFUSALS:
    rest_api.exception_handler(_refusal)(refuse)


@rest_api.exception_handler(ValidationError)
def explain_parameter(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """The first thing that is not understood of parameters and body."""
    first = error.errors[0]
    if first["type"] == SENTENCE:
        return error_response(400, first["msg"])
    return error_response(400, f"{first['loc'][-1]} {first['msg']}")


@rest_api.exception_handler(Exception)
def raise_unexpected(request: HttpRequest, error: Exception) -> HttpResponse:
    """Django logs it and answers."""
    raise error


def rest_urls() -> list[URLPattern]:
    found = {str(each.pattern): each for each in rest_api.urls[0] if isinstance(each, URLPattern)}
    return [
        path(f"api/{route}", _with_methods_named(each.callback))
        for route, each in found.items()
        if each.name != "api-root"
    ]


def _with_methods_named(view: Callable[..., Any]) -> Callable[..., Any]:
    @csrf_exempt  # guarded by origin, not by Django's token: scripts with keys have none
    async def named(request: HttpRequest, **arguments: Any) -> HttpResponseBase:
        answer: HttpResponseBase = await view(request, **arguments)
        if answer.status_code != 405:
            return answer
        allowed = [method for method in _METHODS if method in answer["Allow"].split(", ")]
        refused = error_response(405, f"Use {' or '.join(allowed)}.")
        refused["Allow"] = ", ".join(allowed)
        return refused

    return named


@require_GET
def openapi_document(request: HttpRequest) -> HttpResponse:
    answer = HttpResponse(_document_text(), "application/json")
    answer["Access-Control-Allow-Origin"] = "*"  # it holds nothing of anybody
    return answer


@functools.cache
def _document_text() -> bytes:
    return orjson.dumps(build_openapi())


def build_openapi() -> dict[str, Any]:
    document = dict(rest_api.get_openapi_schema(path_prefix=""))
    for methods in document["paths"].values():
        methods.pop("head", None)  # GET answers HEAD, too
    document["components"]["securitySchemes"] = {
        "keys": {
            "type": "http",
            "scheme": "basic",
            "description": "user: API key, password: auth key of a key pair",
        },
        "session": {"type": "apiKey", "in": "cookie", "name": settings.SESSION_COOKIE_NAME},
        "pair": {"type": "apiKey", "in": "query", "name": "pair"},
    }
    described: dict[str, Any] = orjson.loads(orjson.dumps(document, option=orjson.OPT_NON_STR_KEYS))
    return described
