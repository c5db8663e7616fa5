"""A page misses no event when its server is killed and restarted."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import requests
from playwright.sync_api import Page, expect

from tests.support.browser import (
    assert_complete,
    expect_balance,
    expect_state,
    row,
    send_good,
    seqs_shown,
)
from tests.support.server import Server, running


@pytest.fixture(scope="module")
def desk(tmp_path_factory) -> Iterator[Server]:
    with running("daphne", tmp_path_factory.mktemp("desk"), PRINT_KEYS="True") as server:
        yield server


@pytest.fixture
def page(desk, new_page, complaints):
    """Signed in by the newest printed link; losing the connection is expected."""
    complaints.expect_lost_connection()
    page = new_page(desk)
    page.goto(re.findall(r"http\S+/sign-in/\S+", desk.log)[-1])
    page.get_by_role("button", name="Sign in").click()
    return page


def open_demo(page: Page, dialect: str) -> None:
    page.get_by_role("link", name=f"demo {dialect}").click()
    expect_state(page, "live")


def test_after_sigkill_and_a_restart_no_number_is_missing(page, desk):
    auth_key, api_key = re.search(r"POST http\S+/v1/(\w+)/(\w+)", desk.log).groups()
    pair = SimpleNamespace(dialect="natero", api_key=api_key, auth_key=auth_key)
    open_demo(page, "natero")
    send_good(desk, pair, 3)
    row(page, 3).wait_for()

    desk.stop(signal.SIGKILL)
    expect_state(page, "reconnecting")
    expect(page.locator("[data-connection-word]")).to_have_text(re.compile("^Reconnecting"))
    expect(page.locator("[data-announcer]")).to_have_text("Connection lost. Reconnecting.")
    with pytest.raises(requests.ConnectionError):
        requests.get(desk.url, timeout=5)
    assert seqs_shown(page) == [3, 2, 1]
    expect_balance(page, valid=3)

    desk.start()
    send_good(desk, pair, 2)
    expect_state(page, "live")
    row(page, 5).wait_for()
    send_good(desk, pair)
    row(page, 6).wait_for()
    assert seqs_shown(page) == [6, 5, 4, 3, 2, 1]
    expect_balance(page, valid=6)
    expect(page.locator("[data-chart-sum]")).to_have_text("6 events")

    send_good(desk, pair, 700)
    row(page, 706).wait_for()
    assert_complete(page, 706)
    expect_balance(page, valid=706)
    expect(page.locator("[data-chart-sum]")).to_have_text("706 events")


def test_an_empty_page_shows_that_it_is_not_connected(page, desk):
    open_demo(page, "usermaven")
    desk.stop(signal.SIGKILL)
    expect(page.locator("[data-empty-title]")).to_have_text("Not connected")
    page.get_by_role("button", name="Try now").wait_for()
    page.locator("[data-send-sample=valid] >> visible=true").click()
    reply = page.locator("[data-empty] [data-send-reply]")
    expect(reply).to_have_text("No reply: the server cannot be reached.")
    desk.start()
    expect(page.locator("[data-empty-title]")).to_have_text("Waiting for the first event…")
