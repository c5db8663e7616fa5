"""The query bar: typing, completion, chips, errors, the address, and filtering by a click."""

from __future__ import annotations

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.support.browser import (
    PHONE,
    cell,
    expect_balance,
    open_event,
    open_stream,
    row,
    send,
    send_good,
    seqs_shown,
)
from tests.support.vendors import fresh

FIRST = json.dumps({"action": "feature", "userId": "u-1", "properties": {"plan": "pro", "n": 7}})
SECOND = json.dumps({"action": "moduleEnd", "userId": "u-2", "properties": {"plan": "Zoë's plan"}})
THIRD = FIRST[:-1]


@pytest.fixture
def pair(new_pair, daphne):
    """A key pair with three events: two invalid ones and a malformed one."""
    pair = new_pair("natero")
    send(daphne, pair, FIRST, SECOND, THIRD)
    return pair


@pytest.fixture
def stream(page, pair):
    open_stream(page, pair)
    row(page, 3).wait_for()
    return pair


def line(page: Page) -> Locator:
    return page.get_by_role("combobox", name="Query")


def write(page: Page, text: str) -> None:
    """Type without taking a completion."""
    line(page).fill(text)
    line(page).press("Enter")


def expect_events(page: Page, *seqs: int) -> None:
    """Check that the list shows exactly these events, newest first."""
    expect(page.locator(".row-event")).to_have_count(len(seqs))
    for seq in seqs:
        row(page, seq).wait_for()
    assert seqs_shown(page) == list(seqs)


def expect_question(page: Page, q: str, mode: str = "") -> None:
    """Check the query in the input, where a completion leaves a trailing blank, and in the
    address."""
    expect(line(page)).to_have_value(re.compile(f"^{re.escape(q)} ?$"))
    page.wait_for_function(
        "q => (new URLSearchParams(location.search).get('q') ?? '') === q", arg=q
    )
    asked = parse_qs(urlsplit(page.url).query)
    assert asked.get("mode", [""]) == [mode]


def chips(page: Page) -> Locator:
    return page.locator(".query-chip")


# -- querying ------------------------------------------------------------------------------------


def test_the_list_shows_matches_and_continues_live(page, daphne, stream):
    page.keyboard.press("/")
    expect(line(page)).to_be_focused()
    page.keyboard.type("verdict:invalid")
    page.keyboard.press("Enter")
    expect_events(page, 2, 1)
    expect_question(page, "verdict:invalid")
    send(daphne, stream, fresh(), SECOND.replace("u-2", "u-3"))
    row(page, 5).wait_for()
    expect_events(page, 5, 2, 1)
    expect_balance(page, valid=1, invalid=3, malformed=1)


def test_a_typed_query_runs_after_a_pause(page, stream):
    line(page).press_sequentially("zo")
    expect_events(page, 2)
    line(page).press_sequentially("ë plan:")
    line(page).press_sequentially("x")
    expect(page.locator("[data-empty-title]")).to_have_text("No event matches")


def test_the_address_carries_the_query_and_back_undoes_it(page, stream):
    write(page, "name:feature")
    expect_events(page, 1)
    write(page, "name:moduleEnd")
    expect_events(page, 2)
    page.go_back()
    expect_events(page, 1)
    expect_question(page, "name:feature")
    page.reload()
    expect_events(page, 1)
    expect_question(page, "name:feature")
    page.go_back()
    expect_events(page, 3, 2, 1)
    expect_question(page, "")
    page.go_forward()
    expect_events(page, 1)


def test_a_link_opens_its_query(page, pair):
    page.goto(f"/pairs/{pair.pk}/?q=-verdict:malformed+userId:u-2")
    expect_events(page, 2)
    expect(chips(page)).to_have_text(["not verdict:malformed", "userId:u-2"], use_inner_text=True)


