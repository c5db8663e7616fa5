"""REST for scripts and for the page: JSON in, JSON out. Async, so that a waiting request
holds no thread."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from ingest.models import Event, KeyPair
from viewer import query
from viewer.access import failed_attempts, key_login
from viewer.access import key_masking as own_keys
from viewer.access.key_masking import OwnKeys
from viewer.access.permissions import Right, Visitor, visitor_of, visitor_of_session
from viewer.events import chart, coverage, fields, summary
from viewer.events.serializers import Shown, show_event
from viewer.http.origin import is_own
from viewer.live.long_poll import Look
from viewer.live.notifier import news
from viewer.server.page_turns import leave_slot
from viewer.workload import revalidation, unread_answers
from viewer.workload.deadline import TimeUp
from viewer.workload.thread_pools import TooBusy
from viewer.workload.visitor_queries import (
    Asker,
    NoLonger,
    ask,
    check_right,
    held,
    look_up,
    visitor_name,
)

MOST_EVENTS = 1000
MOST_WAIT = 60.0
_LACKING = {
    Right.SEE: "This key pair is not yours to see.",
    Right.WORK: "You may only look at this key pair: ask one of its members.",
    Right.PLAN: "You may not change the plan: ask one who manages this key pair.",
    Right.KEYS: "You may not see the keys of this pair: ask one who manages it.",
    Right.MANAGE: "Only who manages this key pair may do that.",
}
LOOK_ANYWAY = 4.0  # seconds: announcements may be lost; an ended right is in force within 5 s
_TOO_BUSY = "You have as much under way here as one may. Wait for its answers, then ask again."
_SHORT = 64 * 2**10  # bytes: in longer answers keys are looked for in a thread
_MOST_DIGITS = 19  # of a number up to 2**62

View = Callable[..., Any]  # async; Django types its views as if they were not


class PairRequest(HttpRequest):
    pair: KeyPair
    visitor: Visitor
    own_keys: OwnKeys  # that the visitor may not see
    asker: Asker


class BadParameter(ValueError):
    """A parameter that is not understood; the message names it."""


class NotYours(Exception):
    """There is such a key pair for this visitor, but not the right to do this with it."""


def for_pair(
    view: View, methods: tuple[str, ...] = ("GET", "HEAD"), right: Right = Right.SEE
) -> View:
    """Find the one key pair that the request may ask about, or say why there is none."""

    async def guarded(request: HttpRequest, **arguments: Any) -> HttpResponse:
        if request.method not in methods:
            return problem(405, f"Use {methods[0]}.")
        if request.method not in ("GET", "HEAD") and not _is_on_purpose(request):
            return problem(403, "Send it from a page of this server, or with the keys.")
        try:
            pair = await look_up(_sender_of(request), _pair_of, request, right)
            if pair is None:
                return _not_allowed(request)
            leave_slot(request)
            request.pair = _awake(pair)  # type: ignore[attr-defined]
            request.asker = _asker_of(request, pair, right)  # type: ignore[attr-defined]
            answered: HttpResponse = await view(request, **arguments)
            await _hide_keys(request, answered)
            asker: Asker = request.asker  # type: ignore[attr-defined]
            unread_answers.hold(answered, asker.visitor, asker.pair)
            return answered
        except NoLonger:
            return await look_up(_sender_of(request), _no_longer_allowed, request)
        except (*_REFUSED, query.Mistake) as error:
            return _refusal(error)

    return guarded


_REFUSED = (BadParameter, NotYours, failed_attempts.TooMany, TooBusy, TimeUp)


def _refusal(error: Exception) -> HttpResponse:
    """What is said of a request that cannot be answered."""
    if isinstance(error, TooBusy):
        answer = problem(429, str(error) or _TOO_BUSY)
        answer["Retry-After"] = "1"
        return answer
    if isinstance(error, TimeUp):
        return problem(503, str(error))
    if isinstance(error, query.Mistake):
        return answer_json({"error": str(error), "parameter": "q", "at": error.at}, 400)
    if isinstance(error, failed_attempts.TooMany):
        answer = problem(429, str(error))
        answer["Retry-After"] = str(error.seconds)
        return answer
    return problem(403 if isinstance(error, NotYours) else 400, str(error))


async def _hide_keys(request: HttpRequest, answered: HttpResponse) -> None:
    """The auth keys of the pair, where a text that was stored holds one."""
    keys: OwnKeys = request.own_keys  # type: ignore[attr-defined]
    if not keys or answered.streaming:
        return
    if len(answered.content) < _SHORT:
        own_keys.without(keys, answered)
    else:
        await look_up(_sender_of(request), own_keys.without, keys, answered)


def _awake(pair: KeyPair) -> KeyPair:
    """What a plan left to be judged again is on its way, when somebody looks."""
    if pair.judge_from is not None:
        revalidation.wake(pair.pk)
    return pair


def by_method(**views: View) -> View:
    """A view for each method of one address. They are guarded by origin, not by Django's
    token: scripts with keys have none."""

    async def chosen(request: HttpRequest, **arguments: Any) -> HttpResponse:
        method = "GET" if request.method == "HEAD" else request.method
        if method not in views:
            return problem(405, f"Use {' or '.join(views)}.")
        answered: HttpResponse = await views[method](request, **arguments)
        return answered

    return csrf_exempt(chosen)


@for_pair
async def events(request: PairRequest) -> HttpResponse:
    wanted = query.parse(request.GET.get("q", ""))
    after = number(request, "after", 0)
    before = number(request, "before", 0) or None
    limit = number(request, "limit", 100, least=1, most=MOST_EVENTS)
    wait = number(request, "wait", 0, most=int(MOST_WAIT))
    order = request.GET.get("order", "asc")
    if order not in ("asc", "desc"):
        raise BadParameter("order must be asc or desc.")

    look = Look(
        wanted,
        after=after,
        before=before,
        limit=limit,
        newest_first=order == "desc",
        is_highlight=_is_highlight(request),
        keys=request.own_keys,
    )
    pair = request.pair.pk
    answer = await _wait_for(lambda: look.at(KeyPair.objects.get(pk=pair)), request.asker, wait)
    return answer_json(answer)


@for_pair
async def event(request: PairRequest, seq: int) -> HttpResponse:
    def read() -> Shown | None:
        found = Event.objects.filter(keypair=request.pair, seq=seq).first()
        return None if found is None else show_event(found, request.own_keys)

    shown = await ask(request.asker, read)
    if shown is None:
        return problem(404, f"There is no event {seq}: not yet, or no longer kept.")
    return answer_json(shown)


@for_pair
async def summarize(request: PairRequest) -> HttpResponse:
    return answer_json(await ask(request.asker, summary.of, request.pair))


@for_pair
async def mistake_in(request: PairRequest) -> HttpResponse:
    """For who types a query: whether it can be asked, without an error for what is half typed."""
    try:
        query.parse(request.GET.get("q", ""))
    except query.Mistake as mistake:
        return answer_json({"mistake": {"message": str(mistake), "at": mistake.at}})
    return answer_json({"mistake": None})


@for_pair
async def names_of_fields(request: PairRequest) -> HttpResponse:
    return answer_json(await ask(request.asker, fields.of, request.pair))


@for_pair
async def names(request: PairRequest) -> HttpResponse:
    return answer_json(await ask(request.asker, coverage.of, request.pair))


@for_pair
async def bars(request: PairRequest) -> HttpResponse:
    wanted = query.parse(request.GET.get("q", ""))
    step = number(request, "step", 1)
    if step not in chart.STEPS:
        raise BadParameter("step must be 1 or 60.")
    most = chart.most_bars(step)
    count = number(request, "count", min(300, most), least=1, most=most)
    until = number(request, "until", 0)
    answer = await ask(request.asker, chart.of, request.pair, wanted, step, count, until)
    return answer_json(answer)


def _is_highlight(request: HttpRequest) -> bool:
    mode = request.GET.get("mode", "filter")
    if mode not in ("filter", "highlight"):
        raise BadParameter("mode must be filter or highlight.")
    return mode == "highlight"


@csrf_exempt
async def nothing_here(request: HttpRequest, rest: str = "") -> HttpResponse:
    return problem(404, "There is nothing at this address of the API.")


def answer_json(content: Any, status: int = 200) -> HttpResponse:
    answer = HttpResponse(orjson.dumps(content), "application/json", status)
    answer["Cache-Control"] = "no-store"
    return answer


def problem(status: int, message: str) -> HttpResponse:
    return answer_json({"error": message}, status)


def _not_allowed(request: HttpRequest) -> HttpResponse:
    """Scripts are asked for keys; a page is not, or the browser would show a box of its own."""
    if request.visitor.is_anybody:  # type: ignore[attr-defined]
        return problem(404, "There is no such key pair, or it is not yours.")
    answer = problem(401, "Send Basic auth (user: API key, password: auth key), or sign in.")
    if "pair" not in request.GET and not failed_attempts.is_foreign(request):
        answer["WWW-Authenticate"] = 'Basic realm="key pair"'
    return answer


async def _wait_for(read: Callable[[], Shown], asker: Asker, seconds: float) -> Shown:
    """The first answer with an event in it, or the last one when time is up. Raises NoLonger."""
    if not seconds:
        return await ask(asker, read)
    deadline = asyncio.get_running_loop().time() + seconds
    has_waited = False
    with held(asker):
        async with news.of(asker.pair) as something_new:  # joined before the first look
            while True:
                something_new.clear()
                answer: Shown = await ask(asker, read)
                if has_waited:
                    await check_right(asker)
                left = deadline - asyncio.get_running_loop().time()
                if answer["events"] or left <= 0:
                    return answer
                has_waited = True
                if "searched_to" not in answer:
                    await wait_for_news(something_new, left)


async def wait_for_news(something_new: asyncio.Event, seconds: float) -> None:
    """So long at most; a while at most, too: who waits looks again now and then."""
    with suppress(TimeoutError):
        async with asyncio.timeout(min(seconds, LOOK_ANYWAY)):
            await something_new.wait()


def _pair_of(request: HttpRequest, right: Right) -> KeyPair | None:
    """Raises NotYours, BadParameter, TooMany."""
    visitor = _visitor_of(request)
    request.visitor = visitor  # type: ignore[attr-defined]
    pair = visitor.pair(visitor.held.pk if visitor.held else number(request, "pair", 0))
    if pair is not None and right not in visitor.rights(pair):
        raise NotYours(_LACKING[right])
    if pair is not None:
        request.own_keys = own_keys.hidden_from(visitor, pair)  # type: ignore[attr-defined]
    return pair


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
    if failed_attempts.is_foreign(request):
        return Visitor(sender=sender)
    return Visitor(held=_holder_of(authorization, sender), sender=sender)


def _sender_of(request: HttpRequest) -> str:
    return str(request.META.get("REMOTE_ADDR", ""))


def _holder_of(authorization: str, sender: str) -> KeyPair | None:
    """The key pair whose two secrets are the user and password of Basic auth. Raises TooMany."""
    keys = _keys_in(authorization)
    return None if keys is None else key_login.open_with(*keys, sender, "REST")


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


def body_of(request: HttpRequest, most: int) -> bytes:
    """Raises BadParameter where it is larger than so many bytes, or breaks off."""
    try:
        body: bytes = request.body
    except (RequestDataTooBig, UnreadablePostError):
        body = b" " * (most + 1)
    if len(body) > most:
        raise BadParameter(f"The body has at most {most:,} bytes.")
    return body


def number(request: HttpRequest, name: str, default: int, least: int = 0, most: int = 2**62) -> int:
    value = request.GET.get(name, "")
    if not value:
        return default
    is_number = value.isascii() and value.isdecimal() and len(value) <= _MOST_DIGITS
    found = int(value) if is_number else -1
    if not least <= found <= most:
        upper = f" to {most:,}" if most < 2**62 else " up"
        raise BadParameter(f"{name} must be a whole number from {least}{upper}.")
    return found
