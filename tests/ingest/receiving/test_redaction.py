"""The stored part of a request's head and of a refused body never contains a secret."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from ingest.dialects import BY_NAME
from ingest.receiving.key_tokens import mask_key
from ingest.receiving.redaction import RedactedHead, delivery_row
from ingest.values import IncomingRequest, Reply

SECRET = "0123456789abcdef"
REFUSED = Reply(400, [])
ESCAPED = "".join(f"%{ord(char):02x}" for char in SECRET)


def kept(dialect: str, path: str, query: str = "", body: bytes = b"", **headers: str) -> str:
    headers = {name.replace("_", "-").encode(): value.encode() for name, value in headers.items()}
    request = IncomingRequest("POST", path, query, headers, "127.0.0.1", 0)
    masked = RedactedHead(BY_NAME[dialect], request)
    row = delivery_row(masked, request, reply=REFUSED, refused=True, excerpt=body)
    return f"{row.path}\n{row.headers}\n{row.excerpt!r}"


@pytest.mark.parametrize("length", [1, 4, 11, 12, 32, 200])
def test_a_mask_shows_little(length):
    secret = "".join(chr(97 + n % 26) for n in range(length))
    shown = mask_key(secret).replace("…", "")
    assert len(shown) <= max(2, length // 2)


@pytest.mark.parametrize(
    ("dialect", "path", "query"),
    [
        ("natero", f"/v1/{SECRET}", ""),
        ("natero", f"/v1/x/y/{SECRET}", ""),
        ("natero", f"/api/submitEvents/{SECRET}", ""),
        ("natero", f"/v1/{SECRET}/abcd", f"again={SECRET}"),
        ("usermaven", "/api/v1/event", f"token={SECRET}"),
        ("usermaven", "/api/v1/event", f"token=abcd.{SECRET}&x=1"),
        ("usermaven", "/api/v1/event", f"token={ESCAPED}.abcd"),
        ("usermaven", "/api/v1/event", f"token=a&api_key={SECRET}&p_1={SECRET}"),
        ("usermaven", "/api/v1/event", f"token={quote('+' + SECRET)}"),
        ("usermaven", "/api.x", f"p_x={SECRET}"),
    ],
)
def test_no_secret_of_the_url_is_stored(dialect, path, query):
    assert SECRET not in kept(dialect, path, query)
    assert ESCAPED not in kept(dialect, path, query)


@pytest.mark.parametrize(
    ("dialect", "headers"),
    [
        ("usermaven", {"x_auth_token": f"{SECRET}.abcd"}),
        ("usermaven", {"x_auth_token": f" {SECRET} "}),
        ("usermaven", {"authorization": f"Bearer {SECRET}.abcd"}),
        ("usermaven", {"authorization": f"bearer {SECRET}"}),
        ("natero", {"authorization": f"Basic {SECRET}"}),
        ("natero", {"cookie": f"session={SECRET}"}),
        ("natero", {"proxy_authorization": SECRET}),
        ("eventbunker", {"x_eventbunker_write_key": SECRET}),
        ("eventbunker", {"x_eventbunker_write_key": SECRET, "referer": f"/?k={SECRET}"}),
    ],
)
def test_no_secret_of_the_headers_is_stored(dialect, headers):
    assert SECRET not in kept(dialect, "/post", **headers)


@pytest.mark.parametrize("at", [0, 10, 4096 - 17, 4096 - 16, 4096 - 15, 4096 - 4, 4096])
def test_no_part_of_a_secret_of_the_body_is_stored(at):
    """A secret can cross the end of the excerpt."""
    body = (b"." * at + SECRET.encode() + b"." * 5000)[:4096]
    shown = kept("natero", f"/v1/{SECRET}/abcd", body=body)
    assert SECRET[:8] not in shown
