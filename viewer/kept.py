"""Where in the numbers of a key pair a time lies."""

from __future__ import annotations

from ingest.models import Event, KeyPair


def first_since(pair: KeyPair, moment: int) -> int:
    """The first kept number received since then: numbers follow time, so it can be halved
    in on. One above the newest, when there is none."""
    low, high = pair.first_seq, pair.last_seq + 1
    while low < high:
        middle = (low + high) // 2
        at = Event.objects.filter(keypair=pair, seq=middle).values_list("received_at", flat=True)
        if (at.first() or 0) < moment:
            low = middle + 1
        else:
            high = middle
    return low
