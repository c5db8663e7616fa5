"""The chart: counts over time, described on hover and by keys, filtered by click and drag."""

from __future__ import annotations

import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, expect

from ingest.problems import Problem
from ingest.timestamps import now_ms, parse_date
from tests.support.browser import PHONE, open_stream, send, send_good
from tests.support.vendors import VENDORS, fresh
from tests.support.write_requests import judged, write_request

INVALID = VENDORS["natero"].good.replace(b'"u"', b"1")
RANGE = re.compile(r"time>=(\S+Z) time<(\S+Z)")


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def past(store, pair):
    """Events of the past: three bars, and one that only the range of an hour shows."""
    at = now_ms() // 1000 * 1000
    store.append([write_request(pair, [judged()] * 7, at - 20 * 60_000)])
    store.append([write_request(pair, [judged()] * 2, at - 200_000)])
    faulty = [judged("a", "invalid", Problem("missing-field")), judged(None, "malformed")]
    store.append([write_request(pair, [judged(), judged("a", "warning"), *faulty], at - 100_000)])
    store.append([write_request(pair, [judged("b")] * 3, at - 50_000)])
    return at


def plot(page: Page):
    return page.locator("[data-chart-plot]")


def tip(page: Page):
    return page.locator("[data-chart-tip]")


def expect_sum(page: Page, words: str) -> None:
    expect(page.locator("[data-chart-sum]")).to_have_text(words)


def x_of(page: Page, seconds_ago: float, span: int = 300) -> float:
    """The position of that time's bar; use it immediately, because the bar moves."""
    return plot(page).bounding_box()["width"] * (1 - (seconds_ago + 0.5) / span)


def point(page: Page, x: float, y: float = 20) -> None:
    box = plot(page).bounding_box()
    page.mouse.move(box["x"] + x, box["y"] + y)


def find_bar(page: Page, words: str, at: int, span: int = 300) -> None:
    """Hover over the bar with this text, at or near the position of that time."""
    away = 0
    while away < 100:
        ago = (now_ms() - at) / 1_000 - 1
        for x in {x_of(page, ago, span) - away, x_of(page, ago, span) + away}:
            point(page, x)
            if words in tip(page).inner_text():
                return
        away += 3
    raise AssertionError(f"no bar near its place shows “{words}”")


def query_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


# -- display -----------------------------------------------------------------------------------


def test_arrivals_are_in_the_chart_immediately(page, daphne, pair):
    open_stream(page, pair)
    expect(page.locator("[data-chart]")).to_be_hidden()
    send_good(daphne, pair, 3)
    expect_sum(page, "3 events")
    send(daphne, pair, INVALID, b"{")
    expect_sum(page, "5 events, 2 with faults")
    page.reload()
    expect_sum(page, "5 events, 2 with faults")


def test_hover_shows_the_counts_of_a_bar(page, pair, past):
    open_stream(page, pair)
    expect_sum(page, "9 events, 2 with faults")
    find_bar(page, "4 events, 1 warning, 1 invalid, 1 malformed", past - 100_000)
    assert re.fullmatch(r"\d\d:\d\d:\d\d: .*", tip(page).inner_text())
    find_bar(page, "no events", past - 150_000)
    page.mouse.move(0, 0)
    expect(tip(page)).to_be_hidden()


def test_keys_move_between_bars_and_show_counts(page, pair, past):
    open_stream(page, pair)
    expect_sum(page, "9 events, 2 with faults")
    plot(page).focus()
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    slider = page.get_by_role("slider", name="Events by time")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(r"^\d\d:\d\d:\d\d: 3 events$"))
    page.keyboard.press("ArrowLeft")
    expect(slider).to_have_attribute("aria-valuetext", re.compile("no events$"))
    expect(tip(page)).to_have_text(re.compile("no events$"))
    page.keyboard.press("ArrowRight")
    for _ in range(5):
        page.keyboard.press("PageUp")
    expect(slider).to_have_attribute("aria-valuetext", re.compile(": 4 events, "))
    page.keyboard.press("Home")
    expect(slider).to_have_attribute("aria-valuenow", "0")
    # A bar keeps its second while it moves left; the first painted bar is the reference.
    slider.evaluate("""slider => new MutationObserver(() => {
        if (slider.ariaValueNow > 0) slider.dataset.at ??= slider.ariaValueNow;
    }).observe(slider, { attributeFilter: ["aria-valuenow"] })""")
    page.keyboard.press("End")
    expect(slider).to_have_attribute("data-at", re.compile("^29[789]$"))


def test_an_hour_in_minutes_and_back_and_collapsed(page, pair, past):
    open_stream(page, pair)
    page.get_by_role("button", name="1 h").click()
    expect_sum(page, "16 events, 2 with faults")
    assert "chart=hour" in page.url
    find_bar(page, "7 events", past - 20 * 60_000, span=3_600)
    assert re.fullmatch(r"\d\d:\d\d to \d\d:\d\d: 7 events", tip(page).inner_text())
    page.reload()
    expect_sum(page, "16 events, 2 with faults")
    page.get_by_role("button", name="5 min").click()
    expect_sum(page, "9 events, 2 with faults")
    assert "chart" not in urlsplit(page.url).query
    fold = page.get_by_role("button", name="Chart", exact=True)
    fold.click()
    expect(plot(page)).to_be_hidden()
    page.reload()
    expect(fold).to_have_attribute("aria-expanded", "false")
    fold.click()
    expect_sum(page, "9 events, 2 with faults")


