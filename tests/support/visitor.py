"""A signed-in user, for tests of pages, REST and feed on a live server."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import requests
from websockets.sync.client import ClientConnection, connect

from tests.support.server import Server


@dataclass
class Visitor:
    server: Server
    http: requests.Session

    def get(self, path: str, **parameters: Any) -> requests.Response:
        return self.http.get(self.server.url + path, params=parameters, timeout=70)

    def feed(
        self, pair: int, after: int = 0, q: str = "", origin: str = "", mode: str = ""
    ) -> ClientConnection:
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.http.cookies)
        return connect(
            f"ws://127.0.0.1:{self.server.port}/ws/pairs/{pair}/?after={after}&q={q}&mode={mode}",
            additional_headers={"Cookie": cookies},
            origin=origin or self.server.url,
        )


def sign_in(server: Server) -> Visitor:
    """Sign in as a person does, with the printed link and its button."""
    link = server.manage("signin").strip()
    session = requests.Session()
    page = session.get(link, timeout=10)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    answer = session.post(link, data={"csrfmiddlewaretoken": token}, timeout=10)
    assert answer.url == f"{server.url}/", answer.text
    return Visitor(server, session)


def stranger(server: Server) -> Visitor:
    return Visitor(server, requests.Session())


def next_frame(feed: ClientConnection, seconds: float = 10) -> dict[str, Any]:
    return json.loads(feed.recv(timeout=seconds))
