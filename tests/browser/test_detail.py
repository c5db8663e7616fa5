"""The detail of one event: its tabs, its neighbours, copy buttons and its link."""

from __future__ import annotations

import base64
import json

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_faults import BROKEN, GOOD, MISSING_FIELD, WRONG_TYPE
from tests.browser.test_looks import assert_contrast, assert_fits
from tests.support.browser import (
    DESK,
    PHONE,
    expect_state,
    open_event,
    open_stream,
    opened,
    row,
    send,
    send_good,
)
from tests.support.http import post, send_raw
from tests.support.panel import TABS, clipboard, expect_tab, part, tab
from tests.support.wait import until

MANY_FAULTS = json.dumps(GOOD | {f"key{n}": n for n in range(5)} | {"userId": 17})


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def copying(page: Page) -> Page:
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    return page


# -- tabs --------------------------------------------------------------------------------------


def test_tabs_follow_the_keyboard_pattern(page, daphne, pair):
    send_good(daphne, pair)
    open_stream(page, pair)
    open_event(page, 1)
    expect_tab(page, "Event")
    tab(page, "Event").focus()
    for key, name in (
        ("ArrowRight", "Raw"),
        ("End", "Problems"),
        ("ArrowRight", "Event"),
        ("ArrowLeft", "Problems"),
        ("Home", "Event"),
    ):
        page.keyboard.press(key)
        expect_tab(page, name)
        expect(tab(page, name)).to_be_focused()
    expect(page.locator(".panel-tools [role=tab][tabindex='0']")).to_have_count(1)


def test_brackets_change_the_tab_from_anywhere(page, daphne, pair):
    send_good(daphne, pair)
    open_stream(page, pair)
    open_event(page, 1)
    for key, name in (
        ("]", "Raw"),
        ("]", "Request"),
        ("[", "Raw"),
        ("[", "Event"),
        ("[", "Problems"),
    ):
        page.keyboard.press(key)
        expect_tab(page, name)


def test_the_tab_is_in_the_address_and_stays_between_events(page, daphne, pair):
    send_good(daphne, pair, 3)
    open_stream(page, pair)
    open_event(page, 3)
    tab(page, "Raw").click()
    assert page.url.endswith("#event-3/raw")
    page.keyboard.press("j")
    expect(page.locator(".panel-seq")).to_have_text("No. 2")
    assert page.url.endswith("#event-2/raw")
    row(page, 1).click()
    expect(page.locator(".panel-seq")).to_have_text("No. 1")
    expect_tab(page, "Raw")
    page.reload()
    expect_tab(page, "Raw")
    expect(part(page, "Raw")).to_contain_text('"accountId"')
    page.go_back()
    expect(page.locator("#panel")).to_be_hidden()
    open_event(page, 2)
    expect_tab(page, "Event")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_tab_fits_a_phone_and_is_readable(new_page, cookies, daphne, pair, scheme):
    long = "a-rather-long-value-without-any-place-to-break-" * 4
    send(daphne, pair, MANY_FAULTS.replace("s-1", long))
    send_raw(daphne.port, post(f"/v1/x/{pair.api_key}", b"{}", f"X-Long: {long}"))
    phone = new_page(daphne, cookies=cookies, viewport=PHONE, color_scheme=scheme)
    open_stream(phone, pair, "#event-1")
    for name in TABS:
        tab(phone, name).click()
        expect_tab(phone, name)
        expect(part(phone, name).locator(".panel-message")).to_have_count(0 if name != "Raw" else 1)
        assert_fits(phone)
        assert_contrast(phone)
    for menu in ("More to copy", "Compare…"):
        phone.locator(
            f".panel-actions summary:is([aria-label='{menu}'], :has-text('{menu}'))"
        ).click()
        assert_fits(phone)


# -- raw ---------------------------------------------------------------------------------------


def raw_text(page: Page) -> str:
    return part(page, "Raw").locator("code").evaluate("code => code.textContent")


def test_the_raw_text_is_as_sent_and_indenting_keeps_digits_and_order(page, daphne, pair):
    line = '{"total":12345678901234567890,  "a":1.0,"user":"a\u202eb","a":-0,"s":"\\u00fc"}'
    send(daphne, pair, line)
    open_stream(page, pair, "#event-1/raw")
    expect(part(page, "Raw").locator("[data-slot=size]")).to_have_text("1 line, 75 bytes")
    assert raw_text(page) == line.replace("\u202e", "U+202E")
    part(page, "Raw").get_by_label("Indented").check()
    assert raw_text(page).split("\n") == [
        "{",
        '  "total": 12345678901234567890,',
        '  "a": 1.0,',
        '  "user": "aU+202Eb",',
        '  "a": -0,',
        '  "s": "\\u00fc"',
        "}",
    ]


