"""Hostile input is shown as the text that was sent, and is never executed."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.browser import Pair, cell, open_event, open_stream, row, send
from tests.support.server import Server

MARKUP = "<script>pwn()</script><img src=x onerror=pwn()><b>bold</b>&lt;i&gt;"
BASE = '"accountId":"a","createdAt":1795227547189,"sessionId":"s","action":"sessionIdle"'

LAST = {"natero": f'{{{BASE},"userId":"u"}}', "eventbunker": '{"event_name":"last"}'}
MAX_TASK_LENGTH = 1_000  # milliseconds, on a machine that also runs the server


def line(more: str, user: str = "u") -> str:
    return f'{{{BASE},"userId":{json.dumps(user, ensure_ascii=False)},{more}}}'


@pytest.fixture
def page(page: Page) -> Page:
    page.add_init_script("window.pwn = () => { window.isPwned = true; };")
    return page


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def assert_nothing_ran(page: Page) -> None:
    assert page.evaluate("window.isPwned") is None
    assert page.locator("main :is(img, b.bold, i:not([data-share]), script)").count() == 0


def tree_of(page: Page) -> list[str]:
    """The text of the tree's rows."""
    return page.locator(".tree-line").evaluate_all("lines => lines.map((l) => l.textContent)")


def raw_of(page: Page) -> str:
    """The whole raw line, however long it is."""
    page.get_by_role("tab", name="Raw").click()
    code = page.locator("#part-raw code")
    code.wait_for()
    while (more := code.get_by_role("button", name="show more")).count():
        more.click()
    text = code.evaluate("code => code.textContent")
    page.get_by_role("tab", name="Event").click()
    return text


def test_markup_is_text_everywhere(page, daphne, pair):
    value = json.dumps(MARKUP)
    names = ("accountId", "userId", "sessionId", "action", MARKUP)
    event = "{" + ",".join(f"{json.dumps(name)}:{value}" for name in names) + "}"
    send(daphne, pair, event, f"{MARKUP} is not JSON")
    open_stream(page, pair)
    for name in ("name", "account", "user", "session"):
        expect(cell(page, 1, name)).to_have_text(MARKUP)
    expect(cell(page, 1, "problem")).to_have_text("“createdAt” is missing.")
    panel = open_event(page, 1)
    expect(panel.get_by_role("heading", level=2)).to_have_text(MARKUP)
    assert f"{value}: {value}" in tree_of(page)
    assert raw_of(page) == event
    open_event(page, 2)
    assert raw_of(page) == f"{MARKUP} is not JSON"
    assert_nothing_ran(page)


def test_markup_in_names_and_requests_is_text(page, daphne, pair, stored):
    pair.name = f"pair {MARKUP}"[:100]
    pair.save(update_fields=["name"])
    headers = {"User-Agent": MARKUP}
    requests.post(f"{daphne.url}/v1/<u>under/{pair.api_key}", headers=headers, timeout=10)
    requests.post(f"{daphne.url}/v1/x/y/{MARKUP}", headers=headers, timeout=10)
    requests.post(f"{daphne.url}/v1/none/known", headers=headers, timeout=10)
    page.goto(f"/?{urlencode({'name': pair.name})}")
    expect(page.get_by_role("link", name=pair.name)).to_have_text(pair.name)
    assert_nothing_ran(page)
    page.goto(f"/?{urlencode({'name': MARKUP})}x")
    expect(page.locator(".pairs-none")).to_contain_text(MARKUP)
    assert_nothing_ran(page)
    page.goto("/unmatched-requests/")
    expect(page.locator(".log-agent").first).to_have_text(MARKUP)
    assert_nothing_ran(page)
    open_stream(page, pair, "#refused")
    expect(page.locator(".refused-sender")).to_contain_text(MARKUP)
    expect(page.locator(".crumb-here")).to_have_text(pair.name)
    assert_nothing_ran(page)


def test_characters_that_hide_or_reorder_are_made_visible(page, daphne, pair):
    user = "evil\u202egpj.exe\u200b\x7f"
    send(daphne, pair, line('"note":"a\u2066b\u2028c\ufeffd\\u0000"', user))
    open_stream(page, pair)
    expect(cell(page, 1, "user")).to_have_text("evilU+202Egpj.exeU+200B␡")
    open_event(page, 1)
    assert '"note": "aU+2066bU+2028cU+FEFFd\\u0000"' in tree_of(page)
    assert_nothing_ran(page)


def test_numbers_keep_their_digits(page, daphne, pair):
    long = "9" * 400
    send(daphne, pair, line(f'"total":12345678901234567890,"a":1.0,"b":1e3,"c":-0,"long":{long}'))
    open_stream(page, pair)
    open_event(page, 1)
    shown = tree_of(page)
    numbers = ['"total": 12345678901234567890,', '"a": 1.0,', '"b": 1e3,', '"c": -0,']
    assert [text for text in numbers if text not in shown] == []
    assert f'"long": {long}' in shown


