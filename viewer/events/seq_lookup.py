"""Where in the numbers of a key pair a time lies."""

from __future__ import annotations

from ingest.models import Event, KeyPair


def first_since(pair: KeyPair, moment: int) -> int:
    """A number that all kept events since then reach, and none before: numbers follow time,
    so it can be halved in on. One above the newest, when there are none."""
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
