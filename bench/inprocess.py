"""Parse, check and insert as the server does, without HTTP, in one thread: events per second.

Run as a program: `python -m bench.inprocess BODY SECONDS`, with DATA_DIR set.
"""

from __future__ import annotations

import itertools
import os
import sys
import time
from functools import partial
from pathlib import Path

from bench.bodies import MARK


def measure(body: bytes, seconds: float) -> float:
    from ingest.dialects import BY_NAME
    from ingest.models import KeyPair
    from ingest.receiving.redaction import RedactedHead, delivery_row
    from ingest.storage.store import Store
    from ingest.storage.write_request import WriteRequest
    from ingest.validation.history.type_drift import TypeDriftDetector
    from ingest.validation.validate_event import validate_event
    from ingest.values import IncomingRequest, Limits

    pair = KeyPair.objects.get(name="bench in process")
    dialect, store, limits = BY_NAME[pair.dialect], Store(), Limits()
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    kinds = partial(TypeDriftDetector().compare, pair.id, dialect.rules.names)
    events = 0
    spent = 0.0
    for count in itertools.count():
        text = body.replace(MARK.encode(), b"%012d" % count)
        began = time.perf_counter()
        at = time.time_ns() // 1_000_000
        request = IncomingRequest("POST", path, "", {}, "127.0.0.1", at)
        reading = dialect.read(request, text, limits)
        judged = [
            validate_event(dialect, piece, at, pair.api_key, kinds) for piece in reading.pieces
        ]
        reply = dialect.reply(request, judged)
        masked = RedactedHead(dialect, request)
        kept = delivery_row(masked, request, reply=reply, wire_size=len(body), size=len(body))
        store.append([WriteRequest(pair.id, kept, judged)])
        spent += time.perf_counter() - began
        events += len(judged)
        if spent >= seconds:
            break
    return events / spent


if __name__ == "__main__":
    os.environ["DJANGO_SETTINGS_MODULE"] = "viewer.settings"
    import django

    django.setup()
    print(measure(Path(sys.argv[1]).read_bytes(), float(sys.argv[2])))
