"""Hostile input is plain text in every part of the page: columns, chips, value menus, coverage,
comparisons, views and exports. The list and the panel are in test_browser_hostile.py."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import cell, open_stream, row, send
from tests.support.http import post, send_raw

MARKUP = "<img src=x onerror=pwn()><b>bold</b>"
BIDI = "evil\u202egpj.exe"
BIDI_SHOWN = "evilU+202Egpj.exe"
ODD = ["__proto__", "constructor", "toString", "hasOwnProperty", "<i>x</i>", "a b", 'q"uote']


@pytest.fixture
def page(page: Page) -> Page:
    page.add_init_script("window.pwn = () => { window.isPwned = true; };")
    return page


@pytest.fixture
def pair(new_pair, daphne):
    """Names, values and keys that look like markup, code or another element."""
    pair = new_pair("eventbunker")
    for name in (MARKUP, BIDI, *ODD):
        event = {
            "event_name": name,
            "customer_identifier": name,
            "properties": dict.fromkeys(ODD, MARKUP),
        }
        send(daphne, pair, json.dumps(event, ensure_ascii=False))
    return pair


LAST = 2 + len(ODD)


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("[window.isPwned, ({}).polluted]") == [None, None]
    assert page.locator("img, body b:text-is('bold'), i:text-is('x')").count() == 0


def test_in_columns(page, pair):
    paths = [f"properties.{name}" for name in ODD[:5]]
    open_stream(page, pair, f"?columns={quote(','.join(['seq', 'name', *paths]))}")
    row(page, LAST).wait_for()
    heads = page.locator("[data-head] [data-slot=label]").all_inner_texts()
    assert heads[-5:] == paths
    expect(row(page, 1)).to_contain_text(MARKUP)
    expect(cell(page, 2, "name")).to_have_text(BIDI_SHOWN)
    page.locator("[data-columns-menu] > summary").click()
    expect(page.locator(".columns-menu")).to_contain_text("properties.<i>x</i>")
    assert_nothing_ran(page)


@pytest.mark.parametrize("value", [MARKUP, BIDI, *ODD])
def test_in_queries_and_their_chips(page, pair, value):
    query = f"name:{json.dumps(value, ensure_ascii=False)}"
    open_stream(page, pair, f"?q={quote(query)}")
    shown = BIDI_SHOWN if value == BIDI else value
    expect(page.locator(".row-event")).to_have_count(1)
    expect(page.locator(".row-event [data-cell=name]")).to_have_text(shown)
    expect(page.locator(".query-chip")).to_have_count(1)
    words = shown if value == BIDI else json.dumps(value)[1:-1]
    expect(page.locator(".query-chip")).to_contain_text(words)
    assert_nothing_ran(page)


def test_in_completion_and_in_errors(page, pair):
    open_stream(page, pair)
    row(page, LAST).wait_for()
    query = page.get_by_role("combobox", name="Query")
    query.fill("name:")
    expect(page.get_by_role("option").first).to_be_visible()
    expect(page.get_by_role("listbox", name="Completions")).to_contain_text("bold")
    query.fill(f"verdict:{MARKUP}".replace(" ", ""))
    page.keyboard.press("Enter")
    expect(page.locator("[data-query-mistake]")).to_be_visible()
    assert_nothing_ran(page)


def test_in_the_coverage(page, pair):
    open_stream(page, pair, "#coverage")
    names = page.locator(".coverage-name [data-slot=name]")
    expect(names).to_have_count(LAST)
    shown = set(names.all_inner_texts())
    assert shown == {MARKUP, BIDI_SHOWN, *ODD}
    assert_nothing_ran(page)


def test_in_a_comparison(page, pair):
    open_stream(page, pair, "#compare-1-2")
    panel = page.locator("#panel")
    expect(panel.locator(".compare-table")).to_contain_text(MARKUP)
    expect(panel.locator(".compare-table")).to_contain_text(BIDI_SHOWN)
    assert_nothing_ran(page)


@pytest.mark.parametrize("tab", ["", "/raw", "/request", "/problems"])
def test_in_each_tab(page, pair, daphne, tab):
    key = f"x-eventbunker-write-key: {pair.api_key}"
    body = json.dumps({"event_name": MARKUP, MARKUP: BIDI}).encode()
    send_raw(daphne.port, post("/post", body, key, f"User-Agent: {MARKUP}"))
    open_stream(page, pair, f"#event-{LAST + 1}{tab}")
    expect(page.locator("#panel h2")).to_have_text(MARKUP)
    expect(page.locator("#panel .panel-event")).to_be_visible()
    page.wait_for_load_state("networkidle")
    assert_nothing_ran(page)


@pytest.mark.parametrize("tab", ["", "/raw", "/problems"])
def test_many_keys_and_a_very_long_string_in_each_tab(page, new_pair, daphne, tab):
    pair = new_pair("eventbunker")
    keys = {f"{number} {MARKUP}": number for number in range(5_000)}
    long = {"event_name": "long", "text": MARKUP + "x" * 1_000_000}
    for event in ({"event_name": "many", **keys}, long):
        assert send(daphne, pair, json.dumps(event)).status == 200
    for seq in (1, 2):
        open_stream(page, pair, f"#event-{seq}{tab}")
        expect(page.locator("#panel .panel-seq")).to_have_text(f"No. {seq}")
        assert page.locator("*").count() < 6_000
        assert_nothing_ran(page)
    open_stream(page, pair, "?columns=seq,text,properties.text#compare-1-2")
    expect(page.locator("#panel .compare-table")).to_be_visible()
    assert page.locator("*").count() < 6_000
    assert_nothing_ran(page)


def test_in_exports(page, pair):
    open_stream(page, pair, "?columns=seq,name,properties.__proto__,properties.constructor")
    row(page, LAST).wait_for()
    page.locator("[data-more-menu] > summary").click()
    with page.expect_download() as download:
        page.locator("[data-export-format=csv]").click()
    lines = Path(download.value.path()).read_text().splitlines()
    assert lines[0] == '"seq","name","properties.__proto__","properties.constructor"'
    quoted = MARKUP.replace('"', '""')
    assert lines[1] == f'1,"{quoted}","{quoted}","{quoted}"'
    assert lines[2].startswith(f'2,"{BIDI}",')
    assert_nothing_ran(page)
