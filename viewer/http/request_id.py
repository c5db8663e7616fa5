"""A request id for finding related log lines: the sender's `X-Request-Id` if it is well-formed,
otherwise a new one. Pages and REST return it; the vendors' replies stay identical to the byte."""

from __future__ import annotations

import logging
import re
import secrets
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Any

from asgiref.sync import markcoroutinefunction

Scope = dict[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]

_PLAIN = re.compile(rb"[A-Za-z0-9_.:-]{1,64}")
_KEY = "viewer.request_id"

_scope: ContextVar[Scope | None] = ContextVar("scope", default=None)


def with_request_id(application: Application) -> Application:
    """The id is created on first use, because most requests log nothing."""

    # a function that returns the coroutine of the application: another one costs each request 1 %
    @markcoroutinefunction
    def wrapped(scope: Scope, receive: Any, send: Any) -> Awaitable[None]:
        _scope.set(scope)
        return application(scope, receive, send)

    return wrapped


def current_request_id() -> str:
    """ "" outside a request."""
    scope = _scope.get()
    if scope is None or "headers" not in scope:
        return ""
    if _KEY not in scope:
        sent = dict(scope["headers"]).get(b"x-request-id", b"")
        scope[_KEY] = sent.decode() if _PLAIN.fullmatch(sent) else secrets.token_hex(8)
    return str(scope[_KEY])


class RequestId(logging.Filter):
    """Adds `request_id` to each log record."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id() or "-"
        return True
