"""Unmatched requests are shown without their keys."""

from __future__ import annotations

import requests
from playwright.sync_api import expect

from tests.support.http import post, send_raw

AUTH_KEY = "5e11e2c0ffee5e11e2c0ffee5e11e2c0"
API_KEY = "0ddba11c0ffee0ddba11c0ffee0ddba1"


def test_an_unknown_key_is_shown_masked_with_its_reason(page, daphne):
    send_raw(daphne.port, post(f"/v1/{AUTH_KEY}/{API_KEY}", b'{"accountId":"a"}'))
    page.goto("/unmatched-requests/")
    newest = page.locator("tbody tr").first
    expect(newest.locator("code").first).to_have_text("POST /v1/5e1…2c0/0dd…ba1")
    expect(newest.locator(".log-why")).to_contain_text("No key pair has these keys.")
    assert AUTH_KEY not in page.content()
    assert API_KEY not in page.content()


def test_keys_in_query_and_header_are_masked_too(page, daphne):
    agent = {"User-Agent": "client/1.0"}
    token = f"{API_KEY}.{AUTH_KEY}"
    requests.post(f"{daphne.url}/api/v1/event?token={token}", b"[{}]", headers=agent, timeout=10)
    bearer = {**agent, "Authorization": f"Bearer {token}"}
    requests.post(f"{daphne.url}/api/v1/event", b"[{}]", headers=bearer, timeout=10)
    header = {**agent, "x-eventbunker-write-key": API_KEY}
    requests.post(f"{daphne.url}/post", b"{}", headers=header, timeout=10)
    page.goto("/unmatched-requests/")
    expect(page.locator("tbody tr").nth(2)).to_contain_text("client/1.0")
    assert AUTH_KEY not in page.content()
    assert API_KEY not in page.content()


def test_the_list_of_key_pairs_counts_them(page, daphne):
    send_raw(daphne.port, post(f"/v1/{AUTH_KEY}/{API_KEY}", b"{}"))
    page.goto("/")
    page.get_by_role("link", name="unmatched request").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Unmatched requests")


def test_staff_see_which_two_pairs_the_keys_belong_to(page, daphne, new_pair):
    one, other = new_pair("natero"), new_pair("natero")
    send_raw(daphne.port, post(f"/v1/{other.auth_key}/{one.api_key}", b"{}"))
    page.goto("/unmatched-requests/")
    why = page.locator("tbody tr").first.locator(".log-why")
    expect(why).to_contain_text("The two keys belong to different key pairs.")
    expect(why).to_contain_text(f"{one.name} and {other.name}")
