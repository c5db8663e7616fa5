"""`GET /api/checklist`: the progress of the newest request, each failure with its message."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import requests

from ingest.auth import key_pairs
from ingest.models import Delivery, Event, UnmatchedRequest
from ingest.problems import Problem
from ingest.timestamps import now_ms
from tests.support.http import post, send_raw
from tests.support.vendors import VENDORS, fresh
from tests.support.visitor import sign_in
from viewer.onboarding.checklist import LATELY, STEPS, Seen, build_steps

GZIP = "Content-Encoding: gzip"


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def ask(uvicorn, stored):
    def get(pair) -> dict[str, Any]:
        keys = (pair.api_key, pair.auth_key)
        return requests.get(f"{uvicorn.url}/api/checklist", auth=keys, timeout=30).json()

    return get


@pytest.fixture
def states(ask):
    def get(pair) -> str:
        return " ".join(step["state"] for step in ask(pair)["steps"])

    return get


@pytest.fixture
def send(uvicorn):
    def deliver(pair, body: bytes | str, *headers: str) -> int:
        body = body.encode() if isinstance(body, str) else body
        request = VENDORS[pair.dialect].deliver(pair.api_key, pair.auth_key, body, *headers)
        return send_raw(uvicorn.port, request).status

    return deliver


@pytest.fixture
def step(ask):
    def get(pair, name: str) -> dict[str, Any]:
        """The checklist's current step: the first one that is not done."""
        steps = ask(pair)["steps"]
        at = STEPS.index(name)
        assert [entry["state"] for entry in steps[:at]] == ["done"] * at
        return steps[at]

    return get


def without(*names: str) -> str:
    event = json.loads(fresh())
    return json.dumps({name: value for name, value in event.items() if name not in names})


def test_before_any_request_all_steps_are_open(pair, ask):
    answer = ask(pair)
    assert [step["name"] for step in answer["steps"]] == list(STEPS)
    assert {step["state"] for step in answer["steps"]} == {"open"}
    assert answer["request"] is None
    assert answer["disabled"] is None


def test_a_valid_event_completes_all_steps(pair, send, ask, states):
    send(pair, fresh())
    assert states(pair) == "done done done done done done"
    answer = ask(pair)
    assert answer["steps"][-1]["seq"] == 1
    assert answer["request"]["status"] == 200
    assert pair.auth_key not in str(answer)


@pytest.mark.parametrize("dialect", VENDORS)
def test_every_vendors_valid_event_does(new_pair, send, states, dialect):
    pair = new_pair(dialect)
    send(pair, VENDORS[dialect].good)
    assert states(pair) == "done done done done done done"


def test_the_newest_request_counts(pair, send, states):
    send(pair, fresh())
    send(pair, "{")
    assert states(pair) == "done done done failed open open"
    send(pair, fresh())
    assert states(pair) == "done done done done done done"


# -- each failure, with its message ------------------------------------------------------------


def test_a_wrong_method_is_reported_at_the_request(pair, uvicorn, step):
    requests.get(f"{uvicorn.url}/v1/{pair.auth_key}/{pair.api_key}", timeout=30)
    failed = step(pair, "request")
    assert failed["state"] == "failed"
    assert failed["message"] == "GET was used; events are sent with POST."


def test_wrong_keys_are_reported_with_the_remedy(pair, uvicorn, step, states):
    send_raw(uvicorn.port, post(f"/v1/not-the-auth-key/{pair.api_key}", fresh()))
    failed = step(pair, "keys")
    assert failed["code"] == "wrong-auth-key"
    assert failed["message"] == "The apiKey is known, but the authKey does not belong to it."
    assert failed["hint"] == "Copy both from the key pair's page."
    assert states(pair) == "done failed open open open open"


@pytest.mark.parametrize(
    ("body", "headers", "code", "message"),
    [
        (fresh(), [GZIP], "declared-but-plain", "declared gzip, but is not compressed"),
        (gzip.compress(fresh()), [], "gzip-not-declared", "is gzip, but the request does not say"),
        (gzip.compress(fresh())[:-12], [GZIP], "truncated-gzip", "gzip cut off at byte"),
        (
            b"\x0b\x02\x80" * 9,
            ["Content-Encoding: br"],
            "encoding-not-inflated",
            "“br” is not read",
        ),
    ],
    ids=lambda value: "body" if isinstance(value, bytes) else None,  # random: never the same value
)
def test_a_body_that_cannot_be_decompressed_gives_the_reason(
    pair, send, step, body, headers, code, message
):
    send(pair, body, *headers)
    failed = step(pair, "body")
    assert (failed["state"], failed["code"]) == ("failed", code)
    assert message in failed["message"]
    assert failed["hint"]


