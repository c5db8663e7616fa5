"""The live page under each server: the balance, pause, reading older events, gaps."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import (
    assert_complete,
    expect_balance,
    row,
    scroll_to_end,
    send,
    send_good,
    seqs_shown,
)
from tests.support.http import post, send_raw
from tests.support.vendors import VENDORS, fresh

GOOD = VENDORS["natero"].good
WARNING = GOOD.replace(b'"sessionIdle"', b'"clicked"')
INVALID = GOOD.replace(b'"u"', b"1")
MALFORMED = GOOD[:-1]


@pytest.fixture
def page(new_page, cookies, server) -> Page:
    return new_page(server, cookies=cookies)


# -- the balance -------------------------------------------------------------------------------


def test_the_balance_adds_up_and_is_live(page, server, stream):
    expect_balance(page)
    send(server, stream, GOOD)
    expect_balance(page, valid=1)
    other = WARNING.replace(b'"s"', b'"s-2"')
    send(server, stream, fresh(), WARNING, other, INVALID, MALFORMED, MALFORMED, MALFORMED)
    expect_balance(page, valid=2, warning=2, invalid=1, malformed=3)
    send_raw(server.port, post(f"/v1/wrong-auth-key/{stream.api_key}", GOOD))
    expect_balance(page, valid=2, warning=2, invalid=1, malformed=3, refused=1)
    page.reload()
    expect_balance(page, valid=2, warning=2, invalid=1, malformed=3, refused=1)


def test_the_list_of_refused_requests_gives_the_reasons(page, server, stream):
    send_raw(server.port, post(f"/v1/half-of-another-pair/{stream.api_key}", GOOD))
    expect(page.locator("[data-empty-title]")).to_have_text("Nothing accepted yet")
    page.locator(".term-refused").click()
    refused = page.locator(".refused")
    expect(refused.locator("[data-slot=status]")).to_have_text("400")
    expect(refused.locator(".problem-message")).to_have_text(
        "The apiKey is known, but the authKey does not belong to it."
    )
    expect(refused.locator(".problem-hint")).to_have_text("Copy both from the key pair's page.")
    assert "half-of-another-pair" not in page.content()
    expect(refused.locator("[data-slot=help]")).to_have_text(re.compile("wrong-auth-key"))
    send_raw(server.port, post(f"/v1/{stream.auth_key}%20/{stream.api_key}", GOOD))
    expect(refused).to_have_count(2)  # without a reload: the feed reports one more
    newest = refused.first
    message = "There is white space after the authKey."
    expect(newest.locator(".problem-message")).to_have_text(message)
    expect(newest.locator("[data-slot=help]")).to_have_text(re.compile("space-at-key"))
    expect(newest.locator("[data-slot=request]")).to_contain_text("POST /v1/")
    expect(newest.locator("[data-slot=sender]")).to_contain_text("127.0.0.1")
    expect(newest.locator("time")).to_have_attribute("datetime", re.compile("T"))
    assert stream.auth_key not in newest.inner_html()


# -- pause and reading older events --------------------------------------------------------------


def test_a_pause_holds_and_counts_arrivals(page, server, stream):
    send_good(server, stream, 2)
    row(page, 2).wait_for()
    page.get_by_role("button", name="Pause").click()
    send_good(server, stream, 3)
    expect(page.locator("[data-pause-count]")).to_have_text("3 new")
    expect_balance(page, valid=5)
    assert seqs_shown(page) == [2, 1]
    page.get_by_role("button", name="Resume").click()
    row(page, 5).wait_for()
    assert seqs_shown(page) == [5, 4, 3, 2, 1]
    expect(page.locator("[data-pause-count]")).to_be_hidden()
    expect(page.locator("[data-pause]")).to_have_attribute("aria-pressed", "false")
    send_good(server, stream)
    row(page, 6).wait_for()


def test_reading_older_events_keeps_the_scroll_position(page, server, stream):
    send_good(server, stream, 200)
    row(page, 200).wait_for()
    page.locator("[data-events]").hover()
    page.mouse.wheel(0, 2000)
    expect(page.locator("[data-newest]")).to_have_text("Back to live")
    place = page.locator("[data-events]").evaluate(
        """(grid) => {
            const { left, top } = grid.getBoundingClientRect();
            return document.elementFromPoint(left + 200, top + 200).closest(".row").dataset.seq;
        }"""
    )
    before = row(page, int(place)).bounding_box()
    for waiting in (5, 10):
        send_good(server, stream, 5)
        expect(page.locator("[data-newest]")).to_have_text(f"{waiting} new")
        assert row(page, int(place)).bounding_box() == before
    page.locator("[data-newest]").click()
    expect(row(page, 210)).to_be_in_viewport()
    expect(page.locator("[data-newest]")).to_be_hidden()
    assert seqs_shown(page)[:3] == [210, 209, 208]
    send_good(server, stream)
    expect(row(page, 211)).to_be_in_viewport()


# -- gaps ----------------------------------------------------------------------------------------


def test_events_over_the_frame_limit_are_a_gap_with_its_number(page, server, stream):
    send_good(server, stream, 3000)
    row(page, 3000).wait_for()
    expect_balance(page, valid=3000)
    assert_complete(page, 3000)
    scroll_to_end(page)
    expect(row(page, 1)).to_be_in_viewport()


def test_many_long_concurrent_events_arrive(page, server, stream):
    """Together they exceed a megabyte, which some servers cannot send in one message."""
    long = b'"session' + b"s" * 3_000
    send(server, stream, *(fresh().replace(b'"s"', long + b'"') for _ in range(500)))
    row(page, 500).wait_for()
    expect_balance(page, valid=500)
