"""Finds the number of an event by time."""

from __future__ import annotations

from ingest.models import Event, KeyPair


def first_since(pair: KeyPair, moment: int) -> int:
    """The first number since a time, by binary search, because numbers follow time; one above the
    newest if there is none."""
    low, high = pair.first_seq, pair.last_seq + 1
    while low < high:
        middle = (low + high) // 2
        rows = Event.objects.filter(keypair=pair, seq__gte=middle, seq__lt=high).order_by("seq")
        seq, received_at = rows.values_list("seq", "received_at").first() or (0, moment)
        if received_at < moment:
            low = seq + 1
        else:
            high = middle
    return low
