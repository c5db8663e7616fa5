"""Chromium on the live page of one stream, and the measurements it reports."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.support.browser import ARGUMENTS, DESK
from tests.support.server import Server

_PROBE = Path(__file__).with_name("probe.js")
_TERMS = ("received", "valid", "warning", "invalid", "malformed")


@dataclass(frozen=True)
class Size:
    """The size of a page, after garbage collection."""

    heap: float  # MB
    nodes: int


@contextmanager
def signed_in(server: Server) -> Iterator[Page]:
    """A page of a signed-in user, with the probe in every document."""
    program = shutil.which("chromium")
    if program is None:
        raise RuntimeError("Chromium is missing: make test installs it, or names the package.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        context = browser.new_context(base_url=server.url, viewport=DESK)
        context.add_init_script(path=_PROBE)
        page = context.new_page()
        page.goto(link_of(server))
        page.get_by_role("button", name="Sign in").click()
        page.wait_for_url(f"{server.url}/")
        yield page
        browser.close()


def link_of(server: Server) -> str:
    """Return a new sign-in link."""
    link = re.search(r"http://\S+/sign-in/\S+", server.manage("signin"))
    if link is None:
        raise RuntimeError("no sign-in link was printed")
    return link.group()


def open_stream(page: Page, pair: int, search: str = "") -> None:
    page.goto(f"/pairs/{pair}/{search}")
    page.wait_for_selector("[data-connection][data-state=live]")


def size_of(page: Page) -> Size:
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.enable")
    session.send("HeapProfiler.collectGarbage")
    session.send("Performance.enable")
    metrics = session.send("Performance.getMetrics")["metrics"]
    values = {metric["name"]: metric["value"] for metric in metrics}
    session.detach()
    return Size(values["JSHeapUsedSize"] / 1e6, int(values["Nodes"]))


def probe_of(page: Page) -> dict[str, Any]:
    """The probe's measurements: `painted` is [newest number, milliseconds since 1970], `longest`
    is in milliseconds."""
    found: dict[str, Any] = page.evaluate("probe")
    return found


def balance_of(page: Page) -> dict[str, int]:
    """The balance as shown on the page."""
    shown = {term: page.locator(f"[data-term={term}]").inner_text() for term in _TERMS}
    return {term: int(text.replace(",", "")) for term, text in shown.items()}
