"""Middleware that limits how often passwords are checked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from asgiref.sync import iscoroutinefunction
from django.http import HttpRequest, HttpResponse
from django.utils.decorators import sync_and_async_middleware

from viewer.access.failed_attempts import TooManyAttempts
from viewer.accounts.password_hashing import HashingBusy, limited_sign_in
from viewer.accounts.password_limits import axes_address
from viewer.http.middleware import ExceptionMiddleware, respond_later
from viewer.server.page_turns import leave_slot

SIGN_IN_PATH = "/sign-in/"


@sync_and_async_middleware
def sign_in_gate(get_response: Callable[[HttpRequest], Any]) -> Callable[[HttpRequest], Any]:
    """Sign-ins beyond the bound are refused before they take a thread or ask the database."""
    if iscoroutinefunction(get_response):

        async def asynchronous(request: HttpRequest) -> Any:
            if not _is_sign_in(request):
                return await get_response(request)
            try:
                with limited_sign_in(axes_address(request)):
                    leave_slot(request)  # the number of sign-ins has a limit of its own
                    return await get_response(request)
            except HashingBusy as error:
                return respond_later(request, str(error), 503, error.seconds)

        return asynchronous

    def synchronous(request: HttpRequest) -> Any:
        if not _is_sign_in(request):
            return get_response(request)
        try:
            with limited_sign_in(axes_address(request)):
                leave_slot(request)
                return get_response(request)
        except HashingBusy as error:
            return respond_later(request, str(error), 503, error.seconds)

    return synchronous


def _is_sign_in(request: HttpRequest) -> bool:
    return request.method == "POST" and request.path == SIGN_IN_PATH


class PasswordLimitMiddleware(ExceptionMiddleware):
    """Passwords that are not looked at, on any page that checks one: for now."""

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, HashingBusy):
            return respond_later(request, str(error), 503, error.seconds)
        if isinstance(error, TooManyAttempts):
            return respond_later(request, str(error), 429, error.seconds)
        return None
