"""Only invalid events pay for explanations, which are fast and do not delay other senders."""

from __future__ import annotations

import json
import sys
import threading
import time

import pytest

from ingest.dialects import natero
from tests.support.http import post, send_raw
from tests.support.validating import NOW, judge
from tests.support.vendors import NATERO

pytestmark = pytest.mark.alone

LINES = 10_000
SECONDS = 2.0  # to explain the lines, of 1 KB each
NOISE = 4  # factor for a loaded machine
WAIT = 1.0  # seconds that a small delivery may take during that

_FIELDS = {f"field_{number}": number * 17 for number in range(54)}
_EVENT = json.dumps({"accountId": "acme", "userId": "u-17", "createdAt": NOW} | _FIELDS)
KINDS = {
    "a missing comma": _EVENT[:-1] + ' "action": "feature" "total": 1}',
    "a trailing comma": _EVENT[:-1] + ",}",
    "single quotes": _EVENT.replace('"', "'"),
    "cut off": _EVENT[:-1],
    "a long string cut off": '{"accountId": "acme", "note": "' + "x" * 950,
    "an object over lines": _EVENT.replace(", ", ",\n", 1),
    "plain words": "words " * 170,
    "markup": "<p>" + "x" * 1000,
}


def body_of(kind: str) -> bytes:
    line = KINDS[kind]
    assert 900 < len(line) <= 1048
    return (line + "\n").encode() * LINES


@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_malformed_lines_are_explained_quickly(kind, capsys):
    body = body_of(kind)
    began = time.perf_counter()
    events = judge("natero", body).events
    took = time.perf_counter() - began
    with capsys.disabled():
        sys.stdout.write(f"\n{LINES:,} lines of 1 KB with {kind}: {took:.2f} s\n")
    assert len(events) in (LINES, 2 * LINES)
    assert all(event.problems for event in events)
    assert took < SECONDS * NOISE


def test_other_senders_get_replies_during_that(uvicorn, new_pair, stored):
    busy, other = new_pair("natero"), new_pair("natero")
    large = post(f"/v1/{busy.auth_key}/{busy.api_key}", body_of("a missing comma")[: 10 * 2**20])
    small = post(f"/v1/{other.auth_key}/{other.api_key}", NATERO.good)
    send_raw(uvicorn.port, small)
    answers = []
    sender = threading.Thread(target=lambda: answers.append(send_raw(uvicorn.port, large, 60)))
    sender.start()
    waits = []
    while sender.is_alive():
        began = time.perf_counter()
        assert send_raw(uvicorn.port, small).status == 200
        waits.append(time.perf_counter() - began)
    sender.join()
    assert answers[0].status == 200
    assert sorted(waits)[len(waits) * 9 // 10] < WAIT
    assert len(waits) > 5


def test_a_valid_body_is_not_searched_for_multiline_objects(monkeypatch):
    def gather(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(natero, "join_objects", gather)
    for end in (b"\n", b"\r\n", b"\n\n"):
        body = (NATERO.good + end) * 100
        assert {event.verdict for event in judge("natero", body).events} == {"valid"}
