"""The audit log, for staff: searched by person, key pair, action or address."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from viewer.access.decorators import staff_required
from viewer.models import Action, AuditLogEntry

ENTRIES_SHOWN = 100


@require_GET
@staff_required
def audit_log(request: HttpRequest) -> HttpResponse:
    text, action = (request.GET.get(name, "").strip() for name in ("text", "action"))
    entries = matching_entries(text, action)
    page = Paginator(entries, ENTRIES_SHOWN).get_page(request.GET.get("page"))
    context = {"page": page, "text": text, "action": action, "actions": Action.values}
    return render(request, "support/audit_log.html", context)


def matching_entries(text: str, action: str) -> QuerySet[AuditLogEntry]:
    """Newest first."""
    entries = AuditLogEntry.objects.order_by("-pk")
    if "\0" in text + action:
        return entries.none()
    if action:
        entries = entries.filter(action=action[:20])
    if text:
        columns = ("actor", "pair_name", "sender", "detail")
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": text})
        entries = entries.filter(anywhere)
    return entries
