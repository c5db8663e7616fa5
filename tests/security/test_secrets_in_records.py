"""No key is stored in clear: a refused request keeps none in any form or place, an accepted one
keeps none of its own pair."""

from __future__ import annotations

import base64
import json

import pytest

from ingest.auth import key_pairs
from ingest.models import Delivery, Run, UnmatchedRequest
from ingest.receiving.key_tokens import MAX_LOOKED_UP, KeyMask, words_to_look_up
from tests.support.http import post, send_raw

WRONG = "/v1/nope1234/nope5678"
SHORT = "abc-42"  # the shortest allowed key
FILLER = "&".join(f"q{number}=zzzzzz{number}" for number in range(25))


def encoded(text: str, form: str = "%{:02x}") -> str:
    return "".join(form.format(ord(char)) for char in text)


CASES = {
    "path after NUL": ("/v1/%00{auth}/%00{api}", {}, ""),
    "path in part": ("/v1/{auth}x/{api}x", {}, ""),
    "path encoded twice": ("/v1/{auth%}/{api}", {}, ""),
    "query of another name": (WRONG + "?secret={auth}", {}, ""),
    "query after many": (WRONG + f"?{FILLER}&k={{auth}}", {}, ""),
    "query with a NUL": (WRONG + "?k={auth}%00", {}, ""),
    "query as JSON": (WRONG + "?k=%7B%22a%22:%22{auth}%22%7D", {}, ""),
    "any header": (WRONG, {"X-Foo": "{auth}"}, ""),
    "name of a header": (WRONG, {"{auth}": "x"}, ""),
    "part of a name": (WRONG, {"x-{auth}": "x"}, ""),
    "Content-Encoding": (WRONG, {"Content-Encoding": "{auth}"}, ""),
    "a header with more": (WRONG, {"X-Foo": "key={auth}; {api}"}, ""),
    "x-write-key": ("/post", {"x-write-key": "{auth}"}, ""),
    "Referer": (WRONG, {"Referer": "http://x/?auth_key={auth}"}, ""),
    "Referer encoded": (WRONG, {"Referer": "http://x/?u=%2Fv1%2F{auth}"}, ""),
    "User-Agent": (WRONG, {"User-Agent": "Agent/{auth} (x)"}, ""),
    "base64 of both": (WRONG, {"X-Auth": "Basic {base64}"}, ""),
    "base64 in the body": (WRONG.replace("/v1", "/api/v1"), {}, "data={base64}"),
    "body under another name": ("/api/v1/event", {}, '{{"server_token":"{auth}"}}'),
    "body escaped": ("/api/v1/event", {}, '{{"t":"{auth_u}"}}'),
    "body cut within": ("/api/v1/event", {}, "x" * 4080 + " {auth}"),
}


IN_PART = ("path in part", "part of a name")  # not a separate word
GIVEN = [name for name in CASES if name not in IN_PART]


@pytest.mark.parametrize(
    ("name", "is_given"), [*((name, False) for name in CASES), *((name, True) for name in GIVEN)]
)
def test_no_key_of_a_refused_request_is_stored(uvicorn, new_pair, stored, name, is_given):
    given = {"api_key": f"pub.{key_pairs.new_secret()[:6]}"} if is_given else {}
    pair = new_pair("natero", **given)
    if is_given:  # only key pairs from older versions can have it
        pair.auth_key = SHORT
        pair.save(update_fields=["auth_key"])
    try:
        filled = forms_of(pair.api_key, pair.auth_key)
        path, headers, body = CASES[name]
        lines = [f"{header}: {value}".format(**filled) for header, value in headers.items()]
        sent = post(path.format(**filled), body.format(**filled).encode(), *lines)
        assert send_raw(uvicorn.port, sent).status >= 400
        row = newest()
        excerpt = bytes(row.excerpt).decode("latin-1")
        kept = f"{row.path}\n{row.headers}\n{row.encoding}\n{excerpt}\n{row.reply}"
        for text in {filled[form] for form in filled if form != "api"} | {encoded(pair.auth_key)}:
            assert text.lower() not in kept.lower()
        assert is_given or pair.auth_key[:12] not in kept
    finally:
        pair.delete()


