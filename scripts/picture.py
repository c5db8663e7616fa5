"""make picture: take the README's screenshots of the live page from a running server.

Starts a temporary server, creates a key pair with an hour of realistic traffic, faults included,
and takes screenshots in Chromium at desktop width, light and dark.
"""

from __future__ import annotations

import json
import random
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from bench.chromium import link_of
from tests.support.browser import ARGUMENTS
from tests.support.http import post, send_raw
from tests.support.server import ROOT, Server

PICTURES = ROOT / "docs"
SIZE = {"width": 1360, "height": 850}
SECONDS = 20  # of traffic before the screenshot
PEOPLE = ("ada", "grace", "edsger", "barbara", "donald", "katherine", "alan", "radia")
ACCOUNTS = ("acme", "globex", "initech", "umbrella")
FEATURES = ("Add widget", "Share report", "Export CSV", "Invite teammate")


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="picture-") as directory:
        server = Server("uvicorn", Path(directory)).start()
        try:
            pair = _new_pair(server)
            _traffic(server, pair)
            with sync_playwright() as playwright:
                program = shutil.which("chromium")
                browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
                state = _signed_in(browser, server)
                for theme in ("light", "dark"):
                    _take(browser, server, pair, state, theme)
                browser.close()
        finally:
            server.stop()


def _new_pair(server: Server) -> dict[str, Any]:
    output = server.manage("keypair", "add", "Acme web 4.2", "--dialect", "natero", "--json")
    pair: dict[str, Any] = json.loads(output)
    return pair


def _traffic(server: Server, pair: dict[str, Any]) -> None:
    chance = random.Random(7)
    path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
    send_raw(server.port, post(f"/v1/{pair['api_key']}/{pair['auth_key']}", b"{}"))
    for _ in range(SECONDS * 4):
        lines = [_line(chance) for _ in range(chance.choice((1, 1, 2, 5)))]
        send_raw(server.port, post(path, "\n".join(lines).encode()))
        time.sleep(chance.uniform(0.1, 0.4))
    for line in _last_lines(chance):
        send_raw(server.port, post(path, line.encode()))


def _line(chance: random.Random) -> str:
    event = _event(chance)
    fault = chance.random()
    if fault < 0.05:
        event["total"] = str(event.get("total", 1))
    elif fault < 0.08:
        event["action"] = "clicked"
    elif fault < 0.10:
        del event["accountId"]
    text = json.dumps(event)
    return text.replace('", "user', '" "user') if 0.10 <= fault < 0.13 else text


def _event(chance: random.Random) -> dict[str, Any]:
    person = chance.choice(PEOPLE)
    event: dict[str, Any] = {
        "accountId": chance.choice(ACCOUNTS),
        "userId": f"{person}@{chance.choice(ACCOUNTS)}.example",
        "createdAt": time.time_ns() // 1_000_000 - chance.randint(0, 900),
        "sessionId": f"s-{chance.randint(100, 140)}",
    }
    kind = chance.random()
    if kind < 0.5:
        feature = chance.choice(FEATURES)
        return event | {
            "action": "feature",
            "product": "Web",
            "module": "Dashboard",
            "feature": feature,
            "total": 1,
        }
    if kind < 0.8:
        return event | {"action": "sessionSync", "activeDuration": chance.randint(1, 60) * 1000}
    return event | {"action": "moduleEnd", "module": "Reports", "timeSpent": 45_000}


def _last_lines(chance: random.Random) -> list[str]:
    """The newest events: valid ones around the one that is opened."""
    good = [json.dumps(_event(chance)) for _ in range(4)]
    faulty = _event(chance) | {"action": "feature", "feature": "Add widget", "total": "1"}
    faulty["user_id"] = faulty.pop("userId")
    return [*good[:2], json.dumps(faulty), *good[2:]]


def _signed_in(browser: Browser, server: Server) -> Any:
    page = browser.new_page(base_url=server.url)
    page.goto(link_of(server))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{server.url}/")
    return page.context.storage_state()


def _take(browser: Browser, server: Server, pair: dict[str, Any], state: Any, theme: str) -> None:
    context = browser.new_context(
        base_url=server.url,
        storage_state=state,
        viewport=SIZE,
        device_scale_factor=1.5,
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"/pairs/{pair['id']}/")
    page.wait_for_selector("[data-connection][data-state=live]")
    _open_the_faulty(page)
    page.wait_for_timeout(1_000)
    page.screenshot(path=PICTURES / f"live-page-{theme}.png")
    context.close()


def _open_the_faulty(page: Page) -> None:
    row = page.locator(".row-event[data-verdict=invalid]").first
    row.click()
    page.wait_for_selector("#panel .tree")


if __name__ == "__main__":
    main()
