"""Infers an initial tracking plan from received events."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Annotated, Any

import orjson
from django.db.models import Case, F, Q, When
from genson import SchemaBuilder
from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair
from ingest.parsing.json_parsing import parse_json
from ingest.problems import ERROR, problems_from_json
from ingest.tracking_plan.plan_parser import MAX_BYTES, MAX_DEPTH, MAX_NAMES
from ingest.tracking_plan.rules import ALLOWED, UNKNOWN_NAMES, without_plan
from ingest.verdicts import INVALID, MALFORMED
from viewer.workload.deadline import TimeUp, check_deadline, within_deadline

NEWEST = 5_000  # events used
MAX_EXAMINED = 20_000  # events, with those that are left out
MAX_EVENT_BYTES = 65_536  # bytes
MAX_EVENT_DEPTH = MAX_DEPTH // 2 - 1  # nesting levels; each takes two in a plan
MAX_FIELDS = 200  # per object; an object with more is a map
SECONDS = 3.0  # for reading events; the plan then covers those read
_AT_ONCE = 20


class PlanContent(TypedDict, total=False):
    """`events` has a JSON Schema for each event name."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    unknown_names: Annotated[str, WithJsonSchema({"type": "string", "enum": list(UNKNOWN_NAMES)})]
    required_names: Annotated[
        list[Annotated[str, Field(min_length=1)]],
        Field(max_length=MAX_NAMES, json_schema_extra={"uniqueItems": True}),
    ]
    events: Annotated[dict[str, dict[str, Any] | bool], Field(max_length=MAX_NAMES)]


class EventsLeftOut(TypedDict):
    """Examined events that were not used, by reason: `invalid` by the vendor's rules, `malformed`,
    without a name, too large, or with one name too many."""

    invalid: int
    malformed: int
    unnamed: int
    too_large: int
    too_many_names: int


class InferredPlan(TypedDict):
    """How many events and event names it was made of."""

    plan: PlanContent
    events: int
    names: int
    left_out: EventsLeftOut


def infer_plan(pair: KeyPair, condition: Q) -> InferredPlan:
    """The common fields, per event name, of the newest matching events that the vendor accepts."""
    builders: dict[str, SchemaBuilder] = {}
    counts: Counter[str] = Counter()
    left_out: EventsLeftOut = {
        "invalid": 0,
        "malformed": 0,
        "unnamed": 0,
        "too_large": 0,
        "too_many_names": 0,
    }
    try:
        with within_deadline(SECONDS):
            for name, value in _events(pair, condition, left_out):
                check_deadline()
                if name not in builders and len(builders) >= MAX_NAMES:
                    left_out["too_many_names"] += 1
                    continue
                builder = builders.setdefault(name, SchemaBuilder(schema_uri=None))
                builder.add_object(value)
                counts[name] += 1
                if counts.total() >= NEWEST:
                    break
    except TimeUp:
        if not counts:
            raise
    events = {name: _tidied(builders[name].to_schema()) for name in sorted(builders)}
    plan = _fitting(
        {"unknown_names": ALLOWED, "required_names": sorted(builders), "events": events}
    )
    return {
        "plan": plan,
        "events": counts.total(),
        "names": len(builders),
        "left_out": left_out,
    }


def _events(
    pair: KeyPair, condition: Q, left_out: EventsLeftOut
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and value of the events to use; counts the others in `left_out`."""
    small = Case(When(size__lte=MAX_EVENT_BYTES, then=F("raw")), default=None)
    matching = Event.objects.filter(condition, keypair=pair).annotate(small=small)
    newest = matching.order_by("-seq").values_list("name", "verdict", "problems", "small")
    for name, verdict, problems, raw in newest[:MAX_EXAMINED].iterator(_AT_ONCE):
        check_deadline()
        if verdict == MALFORMED:
            left_out["malformed"] += 1
        elif verdict == INVALID and _is_error_of_vendor(problems):
            left_out["invalid"] += 1
        elif not name:
            left_out["unnamed"] += 1
        elif raw is None:
            left_out["too_large"] += 1
        else:
            yield name, _cut(parse_json(raw)[0])


def _is_error_of_vendor(problems: str) -> bool:
    """Whether an event is invalid for another reason than the plan."""
    return any(p.severity == ERROR for p in without_plan(problems_from_json(problems)))


def _cut(value: Any) -> Any:
    """Replace arrays and objects that are nested too deeply by empty ones."""
    level = [value]
    for _ in range(MAX_EVENT_DEPTH - 1):
        inner = (part.values() if isinstance(part, dict) else part for part in level)
        level = [each for part in inner for each in part if isinstance(each, (dict, list))]
    for part in level:
        part.clear()
    return value


def _tidied(schema: Any) -> Any:
    """Remove the fields of maps, and schemas without constraints."""
    if isinstance(schema, list):
        return [_tidied(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    tidied = {name: _tidied(inner) for name, inner in schema.items()}
    if len(schema.get("properties", ())) > MAX_FIELDS:
        tidied.pop("properties")
        tidied.pop("required", None)
    return tidied


def _fitting(plan: PlanContent) -> PlanContent:
    """Limit the plan's size: the largest schemas lose their constraints."""
    events = plan["events"]
    sizes = {name: _size({name: schema}) for name, schema in events.items()}
    excess = (
        sum(sizes.values()) - MAX_BYTES
    )  # an initial estimate, because lines are indented further
    for name in sorted(events, key=lambda name: -sizes[name]):
        if excess <= 0 and (excess := _size(plan) - MAX_BYTES) <= 0:
            break
        events[name] = {}
        excess -= sizes[name]
    return plan


def _size(content: Any) -> int:
    return len(orjson.dumps(content, option=orjson.OPT_INDENT_2))
