"""The menu “More”: export the listed events, and delete events."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

from playwright.sync_api import Download, Page, expect

from tests.support.browser import (
    expect_balance,
    open_event,
    open_stream,
    row,
    send,
    send_good,
    seqs_shown,
)
from tests.support.vendors import fresh
from tests.support.write_requests import store_large


def open_more(page: Page) -> None:
    page.locator("[data-more-menu] > summary").click()
    expect(page.locator(".more-menu")).to_be_visible()


def export(page: Page, format_: str) -> Download:
    open_more(page)
    with page.expect_download() as download:
        page.locator(f"[data-export-format={format_}]").click()
    return download.value


def text_of(download: Download) -> str:
    assert download.failure() is None
    return Path(download.path()).read_bytes().decode()


def words(page: Page):
    return page.locator("[data-export-words]")


def test_each_format_is_saved_under_the_pairs_name(page, daphne, stream):
    send(daphne, stream, fresh(), fresh(), "{")
    row(page, 3).wait_for()
    saved = export(page, "ndjson")
    assert re.fullmatch(r"natero-\d+-\d{8}T\d{6}Z\.ndjson", saved.suggested_filename)
    assert [json.loads(line)["seq"] for line in text_of(saved).splitlines()] == [1, 2, 3]
    expect(words(page)).to_have_text(re.compile(r"^Saved 3 events, [\d.]+ KB: natero-"))
    expect(page.locator("[data-announcer]")).to_have_text(re.compile("^Saved 3 events"))
    assert [event["seq"] for event in json.loads(text_of(export(page, "json")))] == [1, 2, 3]
    assert text_of(export(page, "raw")).endswith("\n{\n")
    expect(words(page)).to_have_text(re.compile("^Saved 3 lines"))
    table = list(csv.reader(text_of(export(page, "csv")).splitlines()))
    assert [line[0] for line in table] == ["seq", "1", "2", "3"]
    page.locator("[data-export-close]").click()
    expect(page.locator("[data-export]")).to_be_hidden()


def test_an_export_holds_what_the_list_shows(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, "{", fresh(), "[", fresh())
    open_stream(page, pair, "?q=verdict:malformed&since=1&columns=seq,userId")
    open_more(page)
    scope = page.locator("[data-export-scope]")
    expect(scope).to_have_text("Events that match the query after No. 1")
    page.keyboard.press("Escape")
    assert [json.loads(line)["seq"] for line in text_of(export(page, "ndjson")).splitlines()] == [3]
    assert text_of(export(page, "csv")).split() == ['"seq","userId"', '3,""']
    open_stream(page, pair, "?q=verdict:malformed&mode=highlight")
    open_more(page)
    expect(scope).to_have_text("4 events kept")


def test_progress_is_shown_and_it_can_be_cancelled(page, stream):
    page.evaluate(
        """() => {
            const own = window.fetch;
            window.fetch = async (url, options) => {
                if (!String(url).includes("/export")) return own(url, options);
                const lines = new TextEncoder().encode("{}\\n".repeat(1024));
                const body = new ReadableStream({
                    start: (control) => options.signal.addEventListener(
                        "abort", () => control.error(options.signal.reason)),
                    pull: (control) => new Promise((resolve) => setTimeout(() => {
                        if (!options.signal.aborted) control.enqueue(lines);
                        resolve();
                    }, 150)),
                });
                return new Response(body, { headers: { "X-Events-Total": "204800" } });
            };
        }"""
    )
    open_more(page)
    page.locator("[data-export-format=ndjson]").click()
    expect(words(page)).to_have_text(re.compile(r"^[\d,]+ events · [\d.]+ KB · [1-9] %$"))
    expect(page.get_by_role("progressbar", name="Progress of the export")).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(words(page)).to_have_text("Export cancelled. Nothing was saved.")


def test_an_interrupted_export_is_reported_and_saves_nothing(
    page, daphne, new_pair, stored, complaints
):
    complaints.expect("ERR_INCOMPLETE_CHUNKED_ENCODING")
    from ingest.models import Event

    pair = new_pair("natero")
    send_good(daphne, pair, 2_800)
    broken = Event.objects.filter(keypair=pair, seq=2_100)  # below the first rows of the list
    broken.update(problems='[["no-such-code"]]')
    open_stream(page, pair)
    downloads = []
    page.on("download", lambda download: downloads.append(download))
    open_more(page)
    page.locator("[data-export-format=ndjson]").click()
    expect(words(page)).to_have_text("The connection was lost. Nothing was saved.")
    broken.update(problems="")
    with page.expect_download():
        page.get_by_role("button", name="Try again").click()
    expect(words(page)).to_have_text(re.compile("^Saved 2,800 events"))
    assert len(downloads) == 1


def test_a_refused_export_gives_the_reason(page, daphne, stream, complaints):
    complaints.expect("status of 400")
    send_good(daphne, stream)
    row(page, 1).wait_for()
    page.evaluate("history.replaceState(null, '', '?q=verdict:odd')")
    open_more(page)
    page.locator("[data-export-format=csv]").click()
    expect(words(page)).to_contain_text("verdict")
    expect(page.locator("[data-export]")).to_have_attribute("data-state", "failed")


def test_large_exports_are_left_to_the_browser(page, daphne, new_pair, store):
    pair = new_pair("natero")
    store_large(store, pair, 80)
    open_stream(page, pair)
    saved = export(page, "raw")
    expect(words(page)).to_contain_text("your browser downloads it now")
    assert saved.failure() is None
    assert Path(saved.path()).stat().st_size == 80 * (2**20 + 1)


# -- delete ----------------------------------------------------------------------------------------


def ask_to_delete(page: Page):
    open_more(page)
    page.get_by_role("button", name="Delete events…").click()
    return page.get_by_role("dialog")


def test_deletion_asks_with_the_number_and_keeps_the_counts(
    page, daphne, stream, new_page, cookies
):
    send_good(daphne, stream, 3)
    row(page, 3).wait_for()
    other = new_page(daphne, cookies=cookies)
    open_stream(other, stream)
    row(other, 3).wait_for()
    dialog = ask_to_delete(page)
    expect(dialog).to_have_accessible_name("Delete 3 events?")
    expect(dialog).to_contain_text("No. 1 to 3, for everyone who uses this key pair")
    expect(dialog.locator("[data-delete-filter]")).to_be_hidden()
    page.keyboard.press("Enter")  # on Cancel, which has the focus
    expect(dialog).to_be_hidden()
    assert seqs_shown(page) == [3, 2, 1]
    dialog = ask_to_delete(page)
    dialog.get_by_role("button", name="Delete 3 events").click()
    expect(page.locator("[data-toast]")).to_have_text("3 events were deleted; counts stay.")
    for each in (page, other):
        expect(row(each, 3)).to_have_count(0)
        expect_balance(each, valid=3)
        expect(each.locator("[data-rows]")).to_contain_text("No event is kept any more.")
    send_good(daphne, stream)
    for each in (page, other):
        row(each, 4).wait_for()
        assert seqs_shown(each) == [4]
        expect_balance(each, valid=4)


def test_events_hidden_by_a_pause_are_not_deleted(page, daphne, stream):
    send_good(daphne, stream, 2)
    row(page, 2).wait_for()
    page.keyboard.press("p")
    send_good(daphne, stream, 2)
    expect(page.locator("[data-pause-count]")).to_have_text("2 new")
    dialog = ask_to_delete(page)
    dialog.get_by_role("button", name="Delete 2 events").click()
    expect(dialog).to_be_hidden()
    page.keyboard.press("p")
    row(page, 4).wait_for()
    assert seqs_shown(page) == [4, 3]


def test_the_dialog_says_that_the_query_has_no_effect(page, daphne, new_pair):
    pair = new_pair("natero")
    send(daphne, pair, "{", fresh())
    open_stream(page, pair, "?q=verdict:malformed")
    dialog = ask_to_delete(page)
    expect(dialog).to_have_accessible_name("Delete 2 events?")
    expect(dialog.locator("[data-delete-filter]")).to_be_visible()


def test_without_stored_events_deletion_is_disabled(page, stream):
    open_more(page)
    expect(page.get_by_role("button", name="Delete events…")).to_be_disabled()
    expect(page.locator("[data-export-scope]")).to_have_text("0 events kept")


def test_a_failed_deletion_is_reported_in_the_dialog(page, daphne, stream, complaints):
    complaints.expect("ERR_FAILED")
    send_good(daphne, stream)
    row(page, 1).wait_for()
    page.route("**/api/events?**through=1", lambda route: route.abort())
    dialog = ask_to_delete(page)
    dialog.get_by_role("button", name="Delete 1 event").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The server cannot be reached.")
    page.unroute_all()
    dialog.get_by_role("button", name="Delete").click()
    expect(row(page, 1)).to_have_count(0)


def test_an_open_event_that_is_deleted_stays_readable(page, daphne, stream):
    send_good(daphne, stream, 2)
    row(page, 1).wait_for()
    panel = open_event(page, 1)
    ask_to_delete(page).get_by_role("button", name="Delete 2 events").click()
    expect(row(page, 1)).to_have_count(0)
    expect(panel.locator(".tree")).to_be_visible()
