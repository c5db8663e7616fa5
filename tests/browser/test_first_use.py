"""First use of the product in a browser: from the printed link to an event."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import expect_balance, expect_state, row
from tests.support.server import Server, running

pytestmark = pytest.mark.alone


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Server]:
    with running("daphne", tmp_path_factory.mktemp("desk")) as server:
        yield server


def reveal_keys(page: Page) -> None:
    button = page.locator("[data-empty] [data-reveal]")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")


def press(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="Sign in").click()


def test_from_the_printed_link_to_the_first_event_within_a_second(desk, new_page):
    page = new_page(desk)
    press(page, re.search(r"http\S+/sign-in/\S+", desk.log).group())
    names = ["demo eventbunker", "demo natero", "demo usermaven"]
    expect(page.locator(".pair-link")).to_have_text(names)

    page.get_by_role("link", name="demo natero").click()
    expect_state(page, "live")
    expect(page.locator("[data-empty-title]")).to_have_text("Waiting for the first event…")
    reveal_keys(page)
    endpoint, curl = page.locator("[data-empty] pre").all_inner_texts()
    assert endpoint in desk.log
    assert endpoint in curl
    assert curl.startswith("curl -i ")

    command = desk.log[desk.log.index("curl -i") : desk.log.index("Stop with")].strip()
    sent = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=True)
    replied = time.monotonic()
    row(page, 1).wait_for()
    assert time.monotonic() - replied < 1
    assert sent.stdout.startswith("HTTP/1.1 200")
    expect(page.locator("[data-empty]")).to_be_hidden()
    expect_balance(page, valid=1)


def test_the_curl_line_on_the_page_works_when_pasted(desk, new_page):
    page = new_page(desk)
    press(page, desk.manage("signin").strip())
    for dialect in ("eventbunker", "usermaven"):
        page.goto("/")
        page.get_by_role("link", name=f"demo {dialect}").click()
        expect_state(page, "live")
        reveal_keys(page)
        curl = page.locator("[data-empty] [aria-label=Snippet]").inner_text()
        sent = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True)
        assert sent.stdout.startswith("HTTP/1.1 200")
        expect(row(page, 1)).to_have_attribute("data-verdict", "valid")


def test_a_used_link_is_reported(desk, new_page, complaints):
    page = new_page(desk)
    link = desk.manage("signin").strip()
    press(page, link)
    page.get_by_role("button", name="Sign out").click()
    complaints.expect("403")
    press(page, link)
    expect(page.get_by_text("This link was used before, or is older than a day.")).to_be_visible()
