"""axe finds no barrier on any page, in any state of the live page, at desktop and phone width, in
light and dark."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.axe import assert_no_barriers
from tests.support.browser import DESK, PHONE, cookies_of, open_stream, opened, row, send, send_good
from tests.support.http import post, send_raw
from tests.support.server import running
from tests.support.vendors import VENDORS, fresh
from tests.support.visitor import sign_in

GOOD = VENDORS["natero"].good
WARNING = GOOD.replace(b'"sessionIdle"', b'"clicked"')
INVALID = GOOD.replace(b'"u"', b"1").replace(b'"accountId":"a",', b"")
VIEWPORTS = pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])

pytestmark = VIEWPORTS


@pytest.fixture
def page(new_page, cookies, daphne, viewport) -> Page:
    return new_page(daphne, cookies=cookies, viewport=viewport)


@pytest.fixture
def pair(new_pair, daphne):
    """A key pair with events of every verdict and a refused request."""
    pair = new_pair("natero")
    send(daphne, pair, fresh(), WARNING, INVALID, GOOD[:-1], fresh())
    send_raw(daphne.port, post(f"/v1/wrong/{pair.api_key}", GOOD))
    return pair


def test_pages(new_page, viewport, tmp_path):
    """These need a separate server: the run's server has hundreds of key pairs by now."""
    with running("daphne", tmp_path) as server:
        send_raw(server.port, post("/v1/unknown/keys", GOOD))
        cookies = cookies_of(sign_in(server))
        page = new_page(server, cookies=cookies, viewport=viewport)
        for path in ("/", "/unmatched-requests/", "/help/problems", "/none", "/sign-in/none/"):
            page.goto(path)
            assert_no_barriers(page, path)


@pytest.fixture(autouse=True)
def expected(complaints) -> None:
    complaints.expect("status of 404")


def test_the_page_of_a_signed_out_visitor(new_page, daphne, viewport):
    page = new_page(daphne, viewport=viewport)
    page.goto("/")
    assert_no_barriers(page, "signed out")


def test_a_form_with_errors(page, pair, complaints):
    complaints.expect("status of 400")
    page.goto(f"/pairs/{pair.pk}/settings/")
    page.get_by_label("Only events that match").fill("verdict:")
    page.get_by_label("or only event No.").fill("x")
    page.locator("form[action$='/share/'] button").click()
    expect(page.get_by_role("alert")).to_have_count(2)
    expect(page.get_by_label("Only events that match")).to_be_focused()
    expect(page.get_by_label("or only event No.")).to_have_value("x")
    assert_no_barriers(page, "errors of a form")


def test_an_empty_stream(page, new_pair):
    open_stream(page, new_pair("eventbunker"))
    expect(page.locator("[data-empty-title]")).to_be_visible()
    assert_no_barriers(page, "empty")


def test_a_stream_with_refused_requests_only(page, new_pair, daphne):
    pair = new_pair("natero")
    send_raw(daphne.port, post(f"/v1/wrong/{pair.api_key}", GOOD))
    open_stream(page, pair)
    expect(page.locator("[data-empty-title]")).to_have_text("Nothing accepted yet")
    assert_no_barriers(page, "refused alone")


@pytest.mark.parametrize("address", ["", "?q=name:none", "?time=relative", "?columns=seq,userId"])
def test_a_list(page, pair, address):
    open_stream(page, pair, address)
    if "none" not in address:
        row(page, 5).wait_for()
    assert_no_barriers(page, address)


def test_a_list_that_is_paused_or_scrolled_down(page, pair, daphne):
    send_good(daphne, pair, 600)
    open_stream(page, pair)
    row(page, 605).wait_for()
    page.locator("[data-events]").evaluate("grid => { grid.scrollTop = 900; }")
    expect(page.locator("[data-newest]")).to_be_visible()
    page.locator("[data-pause]").click()
    send_good(daphne, pair, 2)
    expect(page.locator("[data-pause-count]")).to_have_text("2 new")
    assert_no_barriers(page, "paused")


