from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from ingest.auth.credential_cache import CredentialCache
from ingest.dialects import BY_NAME
from ingest.endpoint import Endpoint
from ingest.models import Event
from ingest.values import KeyPairSnapshot, Limits
from tests.support.http import send_raw
from tests.support.vendors import NATERO


def test_it_works(server, new_pair, stored):
    pair = new_pair("natero")
    answer = send_raw(server.port, NATERO.deliver(pair.api_key, pair.auth_key, NATERO.good))
    assert (answer.status, answer.body) == (200, b"")
    event = Event.objects.get(keypair=pair)
    assert (event.seq, event.verdict, bytes(event.raw)) == (1, "valid", NATERO.good)


class FailingProcessor:
    limits = Limits()
    memory_budget = SimpleNamespace(release=lambda body: None)

    async def read(self, *_: Any) -> None:
        raise RuntimeError("a fault of the program")


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("natero", b""),
        ("usermaven", b""),
        ("eventbunker", b'{"message":"Error...","errors":[]}'),
    ],
)
def test_a_fault_of_the_program_gets_the_vendors_500(dialect, body, caplog):
    pair = KeyPairSnapshot(1, dialect, "api-key-1", "auth-key-1")
    path, headers = BY_NAME[dialect].request_for(pair.api_key, pair.auth_key)
    path, _, query = path.partition("?")
    sent = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    scope = {"type": "http", "method": "POST", "path": path, "query_string": query.encode()}
    replies: list[dict[str, Any]] = []

    async def find(_: Any) -> list[KeyPairSnapshot]:
        return [pair]

    async def send(message: dict[str, Any]) -> None:
        replies.append(message)

    async def run() -> None:
        endpoint = Endpoint(
            lambda *_: pytest.fail("no page"), CredentialCache(find), None, FailingProcessor()
        )
        await endpoint(scope | {"headers": sent, "client": ("127.0.0.1", 1)}, None, send)

    asyncio.run(run())
    head, rest = replies
    assert (head["status"], rest["body"]) == (500, body)
    assert (b"x-problem", b"internal-error") in head["headers"]
    assert "a fault of the program" in caplog.text
