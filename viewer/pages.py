"""The pages for people. Each view takes the request apart and makes one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingest.models import KeyPair, UnmatchedRequest
from ingest.problems import problems_from_json, render_problem
from ingest.receiving.key_tokens import mask_key
from viewer.access.decorators import (
    get_visitor,
    pair_right_required,
    staff_required,
    visitor_required,
)
from viewer.access.permissions import Right
from viewer.events.serializers import balance
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
    balance: dict[str, Any]
    last_received_at: datetime | None


@require_GET
@visitor_required
def key_pairs_page(request: HttpRequest) -> HttpResponse:
    """The visitor's key pairs by name, some at a time; `?name=` finds, `?page=` turns."""
    visitor = get_visitor(request)
    seen = visitor.pairs()
    name = request.GET.get("name", "").strip()
    # a NUL is in no name, and PostgreSQL takes none
    found = seen.filter(name__icontains=name) if "\0" not in name else seen.none()
    page = Paginator(found.order_by("name"), PAIRS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "name": name,
        "page": page,
        "pairs": [show_pair(pair) for pair in page],
        "may_add": visitor.may_add_pairs,
        "has_pairs": page.paginator.count > 0 or seen.exists(),
        "unmatched": UnmatchedRequest.objects.count() if visitor.is_staff else 0,
    }
    return render(request, "pairs.html", context)


@require_GET
@staff_required
def unmatched_requests_page(request: HttpRequest) -> HttpResponse:
    """Unmatched requests, the newest first."""
    rows = [
        serialize_unmatched(row)
        for row in UnmatchedRequest.objects.order_by("-id")[:UNMATCHED_SHOWN]
    ]
    attach_pair_names(rows)
    return render(request, "unmatched_requests.html", {"unmatched": rows})


@require_GET
@pair_right_required(Right.SEE)
def stream_page(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    context = {
        "pair": show_pair(pair),
        "rights": sorted(get_visitor(request).rights(pair)),
        "sending": masked_payload(pair),
    }
    return render(request, "stream.html", context)


def show_pair(pair: KeyPair) -> ShownPair:
    return ShownPair(
        pair.id,
        pair.name,
        pair.dialect,
        mask_key(pair.api_key),
        pair.disabled_at is not None,
        pair.max_events,
        pair.max_age_days,
        balance(pair),
        None if pair.last_received_at is None else to_datetime(pair.last_received_at),
    )


def attach_pair_names(rows: list[dict[str, Any]]) -> None:
    """Put id and name of a key pair in the place of its id, where it still exists."""
    named = KeyPair.objects.in_bulk({pair for row in rows for pair in row["pairs"]})
    for row in rows:
        found = (named[pair] for pair in row["pairs"] if pair in named)
        row["pairs"] = [{"pk": pair.pk, "name": pair.name} for pair in found]


def serialize_unmatched(row: UnmatchedRequest) -> dict[str, Any]:
    found = problems_from_json(row.problems)
    problems = [render_problem(problem) for problem in found]
    args = (found[0].args or {}) if found else {}
    return {
        "id": row.pk,
        "received_at": to_datetime(row.received_at),
        "dialect": row.dialect,
        "method": row.method,
        "path": row.path,
        "sender": row.sender,
        "client": client_name(row.headers),
        "code": problems[0]["code"] if problems else "",
        "detail": problems[0]["message"] if problems else "",
        "pairs": [int(args[half]) for half in ("api_pair", "auth_pair") if half in args],
    }


def to_datetime(milliseconds: int) -> datetime:
    """A stored time, for templates."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
