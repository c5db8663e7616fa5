"""Each fault is marked at its location, with an explanation and a remedy."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Locator, expect

from tests.support.browser import cell, open_event, open_stream, row, send

NOW = 1_795_227_547_189
GOOD = {
    "accountId": "acme",
    "userId": "u-17",
    "createdAt": NOW,
    "action": "sessionIdle",
    "sessionId": "s-1",
}
MISSING_FIELD = json.dumps({name: GOOD[name] for name in GOOD if name != "accountId"})
WRONG_TYPE = json.dumps(GOOD | {"userId": 17, "createdAt": f"{NOW}"})
BROKEN = json.dumps(GOOD).replace('"u-17",', '"ü-17"')
BATCH = (json.dumps(GOOD), MISSING_FIELD, WRONG_TYPE, BROKEN)

VENDOR_EXAMPLE = """{
  "api_key": "UMaugVPOWz", // your API key
  "event_type": "pageview",
  "user": {"anonymous_id": "lfwmc92j6t", "id": "u-17"},
  "src": "http"
  "url": "https://example.com/pricing",
}"""
EVENTBUNKER_EXAMPLE = """{
"event_name": "my_first_event_name",
"timestamp": "2021-06-26T14:48:00.000",
"customer_identifier": "your_app_customer_id",
"example_string_field": "abc.com",
"example_number_field": 123,
"example_array_field": ["cat", "dog"]
"example_bool_field": true
}"""


@pytest.fixture
def batch(page, daphne, new_pair):
    """The page of a stream that contains BATCH."""
    pair = new_pair("natero")
    open_stream(page, pair)
    assert send(daphne, pair, *BATCH).status == 200
    row(page, 4).wait_for()
    return page


def field_of(panel: Locator, text: str) -> Locator:
    """The row of the tree with this text."""
    return panel.locator(".tree-row").filter(has_text=text)


def level_of(tree_row: Locator) -> str:
    return tree_row.evaluate("row => row.style.getPropertyValue('--level')")


def note_below(tree_row: Locator) -> Locator:
    return tree_row.locator("xpath=following-sibling::li[1][contains(@class, 'tree-note')]")


def hint_of(panel: Locator, message: str) -> Locator:
    return panel.locator(".problem").filter(has_text=message).locator(".problem-hint")


def places_of(panel: Locator) -> list[list[str]]:
    """[number, text left of the mark, the marked character] of each mark."""
    return panel.evaluate(
        """(panel) => [...panel.querySelectorAll(".place")].map((place) => {
            const line = place.closest(".malformed-line");
            const range = document.createRange();
            range.setStart(line.querySelector(".malformed-text"), 0);
            range.setEndBefore(place);
            const left = range.cloneContents();
            left.querySelectorAll(".place-caret").forEach((caret) => caret.remove());
            return [
                line.querySelector(".malformed-number").textContent,
                left.textContent,
                place.querySelector(".place-character").textContent,
            ];
        })"""
    )


def assert_caret_below(panel: Locator) -> None:
    character = panel.locator(".place-character").bounding_box()
    caret = panel.locator(".place-caret").bounding_box()
    assert caret["y"] >= character["y"] + character["height"] / 2
    middle = character["x"] + character["width"] / 2
    assert abs(caret["x"] + caret["width"] / 2 - middle) < 2


# -- the list ----------------------------------------------------------------------------------


def test_rows_show_verdict_by_icon_and_word_and_the_first_problem(batch):
    for seq, verdict in enumerate(["valid", "invalid", "invalid", "malformed"], 1):
        expect(row(batch, seq)).to_have_attribute("data-verdict", verdict)
        expect(cell(batch, seq, "word")).to_have_text(verdict)
        expect(cell(batch, seq, "word")).to_be_visible()
        icon = cell(batch, seq, "verdict")
        expect(icon.locator("use")).to_have_attribute("href", f"#icon-{verdict}")
        expect(icon).to_be_visible()
    expect(cell(batch, 1, "problem")).to_be_empty()
    expect(cell(batch, 1, "more")).to_be_hidden()
    expect(cell(batch, 2, "problem")).to_have_text("“accountId” is missing.")
    expect(cell(batch, 2, "more")).to_be_hidden()
    expect(cell(batch, 3, "problem")).to_have_text(
        "“createdAt” is a number in quotes, but must be a bare number."
    )
    expect(cell(batch, 3, "more")).to_have_text("+1")
    expect(cell(batch, 4, "problem")).to_have_text('A comma is missing after "ü-17".')


# -- an opened event ----------------------------------------------------------------------------


def test_a_missing_field_is_a_ghost_row_within_its_object(batch):
    panel = open_event(batch, 2)
    expect(panel.locator(".tree-row")).to_have_count(7)
    ghost = panel.locator(".tree-row[data-kind=ghost]")
    expect(ghost).to_have_text('"accountId"missing')
    expect(ghost).to_have_attribute("data-severity", "error")
    assert level_of(ghost) == level_of(field_of(panel, '"userId"')) == "1"
    expect(panel.locator(".tree-row").last).to_have_text("}")
    expect(note_below(ghost)).to_have_text("“accountId” is missing.")
    expect(hint_of(panel, "is missing")).to_have_text("Add “accountId” (a string) to this event.")
    expect(panel.locator(".problem-basis")).to_have_text("documented by the vendor")

    panel = open_event(batch, 1)
    expect(panel.locator("[data-slot=no-problems]")).to_have_text("No problems found.")
    expect(panel.locator(".problem, .tree-row[data-severity], .tree-note")).to_have_count(0)


def test_a_wrong_type_is_marked_at_its_field_with_the_remedy(batch):
    panel = open_event(batch, 3)
    expect(panel.locator(".tree-row[data-severity]")).to_have_count(2)
    user = field_of(panel, '"userId"')
    expect(user).to_have_text('"userId": 17,')
    expect(user).to_have_attribute("data-severity", "error")
    expect(note_below(user)).to_have_text("“userId” is a number, but must be a string.")
    expect(hint_of(panel, "“userId”")).to_have_text('Put it in quotes: "17".')
    created = field_of(panel, '"createdAt"')
    expect(note_below(created)).to_have_text(
        "“createdAt” is a number in quotes, but must be a bare number."
    )
    expect(hint_of(panel, "“createdAt”")).to_have_text(f"Send {NOW} without the quotes.")
    background = "row => getComputedStyle(row).backgroundColor"
    assert user.evaluate(background) != field_of(panel, '"sessionId"').evaluate(background)


def test_a_broken_line_has_a_caret_under_the_location(batch):
    panel = open_event(batch, 4)
    left = BROKEN[: BROKEN.index('"ü-17"') + len('"ü-17"')]
    assert places_of(panel) == [["", left, BROKEN[len(left)]]]
    expect(panel.locator(".malformed-text")).to_have_text(
        f"{BROKEN[: len(left) + 1]}▲{BROKEN[len(left) + 1 :]}"
    )
    expect(panel.locator(".problem code")).to_have_text(f"character {len(left) + 1}")
    expect(hint_of(panel, "A comma is missing")).to_have_text("Put a “,” at the mark.")
    assert_caret_below(panel)


# -- the other dialects ------------------------------------------------------------------------


def test_nested_missing_fields_are_ghosts_inside_their_object(page, daphne, new_pair):
    pair = new_pair("usermaven")
    user = {"anonymous_id": "a-1", "plan": "pro"}
    event = {"api_key": pair.api_key, "event_type": "user_identify", "user": user, "src": "x"}
    assert send(daphne, pair, json.dumps([event])).status == 200
    open_stream(page, pair)
    panel = open_event(page, 1)
    texts = panel.locator(".tree-row").all_inner_texts()
    start, end = texts.index('"user": {'), texts.index("},")
    ghosts = panel.locator(".tree-row[data-kind=ghost]")
    assert sorted(ghosts.all_inner_texts()) == [
        '"created_at"missing',
        '"email"missing',
        '"id"missing',
    ]
    assert set(ghosts.all_inner_texts()) <= set(texts[start:end])
    assert {level_of(ghost) for ghost in ghosts.all()} == {
        level_of(field_of(panel, '"anonymous_id"'))
    }
    lost = field_of(panel, '"plan"')
    expect(lost).to_have_attribute("data-severity", "warning")
    expect(row(page, 1)).to_have_attribute("data-verdict", "warning")


def test_the_documented_curl_body_of_eventbunker_is_marked_after_its_array(page, daphne, new_pair):
    pair = new_pair("eventbunker")
    assert send(daphne, pair, EVENTBUNKER_EXAMPLE).status == 400
    open_stream(page, pair)
    expect(cell(page, 1, "problem")).to_have_text('A comma is missing after "dog"].')
    expect(cell(page, 1, "status")).to_have_text("400")
    panel = open_event(page, 1)
    ((number, left, character),) = places_of(panel)
    assert (number, left) == ("7", '"example_array_field": ["cat", "dog"]')
    assert character in ("", "␊")
    assert_caret_below(panel)
    expect(panel.locator("[data-slot=refusal]")).to_contain_text("The sender got 400")


def test_the_vendors_example_with_three_faults_has_three_marks(page, daphne, new_pair):
    pair = new_pair("usermaven")
    assert send(daphne, pair, VENDOR_EXAMPLE).status == 400
    open_stream(page, pair)
    expect(cell(page, 1, "more")).to_have_text("+2")
    panel = open_event(page, 1)
    messages = panel.locator(".problem-message").all_inner_texts()
    assert messages[0].startswith("A comment")
    assert messages[1] == 'A comma is missing after "http".'
    assert messages[2] == "A comma with nothing after it before “}”."
    places = [(number, left) for number, left, _ in places_of(panel)]
    assert places == [
        ("2", '  "api_key": "UMaugVPOWz", '),
        ("5", '  "src": "http"'),
        ("6", '  "url": "https://example.com/pricing"'),
    ]


def test_a_problem_in_the_list_links_to_its_location(page, daphne, new_pair):
    pair = new_pair("natero")
    filler = {f"property_{number}": number for number in range(300)}
    assert send(daphne, pair, json.dumps(filler | GOOD | {"userId": 17})).status == 200
    open_stream(page, pair)
    panel = open_event(page, 1)
    panel.locator(".problem").filter(has_text="“userId”").click()
    expect(field_of(panel, '"userId"')).to_be_in_viewport()
