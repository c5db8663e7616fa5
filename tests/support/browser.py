"""Chromium and shared functions for tests of pages. conftest.py loads this module as a plugin."""

from __future__ import annotations

import asyncio
import re
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect, sync_playwright

from tests.support.http import Answer, send_raw
from tests.support.server import ROOT, Server
from tests.support.vendors import VENDORS, fresh
from tests.support.visitor import Visitor, sign_in

ARGUMENTS = [
    "--no-sandbox",  # tests may run as root
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # Chromium's own pages, which each new window would load although these tests never use the
    # address bar; then the features that Playwright disables, because this switch replaces
    # Playwright's.
    "--disable-features=WebUIOmniboxPopup,WebUIOmniboxAimPopup,WebUIOmniboxFullPopup,"
    "AvoidUnnecessaryBeforeUnloadCheckSync,DestroyProfileOnBrowserClose,HttpsUpgrades,"
    "HttpsFirstBalancedModeAutoEnable,LensOverlay,MediaRouter,PaintHolding,"
    "ThirdPartyStoragePartitioning,AvoidCorsURLLoaderRestartOnRedirect,"
    "TcpPortRandomizationWin,OptimizationHints,NetworkTimeServiceQuerying,AimEnabled,"
    "PreconnectToSearch",
]
DESK = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
TERMS = ("received", "valid", "warning", "invalid", "malformed", "refused")

LOST_CONNECTION = [
    "WebSocket connection",
    "net::ERR_CONNECTION_REFUSED",
    "net::ERR_CONNECTION_RESET",
    "net::ERR_CONNECTION_CLOSED",
    "net::ERR_EMPTY_RESPONSE",
    "net::ERR_INCOMPLETE_CHUNKED_ENCODING",
    "net::ERR_CONTENT_LENGTH_MISMATCH",
]

TIMEOUT = 10_000  # milliseconds: generous, for a loaded machine
expect.set_options(timeout=TIMEOUT)


class Pair(Protocol):
    """A key pair as tests use it: the model, or the output of a server."""

    pk: int
    dialect: str
    api_key: str
    auth_key: str


@dataclass
class Complaints:
    """Complaints of pages: console errors (including violations of the CSP), exceptions, dialogs.
    A test fails for each one that it did not expect."""

    found: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)

    def expect(self, words: str) -> None:
        self.expected.append(words)

    def expect_lost_connection(self) -> None:
        """The messages of Chromium while a server is stopped. Which of them it writes depends on
        what the page is requesting at that moment."""
        self.expected += LOST_CONNECTION

    def watch(self, context: BrowserContext) -> None:
        for event, handler in self._handlers.items():
            context.on(event, handler)

    def unwatch(self, context: BrowserContext) -> None:
        for event, handler in self._handlers.items():
            context.remove_listener(event, handler)

    @property
    def _handlers(self) -> dict[Any, Callable[[Any], None]]:
        return {"console": self._console, "weberror": self._error, "dialog": self._dialog}

    def _error(self, error: Any) -> None:
        self.found.append(f"exception: {error.error}")

    def _console(self, message: Any) -> None:
        if message.type in ("error", "warning"):
            where = f"{message.page.url if message.page else ''} {message.location.get('url', '')}"
            self.found.append(f"{message.type}: {message.text} ({where})")

    def _dialog(self, dialog: Any) -> None:
        self.found.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def unexpected(self) -> list[str]:
        return [text for text in self.found if not any(words in text for words in self.expected)]


@pytest.fixture(scope="session")
def chromium() -> Iterator[tuple[Browser, asyncio.AbstractEventLoop]]:
    """One browser for the whole run. Playwright leaves its event loop marked as running in this
    thread; the mark is hidden from tests that do not use the browser."""
    program = shutil.which("chromium")
    if program is None:
        pytest.fail("Chromium is missing, and pages are tested in it: apt-get install chromium.")
    if _is_stale():
        pytest.fail("Files in static/ are newer than what servers serve: run make install.")
    playwright = sync_playwright().start()
    loop = asyncio.get_running_loop()
    launched = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
    asyncio._set_running_loop(None)
    yield launched, loop
    asyncio._set_running_loop(loop)
    launched.close()
    playwright.stop()
    asyncio._set_running_loop(None)


@pytest.fixture
def browser(chromium, monkeypatch: pytest.MonkeyPatch) -> Iterator[Browser]:
    launched, loop = chromium
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # the only loop is Playwright's
    asyncio._set_running_loop(loop)
    yield launched
    asyncio._set_running_loop(None)


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@dataclass
class Shared:
    """A browser context that several tests use one after the other, so that the page's modules are
    fetched only once. All other state is cleared between tests."""

    url: str
    options: dict[str, Any]
    context: BrowserContext
    is_used: bool = False

    def forget(self) -> None:
        page = self.context.new_page()
        for other in self.context.pages:
            if other != page:
                other.close()
        ahead = page.evaluate("Date.now()") - time.time() * 1_000
        assert abs(ahead) < 60_000, "a clock was set that other tests share: use new_page(own=True)"
        what = {"origin": self.url, "storageTypes": "local_storage,session_storage,indexeddb"}
        self.context.new_cdp_session(page).send("Storage.clearDataForOrigin", what)
        page.close()
        self.context.set_offline(False)
        self.context.unroute_all()
        self.context.clear_permissions()
        self.context.clear_cookies()
        self.is_used = False