def test_wrapping_is_an_option_that_is_remembered(page, daphne, pair):
    send(daphne, pair, json.dumps(GOOD | {"long": "word " * 200}))
    open_stream(page, pair, "#event-1/raw")
    text = part(page, "Raw").locator("pre")
    wrap = part(page, "Raw").get_by_role("button", name="Wrap")
    is_wide = "pre => pre.scrollWidth > pre.clientWidth"
    expect(wrap).to_have_attribute("aria-pressed", "true")
    assert not text.evaluate(is_wide)
    wrap.click()
    expect(wrap).to_have_attribute("aria-pressed", "false")
    assert text.evaluate(is_wide)
    page.reload()
    expect(wrap).to_have_attribute("aria-pressed", "false")


def test_bytes_that_are_not_text_are_shown_individually(page, daphne, pair):
    send(daphne, pair, b'{"userId":"\xff\x00"}')
    open_stream(page, pair, "#event-1/raw")
    raw = part(page, "Raw")
    expect(raw.locator("[data-slot=size]")).to_contain_text("not UTF-8")
    expect(raw.locator(".note")).to_be_visible()
    raw.get_by_label("Bytes").check()
    expect(raw.locator("code")).to_contain_text("22 3A 22 FF 00 22 7D")
    raw.get_by_label("Indented").check()
    expect(raw.get_by_text("Only JSON can be indented.")).to_be_visible()


def test_a_text_of_a_mebibyte_is_shown_in_parts(page, daphne, pair):
    page.add_init_script(
        """window.longest = 0;
        new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) {
                window.longest = Math.max(window.longest, duration);
            }
        }).observe({ type: "longtask" });"""
    )
    line = json.dumps(GOOD | {"long": "y\u202e" * 240_000}, ensure_ascii=False)
    send(daphne, pair, line)
    open_stream(page, pair, "#event-1/raw")
    raw = part(page, "Raw")
    more = raw.locator("code").get_by_role("button", name="show more")
    expect(more).to_be_visible()
    assert raw.locator("code *").count() < 2_000
    more.click()
    raw.get_by_label("Bytes").check()
    expect(more).to_have_text("show more (934 KB left)")
    assert page.evaluate("window.longest") < 1_000  # generous, for a loaded machine


# -- problems ----------------------------------------------------------------------------------


def test_the_problems_tab_shows_count_and_severity(page, daphne, pair):
    send(daphne, pair, json.dumps(GOOD), WRONG_TYPE)
    open_stream(page, pair)
    open_event(page, 2)
    problems = tab(page, "Problems")
    expect(problems).to_have_text("Problems2")
    expect(problems.get_by_role("img", name="error")).to_be_visible()
    problems.click()
    listed = part(page, "Problems").locator(".problem")
    expect(listed).to_have_count(2)
    hint = listed.locator(".problem-hint").first
    expect(hint).to_have_text("Send 1795227547189 without the quotes.")
    expect(listed.locator(".problem-basis").first).to_have_text("documented by the vendor")
    expect(listed.locator(".problem-basis").first).to_be_visible()
    expect(listed.get_by_role("link").first).to_have_attribute(
        "href", "/help/problems#number-as-string"
    )
    open_event_by_key(page, "j")
    expect(tab(page, "Problems")).to_have_text("Problems")
    expect(part(page, "Problems").get_by_text("No problems found.")).to_be_visible()
    expect(part(page, "Problems").get_by_role("button")).to_have_count(0)


def open_event_by_key(page: Page, key: str) -> None:
    before = page.locator(".panel-seq").inner_text()
    page.keyboard.press(key)
    expect(page.locator(".panel-seq")).not_to_have_text(before)


def test_a_problem_of_the_tab_links_to_its_field(page, daphne, pair):
    filler = {f"property_{number}": f"{number}" for number in range(80)}
    send(daphne, pair, json.dumps(filler | GOOD | {"userId": 17}))
    open_stream(page, pair, "#event-1/problems")
    part(page, "Problems").get_by_role("button", name="/userId").click()
    expect_tab(page, "Event")
    field = part(page, "Event").locator(".tree-row").filter(has_text='"userId"')
    expect(field).to_be_in_viewport()


def test_above_the_event_are_the_worst_problems_and_a_link_to_all(page, daphne, pair):
    send(daphne, pair, MANY_FAULTS)
    open_stream(page, pair)
    panel = open_event(page, 1)
    brief = part(page, "Event").locator(".problem")
    expect(brief).to_have_count(3)
    expect(brief.first.locator(".problem-message")).to_contain_text("“userId”")
    total = int(panel.locator("[data-tab-count]").inner_text())
    assert total > 3
    part(page, "Event").get_by_role("button", name=f"All {total} problems").click()
    expect_tab(page, "Problems")
    expect(part(page, "Problems").locator(".problem")).to_have_count(total)


# -- neighbours --------------------------------------------------------------------------------


def test_stepping_crosses_a_gap_of_the_list(page, daphne, pair):
    send_good(daphne, pair, 600)
    open_stream(page, pair, "#event-101")
    opened(page, 101)
    page.keyboard.press("j")
    opened(page, 100)
    page.keyboard.press("j")
    opened(page, 99)
    page.keyboard.press("k")
    opened(page, 100)


