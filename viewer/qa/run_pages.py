"""The pages of a key pair's runs."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingest.models import KeyPair, Run
from viewer.access import decorators
from viewer.access.permissions import Right
from viewer.pages import show_pair, to_datetime
from viewer.qa import report

RUNS_SHOWN = 50
MAX_TO_COMPARE = 100


@require_GET
@decorators.pair_right_required(Right.SEE)
def runs_page(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    page = Paginator(listed_runs(pair), RUNS_SHOWN).get_page(request.GET.get("page"))
    context = {
        **_context(request, pair),
        "page": page,
        "runs": [_row(run) for run in page],
    }
    return render(request, "qa/runs.html", context)


@require_GET
@decorators.pair_right_required(Right.SEE)
def run_page(request: HttpRequest, pair: KeyPair, run_id: int) -> HttpResponse:
    runs_page = Run.objects.filter(keypair=pair).defer("report")
    found = runs_page.filter(pk=run_id).first() if run_id < 2**62 else None
    if found is None:
        raise Http404
    others = Run.objects.filter(keypair=pair).exclude(pk=run_id).order_by("-pk")
    context = {
        **_context(request, pair),
        "run": report.serialize_run(found),
        "others": others.values("id", "name")[:MAX_TO_COMPARE],
        "begun_at": to_datetime(found.begun_at),
    }
    return render(request, "qa/run.html", context)


def listed_runs(pair: KeyPair) -> QuerySet[Run]:
    """Runs, newest first, without their large columns."""
    return Run.objects.filter(keypair=pair).defer("report", "expectations").order_by("-pk")


def _context(request: HttpRequest, pair: KeyPair) -> dict[str, Any]:
    may_change = Right.WORK in decorators.get_visitor(request).rights(pair)
    return {"pair": show_pair(pair), "may_change": may_change}


def _row(run: Run) -> dict[str, Any]:
    """A row of the list. Counts come from the summary of a finished run."""
    kept = orjson.loads(run.summary) if run.summary else None
    state = "open" if kept is None else "passed" if kept["passed"] else "failed"
    return {
        "id": run.pk,
        "name": run.name,
        "state": state,
        "tagged": run.tagged,
        "user": run.of_user,
        "session": run.of_session,
        "begun_at": to_datetime(run.begun_at),
        "counts": None if kept is None else kept["counts"],
        "failures": [] if kept is None else kept["failures"],
    }
