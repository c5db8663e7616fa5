"""`GET /api/checklist`: how far the newest request of a key pair came, step by step, and why
it came no further."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from channels.db import database_sync_to_async
from django.http import HttpResponse
from typing_extensions import TypedDict

from ingest.models import Delivery, Event, KeyPair, UnmatchedRequest
from ingest.parsing.malformed.compressed_data import COMPRESSED
from ingest.problems import ERROR, Problem, field_name, problems_from_json, render_problem
from ingest.timestamps import format_utc, iso, now_ms
from viewer.rest.answer_types import Timestamp
from viewer.rest.requests import PairRequest
from viewer.rest.responses import json_response
from viewer.rest.router import PairRouter

LOOKED_AT = 1_000  # events of the request, from its first on
LATELY = 600_000  # milliseconds
FIELDS_NAMED = 5

router = PairRouter()

STEPS = ("request", "keys", "body", "lines", "required", "valid")
OPEN, DONE, FAILED = "open", "done", "failed"

_MISSING = frozenset({"missing-field", "missing-session", "misnamed-field", "misplaced-field"})
_NOT_INFLATED = COMPRESSED | {"unknown-encoding"}
_REFUSED_AT = {  # the step that a refusal ends at; at the keys, where none is named
    **dict.fromkeys(("wrong-method", "wrong-path", "old-path"), "request"),
    **dict.fromkeys(("body-too-large", "inflated-too-large", "not-inflatable"), "body"),
    **dict.fromkeys(("declared-but-plain", "compressed-otherwise", "truncated-gzip"), "body"),
    **dict.fromkeys(("declared-but-other", "bytes-after-end", "bytes-before-start"), "body"),
    **dict.fromkeys(("compressed-as-text", "compressed-as-base64"), "body"),
    **dict.fromkeys(("sender-left", "sender-too-slow"), "body"),
    **dict.fromkeys(("empty-body", "empty-array", "too-many-lines"), "lines"),
    **dict.fromkeys(("form-without-data", "form-data-not-base64"), "lines"),
}


class ChecklistStep(NamedTuple):
    """`seq` is the event that it speaks of, if it is one."""

    name: str
    state: str
    message: str = ""
    hint: str = ""
    code: str = ""
    seq: int | None = None


class SerializedStep(TypedDict):
    name: str
    state: str
    message: str
    hint: str
    code: str
    seq: int | None


class DisabledNotice(TypedDict):
    message: str
    hint: str


class ChecklistRequest(TypedDict):
    id: int
    received_at: Timestamp
    method: str
    path: str
    sender: str
    status: int


class ChecklistAnswer(TypedDict):
    """`unmatched` counts requests of the last minutes, for staff, while none comes for the pair."""

    disabled: DisabledNotice | None
    request: ChecklistRequest | None
    steps: list[SerializedStep]
    unmatched: int


class Seen(NamedTuple):
    """An event as far as the steps need it."""

    seq: int
    verdict: str
    problems: Sequence[Problem]


@router.pair_operation("GET", "checklist", ChecklistAnswer)
async def get_checklist(request: PairRequest) -> HttpResponse:
    def read() -> ChecklistAnswer:
        return build_checklist(request.pair, request.visitor.is_staff)

    return json_response(await database_sync_to_async(read)())


def build_checklist(pair: KeyPair, sees_unmatched: bool) -> ChecklistAnswer:
    """The checklist, at a fixed cost whatever is stored."""
    pair.refresh_from_db()
    newest = Delivery.objects.filter(keypair=pair).order_by("-number").first()
    return {
        "disabled": None if pair.disabled_at is None else _disabled(pair.disabled_at),
        "request": None if newest is None else _show_request(newest),
        "steps": [_show_step(step) for step in _steps_of(newest)],
        "unmatched": _unmatched_instead_of(newest) if sees_unmatched else 0,
    }


def _steps_of(newest: Delivery | None) -> list[ChecklistStep]:
    if newest is None:
        return [ChecklistStep(name, OPEN) for name in STEPS]
    problems = problems_from_json(newest.problems)
    if newest.refused:
        return steps_for_refusal(problems[0])
    return build_steps(problems, _body_words(newest), _events_of(newest))


def steps_for_refusal(problem: Problem) -> list[ChecklistStep]:
    """The steps of a request that was refused as a whole."""
    return _until(_failed(_REFUSED_AT.get(problem.code, "keys"), problem))


def build_steps(
    problems: Sequence[Problem], body: str, events: Sequence[Seen]
) -> list[ChecklistStep]:
    """The steps of a request that was taken in. `body` says what became of its encoding;
    each step looks at those events that passed the one before. Pure."""
    garbled = _why_not_inflated(problems, events)
    if garbled:
        return _until(_failed("body", garbled, events[0].seq))
    if not events:
        return _until(_nothing_in_it(problems))
    parsed = [event for event in events if event.verdict != "malformed"]
    complete = [event for event in parsed if not _missing_in(event)]
    return [
        *(
            ChecklistStep("request", DONE),
            ChecklistStep("keys", DONE),
            ChecklistStep("body", DONE, body),
        ),
        _step("lines", events, parsed, _unreadable),
        _step("required", parsed, complete, _lacking),
        _valid(complete),
    ]


def _until(last: ChecklistStep) -> list[ChecklistStep]:
    """Steps before are done, steps after are open."""
    at = STEPS.index(last.name)
    before = [ChecklistStep(name, DONE) for name in STEPS[:at]]
    return [*before, last, *(ChecklistStep(name, OPEN) for name in STEPS[at + 1 :])]


def _failed(name: str, problem: Problem, seq: int | None = None, start: str = "") -> ChecklistStep:
    words = render_problem(problem)
    return ChecklistStep(name, FAILED, start + words["message"], words["hint"], problem.code, seq)


def _step(
    name: str,
    tried: Sequence[Seen],
    passed: Sequence[Seen],
    explain: Callable[[Sequence[Seen], int], ChecklistStep],
) -> ChecklistStep:
    if not tried:
        return ChecklistStep(name, OPEN)
    if len(passed) < len(tried):
        kept = {event.seq for event in passed}
        return explain([event for event in tried if event.seq not in kept], len(tried))
    return ChecklistStep(name, DONE, "" if len(tried) == 1 else f"All {_events(len(tried))}.")


def _unreadable(events: Sequence[Seen], of: int) -> ChecklistStep:
    first = events[0]
    start = "" if of == 1 else f"{len(events):,} of {of:,}: "
    return _failed("lines", first.problems[0], first.seq, start)


def _lacking(events: Sequence[Seen], of: int) -> ChecklistStep:
    """Which fields are missing, over all these events."""
    found = [problem for event in events for problem in _missing_in(event)]
    names = list(dict.fromkeys(f"“{field_name(problem.path)}”" for problem in found))
    more = f" and {len(names) - FIELDS_NAMED} more" if len(names) > FIELDS_NAMED else ""
    start = "Missing" if of == 1 else f"Missing in {len(events):,} of {of:,}"
    first = _failed("required", found[0], events[0].seq)
    return first._replace(message=f"{start}: {', '.join(names[:FIELDS_NAMED])}{more}.")


def _valid(events: Sequence[Seen]) -> ChecklistStep:
    passed = [event for event in events if event.verdict in ("valid", "warning")]
    if len(passed) < len(events) or not events:
        return _step("valid", events, passed, _invalid)
    warned = [event for event in events if event.verdict == "warning"]
    if not warned:
        return ChecklistStep("valid", DONE, seq=events[-1].seq)
    count = "" if len(events) == 1 else f", {len(warned):,} of {len(events):,}"
    words = render_problem(warned[0].problems[0])
    message = f"With a warning{count}: {words['message']}"
    return ChecklistStep(
        "valid", DONE, message, words["hint"], warned[0].problems[0].code, warned[0].seq
    )


def _invalid(events: Sequence[Seen], of: int) -> ChecklistStep:
    first = events[0]
    start = "" if of == 1 else f"{len(events):,} of {of:,} invalid: "
    return _failed("valid", next(filter(_is_error, first.problems)), first.seq, start)


def _why_not_inflated(problems: Sequence[Problem], events: Sequence[Seen]) -> Problem | None:
    """A body that is still compressed is read as one malformed event."""
    if not events or events[0].verdict != "malformed":
        return None
    all_found = [*events[0].problems, *problems]
    return next((problem for problem in all_found if problem.code in _NOT_INFLATED), None)


def _nothing_in_it(problems: Sequence[Problem]) -> ChecklistStep:
    for problem in problems:
        if problem.code == "empty-body":
            return _failed("lines", problem)
    return ChecklistStep("lines", OPEN, "Its events are not kept any more.")


def _missing_in(event: Seen) -> list[Problem]:
    return [p for p in event.problems if p.code in _MISSING and _is_error(p)]


def _is_error(problem: Problem) -> bool:
    return problem.severity == ERROR


def _events_of(delivery: Delivery) -> list[Seen]:
    first = delivery.first_seq or 0
    end = first + min(delivery.events, LOOKED_AT)
    rows = Event.objects.filter(keypair=delivery.keypair_id, seq__gte=first, seq__lt=end)
    found = rows.order_by("seq").values_list("seq", "verdict", "problems")
    return [Seen(seq, verdict, problems_from_json(problems)) for seq, verdict, problems in found]


def _show_step(step: ChecklistStep) -> SerializedStep:
    return {
        "name": step.name,
        "state": step.state,
        "message": step.message,
        "hint": step.hint,
        "code": step.code,
        "seq": step.seq,
    }


def _show_request(delivery: Delivery) -> ChecklistRequest:
    return {
        "id": delivery.number,
        "received_at": iso(delivery.received_at),
        "method": delivery.method,
        "path": delivery.path,
        "sender": delivery.sender,
        "status": delivery.status,
    }


def _body_words(delivery: Delivery) -> str:
    if not delivery.encoding:
        return "It was not compressed."
    return f"{delivery.encoding}: {delivery.wire_size:,} bytes became {delivery.size:,}."


def _disabled(since: int) -> DisabledNotice:
    words = render_problem(Problem("disabled", args={"since": format_utc(since)}))
    return {"message": words["message"], "hint": words["hint"]}


def _unmatched_instead_of(newest: Delivery | None) -> int:
    """How many unmatched requests came lately, while none came for the key pair."""
    since = now_ms() - LATELY
    if newest is not None and newest.received_at >= since:
        return 0
    return UnmatchedRequest.objects.filter(received_at__gte=since).count()


def _events(count: int) -> str:
    return f"{count:,} events"
