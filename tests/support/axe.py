"""Check a page for accessibility barriers with axe-core."""

from __future__ import annotations

from functools import cache
from typing import Any

from playwright.sync_api import Page

from tests.support.server import ROOT

SCRIPT = ROOT / "tests" / "clients" / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

# Use the debugger's protocol, so that the page's Content-Security-Policy stays unchanged.
_RUN = """(only) => axe.run(document, { runOnly: only, resultTypes: ["violations"] })
    .then(({ violations }) => violations.flatMap(({ id, help, nodes }) =>
        nodes.slice(0, 3).map(({ html, any, all, none }) => [
            id, help, html.slice(0, 200),
            [...any, ...all, ...none].map(({ message }) => message)[0] ?? "",
        ].join(" | "))))"""


@cache
def _source() -> str:
    assert SCRIPT.exists(), "axe-core is missing: run make tests/clients/node_modules."
    return SCRIPT.read_text()


def _run(page: Page, only: dict[str, Any]) -> list[str]:
    if not page.evaluate("Boolean(window.axe)"):
        page.evaluate(_source())
    found: list[str] = page.evaluate(_RUN, only)
    return found


def assert_no_barriers(page: Page, state: str) -> None:
    """Check every rule in the light theme, and the color rules also in the dark one."""
    page.emulate_media(color_scheme="light")
    light = _run(page, {"type": "tag", "values": TAGS})
    page.emulate_media(color_scheme="dark")
    dark = _run(page, {"type": "rule", "values": ["color-contrast", "link-in-text-block"]})
    found = [*light, *(f"dark: {text}" for text in dark)]
    assert not found, "\n".join([f"{state}:", *found])
