"""Saved views: the state of the page, saved under a name."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import open_stream

NAME = "<b>bold</b> \u202eevil"


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def open_views(page: Page) -> Locator:
    page.locator("[data-views-menu] > summary").click()
    menu = page.locator(".views-menu")
    expect(menu).to_be_visible()
    return menu


def shown(page: Page) -> Locator:
    return page.locator("[data-views-word]")


def save(page: Page, name: str) -> Locator:
    menu = open_views(page)
    menu.get_by_label("Save the current view as").fill(name)
    page.keyboard.press("Enter")
    expect(menu.get_by_label("Save the current view as")).to_have_value("")
    return menu


def test_a_view_is_saved_applied_and_named(page, pair):
    open_stream(page, pair, "?q=name:x&columns=seq,name&time=utc")
    expect(shown(page)).to_have_text("Views")
    menu = open_views(page)
    expect(menu.locator("[data-views-none]")).to_be_visible()
    page.keyboard.press("Escape")
    menu = save(page, "Mine")
    expect(shown(page)).to_have_text("Mine")
    expect(menu.locator("[aria-current]")).to_have_text("Mine")
    menu.get_by_role("button", name="Faults only").click()
    expect(menu).to_be_hidden()
    expect(page).to_have_url(re.compile(r"q=verdict%3Ainvalid\+OR\+verdict%3Amalformed"))
    expect(page).to_have_url(re.compile("columns=seq%2Cname&time=utc"))
    expect(shown(page)).to_have_text("Faults only")
    open_views(page).get_by_role("button", name="All", exact=True).click()
    expect(shown(page)).to_have_text("Views")
    open_views(page).get_by_role("button", name="Mine", exact=True).click()
    expect(page).to_have_url(re.compile("q=name%3Ax"))
    expect(shown(page)).to_have_text("Mine")
    page.reload()
    expect(shown(page)).to_have_text("Mine")


def test_another_page_of_the_pair_has_the_view_and_another_pair_does_not(page, pair, new_pair):
    open_stream(page, pair, "?q=name:x")
    save(page, "Shared")
    open_stream(page, new_pair("natero"))
    expect(open_views(page).locator("[data-views-list] > li")).to_have_count(0)
    open_stream(page, pair)
    expect(open_views(page).locator("[data-views-list] > li")).to_have_text(["Shared"])


def test_later_changes_are_shown_and_can_be_saved(page, pair):
    open_stream(page, pair, "?q=name:x")
    save(page, "Mine")
    page.keyboard.press("Escape")
    page.evaluate("history.replaceState(null, '', '?q=name:y')")
    page.reload()
    menu = page.locator("[data-views-menu]")
    expect(menu).to_have_attribute("data-state", "changed")
    expect(shown(page)).to_have_text("Mine")
    open_views(page).get_by_role("button", name="Save the changes to “Mine”").click()
    expect(menu).to_have_attribute("data-state", "same")
    expect(page.get_by_role("button", name="Save the changes")).to_be_hidden()
    page.goto(f"/pairs/{pair.pk}/")
    open_views(page).get_by_role("button", name="Mine", exact=True).click()
    expect(page).to_have_url(re.compile(r"\?q=name%3Ay$"))


def test_it_is_renamed_by_keyboard_alone(page, pair, complaints):
    complaints.expect("status of 409")
    open_stream(page, pair)
    save(page, "a")
    menu = page.locator(".views-menu")
    page.keyboard.type("b")
    page.keyboard.press("Enter")
    expect(menu.locator("[data-views-list] > li")).to_have_count(2)
    menu.get_by_role("button", name="Rename b").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_label("New name")).to_be_focused()
    page.keyboard.type("a")
    page.keyboard.press("Enter")
    expect(menu.get_by_role("alert")).to_have_text("There is a view named “a” already.")
    page.keyboard.type("c")
    page.keyboard.press("Enter")
    expect(menu.get_by_role("alert")).to_be_hidden()
    expect(menu.locator("[data-views-list] [data-slot=name]")).to_have_text(["a", "ac"])
    expect(menu.get_by_role("button", name="ac", exact=True)).to_be_focused()


def test_a_deleted_view_can_be_restored(page, pair):
    open_stream(page, pair, "?q=name:x")
    menu = save(page, "Mine")
    menu.get_by_role("button", name="Delete Mine").click()
    expect(menu.locator(".view-deleted")).to_contain_text("“Mine” is deleted.")
    expect(shown(page)).to_have_text("Views")
    page.keyboard.press("Enter")  # the focus is on Undo
    expect(menu.locator("[data-views-list] [data-slot=name]")).to_have_text(["Mine"])
    expect(shown(page)).to_have_text("Mine")
    menu.get_by_role("button", name="Delete Mine").click()
    expect(menu.locator(".view-deleted")).to_be_visible()
    page.reload()
    expect(open_views(page).locator("[data-views-list] > li")).to_have_count(0)


def test_names_are_text(page, pair, stored):
    from viewer.models import SavedView

    SavedView.objects.create(keypair=pair, name=NAME, search="time=utc")
    open_stream(page, pair, "?time=utc")
    expect(shown(page)).to_have_text("<b>bold</b> U+202Eevil")
    menu = open_views(page)
    expect(menu.locator("[data-views-list] li")).to_contain_text("<b>bold</b> U+202Eevil")
    assert menu.locator("b").count() == 0


def test_an_error_in_the_query_is_reported_when_it_is_saved(page, pair, complaints):
    complaints.expect("status of 400")
    open_stream(page, pair)
    page.evaluate("history.replaceState(null, '', '?q=verdict:odd')")
    menu = open_views(page)
    menu.get_by_label("Save the current view as").fill("x")
    page.keyboard.press("Enter")
    expect(menu.get_by_role("alert")).to_contain_text("verdict")