def test_without_matches_the_page_offers_to_clear_the_query(page, stream):
    write(page, "nothing-like-it")
    empty = page.locator("[data-empty]")
    expect(empty.locator("[data-empty-text]")).to_contain_text("3 received in total")
    empty.get_by_role("button", name="Show all events").click()
    expect_events(page, 3, 2, 1)
    expect_question(page, "")


def test_the_query_is_cleared_by_its_button(page, stream):
    write(page, "verdict:invalid")
    expect_events(page, 2, 1)
    page.get_by_role("button", name="Clear the query").click()
    expect_events(page, 3, 2, 1)
    expect(line(page)).to_be_focused()
    expect(page.get_by_role("button", name="Clear the query")).to_be_hidden()


# -- highlight -----------------------------------------------------------------------------------


def test_a_highlight_shows_all_and_marks_matches(page, daphne, stream):
    page.get_by_role("radio", name="Highlight").check()
    write(page, "name:feature OR zoë")
    expect(page.locator(".row-event[data-match]")).to_have_count(2)
    expect_events(page, 3, 2, 1)
    expect(page.locator("[data-query-matches]")).to_have_text("2 of 3 here match")
    expect(row(page, 1)).to_have_attribute("aria-description", "matches the query")
    expect_question(page, "name:feature OR zoë", mode="highlight")
    send(daphne, stream, FIRST.replace("u-1", "u-9"), fresh())
    expect(page.locator("[data-query-matches]")).to_have_text("3 of 5 here match")
    page.get_by_role("radio", name="Filter").check()
    expect_events(page, 4, 2, 1)
    expect(page.locator(".row-event[data-match]")).to_have_count(0)


def test_search_terms_are_marked_in_the_text(page, stream):
    def marked() -> list[str]:
        return page.evaluate("""() => [...(CSS.highlights.get("query-match") ?? [])].map((range) =>
            range.startContainer.data.slice(range.startOffset, range.endOffset))""")

    write(page, "name:feat* properties.plan:pro")
    expect_events(page, 1)
    assert marked() == ["feat"]
    open_event(page, 1)
    page.wait_for_function("CSS.highlights.get('query-match').size === 2")
    assert sorted(marked()) == ["feat", "pro"]
    write(page, "-name:feature")
    expect_events(page, 3, 2)
    assert marked() == []


# -- errors --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ('name:feature "open', '"open', "This quote is not closed"),
        ("name:feature verdict:invlid", "invlid", "Did you mean “invalid”?"),
        ("😀 total>many", "many", "is no number"),
    ],
)
def test_an_error_is_shown_at_its_location_and_the_list_stays(page, stream, text, place, words):
    write(page, "name:feature")
    expect_events(page, 1)
    write(page, text)
    expect(page.get_by_role("alert")).to_contain_text(words)
    expect(page.locator("[data-query-shown] .query-mistake")).to_have_text(place)
    expect(line(page)).to_have_attribute("aria-invalid", "true")
    expect(page.locator("[data-query-still]")).to_have_text("Still shown: name:feature")
    expect_events(page, 1)
    write(page, "name:moduleEnd")
    expect(page.locator("[data-query-mistake]")).to_be_hidden()
    expect(line(page)).to_have_attribute("aria-invalid", "false")
    expect_events(page, 2)


def test_an_unfinished_query_is_not_an_error(page, stream):
    for text in ("nam", "name:feature verdict:inv"):
        line(page).fill("")
        line(page).press_sequentially(text)
        expect(page.locator(".query-option").first).to_be_visible()
        page.wait_for_timeout(600)  # the pause before a complete query would run
        expect_events(page, 3, 2, 1)
    expect(page.locator("[data-query-mistake]")).to_be_hidden()


def test_a_link_with_an_error_shows_all_events_and_the_error(page, pair, complaints):
    complaints.expect("/api/chart")  # runs the query in the address
    for q in ("verdict:odd", "name:"):
        page.goto(f"/pairs/{pair.pk}/?q={q}")
        expect_events(page, 3, 2, 1)
        expect(page.locator("[data-query-mistake]")).to_be_visible()
        expect(line(page)).to_have_value(q)


