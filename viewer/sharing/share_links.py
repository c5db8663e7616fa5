"""Share links: some events of a key pair, read-only, for anyone with the link. It contains no key
and opens its own page; it gives access to nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from time import monotonic
from typing import Any, ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db.models import F, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from ingest.models import Event, KeyPair
from ingest.problems import RenderedProblem
from ingest.receiving.networks import network_of
from viewer import query
from viewer.access import failed_attempts, key_proofs, link_tokens
from viewer.access.audit_log import log_action
from viewer.access.decorators import own_forms_alone
from viewer.access.key_masking import OwnKeys, own_keys_of, without_keys
from viewer.access.permissions import Visitor, made_by_manager, visitor_of
from viewer.access.rate_limit import RateLimit
from viewer.events.search import Search
from viewer.events.serializers import SerializedRow, mask_event_keys, serialize_row
from viewer.models import Action, ShareLink
from viewer.server.page_turns import leave_slot
from viewer.sharing.forms import LIFETIMES
from viewer.sharing.redaction import MAX_TEXT, displayed, redact_event, redact_query
from viewer.workload.deadline import TimeUp
from viewer.workload.thread_pools import PoolTurn, TooBusy, question_pool
from viewer.workload.visitor_queries import QUESTION_SECONDS, RIGHTS_EVERY, run_within_deadline

P = ParamSpec("P")
T = TypeVar("T")

SHOWN = 50  # events per page
MAX_TEXTS = 2 * 2**20  # characters of texts and problems; further events are opened one by one
SEARCH_SECONDS = 1.0
MAX_LINKS = 200  # active links per key pair
OPENED = "shares"  # session key: ids of opened links
MAX_OPENED = 20
SESSION_AGE = timedelta(days=7)  # for a visitor who only opened links
MAX_LOOKS = 60  # per minute, network and link

_looks = RateLimit(MAX_LOOKS, seconds=60)


def create_share_link(visitor: Visitor, pair: KeyPair, data: dict[str, Any]) -> str:
    """Return the link, which cannot be shown again. `data` is that of ShareLinkForm. Raises
    ValidationError."""
    if valid_links().filter(keypair=pair).count() >= MAX_LINKS:
        raise ValidationError(f"A key pair has {MAX_LINKS} links at the most: revoke one first.")
    _forget_closed(pair)
    token = link_tokens.new_token()
    _, lifetime = LIFETIMES[data["lifetime"]]
    link = ShareLink(
        token_hash=link_tokens.token_digest(token),
        keypair=pair,
        name=data["name"] or pair.name,
        q=data["q"],
        seq=data["seq"],
        masks_values=data["mask"],
        created_by=visitor.user,
        expires_at=timezone.now() + lifetime,
    )
    link.save()
    log_action(visitor, Action.SHARED, pair, f"link {link.pk}: {_recorded(link)}")
    return f"{settings.PUBLIC_URL}/shared/open/{token}/"


def _forget_closed(pair: KeyPair) -> None:
    """Delete links that no longer work, except the newest."""
    links = ShareLink.objects.filter(keypair=pair)
    newest = links.order_by("-pk").values_list("pk", flat=True)[:MAX_LINKS]
    closed = links.filter(Q(revoked_at__isnull=False) | Q(expires_at__lte=timezone.now()))
    closed.exclude(pk__in=list(newest)).delete()


def _recorded(link: ShareLink) -> str:
    """The audit log outlives the key pair, and a query contains values of its events."""
    return describe_link(link, "a query" if link.q else "")


def describe_link(link: ShareLink, query: str = "") -> str:
    """Describe the link; `query` replaces the link's own query."""
    if link.seq is not None:
        shown = f"event No. {link.seq:,}"
    else:
        own = redact_query(link.q) if link.masks_values else link.q
        shown = f"events that match {query or own}" if link.q else "all events"
    return f"{shown}, values masked" if link.masks_values else shown


def valid_links() -> QuerySet[ShareLink]:
    """Active links of existing key pairs whose makers may still share."""
    present_ones = ShareLink.objects.filter(revoked_at=None, keypair__deleted_at=None)
    in_time = present_ones.filter(expires_at__gt=timezone.now())
    return in_time.filter(made_by_manager("created_by")).select_related("keypair")


