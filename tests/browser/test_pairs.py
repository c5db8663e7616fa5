"""The page of key pairs shows a limited number at a time, and finds them by name."""

from __future__ import annotations

from itertools import count

import pytest
from playwright.sync_api import expect

from ingest.auth import key_pairs
from tests.support.browser import PHONE
from viewer.pages import PAIRS_SHOWN

MANY = PAIRS_SHOWN + 2
_number = count(1)


@pytest.fixture
def prefix(stored) -> str:
    prefix = f"many{next(_number)}"
    for number in range(MANY):
        key_pairs.create_key_pair(f"{prefix} <{number:03}>", "natero")
    return prefix


def test_many_pairs_are_paged_and_one_is_found(page, prefix):
    shown, place = page.locator(".pair-link"), page.locator(".pages p")
    page.goto(f"/?name={prefix}")
    expect(shown).to_have_count(PAIRS_SHOWN)
    expect(place).to_have_text(f"1 to {PAIRS_SHOWN} of {MANY}")
    page.get_by_role("link", name="Next").click()
    expect(shown).to_have_text([f"{prefix} <{PAIRS_SHOWN:03}>", f"{prefix} <{MANY - 1:03}>"])
    expect(page.get_by_role("link", name="Next")).to_have_count(0)
    page.get_by_role("link", name="Previous").click()
    expect(place).to_have_text(f"1 to {PAIRS_SHOWN} of {MANY}")

    find = page.get_by_role("searchbox", name="Find by name")
    expect(find).to_have_value(prefix)
    find.fill(f"{prefix.upper()} <007")
    find.press("Enter")
    expect(shown).to_have_text([f"{prefix} <007>"])
    find.fill("no such <b>name</b>")
    page.get_by_role("button", name="Find").click()
    expect(page.locator(".pairs-none")).to_contain_text("“no such <b>name</b>”")
    page.get_by_role("link", name="All", exact=True).click()
    expect(shown.first).to_be_visible()


def test_an_invalid_page_is_replaced_by_the_nearest(page, prefix):
    for number, first in (("999", MANY), ("-1", MANY), ("x", PAIRS_SHOWN), ("", PAIRS_SHOWN)):
        page.goto(f"/?name={prefix}&page={number}")
        expect(page.locator(".pages p")).to_contain_text(f"to {first} of {MANY}")
    page.goto("/?name=%00")
    expect(page.locator(".pairs-none")).to_be_visible()


def test_pages_fit_a_phone(new_page, daphne, cookies, prefix):
    from tests.browser.test_looks import assert_fits

    page = new_page(daphne, cookies=cookies, viewport=PHONE)
    page.goto(f"/?name={prefix}")
    assert_fits(page)
