"""Every function works from the keyboard, and the focus is always visible."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import open_event, open_stream, opened, row, send, send_good, seqs_shown
from tests.support.vendors import VENDORS


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def stream(page: Page, daphne, pair) -> Page:
    """The page of a stream of five events."""
    send_good(daphne, pair, 5)
    open_stream(page, pair)
    row(page, 5).wait_for()
    return page


def expect_selected(page: Page, seq: int) -> None:
    expect(page.locator("[role=grid]")).to_have_attribute("aria-activedescendant", f"row-{seq}")
    expect(row(page, seq)).to_have_attribute("aria-selected", "true")
    expect(page.locator(".row-event[aria-selected=true]")).to_have_count(1)


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_j_k_and_arrows_move_between_events_and_stop_at_the_ends(stream):
    press(stream, "j")
    expect_selected(stream, 5)
    press(stream, "j", "ArrowDown")
    expect_selected(stream, 3)
    press(stream, "k")
    expect_selected(stream, 4)
    press(stream, *["ArrowDown"] * 9)
    expect_selected(stream, 1)
    press(stream, *["ArrowUp"] * 9)
    expect_selected(stream, 5)


def test_enter_opens_escape_closes_and_keys_work_while_open(stream):
    press(stream, "j", "j", "Enter")
    opened(stream, 4)
    assert stream.url.endswith("#event-4")
    press(stream, "Escape")
    expect(stream.locator("#panel")).to_be_hidden()
    stream.wait_for_url(lambda url: "#" not in url)
    expect_selected(stream, 4)
    press(stream, "j", "Enter")
    opened(stream, 3)
    press(stream, "j")
    opened(stream, 2)
    press(stream, "k", "k")
    opened(stream, 4)
    expect_selected(stream, 4)


def test_buttons_move_between_events_and_stop_at_the_ends(stream, daphne, pair):
    open_event(stream, 4)
    newer = stream.get_by_role("button", name="Newer event")
    older = stream.get_by_role("button", name="Older event")
    newer.click()
    opened(stream, 5)
    expect(newer).to_be_disabled()
    send_good(daphne, pair)
    newer.click()
    opened(stream, 6)
    for seq in (5, 4, 3, 2, 1):
        older.click()
        opened(stream, seq)
    expect(older).to_be_disabled()
    expect(newer).to_be_enabled()


def test_back_and_reload_keep_the_position(stream):
    open_event(stream, 3)
    stream.reload()
    opened(stream, 3)
    stream.go_back()
    expect(stream.locator("#panel")).to_be_hidden()
    stream.go_forward()
    opened(stream, 3)


def test_p_pauses_and_resumes(stream, daphne, pair):
    press(stream, "p")
    expect(stream.get_by_role("button", name="Resume")).to_be_visible()
    send_good(daphne, pair)
    expect(stream.locator("[data-pause-count]")).to_have_text("1 new")
    assert 6 not in seqs_shown(stream)
    press(stream, "p")
    row(stream, 6).wait_for()


def test_a_question_mark_lists_the_keys(stream):
    press(stream, "?")
    keys = stream.get_by_role("dialog", name="Keys")
    expect(keys).to_be_visible()
    press(stream, "j", "p")
    expect(stream.locator("[data-pause]")).to_have_attribute("aria-pressed", "false")
    press(stream, "Escape")
    expect(keys).to_be_hidden()


def test_home_returns_to_the_newest(page, daphne, pair):
    send_good(daphne, pair, 100)
    open_stream(page, pair)
    row(page, 100).wait_for()
    press(page, *["j"] * 60)
    expect(row(page, 41)).to_be_in_viewport()
    expect(page.locator("[data-newest]")).to_be_visible()
    press(page, "Home")
    expect(row(page, 100)).to_be_in_viewport()
    expect(page.locator("[data-newest]")).to_be_hidden()


def test_t_changes_the_theme(stream):
    root = stream.locator("html")
    for theme in ("light", "dark", "system"):
        press(stream, "t")
        expect(root).to_have_attribute("data-theme", theme)
        expect(stream.get_by_role("button", name=f"Theme: {theme}")).to_be_visible()


_FOCUS = """() => {
  const shows = (element, pseudo) => {
    const { outlineStyle, outlineWidth } = getComputedStyle(element, pseudo);
    return outlineStyle !== "none" && parseFloat(outlineWidth) > 0;
  };
  const focused = document.activeElement;
  const row = document.getElementById(focused.getAttribute("aria-activedescendant"));
  const line = getComputedStyle(focused, "::before");
  const isDivider = focused.matches("[role=separator]");
  const box = focused.getBoundingClientRect();
  const isSeen = focused.matches(":focus-visible") && box.width > 0 && box.height > 0;
  const frame = focused.closest(".query-bar:has(.query-input:focus)"); // its ring is around the bar
  const rings = shows(row ?? frame ?? focused) || (isDivider && parseFloat(line.width) >= 2);
  const words = focused.getAttribute("aria-label") ?? focused.textContent.trim().slice(0, 40);
  return [`${focused.tagName} ${words}`, isSeen && rings];
}"""


def walk(page: Page) -> dict[str, bool]:
    """Every tab stop, and whether its focus is visible."""
    stops: dict[str, bool] = {}
    while True:
        press(page, "Tab")
        name, is_seen = page.evaluate(_FOCUS)
        if name in stops or name.startswith("BODY"):
            return stops
        stops[name] = is_seen


def test_focus_is_always_visible(page, daphne, pair):
    send(daphne, pair, VENDORS["natero"].good.replace(b'"u"', b"[1]"))
    open_stream(page, pair, "#event-1")
    opened(page, 1)
    stops = walk(page)
    for name in (
        "A Skip to content",
        "DIV Events, newest first",
        "BUTTON Close",
        "DIV Width of the detail",
    ):
        assert name in stops
    assert len(stops) > 12
    assert [name for name, is_seen in stops.items() if not is_seen] == []


def test_the_divider_moves_by_keys_and_is_remembered(stream):
    open_event(stream, 5)
    panel = stream.locator("#panel")
    before = panel.bounding_box()["width"]
    stream.get_by_role("separator").focus()
    press(stream, "ArrowLeft", "ArrowLeft")
    wider = panel.bounding_box()["width"]
    assert wider > before
    stream.reload()
    opened(stream, 5)
    assert panel.bounding_box()["width"] == wider
