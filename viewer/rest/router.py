"""Routers for the operations of the REST API, and what their answers have in common.

An operation answers with a response that is written already; the types of its answers are for the
OpenAPI document and for mypy, so that long lists are not validated once more."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any, NotRequired, TypeVar

from django.http.response import HttpResponseBase
from ninja import Router
from typing_extensions import TypedDict

from viewer.access.permissions import Right
from viewer.rest.requests import PairAuth, PairRequest, finish_response

View = TypeVar("View", bound=Callable[..., Any])


class ErrorAnswer(TypedDict):
    """`parameter` and `at` (a character, 0-based) say where a query is wrong."""

    error: str
    parameter: NotRequired[str]
    at: NotRequired[int]


class BodyMistake(TypedDict):
    """`path` is a JSON Pointer, `offset` the byte where the text is no JSON."""

    path: str
    message: str
    offset: NotRequired[int | None]


class BodyErrorAnswer(ErrorAnswer):
    mistakes: NotRequired[list[BodyMistake]]


ALWAYS = dict.fromkeys((400, 401, 404, 429, 503), ErrorAnswer)
ON_CHANGES = dict.fromkeys((403, 413), ErrorAnswer)


class RestRouter(Router):
    """Operations with the same authentication."""

    def operation(
        self,
        method: str,
        path: str,
        answer: Any,
        *,
        auth: Any,
        status: int = 200,
        also: Mapping[int, Any] | None = None,
        extra: dict[str, Any] | None = None,
    ) -> Callable[[View], View]:
        """`also` has the answers of further statuses, `extra` what else the document says."""
        others = ALWAYS if method == "GET" else ALWAYS | ON_CHANGES

        def register(view: View) -> View:
            self.add_api_operation(
                path,
                ["GET", "HEAD"] if method == "GET" else [method],
                view,
                auth=auth,
                response={**others, **(also or {}), status: answer},
                operation_id=view.__name__,
                summary=view.__name__.replace("_", " ").capitalize(),
                openapi_extra=extra,
            )
            return view

        return register


class PairRouter(RestRouter):
    """Operations on one key pair."""

    def __init__(self) -> None:
        super().__init__()
        self.add_decorator(_finished, "operation")

    def pair_operation(
        self, method: str, path: str, answer: Any, *, right: Right = Right.SEE, **described: Any
    ) -> Callable[[View], View]:
        return self.operation(method, path, answer, auth=PairAuth(right), **described)


def _finished(view: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(view)
    async def finished(request: PairRequest, **arguments: Any) -> HttpResponseBase:
        return await finish_response(request, view(request, **arguments))

    return finished


def media_types(status: int, content: Mapping[str, Any]) -> dict[str, Any]:
    """For `extra`: content types of a response other than JSON."""
    return {"responses": {status: {"content": dict(content)}}}
