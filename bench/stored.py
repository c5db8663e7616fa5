"""A key pair with many stored events, put there without HTTP and judged once.

Run as a program: `python -m bench.stored NAME COUNT`, with DATA_DIR set.
"""

from __future__ import annotations

import os
import sys
import time

from bench.bodies import MARK, batch

LINES = 1_000
RARE = 0.0003  # share of the events that are invalid


def fill(name: str, count: int) -> None:
    """Lifelike events, one in a few thousand of them without its user."""
    from ingest.check import check_all
    from ingest.dialects import BY_NAME
    from ingest.models import KeyPair
    from ingest.record import Masked, record
    from ingest.shapes import Limits, Reply, Request
    from ingest.store import Deposit, Store

    pair = KeyPair.objects.get(name=name)
    KeyPair.objects.filter(pk=pair.pk).update(max_events=2 * count)
    dialect, store, limits = BY_NAME[pair.dialect], Store(), Limits()
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    every = round(1 / RARE / LINES)
    for number in range(count // LINES):
        at = time.time_ns() // 1_000_000
        text = batch(LINES).replace(MARK.encode(), b"%012d" % number)
        if number % every == every // 2:
            text = text.replace(b'"userId"', b'"usrId"', 1)
        request = Request("POST", path, "", {}, "127.0.0.1", at)
        events = check_all(dialect, dialect.read(request, text, limits).pieces, at, pair.api_key)
        masked = Masked(dialect, request)
        kept = record(masked, request, reply=Reply(200, []), wire_size=len(text), size=len(text))
        store.append([Deposit(pair.id, kept, events)])


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "viewer.settings"
    import django

    django.setup()
    fill(sys.argv[1], int(sys.argv[2]))
