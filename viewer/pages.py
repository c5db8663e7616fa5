"""Pages for people. Each view parses the request and makes one call."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from typing_extensions import TypedDict

from ingest.models import KeyPair, UnmatchedRequest
from ingest.problems import Problem, problems_from_json, render_problem
from ingest.receiving.key_tokens import mask_key
from viewer.access.decorators import (
    get_visitor,
    pair_right_required,
    staff_required,
    visitor_required,
)
from viewer.access.permissions import Right
from viewer.events.serializers import EventBalance, balance
from viewer.events.summary import last_event_times
from viewer.http.page_forms import SEARCH
from viewer.onboarding.keys_view import masked_payload
from viewer.onboarding.user_agents import client_name

UNMATCHED_SHOWN = 200
PAIRS_SHOWN = 50


@dataclass(frozen=True)
class ShownPair:
    """A key pair as the templates show it."""

    id: int
    name: str
    dialect: str
    masked_api_key: str
    is_disabled: bool
    max_events: int
    max_age_days: int
    balance: EventBalance
    last_event_at: datetime | None


class KeyPairSearchForm(forms.Form):
    name = forms.CharField(
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                **SEARCH,
                "aria-label": "Find by name",
                "placeholder": "Find by name",
                "autocomplete": "off",
            }
        ),
    )


@require_GET
@visitor_required
def key_pairs_page(request: HttpRequest) -> HttpResponse:
    """The visitor's key pairs by name, paginated with `?page=`; `?name=` filters."""
    visitor = get_visitor(request)
    seen = visitor.pairs()
    form = KeyPairSearchForm(request.GET)
    is_valid = form.is_valid()
    wanted = form.cleaned_data.get("name", "").casefold()
    found = seen.filter(folded_name__contains=wanted) if is_valid else seen.none()
    page = Paginator(found.order_by("folded_name", "name"), PAIRS_SHOWN).get_page(
        request.GET.get("page")
    )
    context = {
        "form": form,
        "page": page,
        "pairs": show_pairs(page),
        "may_add": visitor.may_add_pairs,
        "has_pairs": page.paginator.count > 0 or seen.exists(),
        "unmatched": UnmatchedRequest.objects.count() if visitor.is_staff else 0,
    }
    return render(request, "pages/key_pairs.html", context)


@require_GET
@staff_required
def unmatched_requests_page(request: HttpRequest) -> HttpResponse:
    """Unmatched requests, newest first."""
    rows = serialize_unmatched(UnmatchedRequest.objects.order_by("-id")[:UNMATCHED_SHOWN])
    return render(request, "pages/unmatched_requests.html", {"unmatched": rows})


@require_GET
@pair_right_required(Right.SEE)
def stream_page(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    context = {
        "pair": show_pair(pair),
        "rights": sorted(get_visitor(request).rights(pair)),
        "sending": masked_payload(pair),
    }
    return render(request, "stream/page.html", context)


def show_pair(pair: KeyPair) -> ShownPair:
    return show_pairs([pair])[0]


def show_pairs(pairs: Iterable[KeyPair]) -> list[ShownPair]:
    shown = list(pairs)
    last_events = last_event_times(pair.pk for pair in shown)
    return [_show_pair(pair, last_events.get(pair.pk)) for pair in shown]


def _show_pair(pair: KeyPair, last_event_at: int | None) -> ShownPair:
    return ShownPair(
        pair.id,
        pair.name,
        pair.dialect,
        mask_key(pair.api_key),
        pair.disabled_at is not None,
        pair.max_events,
        pair.max_age_days,
        balance(pair),
        None if last_event_at is None else to_datetime(last_event_at),
    )


class NamedPair(TypedDict):
    pk: int
    name: str


class SerializedUnmatched(TypedDict):
    """`pairs` are those of which one half of the keys was sent."""

    id: int
    received_at: datetime
    dialect: str
    method: str
    path: str
    sender: str
    client: str
    code: str
    detail: str
    pairs: list[NamedPair]


def serialize_unmatched(rows: Iterable[UnmatchedRequest]) -> list[SerializedUnmatched]:
    found = [(row, problems_from_json(row.problems)) for row in rows]
    named = KeyPair.objects.in_bulk({pk for _, problems in found for pk in _half_used(problems)})
    return [_unmatched(row, problems, named) for row, problems in found]


def _unmatched(
    row: UnmatchedRequest, problems: Sequence[Problem], named: dict[int, KeyPair]
) -> SerializedUnmatched:
    first = render_problem(problems[0]) if problems else None
    pairs = [named[pk] for pk in _half_used(problems) if pk in named]
    return {
        "id": row.pk,
        "received_at": to_datetime(row.received_at),
        "dialect": row.dialect,
        "method": row.method,
        "path": row.path,
        "sender": row.sender,
        "client": client_name(row.headers),
        "code": first["code"] if first else "",
        "detail": first["message"] if first else "",
        "pairs": [{"pk": pair.pk, "name": pair.name} for pair in pairs],
    }


def _half_used(problems: Sequence[Problem]) -> list[int]:
    """The key pairs of which one key was sent."""
    args = (problems[0].args or {}) if problems else {}
    return [int(args[half]) for half in ("api_pair", "auth_pair") if half in args]


def to_datetime(milliseconds: int) -> datetime:
    """A stored time, for templates."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
