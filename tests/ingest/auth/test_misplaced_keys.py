"""A key in a place or form that its dialect does not read is never reported as missing."""

from __future__ import annotations

import base64
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.auth.authenticate import authenticate, explain_misplaced, lookup_keys
from ingest.auth.guess_limit import _REVEALS_KEYS
from ingest.auth.misplaced_keys import explain_form, find_keys_anywhere
from ingest.dialects import BY_NAME
from ingest.messages.keys import KEYS
from ingest.problems import render_problem
from ingest.values import Credentials, IncomingRequest, KeyPairSnapshot, Refusal

API, AUTH = "ebw-1f6d2c7788aa90", "srvTok-93bd0c55aa17e6"
PAIRS = [KeyPairSnapshot(n, name, API, AUTH) for n, name in enumerate(BY_NAME, 1)]
BOTH = f"{API}.{AUTH}"
BASIC = base64.b64encode(f"{API}:{AUTH}".encode()).decode()
BEACON = {"Origin": "https://shop.example", "Content-Type": "text/plain;charset=UTF-8"}
NO_CORS = BEACON | {"Sec-Fetch-Mode": "no-cors"}


def explain(
    dialect: str,
    headers: dict[str, str] | None = None,
    query: str = "",
    body: str = "",
    path: str = "",
    are_known: bool = True,
) -> tuple[KeyPairSnapshot | None, Refusal]:
    """The steps of refusals.py, without server and store."""
    protocol = BY_NAME[dialect]
    path = path or protocol.request_for("", "")[0].partition("?")[0]
    sent = {name.lower().encode(): value.encode() for name, value in (headers or {}).items()}
    request = IncomingRequest("POST", path, query, sent, "", 0)
    credentials = protocol.credentials(request) or Credentials()

    def find(words: list[str]) -> list[KeyPairSnapshot]:
        keys = {key for pair in PAIRS for key in (pair.api_key, pair.auth_key)} & {*words}
        return [pair for pair in PAIRS if pair.dialect == dialect and keys and are_known]

    pair, refusal, _ = authenticate(protocol, credentials, find(lookup_keys(protocol, credentials)))
    refusal = protocol.refuses(request) or refusal
    refusal = explain_form(protocol, request, refusal)
    if pair is None:
        presented = find_keys_anywhere(protocol, request, body.encode())
        found = find([one.secret for one in presented])
        pair, refusal, _ = explain_misplaced(protocol, request, presented, found, refusal)
    return pair, refusal


def text_of(refusal: Refusal) -> str:
    words = render_problem(refusal.problem())
    return f"{words['message']} {words['hint']}"


