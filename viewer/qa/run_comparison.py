"""Compares two runs: missing names, additional names, and differences."""

from __future__ import annotations

from typing import Any

from viewer.events.serializers import Serialized


def compare_runs(before: Serialized, after: Serialized) -> Serialized:
    """Compare two reports. `changed` lists the names in both that differ."""
    was, now = (_by_name(report) for report in (before, after))
    changed = [_changes(name, was[name], now[name]) for name in was if name in now]
    return {
        "before": _about(before),
        "after": _about(after),
        "missing": [was[name] | {"name": name} for name in was if name not in now],
        "extra": [now[name] | {"name": name} for name in now if name not in was],
        "changed": [one for one in changed if len(one) > 1],
    }


def _by_name(report: Serialized) -> dict[str, Any]:
    return {one["name"] or "": one for one in report["names"]}


def _about(report: Serialized) -> Serialized:
    run = {key: report["run"][key] for key in ("id", "name", "state")}
    return {**run, "passed": report["passed"], "counts": report["counts"]}


def _changes(name: str, was: Serialized, now: Serialized) -> Serialized:
    """Contains only differences."""
    changes: Serialized = {"name": name}
    if was["count"] != now["count"]:
        changes["count"] = {"before": was["count"], "after": now["count"]}
    if set(was["verdicts"]) != set(now["verdicts"]):
        changes["verdicts"] = {"before": was["verdicts"], "after": now["verdicts"]}
    fields = {
        "fields_missing": [path for path in was["fields"] if path not in now["fields"]],
        "fields_extra": [path for path in now["fields"] if path not in was["fields"]],
        "fields_changed": [
            {"path": path, "before": kinds, "after": now["fields"][path]}
            for path, kinds in was["fields"].items()
            if path in now["fields"] and now["fields"][path] != kinds
        ],
    }
    return changes | {key: value for key, value in fields.items() if value}
