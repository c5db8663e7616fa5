"""The page's own buttons send real requests over HTTP."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from ingest import pairs
from tests.browser import expect_balance, open_stream, row

ACCEPTED = re.compile(r"^200: accepted in \d+ ms\.$")
FAULTY = {  # verdicts of what the second button sends, and the reply
    "natero": (["valid", "invalid", "malformed"], ACCEPTED),
    "usermaven": (["warning"], ACCEPTED),
    "eventbunker": (["invalid"], re.compile(r'^400: refused in \d+ ms\. "event_name" is "')),
}


@pytest.mark.parametrize("dialect", FAULTY)
def test_both_buttons_really_send(page, new_pair, complaints, dialect):
    complaints.expect("status of 400")  # Chromium reports what the vendor would answer
    open_stream(page, new_pair(dialect))
    page.locator("[data-empty] [data-send-sample=valid]").click()
    expect(row(page, 1)).to_have_attribute("data-verdict", "valid")
    expect(page.locator("[data-toast]")).to_have_text(ACCEPTED)
    expect_balance(page, valid=1)

    verdicts, reply = FAULTY[dialect]
    page.get_by_role("link", name="Send", exact=True).click()
    page.locator("#panel [data-send-sample=faulty]").click()
    for seq, verdict in enumerate(verdicts, 2):
        expect(row(page, seq)).to_have_attribute("data-verdict", verdict)
    expect(page.locator("#panel [data-send-reply]")).to_have_text(reply)


def test_the_buttons_of_a_disabled_pair_say_why_nothing_comes(page, new_pair, complaints, stored):
    complaints.expect("status of 400")
    pair = new_pair("natero")
    pairs.disable(pair)
    open_stream(page, pair)
    expect(page.locator(".crumbs .chip-off")).to_have_text("disabled")
    page.locator("[data-empty] [data-send-sample=valid]").click()
    reply = page.locator("[data-empty] [data-send-reply]")
    expect(reply).to_have_text(re.compile(r"^400: refused in .* The key pair is disabled since "))
    expect_balance(page, refused=1)


def test_what_is_copied_is_what_stands_there(page, new_pair):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    open_stream(page, new_pair("natero"))
    for name in ("Endpoint", "curl command"):
        part = page.locator("[data-empty] .send-part").filter(has=page.get_by_label(name))
        part.get_by_role("button", name="Copy").click()
        expect(part.locator("[data-copy]")).to_have_text("Copied")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == part.locator("[data-copy-text]").text_content()
