"""Infers an initial tracking plan from received events."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import orjson
from django.db.models import Q
from genson import SchemaBuilder
from pydantic import ConfigDict, Field, WithJsonSchema
from typing_extensions import TypedDict

from ingest.models import Event, KeyPair
from ingest.tracking_plan.plan_parser import MAX_BYTES, MAX_DEPTH, MAX_NAMES
from ingest.tracking_plan.rules import ALLOWED, UNKNOWN_NAMES
from ingest.validation.validate_event import VALID, WARNING
from viewer.workload.deadline import TimeUp, check_deadline, within_deadline

NEWEST = 5_000  # events examined
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


class InferredPlan(TypedDict):
    """How many events and event names it was made of."""

    plan: PlanContent
    events: int
    names: int


def infer_plan(pair: KeyPair, condition: Q) -> InferredPlan:
    """`{"plan", "events", "names"}`: the common fields, per event name, of the newest matching
    events that the vendor accepts."""
    builders: dict[str, SchemaBuilder] = {}
    counts: Counter[str] = Counter()
    try:
        with within_deadline(SECONDS):
            for name, value in _events(pair, condition):
                check_deadline()
                if name in builders or len(builders) < MAX_NAMES:
                    builder = builders.setdefault(name, SchemaBuilder(schema_uri=None))
                    builder.add_object(value)
                    counts[name] += 1
    except TimeUp:
        if not counts:
            raise
    events = {name: _tidied(builders[name].to_schema()) for name in sorted(builders)}
    plan = _fitting(
        {"unknown_names": ALLOWED, "required_names": sorted(builders), "events": events}
    )
    return {"plan": plan, "events": counts.total(), "names": len(builders)}


def _events(pair: KeyPair, condition: Q) -> Any:
    taken = Event.objects.filter(condition, keypair=pair, verdict__in=(VALID, WARNING))
    named = taken.exclude(name=None).exclude(name="").filter(size__lte=MAX_EVENT_BYTES)
    newest = named.order_by("-seq").values_list("name", "raw")[:NEWEST]
    for name, raw in newest.iterator(_AT_ONCE):
        try:
            value = orjson.loads(raw)
        except orjson.JSONDecodeError:
            continue  # unusual text, although JSON; other events are enough
        yield name, _cut(value)


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