MISPLACED = [
    # dialect, headers, query, body, code, words
    ("usermaven", {"Authorization": BOTH}, "", "", "scheme-missing", "no “Bearer” before"),
    ("usermaven", {"Authorization": f"Token {BOTH}"}, "", "", "other-scheme", "“Token”"),
    ("usermaven", {"Authorization": f"ApiKey {BOTH}"}, "", "", "other-scheme", "“ApiKey”"),
    ("usermaven", {"Authorization": f"Basic {BASIC}"}, "", "", "other-scheme", "“Basic”"),
    ("usermaven", {"Authorization": f"Basic {BOTH}"}, "", "", "other-scheme", "“Basic”"),
    ("usermaven", {"Authorization": f"Bearer: {BOTH}"}, "", "", "no-space-after-bearer", "“:”"),
    ("usermaven", {"Authorization": f"Bearer\t{BOTH}"}, "", "", "no-space-after-bearer", "a tab"),
    ("usermaven", {"Authorization": f"Bearer{BOTH}"}, "", "", "no-space-after-bearer", "itself"),
    ("usermaven", {"Authorization": f"Token token={BOTH}"}, "", "", "other-scheme", "“Token”"),
    ("usermaven", {"X_Auth_Token": BOTH}, "", "", "header-misnamed", "with hyphens"),
    ("usermaven", {"X-API-Key": BOTH}, "", "", "header-misnamed", "Authorization: Bearer"),
    ("usermaven", {"Token": BOTH}, "", "", "header-misnamed", "the header token"),
    ("usermaven", {}, f"a=1&amp;token={BOTH}", "", "sign-in-address", "escaped for HTML"),
    ("usermaven", {}, f"a=1&%2338;token={BOTH}", "", "sign-in-address", "escaped for HTML"),
    ("usermaven", {}, f"a=1%26token={BOTH}", "", "sign-in-address", "“%26” where a plain “&”"),
    ("usermaven", {}, f"a=1?token={BOTH}", "", "sign-in-address", "“?” where a plain “&”"),
    ("usermaven", {}, f"?token={BOTH}", "", "sign-in-address", "“??” where a plain “?”"),
    ("usermaven", {}, f"a=1;token={BOTH}", "", "sign-in-address", "“;” where a plain “&”"),
    ("usermaven", {}, f"token%3D{BOTH}", "", "sign-in-address", "“%3D” where a plain “=”"),
    ("usermaven", {}, f"token:{BOTH}", "", "sign-in-address", "“:” where a plain “=”"),
    ("usermaven", {}, f"Token={BOTH}", "", "key-field-misnamed", "“Token” of the query"),
    ("usermaven", {}, f"access_token={BOTH}", "", "key-field-misnamed", "“access_token”"),
    ("usermaven", {}, f"apiKey={BOTH}", "", "key-field-misnamed", "“apiKey”"),
    ("usermaven", {}, "", f'{{"apiKey":"{API}"}}', "key-field-misnamed", "“apiKey” of the body"),
    ("usermaven", {}, "", f'{{"events":[{{"api_key":"{API}"}}]}}', "key-below-top", "top level"),
    ("usermaven", {}, "", f'{{"token":"{BOTH}"}}', "key-misplaced", "sent in the body"),
    ("eventbunker", {"x_eventbunker_write_key": API}, "", "", "header-misnamed", "with hyphens"),
    ("eventbunker", {"X-EventBunker-WriteKey": API}, "", "", "header-misnamed", "Name it x-event"),
    ("eventbunker", {"Write-Key": API}, "", "", "header-misnamed", "header write-key"),
    ("eventbunker", {"x-eventbunker-key": API}, "", "", "header-misnamed", "x-eventbunker-key"),
    ("eventbunker", {"X-Other": API}, "", "", "key-misplaced", "the header x-other"),
    ("eventbunker", {"Authorization": f"Token {API}"}, "", "", "key-misplaced", "Authorization"),
    ("eventbunker", {"Authorization": API}, "", "", "key-misplaced", "header Authorization"),
    ("eventbunker", {"Authorization": f"Basic {BASIC}"}, "", "", "key-misplaced", "Authorization"),
    ("eventbunker", {}, f"write_key={API}", "", "key-misplaced", "the query"),
    ("eventbunker", {}, "", f'{{"write_key":"{API}"}}', "key-misplaced", "the body"),
    ("eventbunker", {"Content-Type": f"application/json, x-eventbunker-write-key: {API}"}, "", "",
     "header-in-value", "the header content-type"),
    ("eventbunker", NO_CORS, f"key={API}", "", "key-misplaced", "use fetch"),
    ("natero", {"Authorization": f"Bearer {BOTH}"}, "", "", "key-misplaced", "Authorization"),
    ("natero", {}, "", f'{{"apiKey":"{API}"}}', "key-misplaced", "the body"),
]  # fmt: skip


@pytest.mark.parametrize(("dialect", "headers", "query", "body", "code", "words"), MISPLACED)
def test_the_place_of_a_known_key_is_named(dialect, headers, query, body, code, words):
    pair, refusal = explain(dialect, headers, query, body)
    assert (pair.dialect, refusal.code) == (dialect, code)
    assert words in text_of(refusal)
    assert API not in text_of(refusal)
    assert AUTH not in text_of(refusal)


NAMED = [row for row in MISPLACED if row[4] != "key-misplaced"]


@pytest.mark.parametrize(("dialect", "headers", "query", "body", "code", "words"), NAMED)
def test_an_unknown_key_gets_the_same_explanation(dialect, headers, query, body, code, words):
    """So the reply does not reveal whether a key is known."""
    _, of_known = explain(dialect, headers, query, body)
    pair, refusal = explain(dialect, headers, query, body, are_known=False)
    assert (pair, refusal) == (None, of_known)