@pytest.fixture(scope="session")
def shared(chromium) -> Iterator[list[Shared]]:
    """The contexts of this run, created on demand: one for each server and its options, and more
    for tests with several pages."""
    contexts: list[Shared] = []
    yield contexts
    _, loop = chromium
    asyncio._set_running_loop(loop)
    for one in contexts:
        one.context.close()
    asyncio._set_running_loop(None)


def _context(browser: Browser, server: Server, options: dict[str, Any]) -> BrowserContext:
    options = {"viewport": DESK, "reduced_motion": "reduce", **options}
    context = browser.new_context(base_url=server.url, **options)
    context.set_default_timeout(TIMEOUT)
    return context


@pytest.fixture
def new_page(
    browser: Browser, complaints: Complaints, data_dir: Path, shared: list[Shared]
) -> Iterator[Callable[..., Page]]:
    """Open a page that shares no state with the other pages of the test: `new_page(server,
    viewport=PHONE)`. With `own=True` it shares none with later tests either, for example because
    it sets the clock."""
    contexts: list[BrowserContext] = []

    def make(server: Server, *, cookies: list[Any] = (), own: bool = False, **options: Any) -> Page:
        viewport = options.pop("viewport", DESK)
        permissions = options.pop("permissions", [])
        if own or server.data_dir != data_dir:  # one that other tests do not use
            context = _context(browser, server, options)
            contexts.append(context)
        else:
            one = _unused(shared, server.url, options)
            if one is None:
                one = Shared(server.url, options, _context(browser, server, options))
                shared.append(one)
            one.is_used = True
            context = one.context
        complaints.watch(context)
        context.add_cookies([_for_port(cookie, server.port) for cookie in cookies])
        context.grant_permissions(permissions)
        page = context.new_page()
        page.set_viewport_size(viewport)
        return page

    yield make
    for one in shared:
        if one.is_used:
            complaints.unwatch(one.context)
            one.forget()
    for context in contexts:
        context.close()
    assert complaints.unexpected == []


def _unused(shared: list[Shared], url: str, options: dict[str, Any]) -> Shared | None:
    fitting = (one for one in shared if (one.url, one.options) == (url, options))
    return next((one for one in fitting if not one.is_used), None)


@pytest.fixture(scope="session")
def cookies(daphne: Server) -> list[dict[str, str]]:
    """The cookies of a signed-in user. Servers on the same data share their sessions."""
    return cookies_of(sign_in(daphne))


def _for_port(cookie: dict[str, str], port: int) -> dict[str, str]:
    """Rename the cookies: their names contain the server's port."""
    return cookie | {"name": re.sub(r"_\d+$", f"_{port}", cookie["name"])}


def cookies_of(visitor: Visitor) -> list[dict[str, str]]:
    return [
        {"name": cookie.name, "value": cookie.value or "", "url": "http://127.0.0.1"}
        for cookie in visitor.http.cookies
    ]


@pytest.fixture
def page(new_page, cookies, daphne: Server) -> Page:
    """A page of a signed-in user, served by Daphne."""
    return new_page(daphne, cookies=cookies)


@pytest.fixture
def own_page(new_page, daphne: Server, stored) -> Page:
    """A page of a user with a separate session, which the test can end."""
    from viewer.accounts.sign_in import new_sign_in_link

    page = new_page(daphne)
    page.goto(urlsplit(new_sign_in_link()).path)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{daphne.url}/")
    return page


def _is_stale() -> bool:
    served = (ROOT / ".static" / "staticfiles.json").stat().st_mtime
    files = [path for path in (ROOT / "static").rglob("*") if path.is_file()]
    return any(path.stat().st_mtime > served for path in files)


# -- senders ---------------------------------------------------------------------------------


def send(server: Server, pair: Pair, *bodies: bytes | str) -> Answer:
    """Deliver lines, or one body, in the protocol of the pair's vendor."""
    body = b"\n".join(text.encode() if isinstance(text, str) else text for text in bodies)
    deliver = VENDORS[pair.dialect].deliver
    return send_raw(server.port, deliver(pair.api_key, pair.auth_key, body))


def send_good(server: Server, pair: Pair, count: int = 1) -> None:
    """Send valid Natero events in one request."""
    assert send(server, pair, *(fresh() for _ in range(count))).status == 200


# -- the live page -----------------------------------------------------------------------------