# -- completion ----------------------------------------------------------------------------------


def test_names_and_values_are_completed_from_the_keyboard(page, stream):
    line(page).press_sequentially("ver")
    option = page.get_by_role("option")
    expect(option.first).to_contain_text("verdict")
    line(page).press("Tab")
    expect(line(page)).to_have_value("verdict:")
    expect(option.first).to_have_text(re.compile("^verdict:invalid *2$"))
    line(page).press("ArrowDown")
    line(page).press("ArrowDown")
    expect(option.nth(1)).to_have_attribute("aria-selected", "true")
    expect(line(page)).to_have_attribute("aria-activedescendant", "query-option-1")
    line(page).press("Enter")
    expect_events(page, 3)
    expect_question(page, "verdict:malformed")
    expect(line(page)).to_have_attribute("aria-expanded", "false")


def test_a_value_is_completed_by_the_mouse_and_quoted(page, stream):
    line(page).press_sequentially("-properties.plan:Zo")
    page.get_by_role("option", name="Zoë's plan").click()
    expect_events(page, 3, 1)
    expect_question(page, '-properties.plan:"Zoë\'s plan"')


def test_late_completions_do_not_cover_the_current_query(page, stream):
    held: list[Route] = []
    page.route("**/api/fields?*", lambda route: held.append(route))
    write(page, "verdict:invalid")
    expect_events(page, 2, 1)
    with page.expect_response("**/api/fields?*"):
        held[0].continue_()
    page.wait_for_function("new Promise(requestAnimationFrame)")
    expect(page.get_by_role("listbox", name="Completions")).to_be_hidden()


def test_escape_closes_the_completions_and_then_leaves_the_input(page, stream):
    line(page).press_sequentially("n")
    expect(page.get_by_role("listbox", name="Completions")).to_be_visible()
    line(page).press("Escape")
    expect(page.get_by_role("listbox", name="Completions")).to_be_hidden()
    expect(line(page)).to_be_focused()
    line(page).press("Escape")
    expect(line(page)).not_to_be_focused()


# -- chips ---------------------------------------------------------------------------------------


def test_chips_are_negated_and_removed(page, stream):
    write(page, "verdict:invalid name:feature OR name:moduleEnd")
    expect_events(page, 2, 1)
    conditions = ["verdict:invalid", "name:feature", "or name:moduleEnd"]
    expect(chips(page)).to_have_text(conditions, use_inner_text=True)
    page.get_by_role("button", name="verdict:invalid", exact=True).click()
    expect(page.locator("[data-empty-title]")).to_have_text("No event matches")
    expect_question(page, "-verdict:invalid name:feature OR name:moduleEnd")
    page.get_by_role("button", name="Remove verdict:invalid").click()
    expect_question(page, "name:feature OR name:moduleEnd")
    expect_events(page, 2, 1)
    page.get_by_role("button", name="name:feature", exact=True).press("Delete")
    expect_question(page, "name:moduleEnd")
    expect(page.get_by_role("button", name="name:moduleEnd", exact=True)).to_be_focused()
    page.keyboard.press("Backspace")
    expect_question(page, "")
    expect(line(page)).to_be_focused()
    expect_events(page, 3, 2, 1)


# -- from a value --------------------------------------------------------------------------------


def act(page: Page, name: str, group: str = "") -> None:
    menu = page.get_by_role("menu")
    where = menu.get_by_role("group", name=group, exact=True) if group else menu
    where.get_by_role("menuitem", name=name).click()


def test_a_value_in_the_list_filters_and_excludes(page, stream):
    cell(page, 1, "user").hover()
    page.get_by_role("button", name="Filter by user: u-1").click()
    act(page, "Only this")
    expect_events(page, 1)
    expect_question(page, "user:u-1")
    cell(page, 1, "name").hover()
    page.get_by_role("button", name="Filter by name: feature").click()
    act(page, "Not this")
    expect_question(page, "user:u-1 -name:feature")
    expect(page.locator("#panel")).to_be_hidden()


