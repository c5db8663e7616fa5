"""The shapes that REST takes and gives, as JSON Schemas of the OpenAPI document."""

from __future__ import annotations

from typing import Any

from ingest.tracking_plan import plan_parser
from ingest.tracking_plan.rules import UNKNOWN_NAMES
from ingest.validation.validate_event import VERDICTS
from viewer.qa import expectations, runs
from viewer.qa.expect import MAX_SETTLE, MAX_WAIT

Json = dict[str, Any]

_TEXT: Json = {"type": "string"}
_WHOLE: Json = {"type": "integer"}
_NUMBER: Json = {"type": "number"}
_TRUTH: Json = {"type": "boolean"}
_TIME: Json = {"type": "string", "format": "date-time"}
_ANY: Json = {}


def _ref(name: str) -> Json:
    return {"$ref": f"#/components/schemas/{name}"}


def _or_null(schema: Json) -> Json:
    if "type" in schema:
        return {**schema, "type": [schema["type"], "null"]}
    return {"anyOf": [schema, {"type": "null"}]}


def _all(schema: Json) -> Json:
    return {"type": "array", "items": schema}


def _object(optional: Json | None = None, **required: Json) -> Json:
    return {
        "type": "object",
        "required": list(required),
        "properties": {**required, **(optional or {})},
    }


def _strict(schema: Json) -> Json:
    return {**schema, "additionalProperties": False}


def _word(*words: str) -> Json:
    return {"type": "string", "enum": list(words)}


_COUNTS = _object(received=_WHOLE, **dict.fromkeys(VERDICTS, _WHOLE))
_EVENT = {
    "seq": _WHOLE,
    "received_at": _TIME,
    "occurred_at": _or_null(_TIME),
    "name": _or_null(_TEXT),
    "verdict": _word(*VERDICTS),
    "problems": _all(_ref("Problem")),
    "account": _or_null(_TEXT),
    "user": _or_null(_TEXT),
    "session": _or_null(_TEXT),
    "raw": _or_null(_TEXT),
    "size": _WHOLE,
    "line": _WHOLE,
    "delivery": _WHOLE,
    "status": _WHOLE,
}
_STATE = _word("seen", "invalid", "not_seen")
_COUNT = {"type": "integer", "minimum": 0, "maximum": expectations.MAX_EVENTS}
_LABEL = {"type": "string", "maxLength": expectations.MAX_LABEL_LENGTH}
_QUERY = {"type": "string", "maxLength": 1000}
_FIELDS = {
    "type": "object",
    "additionalProperties": {"type": ["string", "number", "boolean", "null"]},
}
_EXPECT = {"type": "array", "maxItems": expectations.MAX_COUNT, "items": _ref("Expectation")}
_SHORT = {"type": "string", "maxLength": runs.MAX_VALUE_LENGTH}
_SEEN = _object(planned=_WHOLE, seen=_WHOLE)
_DELIVERY = {
    "id": _WHOLE,
    "received_at": _TIME,
    "method": _TEXT,
    "path": _TEXT,
    "headers": {"type": "object"},
    "status": _WHOLE,
    "events": _WHOLE,
    "first_seq": _or_null(_WHOLE),
    "refused": _TRUTH,
    "problems": _all(_ref("Problem")),
}
_NAME_SEEN = _object(
    name=_or_null(_TEXT), count=_WHOLE, verdicts={"type": "object"}, fields={"type": "object"}
)
_OF_REPORT = _object(id=_WHOLE, name=_TEXT, state=_TEXT, passed=_TRUTH, counts=_COUNTS)

