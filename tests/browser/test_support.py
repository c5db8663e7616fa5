"""Support finds a customer with swapped keys and an explanation in under a minute; the desk shows
refused requests as they arrive."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from tests.browser.test_looks import assert_fits
from tests.support.axe import assert_no_barriers
from tests.support.browser import PHONE, cookies_of, send
from tests.support.http import post, send_raw
from tests.support.vendors import fresh
from tests.support.visitors import support

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def sam(daphne, stored):
    return cookies_of(support(daphne))


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def test_swapped_keys_are_found_and_explained_in_under_a_minute(new_page, daphne, pair, sam):
    agent = "User-Agent: okhttp/4.9.2"
    send_raw(daphne.port, post(f"/v1/{pair.api_key}/{pair.auth_key}", fresh(), agent))
    page = new_page(daphne, cookies=sam, permissions=["clipboard-read", "clipboard-write"])
    began = time.monotonic()
    page.goto("/")
    page.get_by_role("link", name="Support desk").click()
    page.get_by_role("searchbox").fill(pair.api_key[:9])  # the part that the customer reads out
    page.get_by_role("button", name="Find").click()
    assert pair.api_key not in page.content()
    assert pair.api_key[:9] not in page.url
    match = page.locator("[aria-labelledby=found-title] li").filter(has_text=pair.name)
    match.get_by_role("link", name="Diagnose").click()
    step = page.get_by_role("list", name="What to do").get_by_role("listitem").first
    expect(step).to_contain_text("The two keys are swapped.")
    expect(step).to_have_attribute("data-state", "fault")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    answer = page.evaluate("navigator.clipboard.readText()")
    assert answer.startswith(f"Hello,\n\nabout the key pair “{pair.name}”: We’ve never accepted")
    assert "1. The two keys are swapped. (1 request, 2" in answer
    assert "UTC) Send POST /v1/<authKey>/<apiKey>" in answer
    assert "okhttp 4.9.2" in answer
    assert time.monotonic() - began < 60


def test_refused_requests_appear_without_a_reload(new_page, daphne, sam):
    page = new_page(daphne, cookies=sam)
    page.goto("/support/")
    expect(page.locator("[data-live]")).to_have_text("live")
    markup = "<img/src=x>"
    send_raw(daphne.port, post("/v1/unknown/knows-these", b"{}", f"User-Agent: {markup}"))
    first = page.locator(".log-table tbody tr").first
    expect(first).to_contain_text(markup)
    expect(first.locator(".problem-help")).to_have_text("unknown-keys")
    assert page.locator(".log-table img").count() == 0


def test_an_invalid_query_for_refused_requests(daphne):
    from tests.support.visitors import owner

    answer = owner(daphne).ask("GET", "/api/unmatched-requests?after=x")
    assert (answer.status_code, "after" in answer.json()["error"]) == (400, True)


def test_a_search_term_that_is_too_short_is_reported(new_page, daphne, sam):
    page = new_page(daphne, cookies=sam)
    page.goto("/support/")
    page.get_by_role("searchbox").fill("ab")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_role("alert")).to_contain_text("3 to 200 characters")


@pytest.mark.parametrize("viewport", [None, PHONE], ids=["desk", "phone"])
def test_pages_of_people_and_support_have_no_barriers(new_page, daphne, cookies, pair, viewport):
    send(daphne, pair, fresh(), b'{"action":"feature"}')
    options = {"viewport": viewport} if viewport else {}
    page = new_page(daphne, cookies=cookies, **options)
    own = f"/pairs/{pair.pk}"
    paths = (f"{own}/settings/", f"{own}/why/", "/pairs/new/", "/people/", "/account/")
    for path in (*paths, "/support/", "/audit-log/"):
        page.goto(path)
        assert_no_barriers(page, path)
        assert_fits(page)


def test_keys_are_revealed_and_copied_with_one_click(new_page, daphne, cookies, pair):
    page = new_page(daphne, cookies=cookies, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/pairs/{pair.pk}/settings/")
    assert pair.auth_key not in page.content()
    page.get_by_role("button", name="Reveal").click()
    expect(page.get_by_label("authKey").locator("code")).to_have_text(pair.auth_key)
    page.get_by_role("button", name="Copy").last.click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == pair.auth_key


def test_viewers_see_no_button_that_would_fail(new_page, daphne, pair):
    from tests.support.browser import open_event, open_stream
    from tests.support.visitors import member

    send(daphne, pair, fresh())
    page = new_page(daphne, cookies=cookies_of(member(daphne, f"v-{pair.pk}", pair, "view")))
    open_stream(page, pair)
    expect(page.get_by_role("link", name="Settings of this key pair")).to_have_count(0)
    page.locator("[data-more-menu] summary").click()
    expect(page.locator("[data-delete]")).to_be_hidden()
    page.keyboard.press("Escape")
    open_event(page, 1)
    page.keyboard.press("e")
    expect(page.get_by_role("button", name="Send again")).to_be_hidden()
    page.get_by_role("link", name="Send", exact=True).click()
    expect(page.locator("#panel [data-reveal]")).to_be_hidden()
    assert pair.api_key not in page.content()
