"""`/api/runs`: test windows over a stream. Nothing is reset or deleted for one."""

from __future__ import annotations

import functools
from datetime import UTC, datetime
from typing import Annotated, Any

import orjson
from channels.db import database_sync_to_async
from django.db import transaction
from django.db.models import Sum
from django.db.models.functions import Length
from django.http import HttpResponse
from ninja import Query
from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from ingest.models import KeyPair, Run
from ingest.publish import publish
from ingest.storage.run_ranges import MAX_NAME_LENGTH, clean_name
from ingest.timestamps import now_ms
from viewer.access.audit_log import log_action
from viewer.access.permissions import Right, Visitor
from viewer.live.long_poll import wait_until
from viewer.models import Action
from viewer.qa import report
from viewer.qa.expect import validation_error
from viewer.qa.expectations import (
    MAX_COUNT,
    ExpectationError,
    SentExpectation,
    parse_new_expectations,
)
from viewer.qa.report_files import FORMATS
from viewer.qa.run_comparison import RunComparison, compare_runs
from viewer.qa.run_stats import readings
from viewer.rest.parameters import (
    UNSTATED,
    Checked,
    DocumentedAs,
    Flag,
    JsonBody,
    Number,
    ParameterError,
    Parameters,
    PathNumber,
    RequestBody,
    one_of,
    whole_number,
)
from viewer.rest.requests import PairRequest
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import BodyErrorAnswer, ErrorAnswer, PairRouter
from viewer.workload.visitor_queries import run_query, run_query_in_slices

MAX_LISTED = 100
MAX_WAIT = 60
NOT_PASSED = 412
MAX_VALUE_LENGTH = 200
MAX_RUNS = 1_000  # per key pair, not counting those that only a header began
MAX_EXPECTATIONS_BYTES = 64 * 2**10  # bytes
REPORTS_BYTES = 256 * 2**20  # of a key pair; further reports are shortened to
ESSENCE_BYTES = 64 * 2**10
RUN_DAYS = 7  # older ones make room for new ones
DAY = 86_400_000

router = PairRouter()


class RunNameTaken(ValueError):
    """Another run of the pair has this name."""


class RunList(TypedDict):
    runs: list[report.SerializedRun]


def _parse_run_name(value: Any) -> str:
    if not isinstance(value, str) or not clean_name(value):
        raise ValueError("must be text that shows.")
    return clean_name(value)


def _parse_truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError("must be true or false.")
    return value


def _parse_value(value: Any) -> str:
    if not isinstance(value, str) or len(value) > MAX_VALUE_LENGTH or "\0" in value:
        raise ValueError(f"must be text of at most {MAX_VALUE_LENGTH} characters.")
    return value


_NAME = Checked(_parse_run_name, {"type": "string", "minLength": 1})
_VALUE = Checked(_parse_value, {"type": "string", "maxLength": MAX_VALUE_LENGTH})
_EXPECTATIONS = DocumentedAs(Annotated[list[SentExpectation], Field(max_length=MAX_COUNT)])


class NewRun(RequestBody):
    """If `tagged`, only events that name the run count; `user` and `session` restrict further."""

    name: Annotated[str, _NAME, UNSTATED] = ""
    tagged: Annotated[bool, Checked(_parse_truth, {"type": "boolean"})] = False
    user: Annotated[str, _VALUE] = ""
    session: Annotated[str, _VALUE] = ""
    expect: Annotated[Any, _EXPECTATIONS] = []  # noqa: RUF012 - pydantic copies it


class ChangedRun(RequestBody):
    model_config = ConfigDict(json_schema_extra={"required": ["expect"]})

    expect: Annotated[Any, _EXPECTATIONS, UNSTATED] = None


RunNameText = Annotated[
    str, WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_NAME_LENGTH})
]


class FinishParameters(Parameters):
    format: Annotated[str, one_of(*FORMATS, listed=f"one of {', '.join(FORMATS)}")] = "json"
    strict: Flag = Field(False, description="answer 412 if it did not pass")


class ReportParameters(FinishParameters):
    wait: Annotated[int, whole_number(0, MAX_WAIT)] = Field(0, description="seconds")
    stamp: str = Field("", description="hold the answer while the report has it")


class NamedFinishParameters(FinishParameters):
    name: RunNameText = Field(description="the name of the run")


class NamedReportParameters(ReportParameters):
    name: RunNameText = Field(description="the name of the run")