def links_of(pair: KeyPair) -> Any:
    """Annotated with `maker_may`: whether the maker may still share."""
    links = ShareLink.objects.filter(keypair=pair).select_related("created_by")
    return links.annotate(maker_may=made_by_manager("created_by")).order_by("-pk")


def revoke_share_link(visitor: Visitor, pair: KeyPair, link: int) -> None:
    if links_of(pair).filter(pk=link, revoked_at=None).update(revoked_at=timezone.now()):
        log_action(visitor, Action.SHARE_REVOKED, pair, f"link {link}")


@require_http_methods(["GET", "POST"])
@never_cache
@own_forms_alone
def share_link_page(request: HttpRequest, token: str) -> HttpResponse:
    """A GET only shows a button: link previews are not counted as openings, nor as attempts,
    because any page can make a browser fetch a link. The page itself has an address without the
    token."""
    sender = request.META.get("REMOTE_ADDR", "")
    try:
        failed_attempts.enforce_limits(sender, Action.WRONG_LINK)
        link = valid_links().filter(token_hash=link_tokens.token_digest(token)).first()
        if link is None and request.method == "POST":
            failed_attempts.record_failure(sender, Action.WRONG_LINK, "share", token)
    except failed_attempts.TooManyAttempts as error:
        return _too_many(request, error)
    if link is None:
        return _gone(request)
    if request.method == "GET":
        return _shared(request, link, "sharing/open_share_link.html", {"what": describe_link(link)})
    return _looked_at_too_often(request, link) or _open(request, link)


def _open(request: HttpRequest, link: ShareLink) -> HttpResponse:
    _count(link)
    log_action(visitor_of(request), Action.SHARE_OPENED, link.keypair, f"link {link.pk}")
    opened = [pk for pk in request.session.get(OPENED, []) if pk != link.pk]
    request.session.cycle_key()  # an id known from before reveals nothing
    request.session[OPENED] = [*opened[-(MAX_OPENED - 1) :], link.pk]
    if not request.user.is_authenticated and not request.session.get(key_proofs.PROOFS):
        request.session.set_expiry(SESSION_AGE)
    return redirect("share", link.pk)


def _looked_at_too_often(request: HttpRequest, link: ShareLink) -> HttpResponse | None:
    seconds = _looks.wait((link.pk, network_of(request.META.get("REMOTE_ADDR", ""))))
    if not seconds:
        return None
    reason = f"It may be looked at {MAX_LOOKS} times a minute. Try again in {seconds} seconds."
    answer = render(request, "sharing/share_link_not_valid.html", {"reason": reason}, status=429)
    answer["Retry-After"] = str(seconds)
    return answer


def _too_many(request: HttpRequest, error: failed_attempts.TooManyAttempts) -> HttpResponse:
    answer = render(request, "sharing/share_link_not_valid.html", {"reason": error}, status=429)
    answer["Retry-After"] = str(error.seconds)
    return answer


@require_http_methods(["GET"])
@never_cache
async def shared_page(request: HttpRequest, link_id: int) -> HttpResponse:
    """The events of a link opened in this session, newest first. The search takes turns with other
    queries of the key pair."""
    began = monotonic()
    link = await _in_thread(_opened_link, request, link_id)
    if isinstance(link, HttpResponse):
        return link
    before = request.GET.get("before", "")
    if before and not (before.isascii() and before.isdecimal() and len(before) < 16):
        raise Http404
    leave_slot(request)
    turn = PoolTurn(link.keypair_id, network_of(request.META.get("REMOTE_ADDR", "")))
    look = partial(_events_of, link, int(before) if before else None)
    try:
        events, older = await run_within_deadline(question_pool, turn, QUESTION_SECONDS, look)
    except (TooBusy, TimeUp) as error:
        return await _in_thread(_not_now, request, error)
    if monotonic() - began > RIGHTS_EVERY and not await _in_thread(_is_good, link):
        return await _in_thread(_gone, request)
    context = {"what": describe_link(link), "events": events, "older": older, "before": before}
    return await _in_thread(_shared, request, link, "sharing/shared_events.html", context)


