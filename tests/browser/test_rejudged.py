"""The live page while a changed plan gives stored events new verdicts."""

from __future__ import annotations

import json

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.browser import expect_balance, open_event, open_stream, row, send

PAID = {"event_name": "paid", "price": 1}
STRICT = {"events": {"paid": {"required": ["note"]}}}


@pytest.fixture
def pair(new_pair, stored, daphne):
    pair = new_pair("eventbunker")
    for number in range(3):
        send(daphne, pair, json.dumps({**PAID, "price": number}))
    return pair


@pytest.fixture
def put(daphne, pair):
    """Upload a plan as a build would."""
    url, keys = f"{daphne.url}/api/plan?wait=10", (pair.api_key, pair.auth_key)

    def put(plan) -> None:
        reply = requests.put(url, json=plan, auth=keys, timeout=30)
        assert reply.status_code == 200, reply.text

    return put


def expect_verdict(page: Page, seq: int, verdict: str) -> None:
    expect(row(page, seq)).to_have_attribute("data-verdict", verdict)


def test_rows_balance_and_panel_follow(page, daphne, pair, put):
    open_stream(page, pair)
    expect_balance(page, valid=3)
    panel = open_event(page, 2)
    put(STRICT)
    for seq in (1, 2, 3):
        expect_verdict(page, seq, "invalid")
    expect_balance(page, invalid=3)
    expect(panel.locator(".problem-message").first).to_contain_text("note")
    expect(panel.locator(".problem-basis").first).to_be_visible()
    expect(panel.locator(".problem-basis").first).to_have_text("your tracking plan")
    expect(panel.locator(".tree-note").first).to_contain_text("Tracking plan: ")
    expect(panel.locator(".facts").first).to_contain_text("200: the vendor accepts it")
    send(daphne, pair, json.dumps({**PAID, "note": "x"}))
    expect_verdict(page, 4, "valid")
    put({"events": {}})
    expect_balance(page, valid=4)
    expect_verdict(page, 2, "valid")
    expect(panel.locator(".problem-message")).to_have_count(0)


def test_a_filter_finds_current_matches(page, pair, put):
    open_stream(page, pair, "?q=verdict:invalid")
    expect(page.locator(".row-event")).to_have_count(0)
    put(STRICT)
    expect(page.locator(".row-event")).to_have_count(3)


def test_a_paused_page_is_not_disturbed(page, pair, put):
    open_stream(page, pair)
    expect_verdict(page, 3, "valid")
    page.locator("[data-pause]").click()
    put(STRICT)
    expect_balance(page, invalid=3)
    page.wait_for_timeout(1_500)
    expect_verdict(page, 3, "valid")
    page.locator("[data-pause]").click()
    expect_verdict(page, 3, "invalid")


def test_an_event_that_is_being_edited_stays(page, pair, put):
    open_stream(page, pair)
    panel = open_event(page, 2)
    page.keyboard.press("e")
    editor = panel.get_by_label("Text of the event")
    editor.fill('{"event_name": "paid", "mine": 1}')
    put(STRICT)
    expect_verdict(page, 2, "invalid")
    expect(editor).to_have_value('{"event_name": "paid", "mine": 1}')
