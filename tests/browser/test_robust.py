"""A page that sleeps, loses its connection, or is one of two, ends up with the same list."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import (
    assert_complete,
    expect_balance,
    expect_state,
    open_stream,
    row,
    send,
    send_good,
    whole_list,
)

BROKEN = "{"
HOUR = 3_600_000  # milliseconds


@pytest.fixture
def page(new_page, cookies, server, complaints) -> Page:
    for words in ("WebSocket", "ERR_INTERNET_DISCONNECTED"):
        complaints.expect(words)
    return new_page(server, cookies=cookies, own=True)


@contextlib.contextmanager
def asleep(page: Page) -> Iterator[None]:
    """Suspend the page, as a laptop with a closed lid does; its socket stays open."""
    debugger = page.context.new_cdp_session(page)
    stopped: list[dict] = []
    debugger.on("Debugger.paused", lambda place: stopped.append(place))
    debugger.send("Debugger.enable")
    debugger.send("Debugger.pause")
    while not stopped:  # stops at the next statement: the connection's clock ticks each second
        page.wait_for_timeout(50)
    yield
    debugger.send("Debugger.resume")
    debugger.detach()


def lose_line(page: Page) -> None:
    """Silence the connection without closing it, as a sleeping laptop does. The page's clock must
    be installed."""
    page.context.set_offline(True)
    page.clock.fast_forward(HOUR)
    expect_state(page, "reconnecting")


def regain_line(page: Page) -> None:
    page.context.set_offline(False)
    page.clock.fast_forward(HOUR)
    expect_state(page, "live")


def test_a_page_that_was_asleep_catches_up(page, server, stream):
    send_good(server, stream, 3)
    row(page, 3).wait_for()
    with asleep(page):
        for _ in range(20):  # more than one frame
            send_good(server, stream, 60)
        send(server, stream, BROKEN)
    row(page, 1_204).wait_for()
    expect_balance(page, valid=1_203, malformed=1)
    assert_complete(page, 1_204)


def test_silence_longer_than_the_limit_is_a_lost_connection(page, server, new_pair):
    pair = new_pair("natero")
    page.clock.install()
    open_stream(page, pair)
    for last in (3, 6, 9):
        lose_line(page)
        send_good(server, pair, 3)
        regain_line(page)
        row(page, last).wait_for()
    expect_balance(page, valid=9)
    assert_complete(page, 9)


def test_a_filtered_page_that_lost_its_connection_equals_a_fresh_one(
    page, server, new_pair, new_page, cookies
):
    pair = new_pair("natero")
    page.clock.install()
    send(server, pair, BROKEN)
    open_stream(page, pair, "?q=verdict:malformed")
    row(page, 1).wait_for()
    lose_line(page)
    for _ in range(3):
        send_good(server, pair, 30)
        send(server, pair, BROKEN)
    regain_line(page)
    row(page, 94).wait_for()
    fresh_one = new_page(server, cookies=cookies)
    open_stream(fresh_one, pair, "?q=verdict:malformed")
    row(fresh_one, 94).wait_for()
    assert whole_list(page) == whole_list(fresh_one)
    for each in (page, fresh_one):
        expect_balance(each, valid=90, malformed=4)


def test_two_pages_on_one_stream_show_the_same(page, server, stream, new_page, cookies):
    other = new_page(server, cookies=cookies)
    open_stream(other, stream)
    for count in (1, 40, 700, 2):
        send_good(server, stream, count)
        send(server, stream, BROKEN)
    for each in (page, other):
        row(each, 747).wait_for()
        expect_balance(each, valid=743, malformed=4)
        assert_complete(each, 747)
    other.keyboard.press("Home")  # scrolling could have left it away from the live end
    page.locator("[data-events]").evaluate("grid => { grid.scrollTop = 9_000; }")
    expect(page.locator("[data-newest]")).to_be_visible()
    expect(other.locator("[data-newest]")).to_be_hidden()
    send_good(server, stream)
    row(other, 748).wait_for()
    expect(page.locator("[data-newest]")).to_have_text("1 new")
    page.locator("[data-newest]").click()
    row(page, 748).wait_for()
