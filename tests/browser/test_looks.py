"""Layout at phone width, and in light and dark."""

from __future__ import annotations

import json

import pytest
from playwright.sync_api import Page, expect

from tests.support.browser import PHONE, open_event, open_stream, opened, row, send, send_good
from tests.support.http import post, send_raw

LONG = "a-rather-long-value-without-any-place-to-break-" * 4
EVENT = json.dumps(
    {"accountId": LONG, "userId": LONG, "sessionId": LONG, "action": LONG, LONG: [[1]]}
)


@pytest.fixture
def pair(new_pair, stored):
    """A key pair with a long name, events with long values, and a refused request."""
    pair = new_pair("natero")
    pair.name = f"{pair.name} {LONG}"[:100]
    pair.save(update_fields=["name"])
    return pair


@pytest.fixture
def phone(new_page, cookies, daphne, pair) -> Page:
    send(daphne, pair, EVENT, EVENT[:-1])
    send_good(daphne, pair)
    send_raw(daphne.port, post(f"/v1/wrong/{pair.api_key}", EVENT.encode(), f"User-Agent: {LONG}"))
    return new_page(daphne, cookies=cookies, viewport=PHONE, is_mobile=True, has_touch=True)


_TOO_WIDE = """() => {
  const free = ".malformed, pre, .tabs, .clip, .icons, .visually-hidden, .skip-link";
  const width = document.documentElement.clientWidth;
  const wide = [...document.querySelectorAll("body *")].filter((element) => {
    const box = element.getBoundingClientRect();
    const isSeen = box.width > 0 && element.checkVisibility();
    return isSeen && box.right > width + 1 && !element.closest(free);
  });
  const frames = [...document.querySelectorAll("html, body, [data-events], .panel-body")];
  const scrolling = frames.filter((element) => element.scrollWidth > element.clientWidth);
  return [...wide, ...scrolling].map(({ tagName, className }) => `${tagName} ${className}`);
}"""
_ONE_OVER_ANOTHER = """() => {
  const seen = [...document.querySelectorAll(".masthead :is(a, button, h1)")]
    .filter((element) => element.checkVisibility())
    .map((element) => ({ element, box: element.getBoundingClientRect() }));
  const meet = (a, b) => a.box.right > b.box.left + 1 && b.box.right > a.box.left + 1;
  const isAround = (a, b) => a.element.contains(b.element) || b.element.contains(a.element);
  return seen.flatMap((one, at) => seen.slice(at + 1)
    .filter((other) => meet(one, other) && !isAround(one, other))
    .map((other) => `${one.element.outerHTML} and ${other.element.outerHTML}`));
}"""


def assert_fits(page: Page) -> None:
    """Check that no element is wider than its frame, except those that scroll on purpose, and that
    elements of the page header do not overlap."""
    assert page.evaluate(_TOO_WIDE) == []
    assert page.evaluate(_ONE_OVER_ANOTHER) == []
    assert page.evaluate("[scrollTo(50, 0), scrollX][1]") == 0


def test_no_page_is_wider_than_a_phone(phone, pair, daphne, new_pair):
    send_raw(daphne.port, post(f"/v1/{LONG}/{LONG}", b"{}", f"User-Agent: {LONG}"))
    for path in (
        "/",
        "/unmatched-requests/",
        "/help/problems",
        "/sign-in/none/",
        f"/pairs/{pair.pk}/",
    ):
        phone.goto(path)
        assert_fits(phone)
    row(phone, 3).wait_for()
    assert_fits(phone)
    for name in ("plan", "runs", "settings", "why"):
        phone.goto(f"/pairs/{pair.pk}/{name}/")
        assert_fits(phone)
    open_stream(phone, new_pair("usermaven"))
    expect(phone.locator("[data-empty-title]")).to_be_visible()
    assert_fits(phone)


def test_the_page_of_a_signed_out_visitor_fits_a_phone(new_page, daphne):
    page = new_page(daphne, viewport=PHONE)
    page.goto("/")
    assert page.url.startswith(f"{daphne.url}/sign-in/")
    assert_fits(page)