_FILES = {
    form.content_type.partition(";")[0]: {"schema": {"type": "string"}}
    for name, form in FORMATS.items()
    if name != "json"
}
_REPORTED: dict[str, Any] = {
    "also": {NOT_PASSED: report.RunReport},
    "extra": {"responses": {status: {"content": _FILES} for status in (200, NOT_PASSED)}},
}
_ENDED: dict[str, Any] = {
    **_REPORTED,
    "also": {NOT_PASSED: report.RunReport, 409: ErrorAnswer},
}


class TooManyRuns(ValueError):
    """The key pair keeps as many runs as it may."""

    def __init__(self) -> None:
        super().__init__(
            f"This key pair keeps {MAX_RUNS:,} runs of the last {RUN_DAYS} days, and no more. "
            "Use one run for several jobs, or wait until the oldest is older."
        )


class RunListParameters(Parameters):
    before: Number = 0
    limit: Annotated[int, whole_number(1, MAX_LISTED)] = 50


@router.pair_operation("GET", "runs", RunList)
async def list_runs(request: PairRequest, asked: Query[RunListParameters]) -> HttpResponse:
    found = Run.objects.filter(keypair=request.pair).defer("report").order_by("-pk")
    if asked.before:
        found = found.filter(pk__lt=asked.before)
    shown = await run_query(
        request.asker, lambda: [report.serialize_run(run) for run in found[: asked.limit]]
    )
    return json_response({"runs": shown})


@router.pair_operation(
    "POST",
    "runs",
    report.SerializedRun,
    right=Right.WORK,
    status=201,
    also={400: BodyErrorAnswer, 409: ErrorAnswer},
)
async def begin_run(request: PairRequest, given: Annotated[NewRun, JsonBody(...)]) -> HttpResponse:
    try:
        await run_query(request.asker, parse_new_expectations, given.expect)
    except ExpectationError as error:
        return validation_error(error, "/expect")
    begin = database_sync_to_async(_store)
    try:
        begun = await begin(request.pair, given)
    except (RunNameTaken, TooManyRuns) as error:
        return error_response(409, str(error))
    return json_response(report.serialize_run(begun), 201)


# by name before by id: the paths of both are looked through in this order


@router.pair_operation("POST", "runs/finish", report.RunReport, right=Right.WORK, **_ENDED)
async def finish_run_by_name(
    request: PairRequest, asked: Query[NamedFinishParameters]
) -> HttpResponse:
    return await _finish(request, await _find_named(request.pair, asked.name), asked)


@router.pair_operation("GET", "runs/report", report.RunReport, **_REPORTED)
async def get_report_by_name(
    request: PairRequest, asked: Query[NamedReportParameters]
) -> HttpResponse:
    return await _report(request, await _find_named(request.pair, asked.name), asked)


@router.pair_operation("GET", "runs/{int:run_id}", report.SerializedRun)
async def get_run(request: PairRequest, run_id: PathNumber) -> HttpResponse:
    found = await _find(request.pair, run_id)
    return _no_run() if found is None else json_response(report.serialize_run(found))


@router.pair_operation(
    "PUT",
    "runs/{int:run_id}",
    report.SerializedRun,
    right=Right.WORK,
    also={400: BodyErrorAnswer, 409: ErrorAnswer},
)
async def change_run(
    request: PairRequest, run_id: PathNumber, given: Annotated[ChangedRun, JsonBody(...)]
) -> HttpResponse:
    """Replace the expectations of a run."""
    expectations = _stored_expectations(given.expect)
    try:
        await run_query(request.asker, parse_new_expectations, given.expect)
    except ExpectationError as error:
        return validation_error(error, "/expect")
    found = await _find(request.pair, run_id)
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


@router.pair_operation(
    "POST", "runs/{int:run_id}/finish", report.RunReport, right=Right.WORK, **_ENDED
)
async def finish_run(
    request: PairRequest, run_id: PathNumber, asked: Query[FinishParameters]
) -> HttpResponse:
    return await _finish(request, await _find(request.pair, run_id), asked)


@router.pair_operation("GET", "runs/{int:run_id}/report", report.RunReport, **_REPORTED)
async def get_report(
    request: PairRequest, run_id: PathNumber, asked: Query[ReportParameters]
) -> HttpResponse:
    return await _report(request, await _find(request.pair, run_id), asked)