@pytest.mark.parametrize("tab", ["", "/raw", "/request", "/problems"])
@pytest.mark.parametrize("seq", [3, 4], ids=["invalid", "malformed"])
def test_an_event_in_each_tab(page, pair, seq, tab):
    open_stream(page, pair, f"#event-{seq}{tab}")
    expect(page.locator("#panel .panel-seq")).to_have_text(f"No. {seq}")
    page.wait_for_load_state("networkidle")
    assert_no_barriers(page, f"event {seq}{tab}")


@pytest.mark.parametrize("view", ["#refused", "#send", "#coverage", "#compare-1-3"])
def test_another_view_of_the_panel(page, pair, view):
    open_stream(page, pair, view)
    expect(page.locator("#panel")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert_no_barriers(page, view)


def test_search(page, pair):
    open_stream(page, pair, "?q=verdict:valid OR name:*&mode=highlight")
    row(page, 5).wait_for()
    expect(page.locator(".query-chip").first).to_be_visible()
    assert_no_barriers(page, "chips")
    page.keyboard.press("j")
    page.keyboard.press("f")
    expect(page.locator(".value-menu")).to_be_visible()
    assert_no_barriers(page, "values of an event")
    page.keyboard.press("Escape")
    page.get_by_role("combobox", name="Query").fill("ver")
    expect(page.get_by_role("option").first).to_be_visible()
    assert_no_barriers(page, "completion")
    page.get_by_role("combobox", name="Query").fill("verdict:odd")
    page.keyboard.press("Enter")
    expect(page.locator("[data-query-mistake]")).to_be_visible()
    assert_no_barriers(page, "mistake")


def test_the_editor(page, pair):
    open_stream(page, pair, "#event-4")
    opened(page, 4)
    page.keyboard.press("e")
    expect(page.locator(".editor .problem").first).to_be_visible()
    assert_no_barriers(page, "editor")


def test_every_menu_of_the_panel(page, pair):
    open_stream(page, pair, "#event-1")
    assert len(open_menus(page, opened(page, 1))) >= 2


def test_every_menu_of_the_list(page, pair):
    open_stream(page, pair, "?q=verdict:valid")
    page.locator("[data-views-menu] > summary").click()
    page.get_by_label("Save the current view as").fill("Mine")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Rename Mine").click()
    assert_no_barriers(page, "renaming a view")
    page.keyboard.press("Escape")
    assert len(open_menus(page, page.locator(".stream-tools"))) >= 4


def open_menus(page: Page, root: Locator) -> list[str]:
    """Open the menus one after the other; yield the labels of their buttons."""
    seen = []
    for button in root.locator("details[data-menu] > summary:visible").all():
        button.click()
        seen.append(button.inner_text())
        assert_no_barriers(page, f"menu {seen[-1]}")
        page.keyboard.press("Escape")
    return seen


def test_dialogs_and_messages(page, pair):
    open_stream(page, pair)
    row(page, 5).wait_for()
    page.keyboard.press("?")
    assert_no_barriers(page, "keys")
    page.keyboard.press("Escape")
    page.locator("[data-more-menu] > summary").click()
    with page.expect_download():
        page.locator("[data-export-format=csv]").click()
    expect(page.locator("[data-export]")).to_be_visible()
    assert_no_barriers(page, "export")
    page.locator("[data-more-menu] > summary").click()
    page.get_by_role("button", name="Delete events…").click()
    assert_no_barriers(page, "delete")
    page.get_by_role("dialog").get_by_role("button", name="Delete 5 events").click()
    expect(page.locator("[data-toast]")).to_be_visible()
    assert_no_barriers(page, "nothing kept")


def test_a_lost_connection(page, pair, complaints):
    complaints.expect("ERR_INTERNET_DISCONNECTED")
    complaints.expect("WebSocket")
    open_stream(page, pair)
    row(page, 5).wait_for()
    page.context.set_offline(True)
    page.evaluate("dispatchEvent(new Event('offline'))")
    assert_no_barriers(page, "offline")
