"""Compares two runs: missing names, additional names, and differences."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NotRequired

from typing_extensions import TypedDict

from viewer.events.serializers import ReceivedCounts
from viewer.qa.report import KindsByPath, NameReport, RunReport


class ComparedRun(TypedDict):
    id: int
    name: str
    state: str
    passed: bool
    counts: ReceivedCounts


class CountChange(TypedDict):
    before: int
    after: int


class VerdictsChange(TypedDict):
    before: dict[str, int]
    after: dict[str, int]


class FieldChange(TypedDict):
    path: str
    before: list[str]
    after: list[str]


class NameChange(TypedDict):
    """Contains only differences."""

    name: str
    count: NotRequired[CountChange]
    verdicts: NotRequired[VerdictsChange]
    fields_missing: NotRequired[list[str]]
    fields_extra: NotRequired[list[str]]
    fields_changed: NotRequired[list[FieldChange]]


class RunComparison(TypedDict):
    """`missing` and `extra` have the names that only one of both saw."""

    before: ComparedRun
    after: ComparedRun
    missing: list[NameReport]
    extra: list[NameReport]
    changed: list[NameChange]


def compare_runs(before: RunReport, after: RunReport) -> RunComparison:
    """Compare two reports. `changed` lists the names in both that differ."""
    was, now = (_by_name(report) for report in (before, after))
    changed = [_changes(name, was[name], now[name]) for name in was if name in now]
    return {
        "before": _about(before),
        "after": _about(after),
        "missing": [{**was[name], "name": name} for name in was if name not in now],
        "extra": [{**now[name], "name": name} for name in now if name not in was],
        "changed": [one for one in changed if len(one) > 1],
    }


def _by_name(report: RunReport) -> dict[str, NameReport]:
    return {one["name"] or "": one for one in report["names"]}


def _about(report: RunReport) -> ComparedRun:
    run = report["run"]
    return {
        "id": run["id"],
        "name": run["name"],
        "state": run["state"],
        "passed": report["passed"],
        "counts": report["counts"],
    }


def _changes(name: str, was: NameReport, now: NameReport) -> NameChange:
    changes: NameChange = {"name": name}
    if was["count"] != now["count"]:
        changes["count"] = {"before": was["count"], "after": now["count"]}
    if set(was["verdicts"]) != set(now["verdicts"]):
        changes["verdicts"] = {"before": was["verdicts"], "after": now["verdicts"]}
    if missing := [path for path in was["fields"] if path not in now["fields"]]:
        changes["fields_missing"] = missing
    if extra := [path for path in now["fields"] if path not in was["fields"]]:
        changes["fields_extra"] = extra
    if changed := list(_changed_fields(was["fields"], now["fields"])):
        changes["fields_changed"] = changed
    return changes


def _changed_fields(was: KindsByPath, now: KindsByPath) -> Iterator[FieldChange]:
    for path, kinds in was.items():
        if path in now and now[path] != kinds:
            yield {"path": path, "before": kinds, "after": now[path]}
