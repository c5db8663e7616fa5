"""One page explains every code, each with an example that has the fault."""

from __future__ import annotations

import re

import pytest
import requests

from ingest.messages import GROUPS, SENTENCES, MessageTemplate
from tests.browser.test_safety import assert_nothing_inline, assert_strict
from viewer.onboarding.problem_help import example_result, help_entry


def test_every_message_has_an_example():
    with pytest.raises(TypeError, match="example"):
        MessageTemplate("This is wrong.", "Do it right.")  # type: ignore[call-arg]
    assert [code for code in SENTENCES if not SENTENCES[code].example.strip()] == []


def test_every_code_is_in_one_group():
    assert sum(map(len, GROUPS.values())) == len(SENTENCES)


@pytest.mark.parametrize("code", [code for code in SENTENCES if SENTENCES[code].args is None])
def test_an_example_has_its_fault(code):
    assert example_result(code, SENTENCES[code].example)


@pytest.mark.parametrize("code", SENTENCES)
def test_an_example_is_readable(code):
    entry = help_entry(code, SENTENCES[code])
    sentences = entry.words["message"] + entry.words["hint"].replace('{"name": value, …}', "")
    assert "…" not in sentences.replace("name=value&…", "").replace("AUT…KEY", "")
    assert "the event”" not in sentences
    assert entry.before + entry.place + entry.after in (
        SENTENCES[code].example,
        SENTENCES[code].example + " ",
    )


@pytest.fixture(scope="module")
def page(daphne):
    return requests.get(f"{daphne.url}/help/problems", timeout=10)


def test_the_page_explains_every_code_to_any_visitor(page):
    assert page.status_code == 200
    ids = re.findall(r'<article class="entry" id="([^"]+)"', page.text)
    assert sorted(ids) == sorted(SENTENCES)
    for code in SENTENCES:
        # from the contents, and from the entry itself
        assert page.text.count(f'href="#{code}"') == 2


def test_the_page_tells_an_error_of_the_vendor_from_one_of_the_plan(page):
    of_vendor, of_plan = re.findall(r"<li>(A rule of .*?)</li>", " ".join(page.text.split()))
    assert "the vendor discards the event" in of_vendor
    assert "your tracking plan" in of_plan
    assert "accepts the event" in of_plan
    assert "discards" not in of_plan


def test_the_page_is_strict_and_safe(page):
    assert_strict(page)
    assert_nothing_inline(page)
    assert "html&gt;&lt;body&gt;" in page.text


def test_it_is_the_same_for_a_signed_in_user(daphne, cookies, page):
    session = {cookie["name"]: cookie["value"] for cookie in cookies}
    own = requests.get(f"{daphne.url}/help/problems", cookies=session, timeout=10)
    assert "Sign out" in own.text
    assert own.text.split("<main")[1] == page.text.split("<main")[1]