def forms_of(api: str, auth: str) -> dict[str, str]:
    return {
        "auth": auth,
        "api": api,
        "auth%": encoded(auth, "%25{:02x}"),
        "auth_u": encoded(auth, "\\u{:04x}"),
        "base64": base64.b64encode(f"{api}:{auth}".encode()).decode(),
    }


def newest() -> Delivery | UnmatchedRequest:
    rows = [Delivery.objects.filter(refused=True), UnmatchedRequest.objects.all()]
    found = [row for row in (each.order_by("-received_at").first() for each in rows) if row]
    return max(found, key=lambda row: row.received_at)


def test_an_accepted_request_shows_its_keys_nowhere(uvicorn, new_pair, stored):
    pair = new_pair("natero")
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    lines = (f"X-Run: {pair.auth_key}", f"X-Foo: {pair.api_key}", f"Referer: http://x{path}")
    good = json.dumps({"accountId": "a"}).encode()
    assert send_raw(uvicorn.port, post(path, good, *lines)).status == 200
    row = Delivery.objects.get(keypair=pair)
    run = Run.objects.get(keypair=pair)
    for text in (row.path, row.headers, row.reply, run.name):
        assert pair.auth_key not in text
        assert pair.api_key not in text


def test_text_without_keys_stays_readable():
    hiding = KeyMask()
    for text in (
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/120.0.6099.109 Safari/537.36",
        "python-requests/2.31.0",
        "client-of-some-shop7431",
        "viewer.example.com:8000",
        "application/json; charset=utf-8",
        '{"event_type":"plan_purchased","_timestamp":1795849869981}',
        "http://x/%E2%82%AC?a=%20",
    ):
        assert hiding.hidden(text) == text


@pytest.mark.parametrize(
    "word",
    [
        "0123456789abcdef",
        "5f0c1d2e-aaaa-4bbb-8ccc-1234567890ab",
        "wk_1a2b3c-4d5e6f-7a8b",
        "sk-live-abcdefghijklmnop1",
        "KEY0123456789ABCDE",
    ],
)
def test_key_like_text_is_hidden_without_a_look_up(word):
    for text in (word, f"x {word} y", f"/v1/{word}/z", f'{{"k":"{word}"}}'):
        assert word not in KeyMask().hidden(text)


def test_words_over_the_look_up_limit_are_hidden_if_they_contain_a_digit():
    text = " ".join(f"word{number:03}" for number in range(MAX_LOOKED_UP + 50)) + " plainword"
    words = words_to_look_up([text])
    assert len(words) == MAX_LOOKED_UP
    shown = KeyMask(frozenset(["word007"]), words).hidden(text)
    assert "word006" in shown
    assert "word007" not in shown
    assert "word120" not in shown
    assert "plainword" in shown


def test_hostile_texts_are_searched_quickly():
    for text in ("a1" * 4096, "%61" * 2700, "YWJj" * 2048, "a.1:" * 2048, "%2561" * 1600):
        words = words_to_look_up([text])
        assert len(words) <= MAX_LOOKED_UP
        KeyMask(frozenset(), words).hidden(text)


def test_a_key_as_method_is_not_stored(daphne, new_pair, stored):
    """uvicorn knows the methods that there are, and takes no other."""
    pair = new_pair("natero")
    head = f"{pair.auth_key.upper()} {WRONG} HTTP/1.1\r\nHost: x\r\n\r\n"
    pair.auth_key = pair.auth_key.upper()
    pair.save(update_fields=["auth_key"])
    before = UnmatchedRequest.objects.count()
    assert send_raw(daphne.port, head.encode()).status >= 400
    assert UnmatchedRequest.objects.count() == before + 1
    assert all(pair.auth_key[:8] not in row.method for row in UnmatchedRequest.objects.all())
