"""Columns: selection, order, any field of an event; kept in the address and remembered."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.support.browser import PHONE, cell, open_stream, row, send, send_good
from tests.support.http import post, send_raw

PLAN = "properties.plan"


def event(plan: str, **more: object) -> str:
    properties = {"plan": plan, **more}
    return json.dumps({"event_name": "upgraded", "user_id": "ada", "properties": properties})


@pytest.fixture
def pair(new_pair, daphne):
    pair = new_pair("eventbunker")
    for plan in ("free", "pro"):
        send(daphne, pair, event(plan))
    return pair


def heads(page: Page) -> list[str]:
    return page.locator("[data-head] [data-slot=label]").all_inner_texts()


def open_menu(page: Page) -> Locator:
    page.locator("[data-columns-menu] > summary").click()
    menu = page.locator(".columns-menu")
    expect(menu).to_be_visible()
    return menu


def item(page: Page, name: str) -> Locator:
    return page.locator(f"[data-column-item='{name}']")


def test_a_column_is_hidden_and_shown_again_and_the_verdict_stays_as_an_icon(page, pair):
    open_stream(page, pair)
    assert heads(page) == [
        "Verdict",
        "No.",
        "Time",
        "Name",
        "Account",
        "User",
        "Session",
        "Problem",
    ]
    open_menu(page)
    for name in ("verdict", "account", "session"):
        item(page, name).get_by_role("checkbox").uncheck()
    # for screen readers
    assert heads(page) == [
        "Verdict",
        "No.",
        "Time",
        "Name",
        "User",
        "Problem",
    ]
    expect(row(page, 1).locator("svg[data-cell=verdict]")).to_be_visible()
    expect(row(page, 1).get_by_text("valid", exact=True)).to_have_class("visually-hidden")
    item(page, "size").get_by_role("checkbox").check()
    expect(cell(page, 1, "size")).to_have_text("76 B")
    page.get_by_role("button", name="Usual columns").click()
    expect(page.locator("[data-head] [data-slot=label]")).to_have_count(8)
    assert "columns" not in page.url


def test_any_field_is_a_column_in_the_address_and_remembered(
    page, pair, new_pair, new_page, cookies, daphne
):
    open_stream(page, pair)
    menu = open_menu(page)
    options = menu.locator("option").evaluate_all("options => options.map((o) => o.value)")
    assert PLAN in options
    menu.get_by_label("Any field of the event").fill(PLAN)
    page.keyboard.press("Enter")
    expect(cell(page, 2, PLAN)).to_have_text("pro")
    expect(cell(page, 1, PLAN)).to_have_text("free")
    assert page.url.endswith(
        f"?columns=verdict%2Cseq%2Ctime%2Cname%2Caccount%2Cuser%2Csession%2Cproblem%2C{PLAN}"
    )
    other = new_page(daphne, cookies=cookies)
    other.goto(page.url)
    expect(cell(other, 2, PLAN)).to_have_text("pro")
    open_stream(page, pair)
    expect(cell(page, 2, PLAN)).to_have_text("pro")
    open_stream(page, new_pair("natero"))
    assert PLAN not in heads(page)


def test_columns_are_moved_by_keys_and_by_dragging(page, pair):
    open_stream(page, pair, "?columns=seq,name,user")
    open_menu(page)
    handle = item(page, "user").get_by_role("button").first
    handle.focus()
    page.keyboard.press("ArrowUp")
    assert heads(page) == ["Verdict", "No.", "User", "Name"]
    page.keyboard.press("Home")  # the handle keeps the focus
    assert heads(page) == ["Verdict", "User", "No.", "Name"]
    grip = handle.bounding_box()
    under = item(page, "name").bounding_box()
    page.mouse.move(grip["x"] + 8, grip["y"] + 8)
    page.mouse.down()
    page.mouse.move(grip["x"] + 8, under["y"] + under["height"] - 4, steps=4)
    page.mouse.up()
    assert heads(page) == ["Verdict", "No.", "Name", "User"]
    assert page.url.endswith("?columns=seq%2Cname%2Cuser")


def width_of(page: Page, name: str) -> float:
    return page.locator(f"[data-column={name}]").bounding_box()["width"]


def test_a_column_is_widened_by_its_edge_and_by_keys_and_stays_so(page, pair):
    open_stream(page, pair)
    before = width_of(page, "account")
    edge = page.locator("[data-column=account] [data-edge]").bounding_box()
    page.mouse.move(edge["x"] + 4, edge["y"] + 4)
    page.mouse.down()
    page.mouse.move(edge["x"] + 64, edge["y"] + 4, steps=3)
    page.mouse.up()
    drawn = width_of(page, "account")
    assert drawn == pytest.approx(before + 60, abs=2)
    open_menu(page)
    item(page, "account").get_by_role("button").first.press("ArrowRight")
    assert width_of(page, "account") == pytest.approx(drawn + 16, abs=1)
    open_stream(page, pair)
    assert width_of(page, "account") == pytest.approx(drawn + 16, abs=1)
    page.locator("[data-column=account] [data-edge]").dblclick()
    assert width_of(page, "account") == pytest.approx(before, abs=1)


def test_values_are_shown_as_sent_and_markup_is_text(page, daphne, new_pair):
    pair = new_pair("eventbunker")
    send(daphne, pair, '{"event_name":"x","n":12345678901234567890.0,"o":{"a":"<b>x</b>"}}')
    open_stream(page, pair, "?columns=seq,n,o,o.a,<i>,__proto__")
    expect(cell(page, 1, "n")).to_have_text("12345678901234567890.0")
    expect(cell(page, 1, "o")).to_have_text('{"a":"<b>x</b>"}')
    expect(cell(page, 1, "o.a")).to_have_text("<b>x</b>")
    assert heads(page) == ["Verdict", "No.", "n", "o", "o.a", "<i>", "__proto__"]
    assert page.locator(".list :is(b:not([data-newest-count]), i)").count() == 0


def test_a_value_of_a_long_event_loads_when_its_row_is_visible(page, daphne, new_pair):
    pair = new_pair("eventbunker")
    send(daphne, pair, event("pro", note="x" * 9_000))
    send(daphne, pair, event("free", note="y" * 9_000))
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    open_stream(page, pair)
    row(page, 2).wait_for()
    assert not [url for url in asked if "/api/events" in url]
    open_stream(page, pair, f"?columns=seq,{PLAN}")
    expect(cell(page, 1, PLAN)).to_have_text("pro")
    expect(cell(page, 2, PLAN)).to_have_text("free")
    assert len([url for url in asked if "/api/events" in url]) == 1


def test_on_a_phone_cards_show_the_selected_columns(new_page, cookies, daphne, pair):
    phone = new_page(daphne, cookies=cookies, viewport=PHONE, is_mobile=True, has_touch=True)
    open_stream(phone, pair, f"?columns=seq,time,name,{PLAN}")
    for name, text in (("name", "upgraded"), (PLAN, "pro"), ("seq", "2")):
        expect(cell(phone, 2, name)).to_be_visible()
        expect(cell(phone, 2, name)).to_have_text(text)
    phone.locator("[data-columns-menu] > summary").tap()
    box = item(phone, "seq").locator(".column-choice").bounding_box()
    assert box["height"] >= 40
    menu = phone.locator(".columns-menu").bounding_box()
    assert menu["x"] >= 0
    assert menu["x"] + menu["width"] <= PHONE["width"]
    item(phone, "size").get_by_role("checkbox").check()
    expect(cell(phone, 2, "size")).to_be_visible()


def test_times_are_local_in_utc_or_relative_everywhere(new_page, cookies, daphne, new_pair):
    pair = new_pair("natero")
    send_good(daphne, pair)
    send_raw(daphne.port, post(f"/v1/wrong/{pair.api_key}", b"{}"))
    page = new_page(daphne, cookies=cookies, timezone_id="Asia/Kolkata")
    open_stream(page, pair, "#event-1")
    time = cell(page, 1, "time")
    moment = page.locator(".facts time").first
    expect(moment).to_contain_text("UTC+5:30")
    local = time.inner_text()
    choose_time(page, "UTC")
    expect(moment).to_have_text(f"{time.get_attribute('datetime')[11:23]} UTC")
    assert time.inner_text() != local
    assert "time=utc" in page.url
    choose_time(page, "How long ago")
    expect(time).to_contain_text(" s ago")  # the age updates by itself
    expect(moment).to_contain_text(" ago (")
    page.goto(f"/pairs/{pair.pk}/")
    expect(cell(page, 1, "time")).to_contain_text(" ago")
    assert "time=relative" in page.url
    page.locator(".term-refused").click()
    expect(page.locator(".refused time")).to_contain_text(" ago")


def choose_time(page: Page, words: str) -> None:
    page.locator("[data-time-menu] > summary").click()
    page.locator("[data-time-menu] .menu-body").get_by_role("button", name=words).click()
