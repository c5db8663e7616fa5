"""`/api/runs`: test windows over a stream. Nothing is reset or deleted for one."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Any

import orjson
from channels.db import database_sync_to_async
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import HttpResponse
from typing_extensions import TypedDict

from ingest.models import KeyPair, Run
from ingest.publish import publish
from ingest.storage.run_ranges import clean_name
from ingest.timestamps import now_ms
from viewer.access.audit_log import log_action
from viewer.access.permissions import Right, Visitor
from viewer.live.long_poll import wait_until
from viewer.models import Action
from viewer.qa import report
from viewer.qa.expect import parse_json_body, validation_error
from viewer.qa.expectations import ExpectationError, parse_new_expectations
from viewer.qa.report_files import FORMATS
from viewer.qa.run_comparison import compare_runs
from viewer.qa.run_stats import readings
from viewer.rest.requests import PairRequest, ParameterError, int_parameter, rest_view
from viewer.rest.responses import error_response, json_response
from viewer.workload.visitor_queries import run_query, run_query_in_slices

MAX_LISTED = 100
MAX_WAIT = 60
NOT_PASSED = 412
MAX_VALUE_LENGTH = 200
MAX_RUNS = 1_000  # of a key pair, besides those that only a header began
MAX_EXPECTATIONS_BYTES = 64 * 2**10  # bytes
REPORTS_BYTES = 256 * 2**20  # of a key pair; further reports are shortened to
ESSENCE_BYTES = 64 * 2**10
RUN_DAYS = 7  # older ones make room for new ones
DAY = 86_400_000
_KEYS = {"name", "tagged", "user", "session", "expect"}


class RunNameTaken(ValueError):
    """Another run of the pair has this name."""


class RunList(TypedDict):
    runs: list[report.SerializedRun]


class RunValues(TypedDict):
    """Columns of a run."""

    name: str
    tagged: bool
    of_user: str
    of_session: str
    expectations: str


class TooManyRuns(ValueError):
    """The key pair keeps as many runs as it may."""

    def __init__(self) -> None:
        super().__init__(
            f"This key pair keeps {MAX_RUNS:,} runs of the last {RUN_DAYS} days, and no more. "
            "Use one run for several jobs, or wait until the oldest is older."
        )


@rest_view
async def list_runs(request: PairRequest) -> HttpResponse:
    before = int_parameter(request, "before", 0)
    limit = int_parameter(request, "limit", 50, least=1, most=MAX_LISTED)
    found = Run.objects.filter(keypair=request.pair).defer("report").order_by("-pk")
    if before:
        found = found.filter(pk__lt=before)
    shown = await run_query(
        request.asker, lambda: [report.serialize_run(run) for run in found[:limit]]
    )
    return json_response({"runs": shown})


@rest_view
async def get_run(request: PairRequest, run_id: int) -> HttpResponse:
    found = await _find(request, run_id)
    return _no_run() if found is None else json_response(report.serialize_run(found))


async def _begin(request: PairRequest) -> HttpResponse:
    given = parse_json_body(request, _KEYS)
    try:
        await run_query(request.asker, parse_new_expectations, given.get("expect", []))
    except ExpectationError as error:
        return validation_error(error, "/expect")
    begin = database_sync_to_async(_store)
    try:
        begun = await begin(request.pair, _checked(given))
    except (RunNameTaken, TooManyRuns) as error:
        return error_response(409, str(error))
    return json_response(report.serialize_run(begun), 201)


async def _change(request: PairRequest, run_id: int) -> HttpResponse:
    """What is expected of it."""
    given = parse_json_body(request, {"expect"})
    expectations = _stored_expectations(given.get("expect"))
    try:
        await run_query(request.asker, parse_new_expectations, given.get("expect"))
    except ExpectationError as error:
        return validation_error(error, "/expect")
    found = await _find(request, run_id)
    if found is None:
        return _no_run()
    if found.finished_at is not None:
        return error_response(409, "The run is finished: what was expected of it stays.")
    found.expectations = expectations
    try:
        await database_sync_to_async(_expect)(found)
    except TooManyRuns as error:
        return error_response(409, str(error))
    await database_sync_to_async(log_action)(
        request.visitor, Action.RUN_CHANGED, request.pair, found.name
    )
    await publish(request.pair.pk, request.pair.last_seq)
    return json_response(report.serialize_run(found))


async def _finish(request: PairRequest, run_id: int | None = None) -> HttpResponse:
    form = _format_of(request)
    found = await _find(request, run_id)
    if found is None:
        return _no_run()
    closing = found.pk
    try:
        shown = await run_query_in_slices(request.asker, lambda: _close(closing, request.visitor))
    except TooManyRuns as error:
        return error_response(409, str(error))
    await publish(request.pair.pk, request.pair.last_seq)
    return await _answer(request, shown, form)


@rest_view
async def get_report(request: PairRequest, run_id: int | None = None) -> HttpResponse:
    """`?wait=&stamp=` holds the answer while the report has that stamp; with `strict=1` one that
    did not pass is answered 412."""
    form = _format_of(request)
    wait = int_parameter(request, "wait", 0, most=MAX_WAIT)
    stamp = request.GET.get("stamp", "")
    found = await _find(request, run_id)
    if found is None:
        return _no_run()
    sought = found.pk
    shown = await wait_until(
        request.asker,
        lambda: _read(sought),
        lambda shown: shown is None or not stamp or etag_of(shown) != stamp,
        wait,
    )
    return _no_run() if shown is None else await _answer(request, shown, form)


@rest_view
async def get_comparison(request: PairRequest, run_id: int) -> HttpResponse:
    """With another run, the earlier one."""
    other = int_parameter(request, "with", 0, least=1)
    earlier, later = await _find(request, other), await _find(request, run_id)
    if earlier is None or later is None:
        return _no_run()
    before, after = [
        await run_query_in_slices(request.asker, functools.partial(report.build_report, each))
        for each in (earlier, later)
    ]
    return json_response(await run_query(request.asker, compare_runs, before, after))


begin_run = rest_view(_begin, ("POST",), Right.WORK)
change_run = rest_view(_change, ("PUT",), Right.WORK)
finish_run = rest_view(_finish, ("POST",), Right.WORK)


async def _find(request: PairRequest, run_id: int | None) -> Run | None:
    """By its id, or by `?name=`."""
    runs = Run.objects.filter(keypair=request.pair).defer("report")
    if run_id is not None:
        return await runs.filter(pk=run_id).afirst() if run_id < 2**62 else None
    name = clean_name(request.GET.get("name", ""))
    if not name:
        raise ParameterError("name is missing: the name of the run.")
    return await runs.filter(name=name).afirst()


def etag_of(shown: report.RunReport) -> str:
    """Changes with what is reported."""
    expectations = len(shown["run"]["expect"])
    return f"{shown['stamp']}.{shown['run']['state']}.{expectations}"


def _read(run: int) -> report.RunReport | None:
    found = Run.objects.filter(pk=run).first()
    return None if found is None else report.build_report(found)


def _store(pair: KeyPair, values: RunValues) -> Run:
    """Raises RunNameTaken, TooManyRuns."""
    with transaction.atomic():
        locked = KeyPair.objects.select_for_update().get(pk=pair.pk)
        runs = Run.objects.filter(keypair=pair)
        if runs.filter(name=values["name"]).exists():
            raise RunNameTaken(f"There is a run named “{values['name']}” already.")
        _make_room(pair.pk)
        return Run.objects.create(
            keypair=pair, first_seq=locked.last_seq + 1, begun_at=now_ms(), **values
        )


def _make_room(pair: int) -> None:
    """For one more run that stays. The key pair is locked. Raises TooManyRuns."""
    kept = Run.objects.filter(keypair=pair, unclaimed=False)
    surplus = kept.count() - MAX_RUNS + 1
    if surplus <= 0:
        return
    old = kept.filter(begun_at__lt=now_ms() - RUN_DAYS * DAY).order_by("pk")
    ids = list(old.values_list("pk", flat=True)[:surplus])
    if len(ids) < surplus:
        raise TooManyRuns
    Run.objects.filter(pk__in=ids).delete()


def _claim(run: Run) -> None:
    """What somebody changes or finishes stays, also if a header began it. Raises TooManyRuns."""
    if run.unclaimed:
        _make_room(run.keypair_id)
        run.unclaimed = False


def _expect(run: Run) -> None:
    """Raises TooManyRuns."""
    with transaction.atomic():
        KeyPair.objects.select_for_update().get(pk=run.keypair_id)
        _claim(run)
        run.save(update_fields=["expectations", "unclaimed"])


def _close(run: int, visitor: Visitor) -> report.RunReport:
    """Finish it, once: its report stays as it is then. Raises TooManyRuns."""
    with transaction.atomic():
        found = Run.objects.get(pk=run)
        locked = KeyPair.objects.select_for_update().get(pk=found.keypair_id)
        found.refresh_from_db()
        is_open = found.finished_at is None
        if is_open:
            _claim(found)
            found.last_seq = max(locked.last_seq, found.first_seq - 1)
            found.finished_at = now_ms()
            found.save(update_fields=["last_seq", "finished_at", "unclaimed"])
    if is_open:
        log_action(visitor, Action.RUN_FINISHED, locked, found.name)
    if not found.report:
        kept = report.shorten_report(report.build_report(found), _room_for_report(found.keypair_id))
        found.report = orjson.dumps(kept).decode()
        found.summary = orjson.dumps(report.summarize_report(kept)).decode()
        found.save(update_fields=["report", "summary"])
        readings.forget(found)
    return report.build_report(found)


def _room_for_report(pair: int) -> int:
    """Largest size in bytes of one more report of this key pair."""
    runs = Run.objects.filter(keypair=pair).exclude(report="")
    taken: int = runs.aggregate(taken=Sum(Length("report")))["taken"] or 0
    return report.MAX_BYTES if taken < REPORTS_BYTES else ESSENCE_BYTES


def _checked(given: dict[str, Any]) -> RunValues:
    """The fields of a run. Raises ParameterError."""
    name = given.get("name", f"Run {datetime.now(UTC):%Y-%m-%d %H:%M:%S}")
    if not isinstance(name, str) or not clean_name(name):
        raise ParameterError("name must be text that shows.")
    tagged = given.get("tagged", False)
    if not isinstance(tagged, bool):
        raise ParameterError("tagged must be true or false.")
    of = {key: given.get(key, "") for key in ("user", "session")}
    for key, value in of.items():
        if not isinstance(value, str) or len(value) > MAX_VALUE_LENGTH or "\0" in value:
            raise ParameterError(f"{key} must be text of at most {MAX_VALUE_LENGTH} characters.")
    return {
        "name": clean_name(name),
        "tagged": tagged,
        "of_user": of["user"],
        "of_session": of["session"],
        "expectations": _stored_expectations(given.get("expect", [])),
    }


def _stored_expectations(given: Any) -> str:
    """Raises ParameterError."""
    text = orjson.dumps(given)
    if len(text) > MAX_EXPECTATIONS_BYTES:
        raise ParameterError(
            f"The expectations of a run have at most {MAX_EXPECTATIONS_BYTES:,} bytes of JSON."
        )
    return text.decode()


def _format_of(request: PairRequest) -> str:
    name = request.GET.get("format", "json")
    if name not in FORMATS:
        raise ParameterError(f"format must be one of {', '.join(FORMATS)}.")
    return name


async def _answer(request: PairRequest, shown: report.RunReport, name: str) -> HttpResponse:
    is_strict = request.GET.get("strict") == "1"
    status = NOT_PASSED if is_strict and not shown["passed"] else 200
    form = FORMATS[name]
    told: report.RunReport = {**shown, "stamp": etag_of(shown)}
    written = await run_query(request.asker, form.write, told)
    answer = HttpResponse(written, form.content_type, status)
    answer["Cache-Control"] = "no-store"
    if form.extension:
        answer["Content-Disposition"] = form.disposition(shown)
    return answer


def _no_run() -> HttpResponse:
    return error_response(404, "There is no such run: it was not begun, or is no longer kept.")
