"""REST requests: who asks, for which key pair, and with which right.

Views are async, so that a waiting request holds no thread."""

from __future__ import annotations

import base64
from collections.abc import Awaitable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

from ingest.models import KeyPair
from viewer import query
from viewer.access import failed_attempts, key_login
from viewer.access.key_masking import OwnKeys, keys_hidden_from, without_keys
from viewer.access.permissions import Right, Visitor, visitor_of, visitor_of_session
from viewer.http.origin import is_own
from viewer.rest.parameters import ParameterError, whole_number
from viewer.rest.responses import error_response, json_response
from viewer.server.page_turns import leave_slot
from viewer.workload import revalidation, unread_answers
from viewer.workload.deadline import TimeUp
from viewer.workload.thread_pools import TooBusy
from viewer.workload.visitor_queries import (
    Asker,
    RightEnded,
    run_lookup,
    visitor_name,
)

_LACKING = {
    Right.SEE: "This key pair is not yours to see.",
    Right.WORK: "You may only look at this key pair: ask one of its members.",
    Right.PLAN: "You may not change the plan: ask one who manages this key pair.",
    Right.KEYS: "You may not see the keys of this pair: ask one who manages it.",
    Right.MANAGE: "Only who manages this key pair may do that.",
}
_TOO_BUSY = "You have as much under way here as one may. Wait for its answers, then ask again."
_SHORT = 64 * 2**10  # bytes: in longer answers keys are looked for in a thread

_read_number = whole_number().parse


class PairRequest(HttpRequest):
    pair: KeyPair
    visitor: Visitor
    own_keys: OwnKeys  # that the visitor may not see
    asker: Asker


class NoKeyPair(Exception):
    """There is no such key pair for this visitor."""


class MissingRight(Exception):
    """There is such a key pair for this visitor, but not the right to do this with it."""


REFUSALS = (
    NoKeyPair,
    MissingRight,
    ParameterError,
    query.QuerySyntaxError,
    failed_attempts.TooManyAttempts,
    TooBusy,
    TimeUp,
)


class PairAuth:
    """Find the one key pair that the request may ask about. Raises what `refuse` answers."""

    is_async = True

    def __init__(self, right: Right = Right.SEE) -> None:
        self.right = right

    async def __call__(self, request: HttpRequest) -> KeyPair:
        if request.method not in ("GET", "HEAD") and not _is_on_purpose(request):
            raise MissingRight("Send it from a page of this server, or with the keys.")
        pair = await run_lookup(_sender_of(request), _pair_of, request, self.right)
        if pair is None:
            raise NoKeyPair
        leave_slot(request)
        request.pair = _awake(pair)  # type: ignore[attr-defined]
        request.asker = _asker_of(request, pair, self.right)  # type: ignore[attr-defined]
        return pair


async def finish_response(
    request: PairRequest, answering: Awaitable[HttpResponseBase]
) -> HttpResponseBase:
    """The answer without the keys that the visitor may not see; a refusal if the
    visitor's right to it has ended by then."""
    try:
        answered = await answering
    except RightEnded:
        return await run_lookup(_sender_of(request), _no_longer_allowed, request)
    await _hide_keys(request, answered)
    unread_answers.hold_response(answered, request.asker.visitor, request.asker.pair)
    return answered


def refuse(request: HttpRequest, error: Exception) -> HttpResponse:
    """The error response for each exception in REFUSALS."""
    if isinstance(error, NoKeyPair):
        return _not_allowed(request)
    if isinstance(error, TooBusy):
        answer = error_response(429, str(error) or _TOO_BUSY)
        answer["Retry-After"] = "1"
        return answer
    if isinstance(error, TimeUp):
        return error_response(503, str(error))
    if isinstance(error, query.QuerySyntaxError):
        return json_response({"error": str(error), "parameter": "q", "at": error.at}, 400)
    if isinstance(error, failed_attempts.TooManyAttempts):
        answer = error_response(429, str(error))
        answer["Retry-After"] = str(error.seconds)
        return answer
    return error_response(403 if isinstance(error, MissingRight) else 400, str(error))


