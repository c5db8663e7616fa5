"""Groups of bursts with exact counts, clearing the view, and going to a number."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import (
    PHONE,
    expect_balance,
    open_stream,
    opened,
    row,
    send,
    send_good,
    seqs_shown,
)
from tests.support.vendors import VENDORS, fresh

MALFORMED = VENDORS["natero"].good[:-1]
COUNT = re.compile(r"×([\d,]+) in \d+ s")


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def groups(page: Page) -> Locator:
    return page.locator(".row-group")


def new_window() -> None:
    """Wait, so that the next events fall into one window of five seconds."""
    time.sleep(5 - time.time() % 5 if time.time() % 5 > 2 else 0)


def stands_for(page: Page) -> int:
    """The number of events that the visible rows represent; groups are folded, and all rows are in
    view."""
    rows = page.locator("[data-rows] > .row:not(.row-end)").all_inner_texts()
    counts = [COUNT.search(text) or re.match(r"([\d,]+) events", text) for text in rows]
    return sum(int(found[1].replace(",", "")) if found else 1 for found in counts)


def test_a_burst_is_one_row_and_rare_events_stay_visible(page, daphne, pair):
    open_stream(page, pair, "?group=1")
    new_window()
    lines = [fresh() for _ in range(60)]
    send(daphne, pair, *lines[:30], MALFORMED, *lines[30:])
    expect(groups(page)).to_have_count(1)
    expect(groups(page)).to_contain_text("sessionIdle")
    expect(groups(page)).to_contain_text("×60 in 1 s")
    expect(groups(page)).to_contain_text("1 … 61")
    assert seqs_shown(page) == [31]
    send(daphne, pair, *(fresh() for _ in range(39)))
    expect(page.locator("[data-term=received]")).to_have_text("100")
    expect(row(page, 31)).to_be_visible()
    assert stands_for(page) == 100


def test_a_group_opens_and_folds_by_click_and_by_keys(page, daphne, pair):
    open_stream(page, pair, "?group=1")
    new_window()
    send(daphne, pair, *(fresh() for _ in range(12)))
    group = groups(page)
    expect(page.locator("[data-events]")).to_have_attribute("role", "treegrid")
    expect(group).to_have_attribute("aria-expanded", "false")
    group.click()
    expect(group).to_have_attribute("aria-expanded", "true")
    assert seqs_shown(page) == list(range(12, 0, -1))
    expect(row(page, 12)).to_have_attribute("aria-level", "2")
    group.click()
    assert seqs_shown(page) == []
    page.locator("[data-events]").focus()
    for key in ("j", "ArrowRight", "j", "j"):
        page.keyboard.press(key)
    expect(row(page, 11)).to_have_attribute("aria-selected", "true")
    page.keyboard.press("Enter")
    opened(page, 11)
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowLeft")
    expect(group).to_have_attribute("aria-expanded", "false")
    expect(group).to_have_attribute("aria-selected", "true")


def test_evicted_events_stay_counted_and_reload_on_demand(page, daphne, pair):
    open_stream(page, pair, "?group=1")
    for _ in range(6):
        send(daphne, pair, *(fresh() for _ in range(400)))
    expect_balance(page, valid=2400)
    expect(page.locator(".row-end")).to_be_visible()  # few rows, all of them in view
    assert stands_for(page) == 2400
    groups(page).last.click()
    deadline = time.monotonic() + 60
    while not row(page, 1).count():
        assert time.monotonic() < deadline
        page.locator("[data-events]").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
        page.evaluate("document.querySelectorAll('[data-load]:enabled').forEach((b) => b.click())")
        page.wait_for_timeout(100)


def test_grouping_is_offered_once_in_a_burst_and_kept_in_the_address(page, daphne, pair):
    open_stream(page, pair)
    bar = page.locator("[data-flood-bar]")
    send_good(daphne, pair, 20)
    row(page, 20).wait_for()
    expect(bar).to_be_hidden()
    for _ in range(2):
        send_good(daphne, pair, 450)
    expect(bar).to_contain_text("Group those of the same name?")
    bar.get_by_role("button", name="Group", exact=True).click()
    expect(bar).to_be_hidden()
    expect(page.locator("[data-group]")).to_have_attribute("aria-pressed", "true")
    groups(page).first.wait_for()
    assert page.url.endswith("?group=1")
    page.reload()
    groups(page).first.wait_for()
    page.keyboard.press("g")
    expect(groups(page)).to_have_count(0)
    assert "group" not in page.url


def test_reading_among_groups_keeps_the_scroll_position(page, daphne, pair):
    send_good(daphne, pair, 60)
    open_stream(page, pair, "?group=1")
    groups(page).first.click()
    page.locator("[data-events]").hover()
    page.mouse.wheel(0, 600)
    expect(page.locator("[data-newest]")).to_have_text("Back to live")
    before = row(page, 35).bounding_box()
    send_good(daphne, pair, 30)
    expect(page.locator("[data-newest]")).to_have_text("30 new")
    assert row(page, 35).bounding_box() == before
    page.locator("[data-newest]").click()
    expect(page.locator("[data-newest]")).to_be_hidden()
    expect(groups(page).first).to_be_in_viewport()


# -- clear view and go to ------------------------------------------------------------------------


def test_a_cleared_view_hides_earlier_events_and_deletes_nothing(page, daphne, pair):
    send_good(daphne, pair, 5)
    open_stream(page, pair)
    row(page, 5).wait_for()
    page.keyboard.press("Shift+C")
    expect(row(page, 5)).to_have_count(0)
    send_good(daphne, pair, 2)
    row(page, 7).wait_for()
    assert seqs_shown(page) == [7, 6]
    bar = page.locator("[data-hidden-bar]")
    expect(bar).to_contain_text("Hidden: 5 older events, up to No. 5.")
    assert page.url.endswith("?since=5")
    expect_balance(page, valid=7)
    page.reload()
    row(page, 7).wait_for()
    assert seqs_shown(page) == [7, 6]
    bar.get_by_role("button", name="Show them").click()
    row(page, 1).wait_for()
    assert seqs_shown(page) == [7, 6, 5, 4, 3, 2, 1]
    expect(bar).to_be_hidden()
    assert "since" not in page.url


def go_to(page: Page, seq: int) -> None:
    page.locator("[data-go-menu] > summary").click()
    page.locator("#go-to-seq").fill(str(seq))
    page.keyboard.press("Enter")


def test_the_list_goes_to_any_number_and_continues_from_there(page, daphne, pair):
    for _ in range(3):
        send_good(daphne, pair, 1000)
    open_stream(page, pair)
    row(page, 3000).wait_for()
    go_to(page, 700)
    expect(row(page, 700)).to_be_in_viewport()
    expect(row(page, 700)).to_have_attribute("aria-selected", "true")
    expect(page.locator("[data-newest]")).to_be_visible()
    page.keyboard.press("j")
    expect(row(page, 699)).to_have_attribute("aria-selected", "true")
    page.locator("[data-go-menu] > summary").click()
    page.get_by_role("button", name="The first event kept").click()
    expect(row(page, 1)).to_be_in_viewport()
    page.keyboard.press("Home")
    expect(row(page, 3000)).to_be_in_viewport()


def test_on_a_phone_groups_and_tools_are_reachable(new_page, cookies, daphne, pair):
    send_good(daphne, pair, 30)
    phone = new_page(daphne, cookies=cookies, viewport=PHONE, is_mobile=True, has_touch=True)
    open_stream(phone, pair)
    tools = (
        "[data-group]",
        "[data-clear]",
        *(f"[data-{menu}-menu] > summary" for menu in ("columns", "time", "go")),
    )
    for tool in tools:
        box = phone.locator(tool).bounding_box()
        assert min(box["width"], box["height"]) >= 40
    phone.get_by_role("button", name="Group", exact=True).tap()
    group = groups(phone).first
    expect(group).to_contain_text("sessionIdle")
    group.tap()
    expect(group).to_have_attribute("aria-expanded", "true")
    assert group.bounding_box()["height"] >= 40