def test_faults_are_hatched_and_each_verdict_has_its_own_area(page, pair, past):
    open_stream(page, pair)
    expect_sum(page, "9 events, 2 with faults")
    areas = page.evaluate(
        """() => Object.fromEntries([...document.querySelectorAll(".bars")].map((path) =>
            [path.dataset.bars, (path.getAttribute("d").match(/M/g) ?? []).length]))"""
    )
    assert areas == {"valid": 3, "warning": 1, "invalid": 1, "malformed": 1}
    for verdict in ("warning", "invalid", "malformed"):
        hatch = page.locator(f"[data-bars={verdict}][fill='url(#hatch-{verdict})']")
        area = page.locator(f".bars[data-bars={verdict}]")
        assert hatch.get_attribute("d") == area.get_attribute("d") != ""


def test_bars_follow_the_clock_of_the_server(new_page, daphne, cookies, pair, past):
    page = new_page(daphne, cookies=cookies, own=True)
    page.clock.install(time=now_ms() / 1000 - 86_400)  # a day behind
    open_stream(page, pair)
    page.clock.run_for(1000)
    expect_sum(page, "9 events, 2 with faults")


def test_a_paused_list_does_not_stop_the_chart(page, daphne, pair, past):
    open_stream(page, pair)
    page.keyboard.press("p")
    send_good(daphne, pair, 2)
    expect_sum(page, "11 events, 2 with faults")


# -- filtering -----------------------------------------------------------------------------------


def test_a_click_on_a_bar_filters_by_its_second(page, pair, past):
    open_stream(page, pair)
    expect_sum(page, "9 events, 2 with faults")
    find_bar(page, "4 events", past - 100_000)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("[data-chart-clear]")).to_be_visible()
    since, until = RANGE.search(query_of(page)).groups()
    assert (parse_date(since), parse_date(until)) == (past - 100_000, past - 99_000)


def test_a_drag_filters_by_its_range_and_marks_it(page, pair, past):
    open_stream(page, pair, "?q=name%3Aa")
    find_bar(page, "events", past - 100_000)
    point(page, x_of(page, 150))
    page.mouse.down()
    point(page, x_of(page, 80))
    expect(tip(page)).to_have_text(re.compile(r"^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d: "))
    point(page, x_of(page, 75))
    page.mouse.up()
    chosen = page.locator("[data-chart-clear]")
    expect(chosen).to_have_text(re.compile(r"^\d\d:\d\d:\d\d to \d\d:\d\d:\d\d$"))
    assert query_of(page).startswith("name:a time>=")
    assert float(page.locator("[data-mark=range]").get_attribute("width")) > 50
    point(page, x_of(page, 60))
    page.mouse.down()
    point(page, x_of(page, 40))
    page.mouse.up()
    assert query_of(page).count("time<") == 1
    chosen.click()
    expect(chosen).to_be_hidden()
    assert query_of(page) == "name:a"
    expect(page.locator("[data-mark=range]")).to_have_attribute("width", "0")


def test_a_selected_range_does_not_narrow_the_chart(page, daphne, pair, past):
    open_stream(page, pair)
    find_bar(page, "4 events", past - 100_000)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator("[data-chart-clear]")).to_be_visible()
    find_bar(page, "3 events", past - 50_000)


def test_enter_selects_the_bar_and_shift_extends_the_selection(page, pair, past):
    open_stream(page, pair)
    expect_sum(page, "9 events, 2 with faults")
    page.get_by_role("button", name="5 min").focus()
    page.keyboard.press("Shift+Tab")
    expect(tip(page)).to_have_text(re.compile("3 events$"))
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Shift+ArrowLeft")
    page.keyboard.press("Enter")
    expect(page.locator("[data-chart-clear]")).to_be_visible()
    since, until = RANGE.search(query_of(page)).groups()
    assert (parse_date(since), parse_date(until)) == (past - 52_000, past - 49_000)


def test_with_a_filter_the_chart_counts_matches(page, daphne, pair, past):
    open_stream(page, pair, "?q=verdict%3Ainvalid")
    expect_sum(page, "1 match, 1 with faults")
    for count in (2, 3, 4):  # frames are added to the existing counts
        send(daphne, pair, fresh(), INVALID)
        expect_sum(page, f"{count} matches, {count} with faults")
    page.reload()
    expect_sum(page, "4 matches, 4 with faults")
    page.get_by_role("radio", name="Highlight").click()
    expect_sum(page, "15 events, 5 with faults")


def test_a_selected_range_filters_the_list(page, pair, past):
    open_stream(page, pair)
    find_bar(page, "4 events", past - 100_000)
    page.mouse.down()
    page.mouse.up()
    expect(page.locator(".row-event")).to_have_count(4)
    page.locator("[data-chart-clear]").click()
    expect(page.locator(".row-event")).to_have_count(16)


# -- on a phone ---------------------------------------------------------------------------


def test_on_a_phone_a_tap_near_a_bar_selects_it(new_page, daphne, cookies, pair, past):
    page = new_page(daphne, cookies=cookies, viewport=PHONE, is_mobile=True, has_touch=True)
    open_stream(page, pair)
    expect_sum(page, "9 events, 2 with faults")
    box = plot(page).bounding_box()
    assert box["height"] >= 44
    seconds_ago = (now_ms() - past) / 1000 + 100
    page.touchscreen.tap(box["x"] + x_of(page, seconds_ago) + 8, box["y"] + 20)
    expect(page.locator("[data-chart-clear]")).to_be_visible()
    since = RANGE.search(query_of(page)).group(1)
    assert 0 <= (past - 100_000) - parse_date(since) < 3_000