@pytest.mark.parametrize(
    ("dialect", "headers", "query"),
    [
        ("eventbunker", {"Authorization": "Bearer a-key-of-mine"}, ""),
        ("eventbunker", {}, "key=a-key-of-mine"),
        ("natero", {"X-Api-Key": "a-key-of-mine"}, ""),
    ],
)
def test_an_unknown_key_in_a_place_that_is_not_read(dialect, headers, query):
    pair, refusal = explain(dialect, headers, query)
    assert (pair, refusal.code) == (None, "place-not-read")


@pytest.mark.parametrize("path", ["/api/v1/s2s/event&token=", "/api/v1/s2s/event?token="])
def test_a_query_that_became_part_of_the_path(path):
    pair, refusal = explain("usermaven", path=path + BOTH)
    assert (pair.dialect, refusal.code) == ("usermaven", "sign-in-address")
    assert "where a plain “?” is due" in text_of(refusal)


@pytest.mark.parametrize(
    ("dialect", "headers", "query", "place"),
    [
        ("eventbunker", {"x-eventbunker-write-key": ""}, "", "header x-eventbunker-write-key"),
        ("usermaven", {"Authorization": ""}, "", "header authorization"),
        ("usermaven", {}, "token=", "“token” in the query"),
        ("usermaven", {}, "a=1&api_key", "“api_key” in the query"),
    ],
)
def test_an_empty_place_is_named(dialect, headers, query, place):
    _, refusal = explain(dialect, headers, query)
    assert refusal.code == "empty-key"
    assert place in text_of(refusal)


@pytest.mark.parametrize("query", ["a=1", "notoken=", "token_type=x", ""])
def test_a_request_without_keys_has_none(query):
    _, refusal = explain("usermaven", {"User-Agent": "curl/8"}, query, '{"event_type":"lead"}')
    assert refusal.code == "no-keys"


@pytest.mark.parametrize("query", ["token=", "a=1&token=", "api_key="])
def test_a_field_that_is_read_has_no_wrong_sign(query):
    _, refusal = explain("usermaven", query=f"{query}{BOTH}0")
    assert refusal.code != "sign-in-address"


# -- browsers ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [
        *(NO_CORS, BEACON, {"Sec-Fetch-Mode": "no-cors"}, {"Sec-Fetch-Mode": "navigate"}),
        BEACON | {"Content-Type": "multipart/form-data; boundary=x"},
    ],
)
@pytest.mark.parametrize("dialect", ["eventbunker", "usermaven"])
def test_a_header_that_a_browser_drops_is_named(dialect, headers):
    _, refusal = explain(dialect, headers)
    assert refusal.code == "header-dropped"
    assert "sendBeacon" in text_of(refusal)


@pytest.mark.parametrize(
    "headers",
    [
        *({"Sec-Fetch-Mode": "cors"}, {"Content-Type": "text/plain"}, {}),
        NO_CORS | {"Sec-Fetch-Mode": "cors"},
        BEACON | {"Content-Type": "application/json"},
    ],
)
def test_other_senders_dropped_no_header(headers):
    assert explain("eventbunker", headers)[1].code == "no-keys"


# -- form ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (f"Bearer Bearer {BOTH}", "scheme-twice"),
        (f"bearer   bearer {BOTH}", "scheme-twice"),
        (f"Bearer Bearer: {BOTH}", "scheme-twice"),
        (f"Bearer Token {BOTH}", "other-scheme"),
        (f"Bearer token={BOTH}", "other-scheme"),
        (f"Bearer {BOTH}, Bearer {BOTH}", "key-twice"),
        (f"Bearer {BOTH};Bearer {BOTH}", "key-twice"),
        (f"Bearer {BOTH}, Content-Type: application/json", "header-after-key"),
        (f"Bearer <{BOTH}>", "marks-around-key"),
        (f'Bearer "{BOTH}"', "marks-around-key"),
        (f"Bearer {BOTH}\u200b", "invisible-in-key"),
        (f"Bearer {BOTH[:9]}\u00ad{BOTH[9:]}", "invisible-in-key"),
    ],
)
def test_a_bearer_token_in_a_wrong_form(value, code):
    pair, refusal = explain("usermaven", {"Authorization": value})
    assert (pair.dialect, refusal.code) == ("usermaven", code)


