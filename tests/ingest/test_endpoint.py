from __future__ import annotations

from ingest.models import Event
from tests.support.http import send_raw
from tests.support.vendors import NATERO


def test_it_works(server, new_pair, stored):
    pair = new_pair("natero")
    answer = send_raw(server.port, NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good))
    assert (answer.status, answer.body) == (200, b"")
    event = Event.objects.get(keypair=pair)
    assert (event.seq, event.verdict, bytes(event.raw)) == (1, "valid", NATERO.good)
