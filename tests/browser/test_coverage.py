"""The coverage: names that occurred, known names that did not, and clicks that filter."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from ingest.problems import Problem
from tests.support.browser import PHONE, open_stream, send
from tests.support.vendors import VENDORS, fresh
from tests.support.write_requests import judged, write_request

INVALID = VENDORS["natero"].good.replace(b'"u"', b"1")
MISSING = Problem("missing-field", path="/userId")


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def seen(store, pair):
    """Three names, one of them with faults only."""
    broken = [judged("broken", "invalid", MISSING), judged(None, "malformed", Problem("not-json"))]
    warned = judged("feature", "warning", Problem("unknown-field", "warning", "/x y"))
    store.append([write_request(pair, [judged("feature")] * 4 + [warned] + broken)])


def coverage(page: Page) -> Locator:
    return page.locator("[data-view=coverage]")


def name_row(page: Page, name: str) -> Locator:
    button = page.get_by_role("button", name=name, exact=True)
    return page.locator(".coverage-name").filter(has=page.locator("th").filter(has=button))


def names_shown(page: Page) -> list[str]:
    return page.locator(".coverage-name [data-slot=name]").all_inner_texts()


def query_of(page: Page) -> str:
    return parse_qs(urlsplit(page.url).query).get("q", [""])[0]


def test_names_with_counts_and_problems_and_names_that_did_not_occur(page, pair, seen):
    open_stream(page, pair)
    page.get_by_role("link", name="Coverage").click()
    expect(coverage(page).locator("[data-coverage-lead]")).to_have_text(
        "2 event names seen. Natero knows 7, 1 of them seen."
    )
    expect(page.locator(".coverage-missing li")).to_have_count(6)
    expect(page.locator(".coverage-missing")).not_to_contain_text("feature")
    assert names_shown(page) == ["feature", "no name", "broken"]
    feature = name_row(page, "feature")
    expect(feature.locator("[data-slot=count]")).to_have_text("5")
    expect(feature.locator("[data-slot=faults]")).to_have_text("0")
    expect(feature).to_contain_text("known")
    expect(feature.locator("[data-slot=never]")).to_be_hidden()
    expect(feature.locator(".coverage-problem")).to_have_text("unknown-field /x y ×1")
    expect(name_row(page, "broken").locator("[data-slot=never]")).to_be_visible()


@pytest.mark.parametrize(
    ("name", "button", "query", "found"),
    [
        ("feature", "feature", "name:feature", 5),
        ("feature", "1 warning", "name:feature verdict:warning", 1),
        ("feature", "unknown-field /x y ×1", 'name:feature problem:"unknown-field@/x y"', 1),
        ("no name", "no name", "-name:*", 1),
        ("broken", "1 invalid", "name:broken verdict:invalid", 1),
    ],
)
def test_a_click_filters_by_its_cell(page, pair, seen, name, button, query, found):
    open_stream(page, pair, "#coverage")
    name_row(page, name).get_by_role("button", name=button, exact=True).click()
    assert query_of(page) == query
    expect(page.locator(".row-event")).to_have_count(found)
    expect(coverage(page)).to_be_visible()
    page.keyboard.press("Escape")
    expect(coverage(page)).to_be_hidden()
    assert query_of(page) == query


def test_v_opens_and_closes_it(page, pair, seen):
    open_stream(page, pair)
    page.keyboard.press("v")
    expect(name_row(page, "feature")).to_be_visible()
    assert page.url.endswith("#coverage")
    page.keyboard.press("v")
    expect(coverage(page)).to_be_hidden()


def test_it_is_sorted_by_its_headers(page, pair, seen):
    open_stream(page, pair, "#coverage")
    expect(name_row(page, "feature")).to_be_visible()
    table = page.get_by_role("table", name="Event names")
    orders = {
        "Name": ["no name", "broken", "feature"],
        "Faults": ["no name", "broken", "feature"],
        "Events": ["feature", "no name", "broken"],
    }
    for head, names in orders.items():
        table.get_by_role("button", name=head, exact=True).click()
        assert names_shown(page) == names
    table.get_by_role("button", name="Events", exact=True).click()
    assert names_shown(page) == ["no name", "broken", "feature"]
    head = table.get_by_role("columnheader", name="Events")
    expect(head).to_have_attribute("aria-sort", "ascending")


def test_it_is_live_and_leaves_focus_and_scroll_alone(page, daphne, store, pair):
    store.append([write_request(pair, [judged(f"name-{n:02}") for n in range(30)])])
    open_stream(page, pair, "#coverage")
    last = name_row(page, "name-29").locator("[data-slot=name]")
    last.focus()
    body = coverage(page)
    top = body.evaluate("body => body.scrollTop")
    assert top > 0
    send(daphne, pair, fresh(), fresh(), INVALID)
    idle = name_row(page, "sessionIdle")
    expect(idle.locator("[data-slot=count]")).to_have_text("3")
    expect(idle.locator("[data-slot=faults]")).to_have_text("1")
    expect(last).to_be_focused()
    assert body.evaluate("body => body.scrollTop") == top
    assert names_shown(page)[-1] == "sessionIdle", "rows that are read stay"
    page.locator("[data-events]").focus()
    send(daphne, pair, fresh())
    expect(idle.locator("[data-slot=count]")).to_have_text("4")
    assert names_shown(page)[0] == "sessionIdle"


def test_a_name_is_not_markup(page, store, pair):
    name = "<img src=x onerror=alert(1)>\u202e\"'"
    store.append([write_request(pair, [judged(name)])])
    open_stream(page, pair, "#coverage")
    expect(page.locator(".coverage-name [data-slot=name]")).to_contain_text("<img src=x")
    assert page.locator(".coverage-name img").count() == 0


def test_on_a_phone_a_click_opens_the_list(new_page, daphne, cookies, pair, seen):
    page = new_page(daphne, cookies=cookies, viewport=PHONE, is_mobile=True, has_touch=True)
    open_stream(page, pair)
    page.get_by_role("link", name="Coverage").tap()
    name_row(page, "feature").get_by_role("button", name="1 warning").tap()
    expect(page.locator("#panel")).to_be_hidden()
    assert query_of(page) == "name:feature verdict:warning"
    assert "#" not in page.url


def test_it_is_copied_as_csv(page, pair, seen):
    open_stream(page, pair, "#coverage")
    page.evaluate(
        """() => Object.defineProperty(navigator, "clipboard", {
            value: { writeText: async (text) => { window.copied = text; } } })"""
    )
    page.get_by_role("button", name="Copy as CSV").click()
    expect(coverage(page).get_by_role("button", name="Copied")).to_be_visible()
    lines = page.evaluate("window.copied").split("\n")
    assert lines[1].startswith('"feature",5,4,1,0,0,')
    assert lines[-1].startswith('"pageViewEnd",0,')