@pytest.mark.parametrize(
    ("value", "code", "words"),
    [
        (f"\u200b{API}", "invisible-in-key", "before the write key: U+200B, zero width space"),
        (f"{API}\u200b", "invisible-in-key", "after the write key"),
        (f"\ufeff{API}", "invisible-in-key", "U+FEFF, byte order mark"),
        (f"{API[:5]}\u2060{API[5:]}", "invisible-in-key", "within the write key"),
        (f"{API[:5]}\u00ad{API[5:]}", "invisible-in-key", "soft hyphen"),
        (API.replace("-", "–"), "lookalike-in-key", "U+2013, en dash"),
        (API.replace("-", "‑"), "lookalike-in-key", "non-breaking hyphen"),
        (API.replace("a", "а"), "lookalike-in-key", "cyrillic small letter a"),
        (API.replace("1", "１"), "lookalike-in-key", "fullwidth digit one"),
        (f"{API}\u00a0", "space-at-key", "after the write key"),
        (f"“{API}”", "marks-around-key", "Quotes"),
        (f"'{API}'", "marks-around-key", "Quotes"),
        (f'\\"{API}\\"', "marks-around-key", "Quotes"),
        (f"${{{API}}}", "marks-around-key", "Brackets"),
        (f"{{{{{API}}}}}", "marks-around-key", "Brackets"),
        (f"<%= {API} %>", "marks-around-key", "Brackets"),
        (f"&lt;{API}&gt;", "marks-around-key", "Brackets"),
        (f'["{API}"]', "marks-around-key", "Brackets and quotes"),
        (f"{API},", "marks-around-key", "Signs"),
        (f"={API}", "marks-around-key", "Signs"),
        (f'{{"key": "{API}"}}', "marks-around-key", "Brackets and quotes"),
        (f"{API}, Content-Type: text/plain", "header-after-key", "a second header, “Content-Type”"),
        (f"{API}\\n", "space-at-key", "after the write key"),
        (f"{API}, {API}", "key-twice", "twice"),
        (f"{API},{API}", "key-twice", "twice"),
        (f"Bearer Bearer {API}", "name-before-key", "“Bearer” stands before the write key"),
        (f"x-eventbunker-write-key: {API}", "name-before-key", "x-eventbunker-write-key"),
    ],
)
def test_a_write_key_in_a_wrong_form(value, code, words):
    pair, refusal = explain("eventbunker", {"x-eventbunker-write-key": value})
    assert (pair.dialect, refusal.code) == ("eventbunker", code)
    assert words in text_of(refusal)


# -- limits --------------------------------------------------------------------------------------


def test_explanations_that_need_a_known_key_count_as_guesses():
    from_text_alone = {
        *("scheme-twice", "header-dropped", "empty-key", "key-twice", "invisible-in-key"),
        *("lookalike-in-key", "header-after-key"),
    }
    assert set(KEYS) - _REVEALS_KEYS == from_text_alone


TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=200)


@given(TEXT, TEXT, TEXT)
def test_any_text_is_explained(header, query, body):
    headers = {"Authorization": header, "x-eventbunker-write-key": header, "X-Key": header}
    for dialect in BY_NAME:
        for sent in (headers, {"Authorization": header}, {"X_Auth_Token": header}):
            _, refusal = explain(dialect, sent, query, body)
            assert refusal is None or text_of(refusal)


@pytest.mark.alone
@pytest.mark.parametrize(
    "text",
    ["a" * 8192, "key" * 2700, "&amp;token" * 800, "key:" * 2000, "?token=" * 1100, "<{[" * 2700]
    + ["a_key: " * 1100, "\u200b" * 2700, "Bearer " * 1100, "%26token%3D" * 700],
)
def test_hostile_requests_are_explained_quickly(text):
    began = time.process_time()
    for dialect in BY_NAME:
        explain(dialect, {"Authorization": text, "X-Api-Key": text}, text, text)
        explain(dialect, {"Authorization": f"Bearer {text}", "x-auth-token": text}, text, text)
    assert time.process_time() - began < 0.3
