"""A page whose server is killed and started again misses nothing."""

from __future__ import annotations

import re
import signal
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
import requests
from playwright.sync_api import expect

from tests.browser import (
    assert_complete,
    expect_balance,
    expect_state,
    row,
    send_good,
    seqs_shown,
)
from tests.server import Server


@pytest.fixture
def desk(tmp_path) -> Iterator[Server]:
    server = Server("daphne", tmp_path).start()
    yield server
    server.stop()


@pytest.fixture
def pair(desk: Server) -> SimpleNamespace:
    """The demo pair, as the greeting prints it."""
    auth_key, api_key = re.search(r"POST http\S+/v1/(\w+)/(\w+)", desk.log).groups()
    return SimpleNamespace(dialect="natero", api_key=api_key, auth_key=auth_key)


@pytest.fixture
def page(desk, new_page, complaints):
    """The demo pair's page; losing its server is expected."""
    for words in ("WebSocket connection", "ERR_CONNECTION_REFUSED"):
        complaints.expect(words)
    page = new_page(desk)
    page.goto(re.search(r"http\S+/sign-in/\S+", desk.log).group())
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("link", name="demo natero").click()
    expect_state(page, "live")
    return page


def test_after_sigkill_and_a_new_start_no_number_is_missing(page, desk, pair):
    send_good(desk, pair, 3)
    row(page, 3).wait_for()

    desk.stop(signal.SIGKILL)
    expect_state(page, "reconnecting")
    expect(page.locator("[data-connection-word]")).to_have_text(re.compile("^Reconnecting"))
    expect(page.locator("[role=status]")).to_have_text("Connection lost. Reconnecting.")
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

    desk.stop(signal.SIGKILL)
    expect_state(page, "reconnecting")
    desk.start()
    send_good(desk, pair, 700)
    row(page, 706).wait_for()
    assert_complete(page, 706)
    expect_balance(page, valid=706)


def test_an_empty_page_says_that_it_is_not_connected(page, desk):
    desk.stop(signal.SIGKILL)
    expect(page.locator("[data-empty-title]")).to_have_text("Not connected")
    page.get_by_role("button", name="Try now").wait_for()
    page.locator("[data-send-sample=valid] >> visible=true").click()
    reply = page.locator("[data-empty] [data-send-reply]")
    expect(reply).to_have_text("No reply: the server cannot be reached.")
    desk.start()
    expect(page.locator("[data-empty-title]")).to_have_text("Waiting for the first event…")
