"""Sending from the page: buttons send real requests over HTTP, and snippets are copied with the
real keys while the screen shows masked ones."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Locator, Page, expect

from ingest.auth import key_pairs
from ingest.dialects import BY_NAME
from ingest.receiving.key_tokens import mask_key
from ingest.timestamps import now_ms
from tests.support.browser import expect_balance, open_stream, row
from tests.support.server import ROOT
from tests.support.stored_data import events_of, faults_of, verdicts_of
from tests.support.wait import until
from viewer.onboarding.snippets import endpoint_of, snippets_of

SDK = ROOT / "tests/clients/node_modules/@usermaven/sdk-js/dist/npm/usermaven.es.js"
ACCEPTED = re.compile(r"^200: accepted in \d+ ms\.")
VERDICTS = {  # the verdict for each fault; none if the request is refused as a whole
    "natero": "invalid invalid warning invalid malformed invalid valid,malformed,valid - -",
    "usermaven": "invalid invalid warning warning malformed valid,invalid,valid - -",
    "eventbunker": "invalid invalid invalid invalid malformed malformed - -",
}


def send_part(page: Page) -> Locator:
    """The send form of the panel, which stays when events arrive."""
    return page.locator("#panel [data-send]")


def send_fault(page: Page, title: str) -> Locator:
    """Send a fault and return the reply on the page."""
    part = send_part(page)
    part.get_by_label("Fault to send").select_option(title)
    part.get_by_role("button", name="Send with this fault").click()
    return part.locator("[data-send-reply]")


@pytest.mark.parametrize("dialect", BY_NAME)
def test_the_test_event_is_valid_and_the_reply_links_to_it(page, new_pair, dialect):
    open_stream(page, new_pair(dialect), "#send")
    part = send_part(page)
    part.get_by_role("button", name="Send a test event").click()
    reply = part.locator("[data-send-reply]")
    expect(reply.locator("[data-slot=sentence]")).to_have_text(ACCEPTED)
    expect(reply).to_contain_text("It is event No. 1.")
    expect(row(page, 1)).to_have_attribute("data-verdict", "valid")
    expect_balance(page, valid=1)
    reply.get_by_role("link", name="No. 1").click()
    expect(page.locator("#panel .panel-seq")).to_have_text("No. 1")


def test_when_the_first_event_replaces_the_buttons_a_toast_shows_the_reply(page, stream):
    page.locator("[data-empty] [data-send-sample=valid]").click()
    row(page, 1).wait_for()
    expect(page.locator("[data-toast]")).to_have_text(ACCEPTED)
    expect(page.locator("[data-empty]")).to_be_hidden()


@pytest.mark.parametrize("dialect", BY_NAME)
def test_each_fault_is_really_sent_and_found(page, new_pair, complaints, stored, dialect):
    for words in ("status of 400", "status of 401"):
        complaints.expect(words)  # Chromium reports the vendor's error status
    pair = new_pair(dialect)
    open_stream(page, pair, "#send")
    faults = BY_NAME[dialect].faults(now_ms(), pair.api_key, pair.auth_key)
    expected = VERDICTS[dialect].split()
    assert len(faults) == len(expected)
    found: list[str] = []
    for fault, verdicts in zip(faults, expected, strict=True):
        new = [] if verdicts == "-" else verdicts.split(",")
        reply = send_fault(page, fault.title)
        expect(reply).to_contain_text(arrival_words(len(found), len(new)))
        found += new
        assert verdicts_of(pair) == found, fault.title
    assert all(event.problems for event in events_of(pair) if event.verdict != "valid")


def arrival_words(before: int, new: int) -> str:
    if not new:
        return "It produced no event. See the refused requests."
    first, last = f"No. {before + 1}", f"No. {before + new}"
    return f"It is event {first}." if new == 1 else f"They are events {first} to {last}."


def test_the_reply_shows_status_time_reason_and_the_vendors_body(page, new_pair, complaints):
    complaints.expect("status of 400")
    open_stream(page, new_pair("eventbunker"), "#send")
    reply = send_fault(page, "The name has a space")
    sentence = re.compile(r'^400: refused in \d+ ms\. "event_name" is "report opened"')
    expect(reply.locator("[data-slot=sentence]")).to_have_text(sentence)
    expect(reply.locator("[data-slot=body]")).to_contain_text('"Body JSON validation failed."')
    help_link = reply.locator("[data-slot=help]")
    expect(help_link).to_have_text("name-characters")
    expect(help_link).to_have_attribute("href", "/help/problems#name-characters")


def test_a_reply_without_a_body_is_described(page, stream):
    page.goto(f"/pairs/{stream.pk}/#send")
    send_part(page).get_by_role("button", name="Send a test event").click()
    expect(send_part(page).locator(".reply-body")).to_have_text("The vendor’s reply: no body")


def test_a_wrong_key_links_to_the_refused_requests(page, stream, complaints):
    complaints.expect("status of 400")
    page.goto(f"/pairs/{stream.pk}/#send")
    reply = send_fault(page, "The auth key is wrong")
    expect(reply).to_contain_text("one character off")
    reply.get_by_role("link", name="refused requests").click()
    expect(page.locator("#panel .refused")).to_have_count(1)
    expect_balance(page, refused=1)


def test_the_buttons_of_a_disabled_pair_explain_the_missing_event(
    page, new_pair, complaints, stored
):
    complaints.expect("status of 400")
    pair = new_pair("natero")
    key_pairs.disable_key_pair(pair)
    open_stream(page, pair)
    expect(page.locator(".crumbs .chip-off")).to_have_text("disabled")
    page.locator("[data-empty] [data-send-sample=valid]").click()
    reply = page.locator("[data-empty] [data-send-reply] [data-slot=sentence]")
    expect(reply).to_have_text(re.compile(r"^400: refused in .* The key pair is disabled since "))
    expect_balance(page, refused=1)


# -- snippets --------------------------------------------------------------------------------------


def copied(page: Page, part: Locator) -> str:
    button = part.locator("[data-copy]")
    expect(button).to_have_text("Copy")
    button.click()
    expect(button).to_have_text("Copied")
    return page.evaluate("navigator.clipboard.readText()")


@pytest.mark.parametrize("dialect", BY_NAME)
def test_every_snippet_is_masked_on_screen_and_copied_in_full(
    page, new_pair, daphne, settings, dialect
):
    settings.PUBLIC_URL = daphne.url
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    pair = new_pair(dialect)
    open_stream(page, pair)
    part = page.locator("[data-empty] [data-snippets]")
    for entry in snippets_of(pair):
        part.get_by_role("tab", name=entry["language"], exact=True).click()
        for variant in entry["variants"]:
            if len(entry["variants"]) > 1:
                part.get_by_role("button", name=variant["title"], exact=True).click()
            expect(part.locator("pre")).to_have_text(variant["masked"], use_inner_text=True)
            expect(part.locator("[data-how]")).to_have_text(variant["how"])
            assert copied(page, part) == variant["text"]
    assert copied(page, page.locator("[data-empty] [data-endpoint]")) == endpoint_of(pair)["text"]
    for key in (pair.api_key, pair.auth_key):
        assert key not in page.locator("main").inner_text()


def test_keys_are_revealed_on_demand_and_hidden_again(page, stream):
    part = page.locator("[data-empty] [data-send]")
    endpoint, snippet = part.locator("[data-endpoint] pre"), part.locator("[data-snippets] pre")
    expect(endpoint).to_contain_text(mask_key(stream.auth_key))
    part.get_by_role("button", name="Reveal keys").click()
    expect(endpoint).to_contain_text(stream.auth_key)
    expect(snippet).to_contain_text(stream.api_key)
    part.get_by_role("tab", name="Go", exact=True).click()
    expect(snippet).to_contain_text(stream.api_key)
    part.get_by_role("button", name="Hide keys").click()
    for shown in (endpoint, snippet):
        expect(shown).not_to_contain_text(stream.auth_key)
    part.get_by_role("button", name="Reveal keys").click()
    page.reload()
    expect(endpoint).to_contain_text(mask_key(stream.auth_key))


def test_tabs_change_by_keys_and_the_choice_is_remembered(page, stream):
    tabs = page.locator("[data-empty] [role=tab]")
    expect(tabs.first).to_have_attribute("aria-selected", "true")
    tabs.first.focus()
    page.keyboard.press("ArrowRight")
    expect(tabs.nth(1)).to_be_focused()
    page.locator("[data-empty]").get_by_role("button", name="requests", exact=True).focus()
    page.keyboard.press("Enter")
    chosen = page.locator("[data-empty] .variant[aria-pressed=true]")
    expect(chosen).to_have_text("requests")
    expect(chosen).to_be_focused()
    page.reload()
    expect(chosen).to_have_text("requests")
    expect(page.locator("[data-empty] [role=tab][aria-selected=true]")).to_have_text("Python")
    page.locator("[data-empty] [role=tab][aria-selected=true]").focus()
    page.keyboard.press("End")
    expect(tabs.last).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tabs.first).to_be_focused()
    label = page.locator("[data-empty] [role=tabpanel]").get_attribute("aria-labelledby")
    assert label == "empty-snippet-curl"


# -- snippets for browsers, run in one -----------------------------------------------------------


@pytest.fixture
def elsewhere(new_page, uvicorn, tmp_path) -> Iterator[Page]:
    """A page of another origin, without a session."""
    (tmp_path / "index.html").write_text("<title>shop</title><link rel=icon href=data:,>")
    handler = partial(QuietHandler, directory=tmp_path)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as shop:
        Thread(target=shop.serve_forever, daemon=True).start()
        page = new_page(uvicorn)
        page.goto(f"http://127.0.0.1:{shop.server_port}/")
        yield page
        shop.shutdown()


class QuietHandler(SimpleHTTPRequestHandler):
    def log_message(self, *args: object) -> None:
        """Log nothing."""


@pytest.mark.parametrize("dialect", BY_NAME)
def test_a_browsers_snippet_runs_on_a_page_of_another_origin(
    elsewhere, new_pair, uvicorn, settings, stored, dialect
):
    settings.PUBLIC_URL = uvicorn.url
    pair = new_pair(dialect)
    (browser,) = (entry for entry in snippets_of(pair) if entry["language"] == "Browser")
    with elsewhere.expect_console_message() as printed:
        elsewhere.evaluate(f"async () => {{ {browser['variants'][0]['text']} }}")
    assert printed.value.text.split() == ["200"]
    assert verdicts_of(pair) == ["valid"]


def test_the_lines_for_the_vendors_own_library_work_with_it(
    elsewhere, new_pair, uvicorn, settings, stored
):
    """A bundler would find the package by its name; here an import map does."""
    settings.PUBLIC_URL = uvicorn.url
    pair = new_pair("usermaven")
    (browser,) = (entry for entry in snippets_of(pair) if entry["language"] == "Browser")
    elsewhere.route("**/sdk.js", lambda route: route.fulfill(path=SDK))
    elsewhere.route(
        "**/lines.js",
        lambda route: route.fulfill(
            body=browser["variants"][1]["text"], content_type="text/javascript"
        ),
    )
    elsewhere.set_content(
        """<script type="importmap">{"imports": {"@usermaven/sdk-js": "/sdk.js"}}</script>
        <script type="module" src="/lines.js"></script>"""
    )
    until(lambda: verdicts_of(pair) != [], seconds=20)
    (event,) = events_of(pair)
    assert (event.name, event.verdict, faults_of(event)) == ("plan_purchased", "valid", [])
