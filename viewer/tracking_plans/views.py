"""`/api/plan` and the page on which a plan is edited."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any, NotRequired

import orjson
from channels.db import database_sync_to_async
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET
from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from ingest.models import KeyPair, Plan
from ingest.timestamps import iso
from ingest.tracking_plan import background
from ingest.tracking_plan import versions as plan_versions
from ingest.tracking_plan.jobs import NotEvaluated
from ingest.tracking_plan.plan_parser import MAX_BYTES
from ingest.tracking_plan.rules import ALLOWED
from ingest.tracking_plan.worker_protocol import MINUTE_SECONDS
from ingest.tracking_plan.worker_queue import Busy
from viewer import query
from viewer.access import decorators
from viewer.access.audit_log import log_action
from viewer.access.permissions import Right
from viewer.models import Action
from viewer.pages import show_pair
from viewer.rest.answer_types import Timestamp
from viewer.rest.parameters import (
    UNSTATED,
    AtMost,
    DocumentedAs,
    Flag,
    Number,
    Parameters,
    QueryParameters,
    RawBody,
    whole_number,
)
from viewer.rest.requests import PairRequest
from viewer.rest.responses import error_response, json_response
from viewer.rest.router import BodyErrorAnswer, ErrorAnswer, PairRouter
from viewer.runtime import plan_validator
from viewer.tracking_plans.inference import InferredPlan, PlanContent, infer_plan
from viewer.workload import revalidation
from viewer.workload.visitor_queries import check_right, run_query

EMPTY: PlanContent = {"unknown_names": ALLOWED, "required_names": [], "events": {}}
MAX_VERSIONS = 100
MAX_WAIT = 60

router = PairRouter()


class PlanMistake(TypedDict):
    """`path` is a JSON Pointer, `offset` the byte where the text is no JSON."""

    path: str
    message: str
    offset: NotRequired[int | None]


class PlanMistakes(TypedDict):
    mistakes: list[PlanMistake]


class SuspensionShown(TypedDict):
    at: Timestamp
    reason: str


class PlanVersion(TypedDict):
    version: int
    created_at: Timestamp | None
    suspended: SuspensionShown | None


class PlanVersionList(TypedDict):
    versions: list[PlanVersion]


VerdictMove = TypedDict("VerdictMove", {"from": str, "to": str, "count": int})


class RevalidationState(TypedDict):
    """How the verdicts of stored events moved, and in how many seconds."""

    done: bool
    looked_at: int
    moves: list[VerdictMove]
    seconds: float | None


class StoredPlan(PlanVersion):
    """`judging` is null before the first version."""

    plan: PlanContent
    judging: RevalidationState | None


class PlanParameters(Parameters):
    version: Number = 0


@router.pair_operation("GET", "plan", StoredPlan)
async def get_plan(request: PairRequest, asked: Query[PlanParameters]) -> HttpResponse:
    shown = await database_sync_to_async(_shown)(request.pair, asked.version)
    if shown is None:
        return error_response(
            404, f"There is no version {asked.version} of the plan: it was not made, or went."
        )
    return json_response(shown)


@router.pair_operation("GET", "plan/versions", PlanVersionList)
async def list_versions(request: PairRequest) -> HttpResponse:
    kept = Plan.objects.filter(keypair=request.pair).order_by("-version")
    listed = kept.only("version", "created_at", "suspended_at", "suspended_reason")[:MAX_VERSIONS]
    return json_response({"versions": [_about(version) async for version in listed]})


@router.pair_operation("GET", "plan/inferred", InferredPlan)
async def get_inferred_plan(request: PairRequest, asked: Query[QueryParameters]) -> HttpResponse:
    wanted = query.parse_query(asked.q)
    return json_response(await run_query(request.asker, infer_plan, request.pair, wanted.condition))


class NewPlanParameters(Parameters):
    version: Annotated[int | None, whole_number(), UNSTATED] = Field(
        None, description="the newest version that the sender knows"
    )
    wait: Annotated[int, whole_number(0, MAX_WAIT)] = Field(
        0, description="seconds for stored events to be judged"
    )
    dry: Flag = Field(False, description="only say what is wrong with it: answers `mistakes`")


@router.pair_operation(
    "PUT",
    "plan",
    StoredPlan | PlanMistakes,
    right=Right.PLAN,
    also={400: BodyErrorAnswer, 409: ErrorAnswer},
)
async def put_plan(
    request: PairRequest,
    asked: Query[NewPlanParameters],
    body: Annotated[bytes, DocumentedAs(PlanContent), AtMost(MAX_BYTES), RawBody(...)],
) -> HttpResponse:
    try:
        answer = await background.parse_plan_in_background(request.pair.pk, body)
    except (Busy, NotEvaluated) as error:
        return _try_later(error)
    mistakes = [_shown_mistake(*mistake) for mistake in answer.get("mistakes", ())]
    if asked.dry:
        return json_response({"mistakes": mistakes})
    if mistakes:
        return json_response({"error": mistakes[0]["message"], "mistakes": mistakes}, 400)
    content = answer["content"]
    try:
        kept = await _store(request.pair, content, asked.version)
    except plan_versions.VersionConflict as error:
        return error_response(409, str(error))
    if kept.version > request.pair.plan:  # the same plan again is no new version
        detail = f"version {kept.version}"
        await database_sync_to_async(log_action)(
            request.visitor, Action.PLAN_CHANGED, request.pair, detail
        )
    plan_validator.pool.prepare()  # deliveries are judged by it in a moment
    await _judged(request.pair, asked.wait)
    if asked.wait:
        await check_right(request.asker)
    return json_response(await database_sync_to_async(_shown)(request.pair, kept.version))


def _try_later(error: Exception) -> HttpResponse:
    if isinstance(error, Busy):
        message = f"Plans of this key pair took {MINUTE_SECONDS:g} s to check within a minute."
        answer = error_response(429, f"{message} Try again in a minute.")
        answer["Retry-After"] = "60"
    else:
        answer = error_response(503, "The plan cannot be checked now. Try again in a moment.")
        answer["Retry-After"] = "1"
    return answer


def _shown_mistake(path: str, message: str, offset: int | None) -> PlanMistake:
    return {"path": path, "message": message, "offset": offset}


async def _store(pair: KeyPair, content: dict[str, Any], expected: int | None) -> Plan:
    text = orjson.dumps(content).decode()
    put: Callable[..., Plan] = plan_versions.save_version
    kept: Plan = await database_sync_to_async(put)(pair, text, expected)
    return kept


async def _judged(pair: KeyPair, seconds: int) -> None:
    """Begin to judge what is stored; wait for it as long as was asked."""
    revalidation.start_revalidation(pair.pk)
    await revalidation.wait_until_revalidated(pair.pk, seconds)


def _shown(pair: KeyPair, version: int = 0) -> StoredPlan | None:
    """The version asked for, 0 being the newest; None where there is none such."""
    pair.refresh_from_db()
    if not version and not pair.plan:
        unsaved: PlanVersion = {"version": 0, "created_at": None, "suspended": None}
        return {**unsaved, "plan": EMPTY, "judging": None}
    kept = Plan.objects.filter(keypair=pair, version=version or pair.plan).first()
    if kept is None:
        return None
    content = orjson.loads(kept.content)
    return {**_about(kept), "plan": content, "judging": _judging(pair, kept)}


def _about(kept: Plan) -> PlanVersion:
    return {
        "version": kept.version,
        "created_at": iso(kept.created_at),
        "suspended": _suspension(kept),
    }


def _suspension(kept: Plan) -> SuspensionShown | None:
    if kept.suspended_at is None:
        return None
    return {"at": iso(kept.suspended_at), "reason": kept.suspended_reason}


def _judging(pair: KeyPair, kept: Plan) -> RevalidationState:
    """How the verdicts of the events stored before this version change."""
    moves: list[VerdictMove] = [
        {"from": before, "to": after, "count": count}
        for (before, after), count in (
            (tuple(move.split(" ")), count) for move, count in orjson.loads(kept.moves).items()
        )
    ]
    is_newest = kept.version == pair.plan
    return {
        "done": kept.judged_at is not None and not (is_newest and pair.judge_from),
        "looked_at": kept.looked_at,
        "moves": sorted(moves, key=lambda move: -move["count"]),
        "seconds": None if kept.judged_at is None else (kept.judged_at - kept.created_at) / 1000,
    }


@require_GET
@decorators.pair_right_required(Right.SEE)
def plan_page(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    context = {
        "pair": show_pair(pair),
        "plan": _shown(pair),
        "may_change": Right.PLAN in decorators.get_visitor(request).rights(pair),
    }
    return render(request, "tracking_plans/plan.html", context)
