"""The stored head and reply of a request are bounded, state their full length, and mask a key even
if it is cut."""

from __future__ import annotations

import pytest

from ingest.dialects import BY_NAME
from ingest.receiving.key_tokens import KeyMask
from ingest.receiving.redaction import (
    EXCERPT_KEPT,
    HEAD_KEPT,
    REPLY_KEPT,
    DeliveryRow,
    RedactedHead,
    delivery_row,
)
from ingest.values import IncomingRequest, Reply

SECRET = "secret-" + "0123456789abcdef" * 10
MARGIN = 100  # characters of the note about the cut


def stored(
    path: str = "/post",
    query: str = "",
    reply: Reply | None = None,
    hiding: KeyMask | None = None,
    body: bytes = b"",
    **headers: str,
) -> DeliveryRow:
    sent = {name.encode(): value.encode() for name, value in headers.items()}
    request = IncomingRequest("POST", path, query, sent, "192.0.2.1", 0)
    masked = RedactedHead(BY_NAME["eventbunker"], request, (SECRET,), hiding)
    return delivery_row(masked, request, reply=reply or Reply(400, []), refused=True, excerpt=body)


@pytest.mark.parametrize("size", [HEAD_KEPT + 1, 3_000_000])
def test_a_long_path_is_cut_and_its_length_stated(size):
    path = stored("/" + "p " * (size // 2)).path
    assert len(path) <= HEAD_KEPT + MARGIN
    assert path.endswith(f"… ({1 + size // 2 * 2:,} characters)")


def test_a_long_query_is_cut():
    assert len(stored(query="q=" + "v+" * 100_000).path) <= HEAD_KEPT + MARGIN


@pytest.mark.parametrize(
    "headers",
    [{"x-long": "v " * 500_000}, {f"x-{number}": "v" * 40 for number in range(5_000)}],
    ids=["one", "many"],
)
def test_long_headers_are_cut_and_their_length_stated(headers):
    *kept, last = stored(**headers).headers.split("\n")
    size = sum(len(name) + len(value) + 4 for name, value in headers.items())
    assert last == f"(not all are kept): {size:,} bytes of headers were sent"
    assert len("\n".join(kept)) <= HEAD_KEPT
    assert kept[0].startswith(f"{next(iter(headers))}: v")


def test_short_heads_are_stored_unchanged():
    row = stored("/post", "a=b+c", **{"x-a": "one", "user-agent": "curl/8.5.0"})
    assert row.path == "/post?a=b c"
    assert row.headers == "x-a: one\nuser-agent: curl/8.5.0"


def test_a_long_reply_is_cut():
    reply = Reply(200, [(b"vary", b"v " * 50_000)], b"b " * 50_000)
    assert len(stored(reply=reply).reply or "") <= REPLY_KEPT + HEAD_KEPT + 2 * MARGIN + 200


def test_the_excerpt_of_a_body_is_bounded():
    assert len(stored(body=b"b " * 50_000).excerpt) <= EXCERPT_KEPT + MARGIN


@pytest.mark.parametrize("hiding", [None, KeyMask()], ids=["taken", "refused"])
@pytest.mark.parametrize("place", range(0, len(SECRET) + 20, 7))
def test_a_cut_leaves_no_part_of_a_key(place, hiding):
    filler = ("w " * HEAD_KEPT)[: HEAD_KEPT - place]
    many = f"{SECRET} " * 20  # masked, they make the text shorter
    for text in (filler + SECRET + filler, many + filler[: -len(many)] + SECRET + filler):
        row = stored("/" + text, hiding=hiding, **{"x-a": text})
        assert "0123456789" not in row.path
        assert "0123456789" not in row.headers
    body = (b"w " * EXCERPT_KEPT)[: EXCERPT_KEPT - place] + SECRET.encode()
    assert b"0123456789" not in stored(body=body, hiding=hiding).excerpt