def test_a_click_beside_the_button_still_opens_the_event(page, stream):
    cell(page, 1, "user").hover()
    page.get_by_role("button", name="Filter by user: u-1").wait_for()
    open_event(page, 1)


def test_a_value_of_the_json_filters_by_its_path(page, stream):
    panel = open_event(page, 2)
    panel.locator(".tree-row", has_text='"plan"').hover()
    page.get_by_role("button", name="Filter by properties.plan: Zoë's plan").click()
    act(page, "Only this")
    expect_question(page, 'properties.plan:"Zoë\'s plan"')
    expect_events(page, 2)
    panel.locator("dd", has_text="u-2").hover()
    page.get_by_role("button", name="Filter by user: u-2").click()
    act(page, "Not this")
    expect_question(page, 'properties.plan:"Zoë\'s plan" -user:u-2')


def test_every_value_of_an_event_is_reachable_by_keyboard(page, stream):
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("f")
    menu = page.get_by_role("menu", name="Filter by a value")
    expect(menu.get_by_role("menuitem").first).to_be_focused()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect_question(page, "-name:moduleEnd")
    expect(menu).to_be_hidden()
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    open_event(page, 1)
    page.keyboard.press("f")
    page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(page.locator("#panel")).to_be_visible()
    page.keyboard.press("f")
    act(page, "Only this", "properties.n: 7")
    expect_question(page, "-name:moduleEnd properties.n:7")


def test_on_a_phone_a_tap_on_a_value_offers_to_filter(new_page, cookies, daphne, pair):
    phone = new_page(daphne, cookies=cookies, viewport=PHONE, is_mobile=True, has_touch=True)
    open_stream(phone, pair)
    row(phone, 1).tap()
    phone.locator("#panel .tree-row", has_text='"n"').tap()
    phone.get_by_role("button", name="Filter by properties.n: 7").tap()
    phone.get_by_role("menu").get_by_role("menuitem", name="Only this").tap()
    expect_question(phone, "properties.n:7")


# -- large streams -------------------------------------------------------------------------------


def test_a_filter_finds_events_that_were_not_shown(page, daphne, new_pair):
    pair = new_pair("natero")
    send_good(daphne, pair, 1200)
    send(daphne, pair, FIRST)
    page.goto(f"/pairs/{pair.pk}/?q=verdict:valid")
    row(page, 1200).wait_for()
    expect(row(page, 1201)).to_have_count(0)
    page.route("**/api/events?*", lambda route: None)  # never answered
    page.locator("[data-events]").evaluate("grid => { grid.scrollTop = grid.scrollHeight; }")
    expect(page.locator(".row-gap")).to_contain_text("1,100 events loading… (1 to 1,100)")


def test_a_click_on_the_balance_filters(page, stream):
    invalid = page.locator("[data-filter=invalid]")
    invalid.click()
    expect(page).to_have_url(re.compile(r"[?&]q=verdict%3Ainvalid"))
    expect(invalid).to_have_attribute("aria-pressed", "true")
    expect(page.locator("[data-filter=malformed]")).to_have_attribute("aria-pressed", "false")
    expect(row(page, 3)).to_have_count(0)
    assert seqs_shown(page) == [2, 1]
    page.locator("[data-filter=malformed]").click()
    row(page, 3).wait_for()
    expect(row(page, 2)).to_have_count(0)
    page.locator("[data-filter=malformed]").click()
    row(page, 2).wait_for()
    invalid.click()
    expect(row(page, 3)).to_have_count(0)
    page.locator("[data-filter='']").click()
    row(page, 3).wait_for()
    expect_balance(page, invalid=2, malformed=1)
