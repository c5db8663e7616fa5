"""A page preloads all of its modules, so that the browser does not discover them level by level."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.support.browser import open_stream

FOUND_LATE = """() => {
  const links = [...document.querySelectorAll("link[rel=modulepreload]")];
  const known = new Set(links.map(({ href }) => href));
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const scripts = new Set([...document.scripts].map(({ src }) => src));
  return loaded.filter((name) => name.endsWith(".js") && !known.has(name) && !scripts.has(name));
}"""


@pytest.mark.parametrize("path", ["/", "stream"])
def test_every_module_is_preloaded(page: Page, daphne, new_pair, path):
    if path == "stream":
        open_stream(page, new_pair("natero"))
    else:
        page.goto(path)
    page.wait_for_load_state("networkidle")
    assert page.locator("link[rel=modulepreload]").count() > 0
    assert page.evaluate(FOUND_LATE) == []
