"""Signing in leads to the exact page and event that the visitor wanted to see."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.support.browser import row, send_good
from tests.support.visitors import PASSWORD, member


@pytest.mark.parametrize("way", ["password", "keys"])
def test_a_link_to_an_event_leads_to_it_after_signing_in(
    new_page, daphne, new_pair, stored, complaints, way
):
    pair = new_pair("natero")
    name = f"reader of {pair.pk}"
    member(daphne, name, pair, "view")
    send_good(daphne, pair, 3)
    page = new_page(daphne, own=True)
    complaints.expect("status of 403")  # the wrong password
    page.goto(f"/pairs/{pair.pk}/#event-2")
    if way == "password":
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in", exact=True).click()
        expect(page.get_by_role("alert")).to_have_text("Wrong name or password.")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in", exact=True).click()
    else:
        page.get_by_label("API key").fill(pair.api_key)
        page.get_by_label("Auth key").fill(pair.auth_key)
        page.get_by_role("button", name="Open").click()
    row(page, 2).wait_for()
    expect(page.locator("#panel")).to_contain_text("No. 2")
    assert page.url.endswith(f"/pairs/{pair.pk}/#event-2")
