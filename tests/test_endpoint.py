from __future__ import annotations

from ingest.models import Event
from tests.http import post, send_raw


def test_it_works(server, new_pair, stored):
    pair = new_pair("natero")
    line = b'{"accountId":"a","userId":"u","createdAt":1795227547189,"action":"sessionIdle","sessionId":"s"}'
    answer = send_raw(server.port, post(f"/v1/{pair.auth_key}/{pair.api_key}", line))
    assert (answer.status, answer.body) == (200, b"")
    event = Event.objects.get(keypair=pair)
    assert (event.seq, event.verdict, bytes(event.raw)) == (1, "valid", line)
