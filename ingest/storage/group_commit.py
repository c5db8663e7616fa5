"""Stores a batch in one transaction, or each delivery separately if the database rejects the
batch."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from time import perf_counter

from django.db import Error, InterfaceError, InternalError, OperationalError, connection

from ingest.problems import Problem
from ingest.storage.commit_result import CommitResult
from ingest.storage.store import Store
from ingest.storage.write_request import PreviewRequest, WriteRequest

logger = logging.getLogger(__name__)

Added = tuple[int, Sequence[Problem]]  # place of an event, its new problems

# the database is away, locked, full or takes no writes: the same for every delivery
NOT_NOW = (OperationalError, InterfaceError, InternalError)


def commit_batch(store: Store, deposits: Sequence[WriteRequest]) -> CommitResult:
    """Store a batch. Never raises: deliveries that were not stored are in `lost`, and the error is
    logged."""
    outcome = CommitResult()
    _append(store, deposits, outcome)
    outcome.pruned, store.reported = store.pruned - store.reported, store.pruned
    outcome.lost = [place for place, deposit in enumerate(deposits) if deposit.gone]
    return outcome


def preview_commit(store: Store, request: PreviewRequest) -> list[Added] | None:
    """The warnings that a commit would add; None when the database does not answer."""
    try:
        with connection.wrap_database_errors:
            marked = store.preview(request)
    except Error as error:
        logger.error("%d events were not compared: %s", len(request.events), error)
        connection.close()
        return None
    return [
        (place, after.problems[len(before.problems) :])
        for place, (before, after) in enumerate(zip(request.events, marked, strict=True))
        if after is not before
    ]


def _append(store: Store, deposits: Sequence[WriteRequest], outcome: CommitResult) -> None:
    began = perf_counter()
    try:
        with connection.wrap_database_errors:
            newest = store.append(deposits)
    except NOT_NOW as error:
        logger.error("%d deliveries were not stored: %s", len(deposits), error)
        connection.close()  # the next attempt gets a fresh one
    except Exception:
        if len(deposits) > 1:  # a delivery that cannot be stored must not affect others
            for deposit in deposits:
                _append(store, [deposit], outcome)
            return
        logger.exception("a delivery cannot be stored")
    else:
        outcome.newest |= newest
        _count(deposits, perf_counter() - began, outcome)
        return
    outcome.failed += len(deposits)
    for deposit in deposits:
        deposit.gone = True


def _count(deposits: Sequence[WriteRequest], seconds: float, outcome: CommitResult) -> None:
    stored = [deposit for deposit in deposits if not deposit.gone]
    outcome.commits.append((len(stored), seconds))
    outcome.answered.update((each.record.dialect, each.record.status) for each in stored)
    for deposit in stored:
        outcome.verdicts.update(event.verdict for event in deposit.events)
