"""The audit log, for staff: searched by person, key pair, action or address."""

from __future__ import annotations

from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from viewer.access.decorators import staff_required
from viewer.accounts.forms import AuditLogSearchForm
from viewer.models import AuditLogEntry

ENTRIES_SHOWN = 100


@require_GET
@staff_required
def audit_log(request: HttpRequest) -> HttpResponse:
    form = AuditLogSearchForm(request.GET)
    none = AuditLogEntry.objects.none()
    entries = matching_entries(**form.cleaned_data) if form.is_valid() else none
    page = Paginator(entries, ENTRIES_SHOWN).get_page(request.GET.get("page"))
    context = {"page": page, "form": form}
    return render(request, "accounts/audit_log.html", context)


def matching_entries(text: str, action: str) -> QuerySet[AuditLogEntry]:
    """Newest first."""
    entries = AuditLogEntry.objects.order_by("-pk")
    if "\0" in text + action:
        return entries.none()  # no entry contains a NUL, and PostgreSQL rejects it
    if action:
        entries = entries.filter(action=action)
    if text:
        columns = ("actor", "pair_name", "sender", "detail")
        anywhere = Q()
        for column in columns:
            anywhere |= Q(**{f"{column}__icontains": text})
        entries = entries.filter(anywhere)
    return entries