def _shared(
    request: HttpRequest, link: ShareLink, template: str, context: dict[str, Any]
) -> HttpResponse:
    """Render with auth keys masked, also in the link's name and query."""
    answer = render(request, template, {**context, "link": link})
    without_keys(own_keys_of(link.keypair_id), answer)
    return answer


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Run in the request's thread, which has a database connection."""
    answer: T = await database_sync_to_async(function)(*args, **kwargs)
    return answer


def _opened_link(request: HttpRequest, link_id: int) -> ShareLink | HttpResponse:
    opened = link_id in request.session.get(OPENED, [])
    link = valid_links().filter(pk=link_id).first() if opened else None
    if link is None:
        return _gone(request)
    return _looked_at_too_often(request, link) or link


def _is_good(link: ShareLink) -> bool:
    """Whether the link still works after the search waited for its turn."""
    return valid_links().filter(pk=link.pk).exists()


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "sharing/share_link_not_valid.html", status=404)


def _not_now(request: HttpRequest, error: TooBusy | TimeUp) -> HttpResponse:
    is_busy = isinstance(error, TooBusy)
    reason = "Too many pages are asked for from your address. Try again in a moment."
    context = {"reason": reason if is_busy else error}
    answer = render(
        request, "sharing/share_link_not_valid.html", context, status=429 if is_busy else 503
    )
    answer["Retry-After"] = "1"
    return answer


def _count(link: ShareLink) -> None:
    ShareLink.objects.filter(pk=link.pk).update(
        openings=F("openings") + 1, opened_at=timezone.now()
    )


def _events_of(link: ShareLink, before: int | None) -> tuple[list[dict[str, Any]], int | None]:
    """Some events as the page shows them, and the number before which the next ones are."""
    keys = own_keys_of(link.keypair_id)
    if link.seq is not None:
        rows = Event.objects.filter(keypair=link.keypair, seq=link.seq)
        return _shown((_whole(event, keys) for event in rows), link), None
    search = Search(
        query.parse_query(link.q),
        limit=SHOWN,
        newest_first=True,
        raw_limit=MAX_TEXT,
        most_bytes=4 * MAX_TEXTS,
        seconds=SEARCH_SECONDS,
    )
    found = search.find(link.keypair, 0, before, keys=keys)
    older = found.searched_to
    if older is None and found.is_full:
        older = found.events[-1]["seq"]
    return _shown(_first_whole(found.events, link.keypair, keys), link), older


def _whole(event: Event, keys: OwnKeys) -> SerializedRow:
    mask_event_keys(event, keys)
    return serialize_row(event, bytes(event.raw))


def _first_whole(
    events: list[SerializedRow], pair: KeyPair, keys: OwnKeys
) -> Iterator[SerializedRow]:
    """The events, with the complete text of the first one: this is how a long event, which the
    search omits, is opened."""
    for place, event in enumerate(events):
        if place == 0 and event["raw"] is None:
            row = Event.objects.filter(keypair=pair, seq=event["seq"]).first()
            yield _whole(row, keys) if row else event
        else:
            yield event


def _shown(events: Iterable[SerializedRow], link: ShareLink) -> list[dict[str, Any]]:
    """As the page shows them, with `text` None once the page's size limit is reached."""
    room = MAX_TEXTS
    found = []
    for event in events:
        shown_event = _show(event, link) if room > 0 and event["raw"] is not None else None
        if shown_event is not None:
            room -= len(shown_event["text"]) + _length(shown_event["problems"])
        at = datetime.fromisoformat(event["received_at"])
        closed = {**event, "problems": [], "text": None, "open_at": event["seq"] + 1}
        found.append({**(shown_event or closed), "at": at})
    return found


def _show(event: SerializedRow, link: ShareLink) -> dict[str, Any]:
    raw = event["raw"] or ""
    event = {**event, "raw": raw[:MAX_TEXT]}
    event = redact_event(event) if link.masks_values else event
    text, note = displayed(event["raw"] or "", len(raw), is_json=event["verdict"] != "malformed")
    return {**event, "text": text, "note": note}


def _length(problems: list[RenderedProblem]) -> int:
    return sum(len(each["message"]) + len(each["hint"]) + len(each["path"]) for each in problems)
