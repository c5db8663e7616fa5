"""An empty list states why it is empty, with a different message for each reason."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from ingest.auth import key_pairs
from ingest.models import Event, KeyPair
from tests.support.browser import expect_state, open_stream, row, send, send_good
from tests.support.http import post, send_raw
from tests.support.vendors import fresh


def expect_message(page: Page, title: str, text: str | re.Pattern[str]) -> None:
    expect(page.locator("[data-empty-title]")).to_have_text(title)
    expect(page.locator("[data-empty-text]")).to_have_text(text)
    expect(page.locator("[data-events]")).to_be_hidden()


def test_connected_and_nothing_sent(page, stream):
    text = "Connected. Events that you send appear here immediately."
    expect_message(page, "Waiting for the first event…", text)


def test_sent_but_refused_with_the_newest_reason(page, daphne, stream):
    send_raw(daphne.port, post(f"/v1/not-the-auth-key/{stream.api_key}", fresh()))
    expect_message(
        page, "Nothing accepted yet", re.compile("^The apiKey is known, but the authKey")
    )
    send_raw(daphne.port, post(f"/v1/{stream.api_key}/{stream.auth_key}", fresh()))
    expect_message(
        page, "Nothing accepted yet", re.compile(r"^The two keys are swapped\. Send POST")
    )
    page.get_by_role("link", name="2 refused requests: see why").click()
    expect(page.locator("#panel .refused")).to_have_count(2)


def test_all_events_are_older_than_retention(page, daphne, stream, stored):
    send_good(daphne, stream, 3)
    row(page, 3).wait_for()
    Event.objects.filter(keypair=stream).delete()
    KeyPair.objects.filter(pk=stream.pk).update(first_seq=4)
    page.reload()
    text = re.compile(r"^3 events were received\. Events are kept for 7 days, the newest 100,000")
    expect_message(page, "No event is kept any more", text)
    expect(page.locator("[data-empty] [data-send]")).to_be_visible()
    send_good(daphne, stream)
    row(page, 4).wait_for()


def test_a_cleared_view_shows_all_again_on_request(page, daphne, stream):
    send_good(daphne, stream, 3)
    page.goto(f"/pairs/{stream.pk}/?since=3")
    expect_state(page, "live")
    expect_message(
        page, "View cleared", re.compile(r"^3 events up to No\. 3 are hidden, not deleted\.")
    )
    expect(page.locator("[data-empty] [data-send]")).to_be_hidden()
    page.get_by_role("button", name="Show all again").click()
    row(page, 3).wait_for()
    assert "since" not in page.url


def test_an_arrival_after_the_mark_ends_a_cleared_view(page, daphne, stream):
    send_good(daphne, stream, 2)
    page.goto(f"/pairs/{stream.pk}/?since=2")
    expect(page.locator("[data-empty-title]")).to_have_text("View cleared")
    send_good(daphne, stream)
    row(page, 3).wait_for()
    expect(page.locator("[data-empty]")).to_be_hidden()


def test_all_events_are_filtered_out(page, daphne, stream):
    send_good(daphne, stream, 2)
    page.goto(f"/pairs/{stream.pk}/?q=verdict:malformed")
    text = re.compile(r"^No stored event matches the query \(2 received in total\)")
    expect_message(page, "No event matches", text)
    page.get_by_role("button", name="Show all events").click()
    row(page, 2).wait_for()
    assert "q=" not in page.url


def test_a_nested_field_of_that_name_is_offered(page, daphne, new_pair, stored):
    pair = new_pair("eventbunker")
    send(daphne, pair, '{"event_name": "paid", "event_attributes": {"plan": "pro"}}')
    page.goto(f"/pairs/{pair.pk}/?q=plan:pro")
    text = re.compile("“plan” is at event_attributes.plan.")
    expect_message(page, "No event matches", text)
    page.get_by_role("button", name="Search event_attributes.plan:pro").click()
    row(page, 1).wait_for()
    assert "event_attributes.plan" in page.url


def test_a_disabled_pair_takes_precedence(page, daphne, new_pair, stored):
    pair = new_pair("natero")
    key_pairs.disable_key_pair(pair)
    open_stream(page, pair)
    text = "Every request is refused. Enable it, or use another key pair."
    expect_message(page, "This key pair is disabled", text)
    send_raw(daphne.port, post(f"/v1/{pair.auth_key}/{pair.api_key}", fresh()))
    page.get_by_role("link", name="1 refused request: see why").wait_for()
    expect_message(page, "This key pair is disabled", text)


def test_events_held_by_a_pause_are_not_called_pruned(page, daphne, stream):
    page.get_by_role("button", name="Pause").click()
    send_good(daphne, stream)
    expect(page.locator("[data-pause-count]")).to_have_text("1 new")
    expect(page.locator("[data-empty]")).to_be_hidden()
