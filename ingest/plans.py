"""Plans as they are kept, and compiled once for a process. Which version is in force comes with
the key pair's keys; a version never changes, so what is compiled is never old."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

import orjson
from django.db import InterfaceError, OperationalError, transaction

from ingest.models import KeyPair
from ingest.models import Plan as PlanModel
from ingest.pairs import now
from ingest.plan import Plan
from ingest.shapes import Event, KeyPairKeys, NotAvailable

logger = logging.getLogger(__name__)

MOST_VERSIONS = 100  # kept of a key pair
_COMPILED = 200  # key pairs
_TURN = 256  # events judged before others get their turn


class Outdated(ValueError):
    """Somebody else changed the plan meanwhile."""


class Plans:
    """Those of a process that are in use."""

    def __init__(self) -> None:
        self._compiled: dict[int, Plan] = {}

    async def judge(self, pair: KeyPairKeys, events: Sequence[Event]) -> Sequence[Event]:
        """What the plan says of events that the dialect has judged. Raises NotAvailable."""
        plan = self._compiled.get(pair.id)
        if plan is None or plan.version != pair.plan:
            plan = await self._load(pair)
        if len(events) <= _TURN:
            return list(map(plan.judge, events))
        judged: list[Event] = []
        for start in range(0, len(events), _TURN):
            judged += map(plan.judge, events[start : start + _TURN])
            await asyncio.sleep(0)
        return judged

    async def _load(self, pair: KeyPairKeys) -> Plan:
        try:
            found = await PlanModel.objects.filter(keypair=pair.id, version=pair.plan).afirst()
        except (OperationalError, InterfaceError) as error:
            logger.error("a plan cannot be read: %s", error)
            raise NotAvailable from error
        plan = compiled(pair.plan, found)
        while len(self._compiled) >= _COMPILED:
            del self._compiled[next(iter(self._compiled))]
        self._compiled[pair.id] = plan
        return plan


def compiled(version: int, kept: PlanModel | None) -> Plan:
    """A version that is no longer kept says nothing."""
    return Plan(version, orjson.loads(kept.content) if kept else {})


def newest(pair: KeyPair) -> PlanModel | None:
    return PlanModel.objects.filter(keypair=pair).order_by("-version").first()


def put(pair: KeyPair, content: str, expected: int | None = None) -> PlanModel:
    """The version with this content: the newest, if it has it already. From now on all that is
    stored waits to be judged by it. Raises Outdated if the newest is not the `expected` one."""
    with transaction.atomic():
        locked = KeyPair.objects.select_for_update().get(pk=pair.pk)
        last = newest(locked)
        version = last.version if last else 0
        if expected is not None and expected != version:
            raise Outdated(f"The plan was changed meanwhile: its newest version is {version}.")
        if last and last.content == content:
            return last
        made = PlanModel.objects.create(
            keypair=locked, version=version + 1, content=content, created_at=now()
        )
        PlanModel.objects.filter(keypair=locked, version__lte=made.version - MOST_VERSIONS).delete()
        KeyPair.objects.filter(pk=pair.pk).update(plan=made.version, judge_from=locked.first_seq)
        return made
