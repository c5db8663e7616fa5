"""The panel of the live page in browser tests."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

TABS = ("Event", "Raw", "Request", "Problems")


def tab(page: Page, name: str) -> Locator:
    return page.get_by_role("tab", name=name)


def part(page: Page, name: str) -> Locator:
    return page.get_by_role("tabpanel", name=name)


def expect_tab(page: Page, name: str) -> None:
    """Check that only this tab is selected, and only its content is visible."""
    for other in TABS:
        chosen = "true" if other == name else "false"
        expect(tab(page, other)).to_have_attribute("aria-selected", chosen)
    expect(page.get_by_role("tabpanel")).to_have_count(1)
    expect(part(page, name)).to_be_visible()


def clipboard(page: Page) -> str:
    expect(page.locator(".panel-actions").get_by_role("button", name="Copied")).to_be_visible()
    return page.evaluate("navigator.clipboard.readText()")
