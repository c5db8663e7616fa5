"""Explains why events are missing, from the newest request, the keys, the clock, the client and the
stored events of one key pair, in sentences that can be copied to a customer. They concern this key
pair only."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import median

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from ingest.models import Delivery, Event, KeyPair, RetiredKeys
from ingest.problems import Problem, problems_from_json, render_problem
from ingest.timestamps import format_utc, now_ms
from viewer.access.decorators import pair_right_required
from viewer.access.permissions import Right
from viewer.events import summary
from viewer.events.serializers import balance
from viewer.onboarding.user_agents import client_name

CLOCK_LOOKED_AT = 200  # events
CLOCK_OFF = 300_000  # milliseconds; less is explained by the network and the sender's queue
QUIET = 600_000  # milliseconds without a request
TOP_PROBLEMS = 3


@dataclass(frozen=True)
class Finding:
    """One sentence. `state` is fine, notice or fault."""

    topic: str
    state: str
    sentence: str
    hint: str = ""
    code: str = ""


@dataclass(frozen=True)
class Facts:
    """The facts about a key pair that the sentences need."""

    pair: KeyPair
    newest: Delivery | None
    accepted: Delivery | None  # the newest accepted one
    lag: float | None  # median of the milliseconds between an event's time and its receipt
    summary: summary.EventSummary
    still_retiring: int | None  # when the old keys expire
    now: int


@require_GET
@pair_right_required(Right.SEE)
def troubleshoot_page(request: HttpRequest, pair: KeyPair) -> HttpResponse:
    findings = list(diagnose(read_facts(pair)))
    text = "\n".join(f"- {f.sentence} {f.hint}".rstrip() for f in findings)
    context = {"pair": pair, "findings": findings, "text": text}
    return render(request, "support/troubleshoot.html", context)


def read_facts(pair: KeyPair) -> Facts:
    requests = Delivery.objects.filter(keypair=pair).order_by("-number")
    retiring = RetiredKeys.objects.filter(keypair=pair, works_until__gt=now_ms())
    return Facts(
        pair,
        requests.first(),
        requests.filter(refused=False).first(),
        _lag(pair),
        summary.summarize(pair),
        retiring.order_by("-works_until").values_list("works_until", flat=True).first(),
        now_ms(),
    )


def diagnose(facts: Facts) -> Iterator[Finding]:
    """The most important finding first."""
    yield from _pair(facts)
    yield from _last_request(facts)
    yield from _events(facts)
    yield from _clock(facts)
    yield from _client(facts)
    yield from _problems(facts)
    yield from _seen(facts)


def _lag(pair: KeyPair) -> float | None:
    newest = Event.objects.filter(keypair=pair, occurred_at__isnull=False).order_by("-seq")
    times = newest.values_list("received_at", "occurred_at")[:CLOCK_LOOKED_AT]
    lags = [received - occurred for received, occurred in times if occurred is not None]
    return median(lags) if lags else None


def _pair(facts: Facts) -> Iterator[Finding]:
    pair = facts.pair
    if pair.disabled_at is not None:
        since = format_utc(pair.disabled_at)
        yield Finding(
            "Keys",
            "fault",
            f"The key pair is disabled since {since}: every request with its keys is refused.",
            "Have it enabled in its settings.",
        )
    if facts.still_retiring is not None:
        until = format_utc(facts.still_retiring)
        yield Finding(
            "Keys",
            "notice",
            f"The keys were replaced. The old ones are still accepted, until {until}.",
            "Put the new keys into the client before then.",
        )


def _last_request(facts: Facts) -> Iterator[Finding]:
    newest = facts.newest
    if newest is None:
        yield Finding(
            "Last request",
            "fault",
            "No request with these keys has arrived yet.",
            "Check the address that the client sends to, and look among the unmatched requests.",
        )
        return
    when = f"{format_utc(newest.received_at)} ({_ago(facts.now - newest.received_at)} ago)"
    head = f"The newest request came {when} and was answered {newest.status or 'nothing'}"
    if newest.refused:
        yield _refused(newest, head)
        yield from _last_accepted(facts)
        return
    held = _count(newest.events, "event")
    encoding = f", {newest.encoding}" if newest.encoding else ", not compressed"
    state = "notice" if facts.now - newest.received_at > QUIET else "fine"
    hint = "Nothing came since: the client may have stopped sending." if state == "notice" else ""
    yield Finding(
        "Last request",
        state,
        f"{head}; it held {held} in {newest.wire_size:,} bytes{encoding}.",
        hint,
    )
    yield Finding("Keys", "fine", "Both keys of that request were right.")


def _refused(newest: Delivery, head: str) -> Finding:
    found = problems_from_json(newest.problems)
    words = render_problem(found[0]) if found else {"message": "", "hint": "", "code": ""}
    sentence = f"{head}: it was refused. {words['message']}".rstrip()
    return Finding("Last request", "fault", sentence, words["hint"], words["code"])


def _last_accepted(facts: Facts) -> Iterator[Finding]:
    if facts.accepted is None:
        yield Finding("Keys", "fault", "No request with these keys was ever taken in.")
        return
    when = format_utc(facts.accepted.received_at)
    yield Finding("Keys", "notice", f"The newest request that was taken in came {when}.")


def _events(facts: Facts) -> Iterator[Finding]:
    counts = balance(facts.pair)
    received = counts["received"]
    if not received:
        return
    dropped = counts["invalid"] + counts["malformed"]
    share = dropped / received
    state = "fault" if share >= 0.5 else "notice" if dropped else "fine"
    drops = (
        "none" if not dropped else f"{dropped:,} ({share:.0%})" if share >= 0.01 else f"{dropped:,}"
    )
    yield Finding(
        "Events",
        state,
        f"The vendor would silently drop {drops} of {_count(received, 'event')} received.",
    )


def _clock(facts: Facts) -> Iterator[Finding]:
    lag = facts.lag
    if lag is None or abs(lag) < CLOCK_OFF:
        return
    direction = "before" if lag > 0 else "after"
    yield Finding(
        "Clock",
        "notice",
        f"Events say they happened {_ago(abs(lag))} {direction} they arrived (the median of the "
        f"newest {CLOCK_LOOKED_AT}).",
        "Check the clock of the sender, its time zone, and how long it queues events.",
    )


def _client(facts: Facts) -> Iterator[Finding]:
    if facts.newest is None:
        return
    client = client_name(facts.newest.headers)
    sentence = (
        f"The newest request was sent by {client}."
        if client
        else ("The newest request named no client (no User-Agent).")
    )
    yield Finding("Client", "fine", sentence)


def _problems(facts: Facts) -> Iterator[Finding]:
    for problem in facts.summary["top_problems"][:TOP_PROBLEMS]:
        words = render_problem(Problem(problem["code"], path=problem["path"]))
        times = _count(problem["count"], "time")
        sentence = f"Found {times}: {words['message']}"
        yield Finding("Problem", "notice", sentence, words["hint"], problem["code"])


def _seen(facts: Facts) -> Iterator[Finding]:
    first, last = facts.summary["first_seen"], facts.summary["last_seen"]
    if first and last:
        yield Finding(
            "Seen", "fine", f"Its first event came {_plain(first)}, its newest {_plain(last)}."
        )


def _plain(iso: str) -> str:
    return f"{iso[:10]} {iso[11:19]} UTC"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _ago(milliseconds: float) -> str:
    for size, word in ((86_400_000, "day"), (3_600_000, "hour"), (60_000, "minute")):
        if milliseconds >= size:
            return _count(int(milliseconds // size), word)
    return _count(int(milliseconds // 1000), "second")
