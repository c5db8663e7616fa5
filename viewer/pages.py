"""The pages for people. Each view takes the request apart and makes one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingest.models import KeyPair, Stray
from ingest.problems import in_words, unpack
from ingest.receiving.redaction import mask
from viewer.access.decorators import for_pair, for_staff, for_visitors, present
from viewer.access.permissions import Right
from viewer.events.serializers import balance_of
from viewer.onboarding.keys_view import concealed
from viewer.onboarding.user_agents import client_of

STRAYS_SHOWN = 200
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
@for_visitors
def pairs(request: HttpRequest) -> HttpResponse:
    """The visitor's key pairs by name, some at a time; `?name=` finds, `?page=` turns."""
    visitor = present(request)
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
        "strays": Stray.objects.count() if visitor.is_staff else 0,
    }
    return render(request, "pairs.html", context)


@require_GET
@for_staff
def strays(request: HttpRequest) -> HttpResponse:
    """Refused requests that fit no key pair, or two."""
    rows = [show_stray(row) for row in Stray.objects.order_by("-id")[:STRAYS_SHOWN]]
    name_pairs(rows)
    return render(request, "strays.html", {"strays": rows})


@require_GET
@for_pair(Right.SEE)
def stream(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    context = {
        "pair": show_pair(pair),
        "rights": sorted(present(request).rights(pair)),
        "sending": concealed(pair),
    }
    return render(request, "stream.html", context)


def show_pair(pair: KeyPair) -> ShownPair:
    return ShownPair(
        pair.id,
        pair.name,
        pair.dialect,
        mask(pair.api_key),
        pair.disabled_at is not None,
        pair.max_events,
        pair.max_age_days,
        balance_of(pair),
        None if pair.last_received_at is None else moment(pair.last_received_at),
    )


def name_pairs(rows: list[dict[str, Any]]) -> None:
    """Put id and name of a key pair in the place of its id, where it still exists."""
    named = KeyPair.objects.in_bulk({pair for row in rows for pair in row["pairs"]})
    for row in rows:
        found = (named[pair] for pair in row["pairs"] if pair in named)
        row["pairs"] = [{"pk": pair.pk, "name": pair.name} for pair in found]


def show_stray(row: Stray) -> dict[str, Any]:
    found = unpack(row.problems)
    problems = [in_words(problem) for problem in found]
    args = (found[0].args or {}) if found else {}
    return {
        "id": row.pk,
        "received_at": moment(row.received_at),
        "dialect": row.dialect,
        "method": row.method,
        "path": row.path,
        "sender": row.sender,
        "client": client_of(row.headers),
        "code": problems[0]["code"] if problems else "",
        "detail": problems[0]["message"] if problems else "",
        "pairs": [int(args[half]) for half in ("api_pair", "auth_pair") if half in args],
    }


def moment(milliseconds: int) -> datetime:
    """A stored time, for templates."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
