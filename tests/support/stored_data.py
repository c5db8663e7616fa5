"""Functions that read the store, for tests that send over HTTP. They need the fixture `stored`."""

from __future__ import annotations

from ingest.models import Delivery, Event, KeyPair, Tally, UnmatchedRequest
from ingest.problems import Problem, problems_from_json
from tests.support.validating import faults


def events_of(pair: KeyPair) -> list[Event]:
    return list(Event.objects.filter(keypair=pair).order_by("seq"))


def verdicts_of(pair: KeyPair) -> list[str]:
    return [event.verdict for event in events_of(pair)]


def last_delivery(pair: KeyPair) -> Delivery:
    return Delivery.objects.filter(keypair=pair).latest("number")


def last_unmatched() -> UnmatchedRequest:
    return UnmatchedRequest.objects.latest("id")


def problems_of(row: Event | Delivery | UnmatchedRequest) -> list[Problem]:
    return problems_from_json(row.problems)


def faults_of(row: Event | Delivery | UnmatchedRequest) -> list[str]:
    """`severity code path` of each problem."""
    return faults(problems_of(row))


def text_of(row: Delivery | UnmatchedRequest) -> bytes:
    """All stored text of a request, to search in."""
    fields = [row.method, row.path, row.headers, row.sender, row.encoding, row.problems]
    fields.append(row.reply or "")
    return "\n".join(fields).encode() + b"\n" + bytes(row.excerpt)


def assert_balanced(pair: KeyPair) -> None:
    """Check that every event has a number, and that every counter agrees with the rows."""
    pair.refresh_from_db()
    seqs = [event.seq for event in events_of(pair)]
    assert seqs == list(range(pair.first_seq, pair.last_seq + 1))
    assert pair.last_seq == pair.valid + pair.warning + pair.invalid + pair.malformed
    for verdict in ("valid", "warning", "invalid", "malformed"):
        tallied = Tally.objects.filter(keypair=pair, verdict=verdict)
        assert sum(tally.count for tally in tallied) == getattr(pair, verdict)
