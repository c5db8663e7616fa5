"""Stored versions of tracking plans, and the validation of events against them. The current version
comes with the key pair's credentials; a version never changes, but it can be suspended."""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

from cachetools import LRUCache
from django.db import InterfaceError, OperationalError, transaction
from django.db.models import QuerySet
from django.dispatch import Signal

from ingest.models import KeyPair, Plan
from ingest.timestamps import now_ms
from ingest.tracking_plan.jobs import Found, Item, KnownPlan, NotEvaluated
from ingest.tracking_plan.rules import error_paths
from ingest.tracking_plan.worker_queue import PlanQueue
from ingest.values import DatabaseUnavailable, KeyPairSnapshot, ValidatedEvent
from ingest.verdicts import with_plan_problems

logger = logging.getLogger(__name__)

MAX_VERSIONS = 100  # versions kept per key pair
NOT_JUDGED = 0  # the version that validated the events that wait for revalidation

_REMEMBERED_CHARACTERS = 8 * 2**20  # bytes of the plans in use
_LEAST_CHARACTERS = (
    _REMEMBERED_CHARACTERS // 200
)  # minimum size of a plan, which limits the cache to 200 plans
_LOOK_AFTER = 2.0  # seconds between two checks for a suspension by another process

# signal; receivers get pair (id), version, reason
plan_suspended = Signal()

Validate = Callable[[KnownPlan, Sequence[Item]], Awaitable[list[Found]]]


class VersionConflict(ValueError):
    """Another user has changed the plan."""


class PlanValidator:
    """The plans in use by this process. `pool` evaluates the events of deliveries."""

    def __init__(self) -> None:
        self.pool = PlanQueue()
        self._known: LRUCache[int, KnownPlan] = LRUCache(_REMEMBERED_CHARACTERS, _characters)
        self._looking: set[asyncio.Task[None]] = set()

    async def validate(
        self,
        pair: KeyPairSnapshot,
        events: Sequence[ValidatedEvent],
        validate: Validate | None = None,
    ) -> tuple[Sequence[ValidatedEvent], int]:
        """Return the events with the tracking plan's problems added, and the plan's version. Events
        that cannot be evaluated now are returned unchanged, with NOT_JUDGED. Raises
        DatabaseUnavailable."""
        plan = self._known.get(pair.id)
        if plan is None or plan.version != pair.plan:
            plan = await self._load(pair)
        elif time.monotonic() - plan.looked_at > _LOOK_AFTER:
            self._look_again(plan)
        applies_to = plan.names.applies_to
        places = [place for place, event in enumerate(events) if applies_to(event)]
        if not places:
            return events, plan.version
        items = [_item(events[place]) for place in places]
        was_suspended = plan.suspended
        try:
            found = await (validate or self.pool.validate)(plan, items)
        except NotEvaluated:
            logger.error("key pair %d: its plan is applied to %d events later", pair.id, len(items))
            return events, NOT_JUDGED
        if plan.suspended != was_suspended:
            await asuspend_version(plan)
        judged = list(events)
        for place, problems in zip(places, found, strict=True):
            if problems:
                judged[place] = with_plan_problems(events[place], problems)
        return judged, plan.version

    async def _load(self, pair: KeyPairSnapshot) -> KnownPlan:
        try:
            found = await Plan.objects.filter(keypair=pair.id, version=pair.plan).afirst()
        except (OperationalError, InterfaceError) as error:
            logger.error("a plan cannot be read: %s", error)
            raise DatabaseUnavailable from error
        plan = known_plan(pair.id, pair.plan, pair.dialect, found)
        self._known[pair.id] = plan
        return plan

    def _look_again(self, plan: KnownPlan) -> None:
        plan.looked_at = time.monotonic()
        # A separate context: the task may outlive the request.
        task = asyncio.create_task(_look(plan), context=contextvars.Context())
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)


async def _look(plan: KnownPlan) -> None:
    rows = Plan.objects.filter(keypair=plan.pair, version=plan.version)
    try:
        reason = await rows.values_list("suspended_reason", flat=True).afirst()
    except (OperationalError, InterfaceError):
        return
    plan.suspended = reason or plan.suspended


def _item(event: ValidatedEvent) -> Item:
    problems = event.problems
    return event.columns.name, event.raw, error_paths(problems) if problems else ()


def _characters(plan: KnownPlan) -> int:
    return min(max(len(plan.content), _LEAST_CHARACTERS), _REMEMBERED_CHARACTERS)


def known_plan(pair: int, version: int, dialect: str, kept: Plan | None) -> KnownPlan:
    """A version that is no longer kept has no rules."""
    if kept is None:
        return KnownPlan(pair, version, dialect, "{}")
    return KnownPlan(pair, version, dialect, kept.content, kept.suspended_reason)


async def asuspend_version(plan: KnownPlan) -> None:
    """Record the suspension for other processes and the next start."""
    try:
        if await _unsuspended(plan).aupdate(**_suspension(plan)):
            _log_suspension(plan)
            await plan_suspended.asend_robust(None, **_told(plan))
    except (OperationalError, InterfaceError) as error:
        logger.error("key pair %d: its plan is suspended here alone: %s", plan.pair, error)


def suspend_version(plan: KnownPlan) -> None:
    """The same for threads."""
    if _unsuspended(plan).update(**_suspension(plan)):
        _log_suspension(plan)
        plan_suspended.send_robust(None, **_told(plan))


def _unsuspended(plan: KnownPlan) -> QuerySet[Plan]:
    return Plan.objects.filter(keypair=plan.pair, version=plan.version, suspended_at__isnull=True)


def _log_suspension(plan: KnownPlan) -> None:
    logger.warning("key pair %d: version %d of its plan is suspended", plan.pair, plan.version)


def _suspension(plan: KnownPlan) -> dict[str, Any]:
    return {"suspended_at": now_ms(), "suspended_reason": plan.suspended}


def _told(plan: KnownPlan) -> dict[str, Any]:
    return {"pair": plan.pair, "version": plan.version, "reason": plan.suspended}


def newest_version(pair: KeyPair) -> Plan | None:
    return Plan.objects.filter(keypair=pair).order_by("-version").first()


def save_version(pair: KeyPair, content: str, expected: int | None = None) -> Plan:
    """Return the version with this content: the newest one if it has it already, else a new one by
    which all stored events will be validated. Raises VersionConflict if the newest version is not
    `expected`."""
    with transaction.atomic():
        locked = KeyPair.objects.select_for_update().get(pk=pair.pk)
        last = newest_version(locked)
        version = last.version if last else 0
        if expected is not None and expected != version:
            raise VersionConflict(
                f"Another change was saved first: the newest version is {version}."
            )
        if last and last.content == content:
            return last
        made = Plan.objects.create(
            keypair=locked, version=version + 1, content=content, created_at=now_ms()
        )
        Plan.objects.filter(keypair=locked, version__lte=made.version - MAX_VERSIONS).delete()
        KeyPair.objects.filter(pk=pair.pk).update(plan=made.version, judge_from=locked.first_seq)
        return made
