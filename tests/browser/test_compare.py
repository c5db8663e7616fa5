"""Two events side by side: the ways to open the comparison, and the differences it shows."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_faults import BROKEN, GOOD
from tests.browser.test_hostile import MARKUP, assert_nothing_ran, watch_tasks
from tests.browser.test_looks import assert_contrast, assert_fits
from tests.support.browser import DESK, PHONE, open_event, open_stream, row, send, send_good

PLAIN = GOOD | {"product": "Web", "module": "m", "feature": "f"}
OTHER = PLAIN | {"userId": 17, "details": {"plan": "team plan"}}
del OTHER["sessionId"]


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def compared(page: Page, summary: str) -> Locator:
    view = page.locator("[data-view=compare]")
    expect(view.locator(".compare-summary")).to_have_text(summary)
    return view


def rows_of(view: Locator) -> list[tuple[str, str, str]]:
    """(difference, left, right) of each row that differs."""
    return [
        tuple(text)
        for text in view.locator("[data-differs]").evaluate_all(
            """rows => rows.map((row) => [
                row.querySelector("svg").ariaLabel,
                row.querySelector("[data-side=left]").textContent,
                row.querySelector("[data-side=right]").textContent,
            ])"""
        )
    ]


def compare_with(page: Page, what: str) -> None:
    page.locator("[data-compare-menu] > summary").click()
    page.locator(".menu-body").get_by_role("button", name=what).click()


# -- ways to open it ---------------------------------------------------------------------------


def test_an_event_is_compared_with_the_last_valid_one_of_its_name(page, daphne, pair):
    named = GOOD | {"action": 'odd "name" \\ *'}
    send(daphne, pair, json.dumps(GOOD), json.dumps(GOOD | {"userId": "u-2"}))
    send(daphne, pair, json.dumps(named), json.dumps(GOOD | {"userId": 17}))
    send_good(daphne, pair)
    open_stream(page, pair)
    open_event(page, 4)
    compare_with(page, "Last valid event with this name")
    compared(page, "1 difference")
    assert page.url.endswith("#compare-4-2")
    expect(page.locator("[data-panel-title]")).to_have_text("Compare No. 4 and No. 2")


def test_without_an_earlier_valid_event_the_next_one_is_used(page, daphne, pair):
    send(daphne, pair, json.dumps(OTHER), json.dumps(GOOD))
    open_stream(page, pair)
    open_event(page, 1)
    compare_with(page, "Last valid event with this name")
    compared(page, "6 differences")
    assert page.url.endswith("#compare-1-2")


def test_an_event_is_compared_with_the_previous_one_and_any_number(page, daphne, pair):
    for user in ("u-1", "u-2", "u-3"):
        send(daphne, pair, json.dumps(GOOD | {"userId": user}))
    open_stream(page, pair)
    open_event(page, 1)
    compare_with(page, "Previous event with this name")
    expect(page.locator("[data-compare-note]")).to_have_text("No earlier event found.")
    page.keyboard.press("Escape")
    open_event(page, 3)
    compare_with(page, "Previous event with this name")
    compared(page, "1 difference")
    assert page.url.endswith("#compare-3-2")
    page.get_by_role("link", name="No. 3").click()
    expect(page.locator(".panel-seq")).to_have_text("No. 3")
    page.locator("[data-compare-menu] > summary").click()
    number = page.locator("[data-compare-menu]").get_by_label("No.", exact=True)
    number.fill("3")
    number.press("Enter")
    expect(page.locator("[data-compare-note]")).to_contain_text("This event is already open.")
    number.fill("1")
    number.press("Enter")
    compared(page, "1 difference")
    assert page.url.endswith("#compare-3-1")


def test_two_events_are_selected_with_x_in_the_list(page, daphne, pair):
    send_good(daphne, pair, 5)
    open_stream(page, pair)
    row(page, 5).wait_for()
    for key in ("j", "x"):
        page.keyboard.press(key)
    picking = page.locator("[data-picking]")
    expect(picking).to_contain_text("Compare No. 5 “sessionIdle” with")
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    compared(page, "1 difference")
    assert page.url.endswith("#compare-5-3")
    expect(picking).to_be_hidden()
    page.keyboard.press("Escape")
    expect(page.locator("#panel")).to_be_hidden()


def test_the_second_is_selected_by_a_click_and_escape_cancels(page, daphne, pair):
    send_good(daphne, pair, 3)
    open_stream(page, pair)
    open_event(page, 3)
    compare_with(page, "Pick from the list")
    picking = page.locator("[data-picking]")
    expect(picking).to_be_visible()
    page.keyboard.press("Escape")
    expect(picking).to_be_hidden()
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("x")
    row(page, 1).click()
    compared(page, "1 difference")
    assert page.url.endswith("#compare-3-1")
    page.reload()
    compared(page, "1 difference")


def test_on_a_phone_the_list_opens_for_the_selection(new_page, cookies, daphne, pair):
    send_good(daphne, pair, 3)
    phone = new_page(daphne, cookies=cookies, viewport=PHONE)
    open_stream(phone, pair)
    open_event(phone, 3)
    compare_with(phone, "Pick from the list")
    expect(phone.locator("#panel")).to_be_hidden()
    expect(phone.locator("[data-picking]")).to_be_in_viewport()
    assert_fits(phone)
    row(phone, 2).click()
    compared(phone, "1 difference")
    assert_fits(phone)


# -- differences -------------------------------------------------------------------------------


@pytest.mark.parametrize(("viewport", "scheme"), [(DESK, "light"), (PHONE, "dark")])
def test_differences_are_shown_by_sign_and_word(new_page, cookies, daphne, pair, viewport, scheme):
    left = PLAIN | {"details": {"plan": "free plan", "seats": [1, 2, 3]}}
    right = OTHER | {"details": {"plan": "team plan", "seats": [1, 3]}, "new": True}
    send(daphne, pair, json.dumps(left), json.dumps(right))
    page = new_page(daphne, cookies=cookies, viewport=viewport, color_scheme=scheme)
    open_stream(page, pair, "#compare-1-2")
    view = compared(page, "5 differences")
    assert rows_of(view) == [
        ("changed", '"userId": "u-17"', '"userId": 17'),
        ("only in No. 1", '"sessionId": "s-1"', "not in No. 2"),
        ("changed", '"plan": "free plan"', '"plan": "team plan"'),
        ("only in No. 1", "2", "not in No. 2"),
        ("only in No. 2", "not in No. 1", '"new": true'),
    ]
    changed = view.locator("[data-differs]").first
    expect(changed.locator(".compare-note")).to_have_text("string in No. 1, number in No. 2")
    expect(changed.get_by_role("img", name="changed")).to_be_visible()
    expect(view.locator("del")).to_have_text(["free"])
    expect(view.locator("ins")).to_have_text(["team"])
    expect(view.get_by_role("link", name="No. 1")).to_have_attribute("href", "#event-1")
    if viewport == DESK:
        sides = [view.locator(f"[data-side={side}]").nth(1) for side in ("left", "right")]
        boxes = [side.bounding_box() for side in sides]
        assert boxes[0]["y"] == boxes[1]["y"]
    assert_fits(page)
    assert_contrast(page)


def test_equal_members_are_collapsed_and_can_be_opened(page, daphne, pair):
    same = {f"property_{n}": n for n in range(12)}
    send(daphne, pair, json.dumps({**same, "a": 1}), json.dumps({**same, "a": 2}))
    open_stream(page, pair, "#compare-1-2")
    view = compared(page, "1 difference")
    expect(view.get_by_text("property_7")).to_have_count(0)
    view.get_by_role("button", name="12 equal fields").press("Enter")
    expect(view.get_by_text('"property_7"').first).to_be_visible()


def test_digits_are_compared_as_sent(page, daphne, pair):
    send(daphne, pair, '{"n":12345678901234567890,"m":1}', '{"n":12345678901234567891,"m":1.0}')
    open_stream(page, pair, "#compare-1-2")
    view = compared(page, "2 differences")
    assert rows_of(view) == [
        ("changed", '"n": 12345678901234567890', '"n": 12345678901234567891'),
        ("changed", '"m": 1', '"m": 1.0'),
    ]
    expect(view.locator(".compare-note:visible")).to_have_text(
        ["the same value, written differently"]
    )


def test_buttons_move_between_differences(page, daphne, pair):
    lines = [{f"key{n}": n * factor for n in range(400)} for factor in (1, 2)]
    send(daphne, pair, *(json.dumps(line) for line in lines))
    open_stream(page, pair, "#compare-1-2")
    view = compared(page, "399 differences")
    current = view.locator("[data-current]")
    for _ in range(3):
        view.get_by_role("button", name="Next").click()
    expect(view.locator(".compare-place")).to_have_text("3 of 399")
    expect(current).to_contain_text('"key3": 3')
    expect(current).to_be_in_viewport()
    view.get_by_role("button", name="Previous").click()
    expect(current).to_contain_text('"key2": 2')
    view.get_by_role("button", name="Next").evaluate(
        "button => { for (let at = 0; at < 340; at++) button.click(); }"
    )
    expect(view.locator(".compare-place")).to_have_text("342 of 399")
    expect(current).to_contain_text('"key342"')


def test_the_sides_are_swapped(page, daphne, pair):
    send(daphne, pair, json.dumps(PLAIN), json.dumps(OTHER))
    open_stream(page, pair, "#compare-1-2")
    compared(page, "3 differences").get_by_role("button", name="Swap").click()
    expect(page.locator("[data-panel-title]")).to_have_text("Compare No. 2 and No. 1")
    assert page.url.endswith("#compare-2-1")
    view = compared(page, "3 differences")
    expect(view.get_by_role("img", name="only in No. 2")).to_have_count(1)


def test_malformed_text_is_compared_as_text(page, daphne, pair):
    send(daphne, pair, BROKEN, json.dumps(GOOD).replace("u-17", "ü-18"))
    open_stream(page, pair, "#compare-1-2")
    view = compared(page, "2 differences")
    expect(view.get_by_text("No. 1 is not JSON: compared as text.")).to_be_visible()
    text = view.locator(".difference")
    expect(text.locator("ins").last).to_have_text(",")
    view.get_by_role("button", name="Next").click()
    expect(view.locator(".compare-place")).to_have_text("1 of 2")
    expect(text.locator("[data-current]")).to_have_count(1)


def test_a_comparison_without_differences_says_so(page, daphne, pair):
    turned = dict(reversed(GOOD.items()))
    send(daphne, pair, json.dumps(GOOD), json.dumps(turned), json.dumps(GOOD))
    open_stream(page, pair, "#compare-1-3")
    compared(page, "No differences: the same text.")
    open_stream(page, pair, "#compare-1-2")
    compared(page, "No differences but white space or the order of keys.")
    expect(page.get_by_role("button", name="Next")).to_be_hidden()


def test_an_event_that_does_not_exist_is_named(page, daphne, pair, complaints):
    complaints.expect("404")
    send_good(daphne, pair)
    open_stream(page, pair, "#compare-1-7")
    expect(page.locator("[data-view=compare]")).to_contain_text("Event No. 7 does not exist")


def test_unusual_and_large_events_are_compared_as_text_and_quickly(page, daphne, pair):
    page.add_init_script("window.pwn = () => { window.isPwned = true; };")
    keys = [{f"key{n}": n * factor for n in range(5_000)} for factor in (1, 2)]
    long = [
        {MARKUP: MARKUP * factor, "long": letter * 900_000}
        for factor, letter in ((1, "x"), (2, "y"))
    ]
    send(daphne, pair, *(json.dumps(line) for line in [*keys, *long]))
    watch_tasks(page)
    open_stream(page, pair, "#compare-1-2")
    compared(page, "4,999 differences")
    open_stream(page, pair, "#compare-3-4")
    view = compared(page, "2 differences")
    expect(view.locator("[data-differs]").first).to_contain_text(MARKUP)
    assert page.evaluate("window.longest") < 1_000  # generous, for a loaded machine
    assert_nothing_ran(page)