SHAPES: dict[str, Json] = {
    "Error": _object({"parameter": _TEXT, "at": _WHOLE}, error=_TEXT),
    "Mistakes": _object(
        {
            "mistakes": _all(_object({"offset": _or_null(_WHOLE)}, path=_TEXT, message=_TEXT)),
            "parameter": _TEXT,
        },
        error=_TEXT,
    ),
    "Problem": _object(
        {"offset": _WHOLE, "column": _or_null(_WHOLE)},
        code=_TEXT,
        severity=_word("error", "warning"),
        path=_TEXT,
        message=_TEXT,
        hint=_TEXT,
        basis=_word("documented", "rebuilt", "plan"),
    ),
    "Event": _object({"fixed": _ANY, "matches": _TRUTH, "raw_base64": _TEXT}, **_EVENT),
    "Events": _object({"searched_to": _WHOLE}, events=_all(_ref("Event")), last=_WHOLE),
    "Deleted": _object(deleted=_WHOLE, first=_or_null(_WHOLE), last=_WHOLE),
    "Delivery": _object({"reply": _ANY, "siblings": _all({"type": "object"})}, **_DELIVERY),
    "Keys": _object(api_key=_TEXT, auth_key=_TEXT, endpoint=_TEXT),
    "UnmatchedRequests": _object(unmatched=_all({"type": "object"})),
    "Deliveries": _object(deliveries=_all(_ref("Delivery"))),
    "Summary": _object(
        balance=_COUNTS,
        last=_WHOLE,
        first_kept=_or_null(_WHOLE),
        first_seen=_or_null(_TIME),
        last_seen=_or_null(_TIME),
        rate=_NUMBER,
        tallies=_all({"type": "object"}),
        top_problems=_all({"type": "object"}),
    ),
    "Coverage": _object(
        names=_all(_object(name=_or_null(_TEXT), count=_WHOLE)),
        names_seen=_WHOLE,
        vendor=_TEXT,
        known=_WHOLE,
        not_seen=_all(_TEXT),
        complete=_or_null(_TRUTH),
    ),
    "Fields": _object(fields=_all(_object(name=_TEXT, values=_all({"type": "array"})))),
    "Checklist": _object(steps=_all(_object(name=_TEXT, state=_TEXT)), request=_ANY),
    "Chart": _object(
        step=_WHOLE,
        to=_WHOLE,
        bars=_all(_all(_WHOLE)),
        kept_only=_TRUTH,
        complete_since=_or_null(_WHOLE),
    ),
    "MistakeInQuery": _object(mistake=_or_null(_object(message=_TEXT, at=_WHOLE))),
    "Validated": _object(
        status=_WHOLE,
        body=_TEXT,
        problems=_all(_ref("Problem")),
        balance=_COUNTS,
        events=_all({"type": "object"}),
    ),
    "View": _object(id=_WHOLE, name=_TEXT, search=_TEXT, created_at=_TIME),
    "Views": _object(views=_all(_ref("View"))),
    "DeletedView": _object(deleted=_ref("View")),
    "Plan": _strict(
        _object(
            {
                "unknown_names": _word(*UNKNOWN_NAMES),
                "required_names": {
                    "type": "array",
                    "uniqueItems": True,
                    "maxItems": plan_parser.MAX_NAMES,
                    "items": {"type": "string", "minLength": 1},
                },
                "events": {
                    "type": "object",
                    "maxProperties": plan_parser.MAX_NAMES,
                    "additionalProperties": {"type": ["object", "boolean"]},
                },
            }
        )
    ),
    "Judging": _object(
        done=_TRUTH,
        looked_at=_WHOLE,
        moves=_all(_object(**{"from": _TEXT, "to": _TEXT, "count": _WHOLE})),
        seconds=_or_null(_NUMBER),
    ),
    "Suspension": _object(at=_TIME, reason=_TEXT),
    "KeptPlan": _object(
        version=_WHOLE,
        created_at=_or_null(_TIME),
        suspended=_or_null(_ref("Suspension")),
        plan=_ref("Plan"),
        judging=_or_null(_ref("Judging")),
    ),
    "PutPlan": {
        "anyOf": [_ref("KeptPlan"), _object(mistakes=_all(_object(path=_TEXT, message=_TEXT)))]
    },
    "PlanVersions": _object(
        versions=_all(
            _object(version=_WHOLE, created_at=_TIME, suspended=_or_null(_ref("Suspension")))
        )
    ),
    "InferredPlan": _object(plan=_ref("Plan"), events=_WHOLE, names=_WHOLE),
    "Expectation": {
        "oneOf": [
            _strict(
                _object(
                    {
                        "fields": _FIELDS,
                        "at_least": _COUNT,
                        "at_most": _COUNT,
                        "exactly": _COUNT,
                        "label": _LABEL,
                    },
                    match=_QUERY,
                )
            ),
            _strict(_object({"fields": _FIELDS, "label": _LABEL}, none=_QUERY)),
            _strict(
                _object(
                    {"by": _word(*expectations.BY), "label": _LABEL},
                    order={
                        "type": "array",
                        "minItems": 2,
                        "maxItems": expectations.MAX_STEPS,
                        "items": _QUERY,
                    },
                )
            ),
        ]
    },
    "ToExpect": _strict(
        _object(
            {
                "run": {"type": "string", "minLength": 1},
                "after": {"type": "integer", "minimum": 0, "maximum": 2**53},
                "wait": {"type": "number", "minimum": 0, "maximum": MAX_WAIT},
                "settle": {"type": "number", "minimum": 0, "maximum": MAX_SETTLE},
            },
            expect={**_EXPECT, "minItems": 1},
        )
    ),
    "Result": _object(
        expectation=_ref("Expectation"),
        label=_TEXT,
        satisfied=_TRUTH,
        found=_WHOLE,
        message=_TEXT,
        events=_all(_WHOLE),
        nearest=_all(
            _object(
                seq=_WHOLE,
                name=_or_null(_TEXT),
                verdict=_word(*VERDICTS),
                matched=_WHOLE,
                of=_WHOLE,
                differences=_all(
                    _object(term=_TEXT, path=_TEXT, wanted=_TEXT, got=_or_null(_TEXT), hint=_TEXT)
                ),
            )
        ),
    ),
    "Expected": _object(
        satisfied=_TRUTH,
        waited=_NUMBER,
        after=_WHOLE,
        last=_WHOLE,
        run=_or_null(_object(name=_TEXT, begun=_TRUTH)),
        results=_all(_ref("Result")),
    ),
    "NewRun": _strict(
        _object(
            {
                "name": {"type": "string", "minLength": 1},
                "tagged": _TRUTH,
                "user": _SHORT,
                "session": _SHORT,
                "expect": _EXPECT,
            }
        )
    ),
    "Run": _object(
        id=_WHOLE,
        name=_TEXT,
        state=_word("open", "finished"),
        tagged=_TRUTH,
        user=_TEXT,
        session=_TEXT,
        first=_WHOLE,
        last=_or_null(_WHOLE),
        begun_at=_TIME,
        finished_at=_or_null(_TIME),
        expect=_all(_ref("Expectation")),
    ),
    "Runs": _object(runs=_all(_ref("Run"))),
    "Report": _object(
        run=_ref("Run"),
        pair=_object(name=_TEXT, dialect=_TEXT),
        passed=_TRUTH,
        failures=_all(_TEXT),
        made_at=_TIME,
        stamp=_TEXT,
        plan=_WHOLE,
        counts=_COUNTS,
        refused=_or_null(_WHOLE),
        checklist=_all(
            _object(
                name=_TEXT,
                required=_TRUTH,
                state=_STATE,
                count=_WHOLE,
                good=_WHOLE,
                first_seq=_or_null(_WHOLE),
                fields=_all(
                    _object(path=_TEXT, required=_TRUTH, state=_STATE, first_seq=_or_null(_WHOLE))
                ),
            )
        ),
        expectations=_all(_ref("Result")),
        problems=_all(
            {
                "allOf": [
                    _ref("Problem"),
                    _object(
                        name=_or_null(_TEXT),
                        count=_WHOLE,
                        example=_object(seq=_WHOLE, raw=_or_null(_TEXT)),
                    ),
                ]
            }
        ),
        problems_left_out=_WHOLE,
        is_shortened=_TRUTH,
        coverage=_object(
            names=_SEEN,
            fields=_SEEN,
            names_not_seen=_all(_TEXT),
            fields_not_seen=_all(_object(name=_TEXT, path=_TEXT)),
            names_not_planned=_all(_TEXT),
        ),
        names=_all(_NAME_SEEN),
    ),
    "Comparison": _object(
        before=_OF_REPORT,
        after=_OF_REPORT,
        missing=_all(_object(name=_TEXT, count=_WHOLE)),
        extra=_all(_object(name=_TEXT, count=_WHOLE)),
        changed=_all(_object(name=_TEXT)),
    ),
}
