"""Events that the page has not loaded are a gap in the list, with their count, and load when the
gap is visible."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.support.browser import (
    assert_complete,
    expect_balance,
    open_stream,
    row,
    scroll_to_end,
    scroll_to_start,
    send_good,
)


def test_events_beyond_the_pause_limit_are_a_gap_that_loads(page, daphne, stream):
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


def test_scrolling_down_loads_until_the_first_event(page, daphne, stream):
    send_good(daphne, stream, 900)
    row(page, 900).wait_for()
    scroll_to_end(page)
    expect(page.locator(".row-end")).to_have_text("This is the first event.")
    expect(row(page, 1)).to_be_in_viewport()
    expect(page.locator(".row-gap")).to_have_count(0)
    page.keyboard.press("Home")
    expect(row(page, 900)).to_be_in_viewport()
    assert_complete(page, 900)


def test_memory_and_page_stay_bounded_when_scrolling_far_and_back(page, daphne, stream):
    for _ in range(4):
        send_good(daphne, stream, 1000)
    row(page, 4000).wait_for()
    scroll_to_end(page)
    expect(row(page, 1)).to_be_in_viewport()
    grid = page.locator("[data-events]")
    assert int(grid.get_attribute("aria-rowcount")) < 2_010
    assert page.locator("[data-rows] > .row").count() < 60
    scroll_to_start(page, 4000)
    expect(page.locator("[data-newest]")).to_be_hidden()
    assert int(grid.get_attribute("aria-rowcount")) < 2_010


def test_pruned_events_are_reported_below_the_first_stored_event(page, daphne, stream, stored):
    stream.max_events = 100
    stream.save(update_fields=["max_events"])
    send_good(daphne, stream, 400)
    row(page, 400).wait_for()
    first = first_kept(stream)
    scroll_to_end(page)
    expect(page.locator(".row-end")).to_have_text(
        f"The first event kept is No. {first}; older ones are no longer kept."
    )
    assert_complete(page, 400)


def first_kept(pair) -> int:
    pair.refresh_from_db()
    assert pair.first_seq > 1
    return pair.first_seq


def test_a_gap_shows_its_state_and_can_be_retried(page, daphne, new_pair, complaints):
    pair = new_pair("natero")
    send_good(daphne, pair, 600)
    open_stream(page, pair)
    expect(row(page, 600)).to_be_in_viewport()
    requests = []
    page.route("**/api/events?*", lambda route: requests.append(route))  # leave them all unanswered
    page.locator("[data-events]").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    gap = page.locator(".row-gap")
    expect(gap).to_contain_text("500 events loading… (1 to 500)")
    assert len(requests) == 1
    requests[0].abort()
    complaints.expect("ERR_FAILED")
    expect(gap).to_contain_text("500 events could not be loaded (1 to 500)")
    page.unroute("**/api/events?*")
    gap.get_by_role("button", name="Try again").click()
    expect(row(page, 500)).to_be_in_viewport()
    expect(gap).to_have_count(0)