def open_stream(page: Page, pair: Pair, hash_: str = "") -> None:
    page.goto(f"/pairs/{pair.pk}/{hash_}")
    expect_state(page, "live")


def expect_state(page: Page, state: str) -> None:
    expect(page.locator("[data-connection]")).to_have_attribute("data-state", state)


def row(page: Page, seq: int) -> Locator:
    return page.locator(f".row-event[data-seq='{seq}']")


def cell(page: Page, seq: int, name: str) -> Locator:
    return row(page, seq).locator(f"[data-cell='{name}']")


def open_event(page: Page, seq: int) -> Locator:
    """Open the panel with the event's content."""
    row(page, seq).click()
    return opened(page, seq)


def opened(page: Page, seq: int) -> Locator:
    panel = page.locator("#panel")
    expect(panel.locator(".panel-seq")).to_have_text(f"No. {seq:,}")
    expect(panel.locator("[data-slot=content] :is(.tree, .malformed)")).to_be_visible()
    return panel


def expect_balance(page: Page, **terms: int) -> None:
    """Check these terms of the balance, that all others are 0, and that the sum matches."""
    wanted = {"received": sum(n for term, n in terms.items() if term != "refused"), **terms}
    for term in TERMS:
        shown = page.locator(f"[data-term={term}]")
        expect(shown).to_have_text(f"{wanted.get(term, 0):,}")


def seqs_shown(page: Page) -> list[int]:
    """Numbers of the drawn events in visual order, from top to bottom."""
    return page.evaluate(
        """() => [...document.querySelectorAll(".row-event")]
            .sort((a, b) => a.ariaRowIndex - b.ariaRowIndex)
            .map((row) => Number(row.dataset.seq))"""
    )


def scroll_to_end(page: Page) -> None:
    """Scroll down to the end mark while older events load."""
    _scroll_until(page, page.locator(".row-end"), "grid.scrollHeight")


def scroll_to_start(page: Page, newest: int) -> None:
    """Scroll up to the newest event while newer events load."""
    _scroll_until(page, row(page, newest), "0")


def _scroll_until(page: Page, shown: Locator, top: str) -> None:
    grid = page.locator("[data-events]")
    deadline = time.monotonic() + 6 * TIMEOUT / 1_000
    while not shown.count():
        assert time.monotonic() < deadline, "what was scrolled to did not come"
        grid.evaluate(f"grid => {{ grid.scrollTop = {top}; }}")
        page.wait_for_timeout(20)
    shown.scroll_into_view_if_needed()


_WHOLE_LIST = """async () => {
  const grid = document.querySelector("[data-events]");
  const found = new Map();
  const count = grid.ariaRowCount;
  for (let top = 0; ; top += grid.clientHeight) { // rows are drawn beyond it, too
    grid.scrollTop = top;
    await new Promise(requestAnimationFrame); // scroll events come before it
    for (const row of grid.querySelectorAll("[data-rows] > .row")) {
      const words = row.querySelector("[data-cell=words]")?.textContent ?? "";
      found.set(Number(row.ariaRowIndex), [row.dataset.kind, row.dataset.seq, words]);
    }
    if (top + grid.clientHeight >= grid.scrollHeight) break;
  }
  grid.scrollTop = 0;
  // a gap loaded as it was passed, or a row was not drawn yet: the head is one of those counted
  if (grid.ariaRowCount !== count || found.size !== Number(count) - 1) return null;
  return [...found].sort(([a], [b]) => a - b).map(([, row]) => row);
}"""
_KEPT = re.compile(r"The first event kept is No. ([\d,]+);")
_RANGE = re.compile(r"\(([\d,]+)(?: to ([\d,]+))?\)")


def whole_list(page: Page) -> list[tuple[str, int, int]]:
    """(kind, from, to) of every row, newest first, collected by scrolling; the list must be at
    rest. The end mark represents the events that were pruned below all others, possibly none."""
    rows = []
    for kind, seq, words in _scroll_through(page):
        first = last = int(seq)
        if kind == "gap":
            ends = _RANGE.search(words)
            assert ends, words
            numbers = [int(end.replace(",", "")) for end in ends.groups() if end]
            first, last = numbers[0], numbers[-1]
        if kind == "end":
            kept = _KEPT.search(words)
            first, last = 1, int(kept[1].replace(",", "")) - 1 if kept else 0
        rows.append((kind, first, last))
    return rows


def _scroll_through(page: Page) -> list[tuple[str, str, str]]:
    for _ in range(20):
        found: list[tuple[str, str, str]] | None = page.evaluate(_WHOLE_LIST)
        if found is not None:
            return found
    raise AssertionError("the list did not come to rest")


def assert_complete(page: Page, last: int) -> None:
    """Check that events and gaps cover every number from `last` down to 1 exactly once."""
    rows = whole_list(page)
    assert rows[0][2] == last
    assert rows[-1][1] == 1
    assert [(above, below) for above, below in pairwise(rows) if above[1] != below[2] + 1] == []
