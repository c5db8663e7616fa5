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


def commit_batch(store: Store, writes: Sequence[WriteRequest]) -> CommitResult:
    """Store a batch. Never raises: deliveries that were not stored are in `lost`, and the error is
    logged."""
    result = CommitResult()
    _append(store, writes, result)
    result.pruned, store.reported = store.pruned - store.reported, store.pruned
    result.lost = [place for place, write in enumerate(writes) if write.gone]
    return result


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


def _append(store: Store, writes: Sequence[WriteRequest], result: CommitResult) -> None:
    began = perf_counter()
    try:
        with connection.wrap_database_errors:
            newest = store.append(writes)
    except NOT_NOW as error:
        logger.error("%d deliveries were not stored: %s", len(writes), error)
        connection.close()  # the next attempt gets a fresh one
    except Exception:
        if len(writes) > 1:  # a delivery that cannot be stored must not affect others
            for write in writes:
                _append(store, [write], result)
            return
        logger.exception("a delivery cannot be stored")
    else:
        result.newest |= newest
        _count(writes, perf_counter() - began, result)
        return
    result.failed += len(writes)
    for write in writes:
        write.gone = True


def _count(writes: Sequence[WriteRequest], seconds: float, result: CommitResult) -> None:
    stored = [write for write in writes if not write.gone]
    result.commits.append((len(stored), seconds))
    result.answered.update((each.record.dialect, each.record.status) for each in stored)
    for write in stored:
        result.verdicts.update(event.verdict for event in write.events)
