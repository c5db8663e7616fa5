"""Suspensions of tracking plans, from the audit log."""

from __future__ import annotations

from typing import Any

from ingest.models import KeyPair
from ingest.tracking_plan.versions import plan_suspended
from viewer.models import Action, AuditLogEntry

ACTOR = "server"


def record_suspension(*, pair: int, version: int, reason: str, **_: Any) -> None:
    name = KeyPair.objects.filter(pk=pair).values_list("name", flat=True).first()
    AuditLogEntry.objects.create(
        action=Action.PLAN_SUSPENDED,
        actor=ACTOR,
        pair_id=pair,
        pair_name=name or "",
        detail=f"version {version}: {reason}"[:2_000],
    )


def listen_for_suspensions() -> None:
    plan_suspended.connect(record_suspension, dispatch_uid="audit log")
