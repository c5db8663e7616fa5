"""The Content-Security-Policy, cookies, and the effects of signing out."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser

import pytest
import requests
from playwright.sync_api import expect

from tests.support.browser import expect_balance, expect_state, open_stream, send_good, seqs_shown
from viewer.live import permission_watch


class Inline(HTMLParser):
    """Collects inline code that a strict policy would have to forbid."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        given = dict(attributes)
        is_data = given.get("type") == "application/json"
        if tag == "style" or (tag == "script" and not is_data and "src" not in given):
            self.found.append(f"<{tag}>")
        self.found += [f"{tag} {name}" for name in given if name == "style" or name[:2] == "on"]
        self.found += [f"{tag} {value}" for value in given.values() if is_script_url(value)]


def is_script_url(value: str | None) -> bool:
    return (value or "").strip().lower().startswith("javascript:")


def policy_of(answer: requests.Response) -> dict[str, set[str]]:
    directives = answer.headers["Content-Security-Policy"].split(";")
    return {words[0]: set(words[1:]) for words in map(str.split, directives)}


def assert_strict(answer: requests.Response) -> None:
    policy = policy_of(answer)
    assert policy["default-src"] == {"'none'"}
    assert policy["script-src"] == policy["style-src"] == policy["connect-src"] == {"'self'"}
    assert policy["base-uri"] == policy["frame-ancestors"] == {"'none'"}
    assert policy["form-action"] == {"'self'"}
    assert set.union(*policy.values()) <= {"'none'", "'self'", "data:"}
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def assert_nothing_inline(answer: requests.Response) -> None:
    page = Inline()
    page.feed(answer.text)
    assert page.found == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        ("/unmatched-requests/", 200),
        ("/pairs/{pair}/", 200),
        ("/pairs/0/", 404),
        ("/none", 404),
    ],
)
def test_pages_contain_nothing_inline_under_a_strict_policy(
    daphne, cookies, new_pair, path, status
):
    session = {cookie["name"]: cookie["value"] for cookie in cookies}
    url = daphne.url + path.format(pair=new_pair("natero").pk)
    answer = requests.get(url, cookies=session, timeout=10)
    assert answer.status_code == status
    assert_strict(answer)
    assert_nothing_inline(answer)


@pytest.mark.parametrize(("path", "status"), [("/sign-in/", 200), ("/sign-in/none/", 200)])
def test_pages_for_strangers_contain_nothing_inline_either(daphne, path, status):
    answer = requests.get(daphne.url + path, timeout=10)
    assert answer.status_code == status
    assert_strict(answer)
    assert_nothing_inline(answer)


def test_error_pages_contain_nothing_inline_either(daphne):
    for path in ("/sign-in/none/", "/sign-out/"):
        answer = requests.post(daphne.url + path, timeout=10)
        assert answer.status_code == 403
        assert_strict(answer)
        assert_nothing_inline(answer)


def inline_in(place: str) -> dict[str, list[str]]:
    """Template → its inline code, for templates/ and its folder for files."""
    from django.conf import settings

    folder = settings.BASE_DIR / "templates"
    found = {}
    for template in folder.rglob("*.html"):
        if (template.parent.name == "files") is (place == "files"):
            page = Inline()
            page.feed(template.read_text())
            found[str(template.relative_to(folder))] = page.found
    return found


def test_every_template_of_a_page_is_free_of_inline_scripts_and_styles():
    found = inline_in("pages")
    assert len(found) > 10
    assert {name: inline for name, inline in found.items() if inline} == {}


def test_a_downloaded_file_contains_its_style_and_no_script():
    assert inline_in("files") == {"files/report.html": ["<style>"]}


def test_the_browser_enforces_the_policy(page, complaints):
    page.goto("/")
    complaints.expect("Content Security Policy")
    page.evaluate(
        """() => {
            const script = document.createElement("script");
            script.textContent = "window.isPwned = true";
            document.body.append(script);
            document.body.setAttribute("onclick", "window.isPwned = true");
            document.body.click();
        }"""
    )
    assert page.evaluate("window.isPwned") is None
    assert any("Content Security Policy" in text for text in complaints.found)


def test_scripts_and_other_sites_cannot_read_the_session(own_page, daphne):
    cookies = {cookie["name"]: cookie for cookie in own_page.context.cookies()}
    assert set(cookies) == {daphne.session_cookie, daphne.csrf_cookie}
    for cookie in cookies.values():
        assert cookie["httpOnly"]
        assert cookie["sameSite"] == "Lax"
    assert own_page.evaluate("document.cookie") == ""


# -- signing out -----------------------------------------------------------------------------------


def test_after_signing_out_the_stream_redirects_to_sign_in(own_page, new_pair):
    pair = new_pair("natero")
    open_stream(own_page, pair)
    own_page.get_by_role("button", name="Sign out").click()
    own_page.wait_for_url(re.compile("/sign-in/$"))
    expect(own_page.get_by_role("heading", level=1)).to_have_text("Sign in")
    own_page.goto(f"/pairs/{pair.pk}/")
    expect(own_page).to_have_url(re.compile(r"/sign-in/\?next=/pairs/\d+/$"))
    own_page.go_back()
    own_page.go_back()
    expect(own_page).to_have_url(re.compile("/sign-in/"))


def test_signing_out_ends_the_feed_of_another_tab(own_page, new_pair, daphne, complaints):
    complaints.expect("status of 401")  # a request that was under way
    pair = new_pair("natero")
    open_stream(own_page, pair)
    other = own_page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    other.wait_for_url(re.compile("/sign-in/$"))
    time.sleep(permission_watch.ASKED_EVERY + 0.2)  # the end of a right is in force after that
    send_good(daphne, pair)
    expect_state(own_page, "signed-out")
    expect(own_page.get_by_role("link", name="Sign in again")).to_be_visible()
    assert seqs_shown(own_page) == []
    expect_balance(own_page)