def test_on_a_phone_the_detail_covers_the_list_with_a_way_back(phone, pair):
    open_stream(phone, pair)
    for seq in (1, 2):
        row(phone, seq).tap()
        panel = opened(phone, seq)
        assert panel.bounding_box() == {"x": 0, "y": 0, **PHONE}
        assert_fits(phone)
        phone.get_by_role("button", name="Back to the list").tap()
        expect(panel).to_be_hidden()
        expect(row(phone, seq)).to_be_in_viewport()
    row(phone, 1).tap()
    opened(phone, 1)
    phone.go_back()
    expect(panel).to_be_hidden()


def test_other_details_fit_a_phone(phone, pair):
    views = {"#refused": ".refused", "#coverage": ".coverage-name", "#send": ".send-buttons"}
    for hash_, shown in views.items():
        open_stream(phone, pair, hash_)
        phone.locator(f"#panel {shown}").first.wait_for()
        assert_fits(phone)


def test_verdict_and_problem_are_readable_on_a_phone(phone, pair):
    open_stream(phone, pair)
    for seq, verdict, message in ((3, "valid", "u-"), (1, "invalid", "“createdAt” is missing.")):
        expect(row(phone, seq).get_by_text(verdict, exact=True)).to_be_visible()
        expect(row(phone, seq).get_by_text(message).first).to_be_visible()


# -- light and dark ------------------------------------------------------------------------------

WATCH_THEME = """
  window.themes = [];
  const note = () => {
    if (document.body) window.themes.push(document.documentElement.dataset.theme ?? "none");
  };
  new MutationObserver(note).observe(document, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["data-theme"],
  });
"""


def lightness(page: Page) -> float:
    """The lightness of the painted background, from 0 to 255."""
    colour = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    red, green, blue = (float(part) for part in colour[4:-1].split(","))
    return (red + green + blue) / 3


def test_the_theme_is_kept_and_no_other_flashes_before_it(page, new_pair):
    open_stream(page, new_pair("natero"))
    page.keyboard.press("t")
    page.keyboard.press("t")
    page.add_init_script(WATCH_THEME)
    page.reload()
    expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert set(page.evaluate("window.themes")) == {"dark"}
    page.goto("/")
    assert set(page.evaluate("window.themes")) == {"dark"}
    assert lightness(page) < 64


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_without_a_choice_the_systems_theme_applies(new_page, daphne, cookies, scheme, is_dark):
    page = new_page(daphne, cookies=cookies, color_scheme=scheme)
    page.goto("/")
    expect(page.locator("html")).to_have_attribute("data-theme", "system")
    assert (lightness(page) < 128) is is_dark


def test_a_choice_overrides_the_system(new_page, daphne, cookies):
    page = new_page(daphne, cookies=cookies, color_scheme="dark")
    page.goto("/")
    page.keyboard.press("t")
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    assert lightness(page) > 192


_CONTRAST = """() => {
  const context = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const rgb = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    return [...context.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => {
    const [r, g, b] = rgb(colour).map((part) => part / 255)
      .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const groundOf = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const { backgroundColor } = getComputedStyle(at);
      if (rgb(backgroundColor)[3] === 255) return backgroundColor;
    }
    return "white";
  };
  const texts = [...document.querySelectorAll("body *")].filter((element) =>
    element.checkVisibility() && element.getClientRects().length
    && !element.closest(".visually-hidden, .skip-link, :disabled")
    && [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const poor = [];
  for (const element of texts) {
    const [a, b] = [light(getComputedStyle(element).color), light(groundOf(element))];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const text = element.textContent.trim().slice(0, 30);
    if (ratio < 4.5) poor.push(`${element.className} “${text}” ${ratio.toFixed(2)}`);
  }
  return poor;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_has_enough_contrast(new_page, daphne, cookies, pair, scheme):
    send(daphne, pair, EVENT, EVENT[:-1])
    page = new_page(daphne, cookies=cookies, color_scheme=scheme)
    open_stream(page, pair)
    for seq in (1, 2):
        open_event(page, seq)
        assert_contrast(page)
    page.keyboard.press("e")
    expect(page.locator(".editor .problem").first).to_be_visible()
    assert_contrast(page)
    page.goto("/help/problems#missing-comma")
    assert_contrast(page)


def assert_contrast(page: Page) -> None:
    assert [text for text in page.evaluate(_CONTRAST) if not is_decoration(text)] == []


def is_decoration(text: str) -> bool:
    """Separators between numbers, brackets and commas carry no information of their own."""
    return text.startswith(("sign ", "tree-mark ", "place-caret "))
