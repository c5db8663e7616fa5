"""Runs in the browser: infer a plan, begin a run, send events, complete the checklist, download
the report."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from ingest.models import Run
from tests.browser.test_looks import assert_fits
from tests.browser.test_plan import open_plan, status
from tests.support.axe import assert_no_barriers
from tests.support.browser import DESK, PHONE, expect_balance, row, send
from tests.viewer.qa.test_report import SCHEMA
from tests.viewer.qa.test_report import Page as LoadedPage

MARKUP = "<img src=x onerror=pwn()>\"'& "


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("eventbunker")


def deliver(server, pair, name: str, **fields) -> None:
    send(server, pair, json.dumps({"event_name": name, **fields}))


def begin(page: Page, pair, **filled: str) -> None:
    page.goto(f"/pairs/{pair.pk}/runs/")
    for label, value in filled.items():
        page.get_by_label(label.replace("_", " ")).fill(value)
    page.get_by_role("button", name="Start").click()
    page.wait_for_url(f"**/pairs/{pair.pk}/runs/*/")
    expect(page.locator("[data-run-word]")).not_to_have_text("…")


def finish(page: Page) -> None:
    page.get_by_role("button", name="Finish…").click()
    page.get_by_role("button", name="Finish run").click()


def check(page: Page, name: str) -> Locator:
    return page.locator(".run-check").filter(has=page.locator(".run-check-name", has_text=name))


def state(page: Page, text: str) -> None:
    expect(page.locator("[data-run-word]")).to_have_text(text)


def test_a_whole_run(page, pair, daphne, tmp_path):
    deliver(daphne, pair, "paid", price=1, note="x")
    deliver(daphne, pair, "signed_up")
    open_plan(page, pair)
    page.get_by_role("button", name="Infer from events").click()
    expect(status(page)).to_contain_text("Inferred from 2 events")
    page.get_by_role("button", name="Save").click()
    expect(status(page)).to_contain_text("Version 1 is in force.")

    page.get_by_role("link", name="Runs").click()
    expect(page.get_by_text("No runs yet")).to_be_visible()
    begin(page, pair, Name="Release 4.2")
    state(page, "open")
    expect(check(page, "paid")).to_have_attribute("data-state", "not_seen")
    expect(check(page, "paid")).to_contain_text("not seen yet")
    page.get_by_label("Query").fill("name:paid price>5")
    page.get_by_role("button", name="Expect", exact=True).click()
    expect(check(page, "price>5")).to_contain_text("0 events match; at least 1 expected.")

    deliver(daphne, pair, "paid", price=2, note="y")
    expect(check(page, "paid").first).to_have_attribute("data-state", "seen")
    fields = check(page, "paid").first.locator(".run-field")
    expect(fields.filter(has_text="/price")).to_have_attribute("data-state", "seen")
    expect(check(page, "price>5")).to_contain_text("price>5: got 2.")
    expect(page.locator("[data-run-failures]")).to_contain_text("“signed_up” was not seen.")
    deliver(daphne, pair, "signed_up")
    deliver(daphne, pair, "paid", price=6, note="z")
    state(page, "open, complete")
    expect(page.locator("[data-run-failures] li")).to_have_count(0)
    expect(page.locator("[data-run-coverage]")).to_contain_text("2 of 2 names")

    finish(page)
    state(page, "passed")
    files = {name: download(page, name, tmp_path) for name in ("HTML", "JUnit", "CSV")}
    SCHEMA.validate(files["JUnit"])
    loaded = LoadedPage()
    loaded.feed(files["HTML"])
    assert loaded.found == []
    assert "Release 4.2" in loaded.text
    assert files["CSV"].startswith('"kind","name","path","state","count","event","message"')

    check(page, "signed_up").get_by_role("link", name="Show").click()
    row(page, 4).wait_for()
    expect(page.locator(".row-event")).to_have_count(1)
    expect_balance(page, valid=5)


def download(page: Page, name: str, folder: Path) -> str:
    page.locator("summary", has_text="Report").click()
    with page.expect_download() as found:
        page.get_by_role("link", name=name).click()
    path = folder / found.value.suggested_filename
    found.value.save_as(path)
    page.keyboard.press("Escape")
    return path.read_text()


def test_a_failed_run_shows_the_reason_in_the_list_too(page, pair, daphne):
    begin(page, pair, Name="Bad", Limit_to_user="u-1")
    deliver(daphne, pair, "bad name", customer_identifier="u-1")
    deliver(daphne, pair, "paid", customer_identifier="u-2")
    expect(page.locator("[data-run-failures]")).to_have_text("1 event is invalid.")
    expect(check(page, "name-characters")).to_contain_text("×1")
    finish(page)
    state(page, "failed")
    page.get_by_role("link", name="Runs").click()
    listed = page.locator(".run-row")
    expect(listed).to_contain_text("failed")
    expect(listed).to_contain_text("user u-1")
    expect(listed).to_contain_text("1 event is invalid.")
    assert Run.objects.get(keypair=pair).report


def test_finishing_asks_first(page, pair):
    begin(page, pair, Name="r")
    for cancel in ("Escape", "Enter"):  # Cancel has the focus
        page.get_by_role("button", name="Finish…").click()
        expect(page.get_by_role("dialog")).to_contain_text("cannot be reopened")
        page.keyboard.press(cancel)
        expect(page.get_by_role("dialog")).to_have_count(0)
    state(page, "open")
    assert Run.objects.get(keypair=pair).finished_at is None
    finish(page)
    state(page, "failed")


def test_expectations_are_added_and_removed(page, pair, daphne, complaints):
    complaints.expect("400")
    begin(page, pair, Name="r")
    page.get_by_label("Query").fill("verdict:odd")
    page.get_by_role("button", name="Expect", exact=True).click()
    mistake = page.locator("[data-run-expect-failed]")
    expect(mistake).to_contain_text("There is no verdict “odd”")
    expect(mistake).to_be_in_viewport()
    page.get_by_label("Query").fill("name:a")
    page.get_by_label("Then, for the same user").fill("name:b")
    page.get_by_role("button", name="Expect", exact=True).click()
    order = check(page, "name:a before name:b")
    expect(order).to_contain_text("No event matches name:a yet.")
    page.get_by_label("Count", exact=True).select_option("none")
    page.get_by_label("Query").fill("verdict:invalid")
    page.get_by_role("button", name="Expect", exact=True).click()
    expect(check(page, "none of verdict:invalid")).to_have_attribute("data-state", "seen")
    for name in ("a", "b"):
        deliver(daphne, pair, name, customer_identifier="u-1")
    expect(order).to_have_attribute("data-state", "seen")
    order.get_by_role("button", name="Remove expectation").click()
    expect(order).to_have_count(0)


def test_two_runs_are_compared(page, pair, daphne):
    for name, event in (("one", "left"), ("two", "right")):
        begin(page, pair, Name=name)
        deliver(daphne, pair, event)
        deliver(daphne, pair, "both", **{name: 1})
        expect(page.locator(".run-figure").first).to_contain_text("2")
        finish(page)
        state(page, "passed")
    page.get_by_label("With an earlier run").select_option("one")
    compared = page.locator("[data-run-comparison]")
    expect(compared).to_contain_text("left missing; there 1 event")
    expect(compared).to_contain_text("right new; here 1 event")
    expect(compared).to_contain_text("/one is missing")
    assert_no_barriers(page, "comparison")


def test_a_name_conflict_is_reported(page, pair, complaints):
    complaints.expect("409")
    begin(page, pair, Name="r")
    page.goto(f"/pairs/{pair.pk}/runs/")
    page.get_by_label("Name").fill("r")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_have_text("There is a run named “r” already.")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_hostile_names_are_text_fit_and_cause_no_accessibility_barrier(
    new_page, daphne, cookies, pair, viewport
):
    page = new_page(daphne, cookies=cookies, viewport=viewport)
    begin(page, pair, Name=MARKUP + "long" * 15)
    deliver(daphne, pair, MARKUP * 5, **{MARKUP: {"long" * 30: []}})
    expect(page.locator("[data-run-problems]")).to_contain_text("name-characters")
    assert_fits(page)
    assert_no_barriers(page, "an open run")
    page.goto(f"/pairs/{pair.pk}/runs/")
    expect(page.locator(".run-link")).to_contain_text(MARKUP.strip())
    assert_fits(page)
    assert_no_barriers(page, "runs")


def test_pages_of_runs_are_only_for_users_of_the_pair(new_page, daphne, pair):
    page = new_page(daphne)
    for path in ("runs/", "runs/1/"):
        page.goto(f"/pairs/{pair.pk}/{path}")
        assert page.url.startswith(f"{daphne.url}/sign-in/")