def test_stepping_follows_the_filter(page, daphne, pair):
    lines = [
        json.dumps(GOOD | {"userId": f"u-{n}", "action": name}) for n, name in enumerate("abba")
    ]
    send(daphne, pair, *lines)
    page.goto(f"/pairs/{pair.pk}/?q=name:a#event-4")
    opened(page, 4)
    row(page, 1).wait_for()
    expect(row(page, 2)).to_have_count(0)
    page.keyboard.press("j")
    opened(page, 1)
    expect(page.get_by_role("button", name="Older event")).to_be_disabled()
    page.keyboard.press("k")
    opened(page, 4)
    page.goto(f"/pairs/{pair.pk}/?q=name:a#event-3")
    opened(page, 3)
    page.keyboard.press("j")
    opened(page, 1)


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_the_list_can_show_only_the_delivery(new_page, cookies, daphne, pair, viewport):
    for count in (2, 3):
        send_good(daphne, pair, count)
    page = new_page(daphne, cookies=cookies, viewport=viewport)
    open_stream(page, pair, "#event-4/request")
    part(page, "Request").get_by_role("button", name="Show only this delivery").click()
    page.wait_for_url(lambda url: "q=delivery%3A2" in url)
    for seq, count in ((3, 1), (5, 1), (2, 0), (1, 0)):
        expect(row(page, seq)).to_have_count(count)
    if viewport == PHONE:
        expect(page.locator("#panel")).to_be_hidden()


# -- links and copies ----------------------------------------------------------------------------


def test_a_link_to_the_event_is_copied_without_the_filter(copying, daphne, pair):
    send_good(daphne, pair, 80)
    copying.goto(f"/pairs/{pair.pk}/?q=name:session*&columns=seq#event-2/raw")
    expect_state(copying, "live")
    expect(part(copying, "Raw").locator("code")).to_be_visible()
    copying.keyboard.press("l")
    link = clipboard(copying)
    assert link == f"{daphne.url}/pairs/{pair.pk}/#event-2"
    other = copying.context.new_page()
    other.goto(link)
    opened(other, 2)
    expect(row(other, 2)).to_be_in_viewport()
    expect(row(other, 2)).to_have_attribute("aria-selected", "true")


def test_the_row_of_the_event_in_the_address_is_the_selected_one(page, daphne, pair):
    send_good(daphne, pair, 150)  # more than the first frame holds
    open_stream(page, pair, "#event-20")
    for seq in (20, 140, 3, 20):
        page.evaluate("hash => { location.hash = hash; }", f"event-{seq}")
        opened(page, seq)
        expect(row(page, seq)).to_be_in_viewport()
        expect(page.locator(".row-event[aria-selected=true]")).to_have_attribute(
            "data-seq", str(seq)
        )


def copy(page: Page, name: str) -> str:
    page.evaluate("navigator.clipboard.writeText('')")
    page.get_by_label("More to copy").click()
    page.locator(".menu-body").get_by_role("button", name=name).click()
    until(lambda: page.evaluate("navigator.clipboard.readText()") != "")
    return page.evaluate("navigator.clipboard.readText()")


def test_event_raw_line_curl_and_explanation_are_copied(copying, daphne, pair):
    line = MISSING_FIELD.replace('"s-1"', '"s-1", "total": 1.0, "product": "p"')
    send(daphne, pair, line)
    open_stream(copying, pair)
    open_event(copying, 1)
    copying.keyboard.press("c")
    assert clipboard(copying) == line
    event = copy(copying, "Event, indented")
    assert event.startswith('{\n  "userId": "u-17",\n')
    assert '"total": 1.0,\n  "product": "p"' in event
    assert copy(copying, "curl command").endswith(f"--data-raw '{line}'")
    explanation = copy(copying, "Explanation").split("\n")
    assert explanation[0] == "Event No. 1 “sessionIdle”: invalid, 1 problem"
    assert explanation[2] == f"{daphne.url}/pairs/{pair.pk}/#event-1"
    assert explanation[4:] == [
        "1. error at /accountId: “accountId” is missing.",
        "   Add “accountId” (a string) to this event.",
        f"   {daphne.url}/help/problems#missing-field (documented by the vendor)",
    ]


def test_unavailable_copies_give_the_reason(page, daphne, pair):
    send(daphne, pair, BROKEN.encode() + base64.b64decode("/w=="))
    open_stream(page, pair)
    open_event(page, 1)
    page.get_by_label("More to copy").click()
    menu = page.locator(".menu-body")
    expect(menu.get_by_role("button", name="Event, indented")).to_be_disabled()
    expect(menu.get_by_role("button", name="curl command")).to_have_attribute(
        "title", "A command line cannot contain these bytes."
    )
    expect(menu.get_by_role("button", name="Explanation")).to_be_enabled()


def test_editing_starts_from_any_tab(page, daphne, pair):
    send(daphne, pair, BROKEN)
    open_stream(page, pair, "#event-1/raw")
    expect(part(page, "Raw").locator("code")).to_have_text(BROKEN)
    page.keyboard.press("e")
    expect_tab(page, "Event")
    expect(page.get_by_label("Text of the event")).to_be_focused()
    tab(page, "Problems").click()
    tab(page, "Event").click()
    expect(page.locator(".malformed")).to_be_visible()
