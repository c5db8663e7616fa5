"""The report of a run: whether it passed and why not, its checklist, counts, problems with an
example each, and names that were never seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import orjson
from django.db.models import BinaryField
from django.db.models.functions import Substr
from typing_extensions import TypedDict

from ingest.models import Delivery, Event, KeyPair, Run
from ingest.problems import RenderedProblem, render_problem
from ingest.timestamps import iso, now_ms
from ingest.tracking_plan import versions
from viewer.access.key_masking import OwnKeys, own_keys_of
from viewer.events.serializers import ReceivedCounts, verdict_counts
from viewer.qa.expectations import SentExpectation
from viewer.qa.matcher import ExpectationResult
from viewer.qa.run_stats import GOOD, FieldSeen, NameSeen, RunStats, readings
from viewer.rest.answer_types import Timestamp
from viewer.tracking_plans.inference import PlanContent
from viewer.tracking_plans.schema_fields import StepBudget, schema_fields
from viewer.workload.deadline import check_deadline

MAX_EXAMPLE_LENGTH = 2_000  # characters
EXAMPLES = 50  # problems with an example
MAX_BYTES = 2 * 2**20  # bytes of JSON
MAX_FAILURES = 100  # in a report without details
MAX_FAILURE_LENGTH = 300  # characters


KindsByPath = dict[str, list[str]]  # types of the values of a field
SeenState = Literal["seen", "invalid", "not_seen"]  # invalid: only with an error


class SerializedRun(TypedDict):
    """From event number `first` to number `last`; null while it is open."""

    id: int
    name: str
    state: Literal["open", "finished"]
    tagged: bool
    user: str
    session: str
    first: int
    last: int | None
    begun_at: Timestamp
    finished_at: Timestamp | None
    expect: list[SentExpectation]


class ReportedPair(TypedDict):
    name: str
    dialect: str


class PlannedField(TypedDict):
    path: str
    required: bool
    state: SeenState
    first_seq: int | None


class PlannedName(TypedDict):
    name: str
    required: bool
    state: SeenState
    count: int
    good: int
    first_seq: int | None
    fields: list[PlannedField]


class ProblemExample(TypedDict):
    seq: int
    raw: str | None


class ReportedProblem(RenderedProblem):
    name: str | None
    count: int
    example: ProblemExample


class PlannedCount(TypedDict):
    planned: int
    seen: int


class UnseenField(TypedDict):
    name: str
    path: str


class PlanCoverage(TypedDict):
    names: PlannedCount
    fields: PlannedCount
    names_not_seen: list[str]
    fields_not_seen: list[UnseenField]
    names_not_planned: list[str]


class NameReport(TypedDict):
    name: str | None
    count: int
    verdicts: dict[str, int]
    fields: KindsByPath


class RunReport(TypedDict):
    """`is_shortened` says that details were left out, because there were too many."""

    run: SerializedRun
    pair: ReportedPair
    passed: bool
    failures: list[str]
    made_at: Timestamp
    stamp: str
    plan: int
    counts: ReceivedCounts
    refused: int | None
    checklist: list[PlannedName]
    expectations: list[ExpectationResult]
    problems: list[ReportedProblem]
    problems_left_out: int
    is_shortened: bool
    coverage: PlanCoverage
    names: list[NameReport]


class ReportSummary(TypedDict):
    passed: bool
    counts: ReceivedCounts
    failures: list[str]


def build_report(run: Run) -> RunReport:
    """The frozen report of a finished run, or the current state of an open one. Contains no auth
    keys of its pair, because reports are passed on. Raises QueryUnfinished and TimeUp."""
    keys = own_keys_of(run.keypair_id)
    if run.report:
        kept: RunReport = orjson.loads(keys.hidden(run.report))
        return kept
    pair = KeyPair.objects.get(pk=run.keypair_id)
    with readings.of(run) as reading:
        reading.look(pair)
        return _without(keys, shorten_report(_report(run, pair, reading), MAX_BYTES))


def _without(keys: OwnKeys, report: RunReport) -> RunReport:
    text = orjson.dumps(report)
    hidden = keys.hidden_bytes(text)
    if hidden is text:
        return report
    found: RunReport = orjson.loads(hidden)
    return found


def shorten_report(report: RunReport, largest: int) -> RunReport:
    """Remove details, the largest first, until the JSON has at most `largest` bytes."""
    for leave_out in (None, *_DETAILS):
        if leave_out is not None:
            leave_out(report)
            report["is_shortened"] = True
        if len(orjson.dumps(report)) <= largest:
            break
    return report


def _without_seen_fields(report: RunReport) -> None:
    report["names"] = [{**name, "fields": {}} for name in report["names"]]


def _without_planned_fields(report: RunReport) -> None:
    report["checklist"] = [{**row, "fields": []} for row in report["checklist"]]
    report["coverage"]["fields_not_seen"] = []


def _without_examples(report: RunReport) -> None:
    for problem in report["problems"]:
        problem["example"]["raw"] = None


def _without_names(report: RunReport) -> None:
    report["names"], report["problems"] = [], []
    report["coverage"]["names_not_seen"] = []
    report["coverage"]["names_not_planned"] = []
    report["checklist"] = [row for row in report["checklist"] if row["required"]]


def _without_expectations(report: RunReport) -> None:
    report["checklist"], report["expectations"] = [], []
    report["failures"] = [text[:MAX_FAILURE_LENGTH] for text in report["failures"][:MAX_FAILURES]]


_DETAILS = (
    _without_seen_fields,
    _without_planned_fields,
    _without_examples,
    _without_names,
    _without_expectations,
)


def summarize_report(report: RunReport) -> ReportSummary:
    """The summary of a finished run for the list of runs."""
    failures = [text[:MAX_FAILURE_LENGTH] for text in report["failures"][:2]]
    return {"passed": report["passed"], "counts": report["counts"], "failures": failures}


def serialize_run(run: Run) -> SerializedRun:
    return {
        "id": run.pk,
        "name": run.name,
        "state": "open" if run.finished_at is None else "finished",
        "tagged": run.tagged,
        "user": run.of_user,
        "session": run.of_session,
        "first": run.first_seq,
        "last": run.last_seq,
        "begun_at": iso(run.begun_at),
        "finished_at": None if run.finished_at is None else iso(run.finished_at),
        "expect": orjson.loads(run.expectations),
    }


def _report(run: Run, pair: KeyPair, reading: RunStats) -> RunReport:
    kept = versions.newest_version(pair) if pair.plan else None
    plan: PlanContent = orjson.loads(kept.content) if kept else {}
    checklist = _checklist(plan, reading)
    results = reading.watch.show(pair)
    counts: ReceivedCounts = {
        "received": reading.counts.total(),
        **verdict_counts(reading.counts),
    }
    failures = _failures(counts, checklist, results)
    return {
        "run": serialize_run(run),
        "pair": {"name": pair.name, "dialect": pair.dialect},
        "passed": not failures,
        "failures": failures,
        "made_at": iso(now_ms()),
        "stamp": f"{reading.last}.{pair.judged}.{pair.plan}",
        "plan": pair.plan,
        "counts": counts,
        "refused": _refused(run),
        "checklist": checklist,
        "expectations": results,
        "problems": _problems(pair, reading),
        "problems_left_out": reading.problems_left_out,
        "is_shortened": False,
        "coverage": _coverage(plan, checklist, reading),
        "names": [_show_name(name, seen) for name, seen in sorted(reading.names.items())],
    }


def _checklist(plan: PlanContent, reading: RunStats) -> list[PlannedName]:
    """One row per name of the plan, required names first."""
    required = set(plan.get("required_names", ()))
    names = dict.fromkeys([*plan.get("required_names", ()), *plan.get("events", {})])
    steps = StepBudget()
    rows = [_row(name, name in required, plan, reading.names.get(name), steps) for name in names]
    return sorted(rows, key=lambda row: not row["required"])


def _row(
    name: str, is_required: bool, plan: PlanContent, seen: NameSeen | None, steps: StepBudget
) -> PlannedName:
    check_deadline()
    places = schema_fields(plan.get("events", {}).get(name), steps)
    return {
        "name": name,
        "required": is_required,
        "state": _state(seen),
        "count": seen.verdicts.total() if seen else 0,
        "good": sum(seen.verdicts[verdict] for verdict in GOOD) if seen else 0,
        "first_seq": None if seen is None else seen.first_good or seen.first_seq,
        "fields": [_field(path, is_due, seen) for path, is_due in places],
    }


def _state(seen: NameSeen | FieldSeen | None) -> SeenState:
    """`seen`: a name in an event without an error, a field with a value without one; `invalid`:
    only with errors."""
    if seen is None:
        return "not_seen"
    return "invalid" if seen.first_good is None else "seen"


def _field(path: str, is_required: bool, seen: NameSeen | None) -> PlannedField:
    place = seen.fields.get(path) if seen else None
    first = None if place is None else place.first_good or place.first_seq
    return {"path": path, "required": is_required, "state": _state(place), "first_seq": first}


def _failures(
    counts: ReceivedCounts, checklist: list[PlannedName], results: list[ExpectationResult]
) -> list[str]:
    """Sentences; empty if the run passed."""
    failures = []
    if not counts["received"]:
        failures.append("No event came.")
    for verdict, count in (("invalid", counts["invalid"]), ("malformed", counts["malformed"])):
        if count:
            many = "event is" if count == 1 else "events are"
            failures.append(f"{count:,} {many} {verdict}.")
    for row in checklist:
        if row["required"] and row["state"] != "seen":
            came = "came only invalid" if row["state"] == "invalid" else "was not seen"
            failures.append(f"“{row['name']}” {came}.")
    failures += [f"{one['label']}: {one['message']}" for one in results if not one["satisfied"]]
    return failures


def _refused(run: Run) -> int | None:
    """Requests refused during the run; which run they were meant for is not known."""
    if run.tagged:
        return None
    refused = Delivery.objects.filter(
        keypair=run.keypair_id, refused=True, received_at__gte=run.begun_at
    )
    if run.finished_at is not None:
        refused = refused.filter(received_at__lte=run.finished_at)
    return refused.count()


def _problems(pair: KeyPair, reading: RunStats) -> list[ReportedProblem]:
    worst = reading.worst_first
    examples = _examples(pair, [seen.example for _, seen in worst[:EXAMPLES]])
    return [
        {
            **render_problem(seen.problem),
            "name": name or None,
            "count": seen.count,
            "example": {"seq": seen.example, "raw": examples.get(seen.example)},
        }
        for (name, *_), seen in worst
    ]


def _examples(pair: KeyPair, seqs: list[int]) -> dict[int, str]:
    start = Substr("raw", 1, 4 * MAX_EXAMPLE_LENGTH, output_field=BinaryField())
    rows = Event.objects.filter(keypair=pair, seq__in=seqs).values_list("seq", start)
    return {seq: _short(bytes(raw)) for seq, raw in rows}


def _short(raw: bytes) -> str:
    text = raw.decode("utf-8", "replace")
    return text if len(text) <= MAX_EXAMPLE_LENGTH else text[: MAX_EXAMPLE_LENGTH - 1] + "…"


def _coverage(plan: PlanContent, checklist: list[PlannedName], reading: RunStats) -> PlanCoverage:
    """The part of the plan that was seen without errors, and the part that did not come."""
    fields = [(row["name"], field) for row in checklist for field in row["fields"]]
    planned = {row["name"] for row in checklist}
    return {
        "names": {"planned": len(checklist), "seen": _seen(checklist)},
        "fields": {"planned": len(fields), "seen": _seen([field for _, field in fields])},
        "names_not_seen": [row["name"] for row in checklist if row["state"] == "not_seen"],
        "fields_not_seen": [
            {"name": name, "path": field["path"]}
            for name, field in fields
            if field["state"] == "not_seen"
        ],
        "names_not_planned": sorted(name for name in reading.names if name not in planned),
    }


def _seen(rows: Sequence[PlannedName | PlannedField]) -> int:
    return sum(row["state"] == "seen" for row in rows)


def _show_name(name: str, seen: NameSeen) -> NameReport:
    return {
        "name": name or None,
        "count": seen.verdicts.total(),
        "verdicts": dict(sorted(seen.verdicts.items())),
        "fields": {path: sorted(field.kinds) for path, field in sorted(seen.fields.items())},
    }
