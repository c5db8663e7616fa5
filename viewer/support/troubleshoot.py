"""The page “Why do I not see my events?” of a key pair: a conclusion, what to do in the order of
harm, and what needs no action. Staff also get an answer to copy. Values of events are masked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from django.db.models import Max, Min
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingest.models import Delivery, KeyPair, RetiredKeys, Tally
from ingest.problems import render_problem
from ingest.timestamps import format_utc, now_ms
from ingest.timestamps.moments import format_span
from viewer.access.decorators import get_visitor, pair_right_required
from viewer.access.permissions import Right
from viewer.events.value_masking import mask_values
from viewer.onboarding.user_agents import client_name
from viewer.support.examination import (
    ClockLag,
    ExaminedEvents,
    ExaminedRange,
    ExaminedRequests,
    ProblemGroup,
    examine_events,
    examine_requests,
    read_clock,
)
from viewer.workload.deadline import TimeUp, within_deadline

CLOCK_OFF = 300_000  # milliseconds; less is explained by the network and the sender's queue
CLOCK_NEEDS = 5  # events with a time
QUIET = 600_000  # milliseconds without a request
NEWER_NAMED = 10  # requests or events
MAX_SHOWN = 20  # kinds of refusals, and of problems
SECONDS = 1.0  # for each of the other facts

FINE, NOTICE, FAULT = "fine", "notice", "fault"


@dataclass(frozen=True)
class Finding:
    """`seen` says how often and when; `path` is a JSON Pointer."""

    topic: str
    state: str
    sentence: str
    hint: str = ""
    seen: str = ""
    code: str = ""
    path: str = ""


@dataclass(frozen=True)
class Facts:
    """The facts about a key pair that the sentences need. Times are milliseconds."""

    pair: KeyPair
    newest: Delivery | None
    accepted_at: int | None  # when the newest accepted request was received, if it is known
    requests: ExaminedRequests
    events: ExaminedEvents
    clock: ClockLag | None
    still_retiring: int | None  # when the old keys expire
    seen: tuple[int, int] | None  # when the first and the newest event were received
    now: int

    @property
    def accepted(self) -> int:
        """The number of requests that were ever accepted."""
        return self.pair.last_delivery - self.pair.refused


@dataclass(frozen=True)
class Diagnosis:
    """`summary`: the conclusion first. `examined` says what the counts refer to."""

    summary: list[Finding]
    steps: list[Finding]
    more: list[str]  # what is not among the steps
    fine: list[Finding]
    examined: list[str] = field(default_factory=list)


@require_GET
@pair_right_required(Right.SEE)
def troubleshoot_page(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    found = diagnose(read_facts(pair))
    is_staff = get_visitor(request).is_staff
    context = {
        "pair": pair,
        "diagnosis": found,
        "text": answer_text(pair, found) if is_staff else "",
    }
    return render(request, "support/troubleshoot.html", context)


def read_facts(pair: KeyPair) -> Facts:
    pair.refresh_from_db()
    newest = Delivery.objects.filter(keypair=pair).order_by("-number").first()
    retiring = RetiredKeys.objects.filter(keypair=pair, works_until__gt=now_ms())
    return Facts(
        pair,
        newest,
        _newest_accepted(pair, newest),
        examine_requests(pair),
        examine_events(pair),
        read_clock(pair),
        retiring.order_by("-works_until").values_list("works_until", flat=True).first(),
        _seen(pair),
        now_ms(),
    )


def _newest_accepted(pair: KeyPair, newest: Delivery | None) -> int | None:
    if newest is None:
        return None
    if not newest.refused:
        return newest.received_at
    accepted = Delivery.objects.filter(keypair=pair, refused=False).order_by("-number")
    try:
        with within_deadline(SECONDS):
            return accepted.values_list("received_at", flat=True).first()
    except TimeUp:
        return None


def _seen(pair: KeyPair) -> tuple[int, int] | None:
    names = Tally.objects.filter(keypair=pair)
    try:
        with within_deadline(SECONDS):
            seen = names.aggregate(first=Min("first_seen"), last=Max("last_seen"))
    except TimeUp:
        return None
    return None if seen["first"] is None else (seen["first"], seen["last"])


def diagnose(facts: Facts) -> Diagnosis:
    statements = [
        *(*_disabled(facts), *_request(facts), *_discarded(facts), *_unplanned(facts)),
        *(*_newest(facts), *_first(facts)),
    ]
    statements.sort(key=lambda one: (FAULT, NOTICE, FINE).index(one.state))
    problems = _problem_steps(facts)
    steps = [
        *_refusals(facts),
        *(step for step in problems if step.state == FAULT),
        *_retiring(facts),
        *_clock(facts),
        *_quiet(facts),
        *(step for step in problems if step.state != FAULT),
    ]
    return Diagnosis(
        [one for one in statements if one.state != FINE] or [_nothing_wrong(facts, steps)],
        steps,
        list(_more(facts)),
        [one for one in statements if one.state == FINE],
        list(_examined(facts)),
    )


def answer_text(pair: KeyPair, found: Diagnosis) -> str:
    """The diagnosis as a message to the customer."""
    conclusion, *others = map(_in_text, found.summary)
    lines = ["Hello,", "", f"about the key pair “{pair.name}”: {conclusion}", *others]
    if found.steps:
        lines += ["", "What to do:"]
        lines += [f"{number}. {_in_text(step)}" for number, step in enumerate(found.steps, 1)]
        lines += found.more
    if found.fine:
        lines += ["", "No action needed:", *(f"- {_in_text(one)}" for one in found.fine)]
    if found.examined:
        lines += ["", *found.examined]
    return "\n".join(lines)


def _in_text(finding: Finding) -> str:
    path = f"; path {finding.path}" if finding.path else ""
    seen = f"({finding.seen}{path})" if finding.seen else ""
    return " ".join(filter(None, (finding.sentence, seen, finding.hint)))


# -- summary ----------------------------------------------------------------------------------


def _disabled(facts: Facts) -> Iterator[Finding]:
    if facts.pair.disabled_at is not None:
        since = format_utc(facts.pair.disabled_at)
        yield Finding(
            "Keys",
            FAULT,
            f"The key pair has been disabled since {since}: every request with its keys is "
            "refused.",
            "Enable it in its settings.",
        )


def _request(facts: Facts) -> Iterator[Finding]:
    refused = facts.pair.refused
    newest = facts.newest
    if not facts.pair.last_delivery:
        yield Finding(
            "Requests",
            FAULT,
            "No request with these keys has arrived yet.",
            "Check the address that the client sends to, and check the requests with unknown keys.",
        )
    elif not facts.accepted:
        yield Finding(
            "Requests",
            FAULT,
            "We’ve never accepted a request with these keys: "
            f"{_count(refused, 'request')} {_was(refused)} refused.",
        )
    elif newest is not None and newest.refused:
        accepted = facts.accepted_at
        last = f"; the last accepted one was received {format_utc(accepted)}" if accepted else ""
        yield Finding("Requests", FAULT, f"The newest request was refused{last}.")
    elif newest is not None and newest.status >= 400:
        yield Finding(
            "Requests",
            FAULT,
            f"The newest request was answered {newest.status}, as the vendor does when it refuses "
            f"all events of a request; here they are stored{_refused_before(facts)}.",
        )
    elif refused:
        yield Finding(
            "Requests", NOTICE, f"The newest request was accepted{_refused_before(facts)}."
        )


def _refused_before(facts: Facts) -> str:
    refused = facts.pair.refused
    return f"; {_count(refused, 'request')} {_was(refused)} refused before that" if refused else ""


def _newest(facts: Facts) -> Iterator[Finding]:
    newest = facts.newest
    if newest is None:
        return
    client = client_name(newest.headers)
    sender = f"from {client}" if client else "from a client without a name (no User-Agent)"
    ago = format_span(max(0, facts.now - newest.received_at))
    when = format_utc(newest.received_at)
    received = f"The newest request was received {when} ({ago} ago) {sender}"
    answered = f"It was answered {newest.status}" if newest.status else "It was not answered"
    if newest.refused or newest.status >= 400:
        yield Finding("Newest", FAULT, f"{received}. {answered}.")
        return
    encoding = newest.encoding or "not compressed"
    yield Finding(
        "Newest",
        FINE,
        f"{received}. {answered}, and contained {_count(newest.events, 'event')} in "
        f"{_count(newest.wire_size, 'byte')}, {encoding}.",
    )


def _first(facts: Facts) -> Iterator[Finding]:
    if facts.seen:
        first, last = map(format_utc, facts.seen)
        yield Finding(
            "Events", FINE, f"The first event was received {first}, the newest one {last}."
        )


def _discarded(facts: Facts) -> Iterator[Finding]:
    events = facts.events
    if events.scope.size < 1:
        return
    of = _of_events(events.scope)
    if not events.discarded:
        yield Finding("Vendor", FINE, f"The vendor would discard none of {of}.")
        return
    share = events.discarded / events.scope.size
    percent = f" ({_percent(share)})" if share >= 0.01 else ""
    silently = "" if events.refused else "silently "
    sentence = f"The vendor would {silently}discard {events.discarded:,} of {of}{percent}."
    if events.refused:
        sentence += f" Its reply says so for {events.refused:,} of them."
    yield Finding("Vendor", FAULT if share >= 0.5 else NOTICE, sentence)


def _unplanned(facts: Facts) -> Iterator[Finding]:
    count = facts.events.unplanned
    if count:
        which, ones = ("does", "it") if count == 1 else ("do", "them")
        yield Finding(
            "Plan",
            NOTICE,
            f"{count:,} of {_of_events(facts.events.scope)} {which} not fit the "
            f"tracking plan; the vendor accepts {ones}.",
        )


def _nothing_wrong(facts: Facts, steps: Sequence[Finding]) -> Finding:
    if facts.newest is None:
        return Finding("Requests", NOTICE, "The requests with these keys are no longer stored.")
    if steps:
        points = f"{_count(len(steps), 'point')} {'needs' if len(steps) == 1 else 'need'} attention"
        return Finding("Requests", NOTICE, f"The newest request was accepted; {points}.")
    if any(one.scope.is_untouched for one in (facts.requests, facts.events)):
        return Finding("Requests", NOTICE, "The newest request was accepted.")
    return Finding("Requests", FINE, "The newest request was accepted, and no problem was found.")


# -- what to do -------------------------------------------------------------------------------


def _refusals(facts: Facts) -> Iterator[Finding]:
    for group in facts.requests.refusals[:MAX_SHOWN]:
        yield _step("Refused", FAULT, group, "request", facts.requests.scope)


def _problem_steps(facts: Facts) -> list[Finding]:
    return [_problem_step(facts, *one) for one in _problem_groups(facts)[:MAX_SHOWN]]


def _problem_groups(facts: Facts) -> list[tuple[ProblemGroup, str]]:
    """With the unit that is counted."""
    found = [(group, "accepted request") for group in facts.requests.problems]
    found += [(group, "event") for group in facts.events.problems]
    return sorted(
        found, key=lambda one: (not one[0].is_error, one[0].is_of_plan, -one[0].count, one[1])
    )


def _problem_step(facts: Facts, group: ProblemGroup, unit: str) -> Finding:
    is_event = unit == "event"
    topic = "Plan" if group.is_of_plan else "Event" if is_event else "Request"
    scope = facts.events.scope if is_event else facts.requests.scope
    return _step(topic, FAULT if group.is_error else NOTICE, group, unit, scope)


def _step(topic: str, state: str, group: ProblemGroup, unit: str, scope: ExaminedRange) -> Finding:
    words = render_problem(mask_values(group.problem))
    seen = _when(group, unit) + _since(group, unit, scope)
    return Finding(
        topic, state, words["message"], words["hint"], seen, words["code"], words["path"]
    )


def _when(group: ProblemGroup, unit: str) -> str:
    counted = _count(group.count, unit)
    if group.count == 1:
        return f"{counted}, {format_utc(group.last)}"
    return f"{counted}, first {format_utc(group.first)}, last {format_utc(group.last)}"


def _since(group: ProblemGroup, unit: str, scope: ExaminedRange) -> str:
    """For a problem that may be fixed: how many newer ones do not have it."""
    newer = scope.high - group.number
    what = "event" if unit == "event" else "request"
    return f"; not in the {newer:,} newer {what}s" if newer >= NEWER_NAMED else ""


def _more(facts: Facts) -> Iterator[str]:
    refusals = len(facts.requests.refusals) - MAX_SHOWN
    if refusals > 0:
        yield f"{_count(refusals, 'more reason')} of refused requests not shown."
    problems = len(_problem_groups(facts)) - MAX_SHOWN
    if problems > 0:
        yield f"{_count(problems, 'more problem')} not shown."


def _retiring(facts: Facts) -> Iterator[Finding]:
    if facts.still_retiring is not None:
        until = format_utc(facts.still_retiring)
        yield Finding(
            "Keys",
            NOTICE,
            f"The keys were replaced. The old ones are still accepted, until {until}.",
            "Put the new keys into the client before then.",
        )


def _clock(facts: Facts) -> Iterator[Finding]:
    clock = facts.clock
    if clock is None or clock.events < CLOCK_NEEDS or abs(clock.lag) < CLOCK_OFF:
        return
    direction = "before" if clock.lag > 0 else "after"
    yield Finding(
        "Clock",
        NOTICE,
        f"The times of the events are {format_span(abs(clock.lag))} {direction} their receipt "
        f"(the median of {clock.events:,} events).",
        "Check the clock of the sender, its time zone, and how long it queues events.",
    )


def _quiet(facts: Facts) -> Iterator[Finding]:
    if facts.newest is not None and facts.now - facts.newest.received_at > QUIET:
        yield Finding(
            "Silence",
            NOTICE,
            f"No request was received for {format_span(facts.now - facts.newest.received_at)}.",
            "The client may have stopped sending.",
        )


# -- what the counts refer to -----------------------------------------------------------------


def _examined(facts: Facts) -> Iterator[str]:
    requests, events = facts.requests, facts.events
    if requests.refused < facts.pair.refused:
        yield (
            f"The reasons are those of {requests.refused:,} of "
            f"{_count(facts.pair.refused, 'refused request')}: the newest ones that are kept."
        )
    for scope, unit in ((requests.scope, "request"), (events.scope, "event")):
        if not scope.is_complete:
            yield f"Only the newest {_count(max(0, scope.size), unit)} were examined."
    if facts.pair.judge_from is not None:
        yield "Stored events are being checked against the tracking plan: the counts may change."


def _of_events(scope: ExaminedRange) -> str:
    if scope.low <= 1:
        return _count(scope.size, "event")
    return f"the newest {_count(scope.size, 'event')}"


def _percent(share: float) -> str:
    """Rounded, but 100 % only for all."""
    return f"{min(share, 0.99):.0%}" if share < 1 else "100%"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