class ComparisonParameters(Parameters):
    earlier: Annotated[int, whole_number(1), UNSTATED] = Field(
        0, alias="with", description="the earlier run"
    )


@router.pair_operation("GET", "runs/{int:run_id}/comparison", RunComparison)
async def get_comparison(
    request: PairRequest, run_id: PathNumber, asked: Query[ComparisonParameters]
) -> HttpResponse:
    """With another run, the earlier one."""
    earlier = await _find(request.pair, asked.earlier)
    later = await _find(request.pair, run_id)
    if earlier is None or later is None:
        return _no_run()
    before, after = [
        await run_query_in_slices(request.asker, functools.partial(report.build_report, each))
        for each in (earlier, later)
    ]
    return json_response(await run_query(request.asker, compare_runs, before, after))


async def _finish(request: PairRequest, found: Run | None, asked: FinishParameters) -> HttpResponse:
    if found is None:
        return _no_run()
    closing = found.pk
    try:
        shown = await run_query_in_slices(request.asker, lambda: _close(closing, request.visitor))
    except TooManyRuns as error:
        return error_response(409, str(error))
    await publish(request.pair.pk, request.pair.last_seq)
    return await _answer(request, shown, asked)


async def _report(request: PairRequest, found: Run | None, asked: ReportParameters) -> HttpResponse:
    if found is None:
        return _no_run()
    sought = found.pk
    shown = await wait_until(
        request.asker,
        lambda: _read(sought),
        lambda shown: shown is None or not asked.stamp or etag_of(shown) != asked.stamp,
        asked.wait,
    )
    return _no_run() if shown is None else await _answer(request, shown, asked)


async def _find(pair: KeyPair, run_id: int) -> Run | None:
    runs = Run.objects.filter(keypair=pair).defer("report")
    return await runs.filter(pk=run_id).afirst() if run_id < 2**62 else None


async def _find_named(pair: KeyPair, name: str) -> Run | None:
    """Raises ParameterError."""
    if not clean_name(name):
        raise ParameterError("name is missing: the name of the run.")
    return await Run.objects.filter(keypair=pair, name=clean_name(name)).defer("report").afirst()


def etag_of(shown: report.RunReport) -> str:
    """Changes with what is reported."""
    expectations = len(shown["run"]["expect"])
    return f"{shown['stamp']}.{shown['run']['state']}.{expectations}"


def _read(run: int) -> report.RunReport | None:
    found = Run.objects.filter(pk=run).first()
    return None if found is None else report.build_report(found)


def _store(pair: KeyPair, given: NewRun) -> Run:
    """Raises RunNameTaken, TooManyRuns, ParameterError."""
    name = given.name or f"Run {datetime.now(UTC):%Y-%m-%d %H:%M:%S}"
    expectations = _stored_expectations(given.expect)
    with transaction.atomic():
        locked = KeyPair.objects.select_for_update().get(pk=pair.pk)
        runs = Run.objects.filter(keypair=pair)
        if runs.filter(name=name).exists():
            raise RunNameTaken(f"There is a run named “{name}” already.")
        _make_room(pair.pk)
        return Run.objects.create(
            keypair=pair,
            first_seq=locked.last_seq + 1,
            begun_at=now_ms(),
            name=name,
            tagged=given.tagged,
            of_user=given.user,
            of_session=given.session,
            expectations=expectations,
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
    """A run that a user changes or finishes is kept, even if a header began it. Raises
    TooManyRuns."""
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


def _stored_expectations(given: Any) -> str:
    """Raises ParameterError."""
    text = orjson.dumps(given)
    if len(text) > MAX_EXPECTATIONS_BYTES:
        raise ParameterError(
            f"The expectations of a run have at most {MAX_EXPECTATIONS_BYTES:,} bytes of JSON."
        )
    return text.decode()


async def _answer(
    request: PairRequest, shown: report.RunReport, asked: FinishParameters
) -> HttpResponse:
    status = NOT_PASSED if asked.strict and not shown["passed"] else 200
    form = FORMATS[asked.format]
    stamped: report.RunReport = {**shown, "stamp": etag_of(shown)}
    written = await run_query(request.asker, form.write, stamped)
    answer = HttpResponse(written, form.content_type, status)
    answer["Cache-Control"] = "no-store"
    if form.extension:
        answer["Content-Disposition"] = form.disposition(shown)
    return answer


def _no_run() -> HttpResponse:
    return error_response(404, "There is no such run: it was not begun, or is no longer kept.")
