"""What the page does not hold is a gap in the list, with its number, and can be loaded."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.browser import (
    assert_complete,
    expect_balance,
    open_stream,
    row,
    scroll_to_gap,
    send_good,
)


def test_more_than_a_pause_can_hold_is_a_gap_and_loads(page, daphne, stream):
    send_good(daphne, stream)
    row(page, 1).wait_for()
    page.keyboard.press("p")
    for _ in range(3):
        send_good(daphne, stream, 450)
    expect(page.locator("[data-pause-count]")).to_have_text("1,350 new")
    page.keyboard.press("p")
    row(page, 1351).wait_for()
    assert_complete(page, 1351)
    expect_balance(page, valid=1351)


def test_a_gap_is_filled_until_none_is_left(page, daphne, stream):
    send_good(daphne, stream, 900)
    row(page, 900).wait_for()
    for words, newest in (("400 events not shown (1 to 400)", 400), ("200 events not", 200)):
        scroll_to_gap(page)
        expect(page.locator(".row-gap")).to_contain_text(words)
        page.locator("[data-load]").click()
        expect(row(page, newest)).to_be_in_viewport()
    expect(page.locator(".row-gap")).to_have_count(0)
    assert_complete(page, 900)


def test_opening_a_stream_of_many_events_shows_the_newest_and_a_gap(page, daphne, new_pair):
    pair = new_pair("natero")
    send_good(daphne, pair, 600)
    open_stream(page, pair)
    expect(row(page, 600)).to_be_in_viewport()
    scroll_to_gap(page)
    expect(page.locator(".row-gap")).to_contain_text("100 events not shown (1 to 100)")
