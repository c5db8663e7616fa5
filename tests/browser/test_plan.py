"""The page on which a plan is edited."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from ingest.models import Plan
from ingest.tracking_plan.versions import save_version
from tests.browser.test_looks import assert_fits
from tests.support.axe import assert_no_barriers
from tests.support.browser import DESK, PHONE, send

SENT = [
    {"event_name": "paid", "price": 1},
    {"event_name": "paid", "price": 2, "note": "x"},
    {"event_name": "signed_up", "from": "mail"},
]


@pytest.fixture
def pair(new_pair, stored, daphne):
    pair = new_pair("eventbunker")
    for event in SENT:
        send(daphne, pair, json.dumps(event))
    return pair


def open_plan(page: Page, pair) -> None:
    page.goto(f"/pairs/{pair.pk}/plan/")
    expect(page.get_by_label("Version")).to_contain_text("ersion")


def write(page: Page, text: str) -> None:
    page.get_by_label("Plan", exact=True).fill(text)


def text_of(page: Page) -> str:
    return page.get_by_label("Plan", exact=True).input_value()


def status(page: Page):
    return page.locator("[data-plan-status]")


def test_a_plan_is_inferred_changed_saved_and_restored(page, pair):
    open_plan(page, pair)
    expect(status(page)).to_have_text("No plan yet: only the vendor’s rules apply.")
    save = page.get_by_role("button", name="Save")
    expect(save).to_be_disabled()
    page.get_by_role("button", name="Infer from events").click()
    expect(status(page)).to_contain_text("Inferred from 3 events with 2 names.")
    plan = json.loads(text_of(page))
    assert list(plan["events"]) == ["paid", "signed_up"]
    save.click()
    expect(status(page)).to_contain_text("Version 1 is in force. 3 stored events re-validated in")
    expect(status(page)).to_contain_text("no verdict changed.")
    plan["events"]["paid"]["required"].append("note")
    write(page, json.dumps(plan))
    save.click()
    expect(status(page)).to_contain_text("1 valid → invalid.")
    assert Plan.objects.filter(keypair=pair).count() == 2
    page.get_by_label("Version").select_option("1")
    expect(status(page)).to_contain_text("Version 1, unchanged.")
    page.keyboard.press("Control+s")
    expect(status(page)).to_contain_text("Version 3 is in force. 3 stored events re-validated")
    expect(status(page)).to_contain_text("1 invalid → valid.")


def test_edited_text_is_replaced_only_after_a_question_and_comes_back(page, pair):
    open_plan(page, pair)
    area = page.get_by_label("Plan", exact=True)
    area.fill("")
    area.focus()
    page.keyboard.type('{"events": 1}')
    infer = page.get_by_role("button", name="Infer from events")
    infer.click()
    dialog = page.get_by_role("dialog", name="Replace unsaved changes?")
    dialog.get_by_role("button", name="Cancel").click()
    assert text_of(page) == '{"events": 1}'
    infer.click()
    assert_no_barriers(page, "a question on a plan")
    dialog.get_by_role("button", name="Replace").click()
    expect(status(page)).to_contain_text("Inferred from 3 events")
    area.focus()
    page.keyboard.press("Control+z")
    assert text_of(page) == '{"events": 1}'
    expect(status(page)).to_have_text("The former text is back.")
    expect(page.get_by_role("button", name="Undo")).to_be_hidden()
    infer.click()
    dialog.get_by_role("button", name="Replace").click()
    page.get_by_role("button", name="Undo").click()
    assert text_of(page) == '{"events": 1}'


def test_errors_show_at_their_location_and_nothing_is_saved(page, pair):
    open_plan(page, pair)
    text = '{\n  "events": {\n    "paid": {"type": "strin"}\n  }\n}'
    write(page, text)
    mistake = page.locator(".plan-mistake")
    expect(mistake).to_contain_text("/events/paid/type")
    expect(page.locator(".plan-wrong")).to_have_text(['"type"', ":", " ", '"strin"'])
    expect(page.get_by_role("button", name="Save")).to_be_disabled()
    mistake.click()
    selected = page.evaluate(
        "[...document.querySelectorAll('textarea')].map((a) => "
        "a.value.slice(a.selectionStart, a.selectionEnd))"
    )
    assert selected == ['"type": "strin"']
    assert_no_barriers(page, "a mistake in a plan")
    write(page, '{"events": {"paid": {} "b": {}}}')
    expect(mistake).to_contain_text("comma")
    expect(page.locator(".plan-wrong")).to_have_count(1)
    write(page, "{}")
    expect(mistake).to_have_count(0)
    assert not Plan.objects.filter(keypair=pair).exists()


def test_completions_include_seen_names(page, pair):
    open_plan(page, pair)
    area = page.get_by_label("Plan", exact=True)
    area.fill("")
    area.focus()
    page.keyboard.type('{"ev')
    options = page.locator(".plan-options [role=option]")
    expect(options.first).to_contain_text("events")
    page.keyboard.press("Tab")
    page.keyboard.type('{"')
    expect(options.locator("[data-slot=label]")).to_have_text(["paid", "signed_up"])
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.type('{"required": ["pr')
    expect(options.locator("[data-slot=label]")).to_have_text(["price"])
    assert_no_barriers(page, "completions of a plan")
    page.keyboard.press("Tab")
    page.keyboard.type("]}}}")
    assert json.loads(text_of(page)) == {"events": {"paid": {"required": ["price"]}}}


def test_changes_of_another_user_are_not_overwritten(page, pair, complaints):
    complaints.expect("409")
    open_plan(page, pair)
    save_version(pair, '{"events":{"paid":{}}}')
    write(page, '{"events": {"other": {}}}')
    page.get_by_role("button", name="Save").click()
    expect(status(page)).to_have_text("Another change was saved first: the newest version is 1.")
    assert Plan.objects.get(keypair=pair).content == '{"events":{"paid":{}}}'


def test_strangers_names_are_text(page, pair, daphne):
    send(daphne, pair, json.dumps({"event_name": "x", "<img src=x onerror=alert(1)>": 1}))
    open_plan(page, pair)
    page.get_by_role("button", name="Infer from events").click()
    expect(page.locator("[data-plan-shown]")).to_contain_text("<img src=x onerror=alert(1)>")


@pytest.mark.parametrize("viewport", [DESK, PHONE], ids=["desk", "phone"])
def test_it_fits_and_has_no_accessibility_barrier(new_page, daphne, cookies, pair, viewport):
    page = new_page(daphne, cookies=cookies, viewport=viewport)
    open_plan(page, pair)
    page.get_by_role("button", name="Infer from events").click()
    expect(status(page)).to_contain_text("Inferred")
    assert_fits(page)
    assert_no_barriers(page, "plan")
    page.get_by_role("button", name="Save").click()
    expect(status(page)).to_contain_text("Version 1 is in force.")
    page.goto(f"/pairs/{pair.pk}/")
    assert_fits(page)
    page.get_by_role("navigation", name="Key pair").get_by_role("link", name="Plan").click()
    expect(page.get_by_role("heading", name="Plan", exact=True)).to_be_visible()


def test_a_suspended_plan_shows_the_reason_until_it_is_changed(page, pair):
    save_version(pair, '{"unknown_names": "allowed", "required_names": [], "events": {"paid": {}}}')
    reason = "Checking an event took more than 50 ms of processor time."
    kept = Plan.objects.filter(keypair=pair)
    kept.update(suspended_at=1_795_227_547_000, suspended_reason=reason)
    open_plan(page, pair)
    banner = page.get_by_role("alert")
    expect(banner).to_contain_text("Version 1 is suspended since")
    expect(banner).to_contain_text(reason)
    expect(banner).to_contain_text("Simplify the plan and save it")
    assert_no_barriers(page, "a suspended plan")
    write(page, '{"events": {}}')
    page.get_by_role("button", name="Save").click()
    expect(status(page)).to_contain_text("Version 2 is in force.")
    expect(banner).to_be_hidden()
