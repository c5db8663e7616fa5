"""An event's text is edited in the panel, its verdict follows, and it is sent again."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_faults import BROKEN, GOOD, WRONG_TYPE
from tests.support.browser import expect_balance, open_event, open_stream, row, send

TEXT = "Text of the event"


def edit(page: Page, seq: int) -> Locator:
    """Open the editor of an event in the list."""
    open_event(page, seq).get_by_role("button", name="Edit and fix").click()
    return page.locator(".editor")


def expect_verdict(editor: Locator, verdict: str, status: int = 200) -> None:
    finding = editor.locator("[data-slot=finding]")
    expect(finding).to_contain_text(f"{verdict} The sender would get {status}")
    expect(finding.locator("use")).to_have_attribute("href", f"#icon-{verdict}")


def test_the_verdict_follows_the_text_and_the_sent_event_arrives(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, BROKEN)
    open_stream(page, pair)
    editor = edit(page, 1)
    text = editor.get_by_label(TEXT)
    expect(text).to_be_focused()
    expect(text).to_have_value(BROKEN)
    expect_verdict(editor, "malformed")
    expect(editor.locator(".problem-message")).to_have_text('A comma is missing after "ü-17".')

    text.fill(WRONG_TYPE)
    expect_verdict(editor, "invalid")
    expect(editor.locator(".problem-place")).to_have_text(["/createdAt", "/userId"])
    text.fill(json.dumps(GOOD | {"userId": "fixed here"}))
    expect(editor.locator(".problem")).to_have_count(0)
    expect_balance(page, malformed=1)

    editor.get_by_role("button", name="Send again").click()
    reply = editor.locator("[data-slot=reply]")
    expect(reply).to_have_text(re.compile(r"^200: accepted in \d+ ms\. It is event No\. 2\.$"))
    expect(row(page, 2)).to_be_visible()
    reply.get_by_role("link", name="No. 2").click()
    panel = page.locator("#panel")
    expect(panel.locator(".panel-seq")).to_have_text("No. 2")
    expect(panel.locator(".tree")).to_contain_text("fixed here")


def test_a_fixed_text_is_shown_as_a_difference_used_and_sent(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, BROKEN)
    open_stream(page, pair)
    panel = open_event(page, 1)
    difference = panel.locator(".difference")
    expect(difference.locator("ins")).to_have_text([","])
    expect(difference.locator("del")).to_have_count(0)
    fixed = BROKEN.replace('"ü-17"', '"ü-17",')
    panel.get_by_role("button", name="Use this").click()
    editor = page.locator(".editor")
    expect(editor.get_by_label(TEXT)).to_have_value(fixed)
    expect(editor.locator(".difference")).to_have_count(0)
    expect(editor.locator(".problem")).to_have_count(0)

    editor.get_by_label(TEXT).fill(fixed[:-1] + ",}")
    expect(editor.locator(".difference del")).to_have_text([","])
    editor.get_by_role("button", name="Use this").click()
    expect(editor.get_by_label(TEXT)).to_have_value(fixed)
    editor.get_by_role("button", name="Send again").click()
    expect(row(page, 2)).to_have_attribute("data-verdict", re.compile("valid|warning"))


def test_a_fixed_text_is_copied(page, daphne, new_pair):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pair = new_pair("natero")
    send(daphne, pair, json.dumps(GOOD, indent=2))
    open_stream(page, pair)
    panel = open_event(page, 1)
    panel.get_by_role("button", name="Copy fixed").click()
    expect(panel.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert json.loads(copied) == GOOD
    assert "\n" not in copied


def test_a_problem_links_to_its_location_in_the_text(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, WRONG_TYPE)
    open_stream(page, pair)
    editor = edit(page, 1)
    editor.locator(".problem").filter(has_text="“userId”").get_by_role("button").press("Enter")
    selected = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    expect(editor.get_by_label(TEXT)).to_be_focused()
    assert editor.get_by_label(TEXT).evaluate(selected) == '"userId": 17'


def test_a_problem_links_to_its_explanation(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, BROKEN)
    open_stream(page, pair)
    with page.context.expect_page() as opened:
        open_event(page, 1).get_by_role("link", name="missing-comma").click()
    entry = opened.value.locator("#missing-comma")
    expect(entry).to_be_in_viewport()
    expect(entry).to_contain_text("A comma is missing after")


def test_several_lines_are_several_events(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, json.dumps(GOOD))
    open_stream(page, pair)
    editor = edit(page, 1)
    editor.get_by_label(TEXT).fill('{"a" 1}\n{"a": 1,}')
    finding = editor.locator("[data-slot=finding]")
    expect(finding).to_contain_text("2 events: 2 malformed. The sender would get 200, ")
    expect(finding).to_contain_text("but the vendor would discard all of them.")
    editor.locator(".problem").last.get_by_role("button").click()
    selected = "area => area.value.slice(0, area.selectionStart)"
    assert editor.get_by_label(TEXT).evaluate(selected).startswith('{"a" 1}\n{"a": 1')


def test_a_vendors_refusal_is_shown_with_its_status(page, daphne, new_pair, complaints):
    complaints.expect("status of 400")
    pair = new_pair("eventbunker")
    send(daphne, pair, '{"event_name":"signed_in"}')
    open_stream(page, pair)
    editor = edit(page, 1)
    editor.get_by_label(TEXT).fill('{"event_name":"signed in"}')
    expect_verdict(editor, "invalid", 400)
    editor.get_by_role("button", name="Send again").click()
    reply = editor.locator("[data-slot=reply]")
    expect(reply).to_contain_text("400: refused")
    expect(reply).to_contain_text("It is event No. 2.")
    editor.get_by_label(TEXT).fill("")
    expect(editor.locator("[data-slot=finding]")).to_contain_text("refused")
    expect(editor.locator(".problem-message")).to_have_text("The body is empty: no event was sent.")


def test_edited_text_is_kept_on_return(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, BROKEN, json.dumps(GOOD))
    open_stream(page, pair)
    edit(page, 1).get_by_label(TEXT).fill("half done")
    page.get_by_role("button", name="Back to the event").click()
    button = page.get_by_role("button", name="Edit and fix")
    expect(button).to_be_focused()
    page.keyboard.press("e")
    expect(page.get_by_label(TEXT)).to_have_value("half done")
    expect(edit(page, 2).get_by_label(TEXT)).to_have_value(json.dumps(GOOD))


def test_a_failed_check_is_reported_and_the_next_one_works(page, daphne, new_pair, complaints):
    complaints.expect("Failed to load resource")
    pair = new_pair("natero")
    send(daphne, pair, BROKEN)
    open_stream(page, pair)
    page.route("**/api/validate*", lambda route: route.abort())
    editor = edit(page, 1)
    finding = editor.locator("[data-slot=finding]")
    expect(finding).to_contain_text("Not checked. The server cannot be reached.")
    page.unroute("**/api/validate*")
    editor.get_by_label(TEXT).fill(BROKEN + " ")
    expect_verdict(editor, "malformed")


def test_text_and_curl_are_copied_as_edited(page, daphne, new_pair):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pair = new_pair("eventbunker")
    send(daphne, pair, '{"event_name":"signed_in"}')
    open_stream(page, pair)
    editor = edit(page, 1)
    editor.get_by_label(TEXT).fill('{"event_name":"it\'s"}')
    editor.get_by_role("button", name="Copy text").click()
    expect(editor.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == '{"event_name":"it\'s"}'
    editor.get_by_role("button", name="Copy curl").click()
    expect(editor.get_by_role("button", name="Copied")).to_have_count(2)
    curl = page.evaluate("navigator.clipboard.readText()")
    assert f"x-eventbunker-write-key: {pair.api_key}" in curl
    assert curl.endswith("""--data-raw '{"event_name":"it'"'"'s"}'""")
    assert pair.api_key not in page.url


def test_json_in_a_string_is_opened_in_its_place(page, daphne, new_pair):
    pair = new_pair("natero")
    inner = '{"n":12345678901234567890,"n":1.0}'
    send(daphne, pair, json.dumps(GOOD | {"inner": inner}))
    open_stream(page, pair)
    panel = open_event(page, 1)
    expect(panel.locator(".tree")).not_to_contain_text('"n": 12345678901234567890')
    panel.get_by_role("button", name="Open the JSON in this string").click()
    expect(panel.locator(".tree")).to_contain_text('"n": 12345678901234567890')
    expect(panel.locator(".tree")).to_contain_text('"n": 1.0')
    closing = panel.get_by_role("button", name="Close the JSON in this string")
    expect(closing).to_be_focused()
    closing.press("Enter")
    expect(panel.locator(".tree")).not_to_contain_text('"n": 1.0')
