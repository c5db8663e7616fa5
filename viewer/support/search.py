"""Finds key pairs by whatever a customer can name: part of a key or name, an account or user of
their events, the sender's address. For staff."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass, field
from time import monotonic

from django.db.models import Q

from ingest.models import Delivery, Event, KeyPair, RetiredKeys, UnmatchedRequest
from viewer.workload.deadline import TimeUp, within_deadline

MIN_LENGTH = 3  # characters
MIN_OF_AUTH_KEY_LENGTH = 12  # so that a key cannot be discovered piece by piece
MAX_LENGTH = 200
MAX_FOUND = 50
SECONDS = 4.0  # for searching streams, most recently active first


_COLUMNS = {
    "folded_name": "in its name",
    "api_key": "in its API key",
    "auth_key": "in its auth key",
}


@dataclass
class Match:
    pair: KeyPair
    reasons: list[str] = field(default_factory=list)
    seq: int | None = None  # an event that matches


@dataclass
class Result:
    """`unsearched` key pairs were left when time was up."""

    matches: list[Match]
    unmatched: int = 0  # whether it sent from this address
    unsearched: int = 0


def find_key_pairs(needle: str) -> Result:
    by_id: dict[int, Match] = {}
    for pair, reason in _by_own_words(needle):
        by_id.setdefault(pair.pk, Match(pair)).reasons.append(reason)
    result = Result([], unmatched=_unmatched_from(needle))
    for match in _in_streams(needle, result):
        known = by_id.setdefault(match.pair.pk, match)
        if known is not match:
            known.reasons += match.reasons
            known.seq = match.seq
    result.matches = list(by_id.values())[:MAX_FOUND]
    return result


def _by_own_words(needle: str) -> Iterator[tuple[KeyPair, str]]:
    present = KeyPair.objects.filter(deleted_at=None)
    for column, words in _COLUMNS.items():
        if column == "auth_key" and len(needle) < MIN_OF_AUTH_KEY_LENGTH:
            continue
        condition = (
            Q(folded_name__contains=needle.casefold())
            if column == "folded_name"
            else Q(**{f"{column}__icontains": needle})
        )
        found = present.filter(condition).order_by("folded_name", "name")
        for pair in found[:MAX_FOUND]:
            yield pair, words
    held = Q(api_key__icontains=needle)
    if len(needle) >= MIN_OF_AUTH_KEY_LENGTH:
        held |= Q(auth_key__icontains=needle)
    retired = RetiredKeys.objects.filter(held, keypair__deleted_at=None).select_related("keypair")
    for keys in retired.order_by("-retired_at")[:MAX_FOUND]:
        yield keys.keypair, "in a key it had before it was rotated"


def _in_streams(needle: str, result: Result) -> Iterator[Match]:
    deadline = monotonic() + SECONDS
    is_address = _is_address(needle)
    active = KeyPair.objects.filter(deleted_at=None, last_delivery__gt=0)
    newest_first = list(active.order_by("-last_received_at"))
    look = _from_address if is_address else _of_somebody
    for at, pair in enumerate(newest_first):
        try:
            with within_deadline(deadline - monotonic()):
                match = look(pair, needle)
        except TimeUp:
            result.unsearched = len(newest_first) - at
            return
        if match:
            yield match


def _of_somebody(pair: KeyPair, needle: str) -> Match | None:
    wanted = Q(account=needle) | Q(user=needle)
    event = Event.objects.filter(wanted, keypair=pair).order_by("-seq").first()
    if event is None:
        return None
    what = "account" if event.account == needle else "user"
    return Match(pair, [f"{what} of event No. {event.seq:,}"], event.seq)


def _from_address(pair: KeyPair, needle: str) -> Match | None:
    sent = Delivery.objects.filter(keypair=pair, sender=needle).order_by("-number").first()
    return Match(pair, ["address of a sender"], sent.first_seq) if sent else None


def _unmatched_from(needle: str) -> int:
    return UnmatchedRequest.objects.filter(sender=needle).count() if _is_address(needle) else 0


def _is_address(needle: str) -> bool:
    try:
        ipaddress.ip_address(needle)
    except ValueError:
        return False
    return True
