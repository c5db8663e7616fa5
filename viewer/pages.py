"""The pages for people. Each view takes the request apart and makes one call."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from ingest.models import KeyPair, Stray
from ingest.problems import in_words, unpack
from ingest.record import mask
from viewer import access, samples, snippets
from viewer.feed import balance_of

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
@never_cache
@login_required
def pairs(request: HttpRequest) -> HttpResponse:
    """The visitor's key pairs by name, some at a time; `?name=` finds, `?page=` turns."""
    seen = access.pairs_for(request.user)
    name = request.GET.get("name", "").strip()
    # a NUL is in no name, and PostgreSQL takes none
    found = seen.filter(name__icontains=name) if "\0" not in name else seen.none()
    page = Paginator(found.order_by("name"), PAIRS_SHOWN).get_page(request.GET.get("page"))
    context = {
        "name": name,
        "page": page,
        "pairs": [show_pair(pair) for pair in page],
        "has_pairs": page.paginator.count > 0 or seen.exists(),
        "strays": Stray.objects.count() if access.sees_strays(request.user) else 0,
    }
    return render(request, "pairs.html", context)


@require_GET
@never_cache
@login_required
def strays(request: HttpRequest) -> HttpResponse:
    """Refused requests that fit no key pair, or two."""
    if not access.sees_strays(request.user):
        raise Http404
    rows = [_show_stray(row) for row in Stray.objects.order_by("-id")[:STRAYS_SHOWN]]
    _name_pairs(rows)
    return render(request, "strays.html", {"strays": rows})


@require_GET
@never_cache
@login_required
def stream(request: HttpRequest, pair_id: int) -> HttpResponse:
    pair = access.pair_for(request.user, pair_id)
    if pair is None:
        raise Http404
    context = {
        "pair": show_pair(pair),
        "samples": samples.samples_of(pair),
        "snippets": {
            "endpoint": snippets.endpoint_of(pair),
            "languages": snippets.snippets_of(pair),
        },
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
        None if pair.last_received_at is None else _moment(pair.last_received_at),
    )


def _name_pairs(rows: list[dict[str, Any]]) -> None:
    """Put the key pair in the place of its id, where it still exists."""
    named = KeyPair.objects.in_bulk({pair for row in rows for pair in row["pairs"]})
    for row in rows:
        row["pairs"] = [named[pair] for pair in row["pairs"] if pair in named]


def _show_stray(row: Stray) -> dict[str, Any]:
    found = unpack(row.problems)
    problems = [in_words(problem) for problem in found]
    args = (found[0].args or {}) if found else {}
    headers = dict(line.split(": ", 1) for line in row.headers.split("\n") if ": " in line)
    return {
        "received_at": _moment(row.received_at),
        "dialect": row.dialect,
        "method": row.method,
        "path": row.path,
        "sender": row.sender,
        "user_agent": headers.get("user-agent", ""),
        "code": problems[0]["code"] if problems else "",
        "detail": problems[0]["message"] if problems else "",
        "pairs": [int(args[half]) for half in ("api_pair", "auth_pair") if half in args],
    }


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
