"""The checklist updates by itself: each step when it is reached, failures with a message."""

from __future__ import annotations

import gzip
import json
import re
from types import SimpleNamespace

import pytest
from playwright.sync_api import Locator, Page, expect

from ingest.auth import key_pairs
from tests.support.browser import expect_state, open_stream, row, send, send_good
from tests.support.http import post, send_raw
from tests.support.server import running
from tests.support.vendors import VENDORS, fresh

TITLES = (
    "Connected",
    "Request seen",
    "Keys accepted",
    "Body inflated",
    "Line parsed",
    "Required fields present",
    "Valid event",
)


@pytest.fixture
def checklist(page: Page, stream) -> Locator:
    """The checklist in the panel, which stays when events arrive."""
    page.goto(f"/pairs/{stream.pk}/#send")
    expect_state(page, "live")
    return page.locator("#panel [data-checklist]")


def expect_steps(checklist: Locator, states: str) -> None:
    """Check the state of each step; the first one is the page's connection."""
    for step, state in zip(checklist.locator(".step").all(), states.split(), strict=True):
        expect(step).to_have_attribute("data-state", state)


def step(checklist: Locator, title: str) -> Locator:
    return checklist.locator(".step").filter(has_text=title)


def test_it_starts_with_the_connection_and_names_each_state(checklist):
    expect(checklist.locator("[data-slot=title]")).to_have_text(list(TITLES))
    expect_steps(checklist, "done open open open open open open")
    words = [": done"] + [": not yet"] * 6
    expect(checklist.locator("[data-slot=word]")).to_have_text(words)


def test_a_valid_event_completes_every_step_in_both_places(page, checklist, daphne, stream):
    send_good(daphne, stream)
    expect_steps(checklist, "done done done done done done done")
    link = step(checklist, "Valid event").get_by_role("link")
    expect(link).to_have_text("Event No. 1")
    expect(checklist.locator("[data-checklist-request]")).to_contain_text(
        re.compile(r"^Newest request: POST /v1/\S+, answered 200, .* from 127\.0\.0\.1$")
    )
    link.click()
    expect(page.locator("#panel .panel-seq")).to_have_text("No. 1")


def test_wrong_keys_are_reported_where_the_user_looks(page, daphne, stream):
    send_raw(daphne.port, post(f"/v1/not-the-auth-key/{stream.api_key}", fresh()))
    checklist = page.locator("[data-empty] [data-checklist]")
    expect_steps(checklist, "done done failed open open open open")
    keys = step(checklist, "Keys accepted")
    expect(keys.locator("[data-slot=message]")).to_have_text(
        "The apiKey is known, but the authKey does not belong to it."
    )
    expect(keys.locator("[data-slot=hint]")).to_have_text("Copy both from the key pair's page.")


@pytest.mark.parametrize(
    ("body", "states", "title", "sentence"),
    [
        (
            gzip.compress(fresh()),
            "done done done failed open open open",
            "Body inflated",
            "The body is gzip, but the request does not say so.",
        ),
        (
            fresh()[:-1],
            "done done done done failed open open",
            "Line parsed",
            "The text ends while the { of character 1 is still open.",
        ),
        (
            json.dumps({"action": "sessionIdle", "createdAt": 1, "userId": "u"}),
            "done done done done done failed open",
            "Required fields present",
            "Missing: “accountId”, “sessionId”.",
        ),
        (
            fresh().replace(b'"s"', b"17"),
            "done done done done done done failed",
            "Valid event",
            "“sessionId” is a number, but must be a string.",
        ),
    ],
    ids=["body", "lines", "required", "valid"],
)
def test_each_failure_has_its_message(checklist, daphne, stream, body, states, title, sentence):
    send(daphne, stream, body)
    expect_steps(checklist, states)
    failed = step(checklist, title)
    expect(failed.locator("[data-slot=message]")).to_contain_text(sentence)
    expect(failed.locator("[data-slot=hint]")).not_to_be_empty()
    expect(failed.get_by_role("link")).to_have_text("Event No. 1")


def test_a_refused_body_is_reported_at_its_step(checklist, daphne, stream):
    deliver = VENDORS["natero"].deliver
    request = deliver(stream.api_key, stream.auth_key, fresh(), "Content-Encoding: gzip")
    send_raw(daphne.port, request)
    expect_steps(checklist, "done done done failed open open open")
    expect(step(checklist, "Body inflated")).to_contain_text("is declared gzip, but is not")


def test_it_follows_the_newest_request(checklist, daphne, stream):
    send(daphne, stream, "{")
    expect_steps(checklist, "done done done done failed open open")
    send_good(daphne, stream)
    expect_steps(checklist, "done done done done done done done")


def test_a_disabled_pair_is_reported_before_any_request(page, new_pair, stored):
    pair = new_pair("natero")
    key_pairs.disable_key_pair(pair)
    open_stream(page, pair)
    note = page.locator("[data-empty] [data-checklist-disabled]")
    expect(note).to_contain_text("The key pair is disabled since ")
    expect(note).to_contain_text("Enable it, or use another key pair.")


def test_staff_get_a_link_to_unmatched_requests(page, daphne, stream):
    note = page.locator("[data-empty] [data-checklist-unmatched]")
    send_raw(daphne.port, post("/v1/0123456789abcdef/fedcba9876543210", fresh()))
    expect(note).to_contain_text(re.compile(r"\d requests? with unknown keys arrived recently\."))
    note.get_by_role("link").click()
    expect(page).to_have_url(f"{daphne.url}/unmatched-requests/")


def test_a_busy_stream_causes_at_most_one_request_per_second(page, checklist, daphne, stream):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_request(re.compile("/api/checklist")):
        for _ in range(60):
            send_good(daphne, stream)
    row(page, 60).wait_for()
    started = page.evaluate("performance.timeOrigin")
    expect_steps(checklist, "done done done done done done done")
    seconds = (page.evaluate("Date.now()") - started) / 1000
    count = len([url for url in asked if "/api/checklist" in url])
    assert 1 <= count <= seconds + 2


def test_while_hidden_it_sends_no_requests(page, daphne, stream):
    send_good(daphne, stream)
    row(page, 1).wait_for()
    with page.expect_response(re.compile("/api/checklist")):
        page.get_by_role("link", name="Send", exact=True).click()
    page.locator("#panel [data-close]:visible").click()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    send_good(daphne, stream, 3)
    row(page, 4).wait_for()
    with page.expect_response(re.compile("/api/checklist")):
        page.get_by_role("link", name="Send", exact=True).click()
    assert len([url for url in asked if "/api/checklist" in url]) == 1


def test_a_lost_connection_is_the_first_failed_step(new_page, tmp_path, complaints):
    complaints.expect_lost_connection()
    with running("daphne", tmp_path) as desk:
        page = new_page(desk)
        page.goto(desk.manage("signin").strip())
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("link", name="demo natero").click()
        expect_state(page, "live")
        checklist = page.locator("[data-empty] [data-checklist]")
        expect_steps(checklist, "done open open open open open open")
        auth_key, api_key = re.search(r"POST http\S+/v1/(\w+)/(\w+)", desk.log).groups()
        desk.stop()
        expect_steps(checklist, "failed open open open open open open")
        connected = step(checklist, "Connected")
        expect(connected).to_contain_text(
            re.compile(r"The server does not answer\.\s*This page keeps trying")
        )
        assert "waiting" not in page.locator("main").inner_text().lower()
        desk.start()
        expect_steps(checklist, "done open open open open open open")
        send_good(desk, SimpleNamespace(dialect="natero", api_key=api_key, auth_key=auth_key))
        row(page, 1).wait_for()