def test_equal_keys_are_all_shown_in_their_order(page, daphne, pair):
    send(daphne, pair, line('"twice":1,"__proto__":{"x":2},"constructor":3,"twice":"4"'))
    open_stream(page, pair)
    open_event(page, 1)
    shown = tree_of(page)
    start = shown.index('"twice": 1,')
    assert shown[start:] == [
        '"twice": 1,',
        '"__proto__": {',
        '"x": 2',
        "},",
        '"constructor": 3,',
        '"twice": "4"',
        "}",
    ]
    assert page.evaluate("({}).x") is None


def test_bytes_that_are_not_utf_8_are_reported(page, daphne, pair):
    send(daphne, pair, line('"note":"x"').encode().replace(b'"x"', b'"ab\xff"'))
    open_stream(page, pair)
    expect(row(page, 1)).to_have_attribute("data-verdict", "malformed")
    expect(cell(page, 1, "problem")).to_contain_text(
        "Not UTF-8: FF (hexadecimal) has no meaning here."
    )
    panel = open_event(page, 1)
    expect(panel.locator(".place-character")).to_have_text("�")
    expect(panel.locator("[data-slot=bytes]")).to_be_visible()


def watch_tasks(page: Page) -> None:
    page.add_init_script(
        """window.longest = 0;
        new PerformanceObserver((list) => {
            for (const { duration } of list.getEntries()) {
                window.longest = Math.max(window.longest, duration);
            }
        }).observe({ type: "longtask" });"""
    )


def assert_usable(page: Page, server: Server, pair: Pair) -> None:
    """Check that the next event still arrives, and that nothing blocked the page."""
    last = int(page.locator("[data-term=received]").inner_text().replace(",", ""))
    send(server, pair, LAST[pair.dialect])
    row(page, last + 1).wait_for()
    assert page.evaluate("window.longest") < MAX_TASK_LENGTH
    assert_nothing_ran(page)


@pytest.mark.alone  # it times tasks of the page
def test_a_long_string_is_cut_until_requested(page, daphne, pair):
    event = line(f'"long":"{"x" * 200_000}"')
    send(daphne, pair, event)
    watch_tasks(page)
    open_stream(page, pair)
    panel = open_event(page, 1)
    assert len("".join(tree_of(page))) < 2_000
    panel.get_by_role("button", name="show all (195 KB)").click()
    assert f'"long": "{"x" * 200_000}"' in tree_of(page)
    assert raw_of(page) == event
    assert_usable(page, daphne, pair)


@pytest.mark.alone  # it times tasks of the page
def test_the_first_of_many_keys_are_shown_and_the_rest_on_demand(page, daphne, new_pair):
    pair = new_pair("eventbunker")
    keys = ",".join(f'"key{number}":{number}' for number in range(2_000))
    send(daphne, pair, f'{{"event_name":"many",{keys}}}')
    watch_tasks(page)
    open_stream(page, pair)
    panel = open_event(page, 1)
    assert '"key98": 98,' in tree_of(page)
    assert '"key99": 99,' not in tree_of(page)
    panel.get_by_role("button", name="1,901 more").click()
    assert '"key598": 598,' in tree_of(page)
    assert_usable(page, daphne, pair)


@pytest.mark.alone  # it times tasks of the page
def test_the_first_of_two_thousand_faults_are_shown_and_the_rest_counted(page, daphne, pair):
    keys = ",".join(f'"key{number}":{number}' for number in range(2_000))
    send(daphne, pair, line(keys))
    watch_tasks(page)
    open_stream(page, pair)
    expect(cell(page, 1, "more")).to_have_text("+99")
    panel = open_event(page, 1)
    panel.get_by_role("tab", name="Problems").click()
    listed = panel.locator("#part-problems .problem-message")
    expect(listed.last).to_have_text("At least 2 more problems, not listed.")
    assert '"key98": 98,' in tree_of(page)
    assert_usable(page, daphne, pair)


def test_an_event_with_very_many_faults_does_not_end_the_feed(page, daphne, pair):
    keys = ",".join(f'"{number}":1' for number in range(20_000))
    assert send(daphne, pair, line(keys)).status == 200
    open_stream(page, pair)
    expect(row(page, 1)).to_have_attribute("data-verdict", "warning")


def test_a_line_of_a_mebibyte_and_deep_nesting_open(page, daphne, pair):
    deep = '{"a":' * 900 + "1" + "}" * 900
    send(daphne, pair, line(f'"deep":{deep}'), line(f'"long":"{"y" * 1_100_000}"'))
    open_stream(page, pair)
    panel = open_event(page, 1)
    expect(panel.locator(".tree-row").nth(10)).to_be_visible()
    row(page, 2).click()
    expect(panel.locator(".problem-message").first).to_contain_text("1,048,576 are kept")
    assert_nothing_ran(page)