def test_a_decompressed_body_reports_its_size(pair, send, ask):
    line = fresh()
    packed = gzip.compress(line, mtime=0)
    send(pair, packed, GZIP)
    body = ask(pair)["steps"][STEPS.index("body")]
    assert body["message"] == f"gzip: {len(packed)} bytes became {len(line)}."


def test_a_broken_line_is_reported_with_its_number_in_the_stream(pair, send, step):
    send(pair, fresh()[:-1])
    failed = step(pair, "lines")
    assert (failed["state"], failed["seq"]) == ("failed", 1)
    assert failed["code"] == "unclosed-bracket"
    send(pair, fresh() + b"\n" + fresh().replace(b",", b"", 1) + b"\n" + fresh())
    assert step(pair, "lines")["message"].startswith("1 of 3: ")
    assert step(pair, "lines")["seq"] == 3


def test_an_empty_body_is_reported(pair, new_pair, send, step):
    for owner in (pair, new_pair("usermaven")):
        send(owner, b"")
        assert step(owner, "lines")["message"] == "The body is empty: no event was sent."


def test_missing_required_fields_are_named(pair, send, step, states):
    send(pair, without("accountId", "sessionId"))
    failed = step(pair, "required")
    assert failed["message"] == "Missing: “accountId”, “sessionId”."
    assert (failed["seq"], failed["state"]) == (1, "failed")
    assert failed["hint"].startswith("Add “accountId”")
    assert states(pair).endswith("failed open")
    send(pair, f"{without('userId')}\n{without()}")
    assert step(pair, "required")["message"] == "Missing in 1 of 2: “userId”."
    assert states(pair).endswith("failed done")


def test_another_fault_is_reported_at_the_last_step(pair, send, step):
    send(pair, fresh().replace(b'"s"', b"17"))
    failed = step(pair, "valid")
    assert failed["message"] == "“sessionId” is a number, but must be a string."
    assert (failed["state"], failed["seq"]) == ("failed", 1)


def test_a_warning_is_reported_but_is_no_failure(pair, send, step):
    send(pair, fresh().replace(b"sessionIdle", b"clicked"))
    done = step(pair, "valid")
    assert done["state"] == "done"
    assert done["message"].startswith("With a warning: “clicked”")


# -- outside the steps -------------------------------------------------------------------------


def test_a_disabled_pair_is_reported(pair, uvicorn, stored):
    visitor = sign_in(uvicorn)
    key_pairs.disable_key_pair(pair)
    answer = visitor.get("/api/checklist", pair=pair.pk).json()
    assert answer["disabled"]["message"].startswith("The key pair is disabled since ")
    assert answer["disabled"]["hint"] == "Enable it, or use another key pair."


def test_staff_see_the_number_of_unmatched_requests(pair, uvicorn, ask):
    visitor = sign_in(uvicorn)

    def announced() -> int:
        return visitor.get("/api/checklist", pair=pair.pk).json()["unmatched"]

    UnmatchedRequest.objects.all().delete()  # the limit could be reached
    before = announced()
    send_raw(uvicorn.port, post("/v1/0123456789abcdef/0123456789abcdef-2", fresh()))
    assert announced() == before + 1
    assert ask(pair)["unmatched"] == 0  # keys alone give no staff rights
    UnmatchedRequest.objects.update(received_at=now_ms() - LATELY - 1_000)
    assert announced() == 0


def test_unmatched_requests_are_omitted_after_a_delivery(pair, send, uvicorn, stored):
    visitor = sign_in(uvicorn)
    send_raw(uvicorn.port, post("/v1/0123456789abcdef/0123456789abcdef-3", fresh()))
    send(pair, fresh())
    assert visitor.get("/api/checklist", pair=pair.pk).json()["unmatched"] == 0


def test_only_the_start_of_a_large_request_is_read(pair, send, ask, states):
    send(pair, b"\n".join(fresh() for _ in range(2_000)) + b"\n{")
    assert states(pair) == "done done done done done done"
    assert ask(pair)["steps"][3]["message"] == "All 1,000 events."


def test_a_delivery_without_stored_events_leaves_the_step_open(pair, send, step):
    send(pair, fresh())
    Event.objects.filter(keypair=pair).delete()
    assert step(pair, "lines")["message"] == "Its events are not kept any more."
    assert Delivery.objects.filter(keypair=pair).count() == 1


def test_many_missing_fields_are_counted():
    problems = [Problem("missing-field", path=f"/f{number}") for number in range(7)]
    required = build_steps([], "", [Seen(1, "invalid", problems)])[4]
    assert required.message == "Missing: “f0”, “f1”, “f2”, “f3”, “f4” and 2 more."