async def _hide_keys(request: PairRequest, answered: HttpResponseBase) -> None:
    """The auth keys of the pair, where a text that was stored holds one."""
    keys = request.own_keys
    if not keys or not isinstance(answered, HttpResponse):
        return
    if len(answered.content) < _SHORT:
        without_keys(keys, answered)
    else:
        await run_lookup(_sender_of(request), without_keys, keys, answered)


def _awake(pair: KeyPair) -> KeyPair:
    """Start a pending revalidation when the key pair is read."""
    if pair.judge_from is not None:
        revalidation.start_revalidation(pair.pk)
    return pair


def _not_allowed(request: HttpRequest) -> HttpResponse:
    """Scripts are asked for keys; a page is not, or the browser would show a box of its own."""
    if request.visitor.is_anybody:  # type: ignore[attr-defined]
        return error_response(404, "There is no such key pair, or it is not yours.")
    answer = error_response(401, "Send Basic auth (user: API key, password: auth key), or sign in.")
    if "pair" not in request.GET and not failed_attempts.is_cross_site(request):
        answer["WWW-Authenticate"] = 'Basic realm="key pair"'
    return answer


def _pair_of(request: HttpRequest, right: Right) -> KeyPair | None:
    """Raises MissingRight, ParameterError, TooManyAttempts."""
    visitor = _visitor_of(request)
    request.visitor = visitor  # type: ignore[attr-defined]
    pair = visitor.pair(visitor.held.pk if visitor.held else _asked_pair(request))
    if pair is not None and right not in visitor.rights(pair):
        raise MissingRight(_LACKING[right])
    if pair is not None:
        request.own_keys = keys_hidden_from(visitor, pair)  # type: ignore[attr-defined]
    return pair


def _asked_pair(request: HttpRequest) -> int:
    """0 where none is named. Raises ParameterError."""
    try:
        return int(_read_number(request.GET.get("pair") or "0"))
    except ValueError as error:
        raise ParameterError(f"pair {error}") from None


def _asker_of(request: HttpRequest, pair: KeyPair, right: Right) -> Asker:
    visitor: Visitor = request.visitor  # type: ignore[attr-defined]
    who = pair.pk, right, visitor_name(visitor), visitor.sender
    if visitor.held is not None:
        return Asker(*who, keys=_keys_in(request.headers["Authorization"]))
    sees_keys = not request.own_keys  # type: ignore[attr-defined]
    return Asker(*who, session=request.session.session_key, sees_keys=sees_keys)


def _no_longer_allowed(request: HttpRequest) -> HttpResponse:
    """As the same request would be answered if it came now."""
    if "Authorization" in request.headers:
        request.visitor = Visitor()  # type: ignore[attr-defined]
    else:
        request.visitor = visitor_of_session(request.session.session_key)  # type: ignore[attr-defined]
    return _not_allowed(request)


def _visitor_of(request: HttpRequest) -> Visitor:
    authorization = request.headers.get("Authorization", "")
    if not authorization:
        return visitor_of(request)
    sender = _sender_of(request)
    if failed_attempts.is_cross_site(request):
        return Visitor(sender=sender)
    return Visitor(held=_holder_of(authorization, sender), sender=sender)


def _sender_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _holder_of(authorization: str, sender: str) -> KeyPair | None:
    """The key pair whose two secrets are the user and password of Basic auth. Raises
    TooManyAttempts."""
    keys = _keys_in(authorization)
    return None if keys is None else key_login.log_in_with_keys(*keys, sender, "REST")


def _keys_in(authorization: str) -> tuple[str, str] | None:
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        api_key, _, auth_key = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:  # not ASCII, not base64, not UTF-8
        return None
    return api_key, auth_key


def _is_on_purpose(request: HttpRequest) -> bool:
    """Whether no other site made a browser send this: for all but GET every browser names
    the page's origin, so what comes with a session and without an origin is odd."""
    origin = request.headers.get("Origin")
    has_keys = "Authorization" in request.headers
    return is_own(origin, request.get_host()) and (has_keys or origin is not None)
