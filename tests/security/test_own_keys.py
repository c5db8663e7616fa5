"""If a sender puts an auth key into an event, the event is stored with it. Only visitors who may
see keys can read it there; shared or exported data never contains it."""

from __future__ import annotations

import base64
import html
import json
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from websockets.exceptions import ConnectionClosed

from ingest.receiving.key_tokens import mask_key
from tests.support.http import post, send_raw
from tests.support.visitor import next_frame
from tests.support.visitors import holder, member, owner, share_visitor, support, with_keys
from viewer.access.key_masking import NONE, OwnKeys

KEY = "0123456789abcdef0123456789abcdef"
IN_FORCE = 5  # seconds

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def pair(new_pair):
    return new_pair("usermaven")


@pytest.fixture
def viewer(uvicorn, pair):
    return member(uvicorn, f"vera {pair.pk}", pair, "view")


@pytest.fixture
def manager(uvicorn, pair):
    return member(uvicorn, f"manager {pair.pk}", pair, "manage")


def both(pair) -> str:
    return f"{pair.api_key}.{pair.auth_key}"


def deliver(server, body: bytes, query: str = "") -> None:
    """Send with no other credentials than those in the body."""
    send_raw(server.port, post(f"/api/v1/s2s/event{query}", body))


def leak(server, pair) -> int:
    """Deliver events that contain the key; return their number."""
    key = both(pair)
    event = {"api_key": key, "event_type": "paid", "user": {"id": f"u of {key}"}, "url": 5}
    malformed = b'{"api_key":"%s","event_type":"\xff"' % key.encode()
    bodies = [json.dumps(event).encode(), json.dumps({**event, "event_type": key}).encode()]
    for body in bodies:
        deliver(server, body)
    deliver(server, malformed, f"?token={key}")
    from ingest.models import Event

    stored = Event.objects.filter(keypair=pair).order_by("seq")
    assert all(pair.auth_key.encode() in bytes(event.raw) for event in stored)
    assert len(stored) % 3 == 0
    return len(stored)


def pieces_of(text: str) -> list[str]:
    """The text, and the decoded text of base64 in it."""
    encoded = [part.split('"')[0] for part in text.split('"raw_base64":"')[1:]]
    return [text, *(base64.b64decode(each).decode("latin-1") for each in encoded)]


def shows(pair, text: str) -> bool:
    """Whether the text contains at least half of the auth key."""
    return any(pair.auth_key[:16] in piece for piece in pieces_of(text))


READ = (
    "events?",
    "events?q=verdict:warning&mode=highlight&",
    "events/1?",
    "events/2?",
    "events/3?",
    "deliveries?",
    "deliveries/1?",
    "summary?",
    "fields?",
    "coverage?",
    "checklist?",
    "plan/inferred?",
)
TAKEN = (
    *(f"export?format={form}&" for form in ("ndjson", "json", "raw", "csv")),
    "export?format=csv&columns=api_key,name,user,raw&",
    *(f"runs/report?name=r&format={form}&" for form in ("json", "text", "junit", "csv", "html")),
)


def ready(server, pair) -> None:
    """A run, and events that contain the key."""
    scripts = with_keys(server, pair)
    expected = [{"match": "name:paid", "fields": {"api_key": "other"}}]
    run = {"name": "r", "expect": expected}
    assert scripts.http.post(f"{server.url}/api/runs", json=run, timeout=20).status_code == 201
    leak(server, pair)


def test_visitors_without_the_right_see_no_keys(uvicorn, pair, viewer):
    ready(uvicorn, pair)
    for path in READ:
        answer = viewer.get(f"/api/{path}pair={pair.pk}")
        assert (path, answer.status_code, shows(pair, answer.text)) == (path, 200, False)
    first = viewer.get(f"/api/events/1?pair={pair.pk}").json()
    assert mask_key(pair.auth_key) in first["raw"]
    assert json.loads(first["raw"])["api_key"] == f"{pair.api_key}.{mask_key(pair.auth_key)}"
    expected = {"expect": [{"match": "name:paid", "fields": {"api_key": "other"}}]}
    answer = viewer.ask("POST", f"/api/expect?pair={pair.pk}", json=expected)
    assert (answer.status_code, shows(pair, answer.text)) == (412, False)


def managing(server, pair):
    return member(server, f"keeper {pair.pk}", pair, "manage")


@pytest.mark.parametrize(
    "kind",
    [
        holder,
        with_keys,
        managing,
        lambda server, _: support(server),
        lambda server, _: owner(server),
    ],
    ids=["holder", "basic", "manager", "support", "owner"],
)
def test_visitors_with_the_right_see_the_event_as_it_was_sent(uvicorn, pair, kind):
    leak(uvicorn, pair)
    someone = kind(uvicorn, pair)
    assert shows(pair, someone.get(f"/api/events?pair={pair.pk}").text)
    raw = someone.get(f"/api/events/1?pair={pair.pk}").json()["raw"]
    assert json.loads(raw)["api_key"] == both(pair)


def test_exported_data_contains_no_key(uvicorn, pair, viewer, manager):
    ready(uvicorn, pair)
    someone_else = with_keys(uvicorn, pair)
    for path in TAKEN:
        for someone in (viewer, manager, someone_else):
            answer = someone.get(f"/api/{path}pair={pair.pk}")
            assert (path, answer.status_code, shows(pair, answer.text)) == (path, 200, False)
            assert mask_key(pair.auth_key) in html.unescape(answer.text) or "columns" not in path
    finished = manager.ask("POST", f"/api/runs/finish?name=r&pair={pair.pk}")
    assert (finished.status_code, shows(pair, finished.text)) == (200, False)
    assert not shows(pair, manager.get(f"/api/runs/report?name=r&pair={pair.pk}").text)


@pytest.mark.parametrize("mask_values", [{}, {"mask": "on"}], ids=["values", "masked"])
@pytest.mark.parametrize("what", ["all", "one", "query"])
def test_a_share_link_shows_no_key(uvicorn, pair, manager, what, mask_values):
    leak(uvicorn, pair)
    asked = {"all": {}, "one": {"seq": "1"}, "query": {"q": f'"{both(pair)}"'}}[what]
    someone, page = share_visitor(manager, pair, **asked, **mask_values)
    text = someone.get(page).text
    assert "No" in text
    assert not shows(pair, html.unescape(text))


@pytest.mark.parametrize("grace", [0, 3_600])
def test_earlier_keys_stay_hidden(uvicorn, pair, viewer, grace):
    from ingest.auth import key_pairs
    from ingest.models import KeyPair

    leak(uvicorn, pair)
    key_pairs.rotate_keys(KeyPair.objects.get(pk=pair.pk), grace)
    assert not shows(pair, viewer.get(f"/api/events?pair={pair.pk}").text)


def test_live_pages_show_what_their_visitors_may_see(uvicorn, pair, viewer, manager):
    leak(uvicorn, pair)
    for someone, sees in ((viewer, False), (manager, True), (viewer, False)):
        for query in ("", "name:*"):
            with someone.feed(pair.pk, q=query) as feed:
                first = feed.recv(timeout=10)
                assert shows(pair, first) == sees
    with viewer.feed(pair.pk) as one, manager.feed(pair.pk) as other:
        next_frame(one), next_frame(other)
        leak(uvicorn, pair)
        assert not shows(pair, one.recv(timeout=10))
        assert shows(pair, other.recv(timeout=10))


def test_a_live_page_reconnects_when_its_visitor_loses_the_right_to_see_keys(
    uvicorn, pair, manager
):
    from viewer.models import Member

    leak(uvicorn, pair)
    with manager.feed(pair.pk) as feed:
        assert shows(pair, feed.recv(timeout=10))
        Member.objects.filter(keypair=pair).update(role="view")
        with pytest.raises(ConnectionClosed) as ended:
            feed.recv(timeout=IN_FORCE)
        assert ended.value.rcvd.code == 4409
    with manager.feed(pair.pk) as feed:
        assert not shows(pair, feed.recv(timeout=10))


def test_a_long_poll_ends_with_the_right_to_see_keys(uvicorn, pair, manager):
    from viewer.models import Member

    with ThreadPoolExecutor(1) as thread:
        asked = thread.submit(manager.get, f"/api/events?wait=30&pair={pair.pk}")
        time.sleep(0.5)
        Member.objects.filter(keypair=pair).update(role="view")
        time.sleep(0.1)
        leak(uvicorn, pair)
        answer = asked.result(35)
    assert not shows(pair, answer.text)


# -- the text itself ------------------------------------------------------------------------------


def test_a_text_without_a_key_is_unchanged():
    keys = OwnKeys([KEY])
    text, raw = "0123456789abcde" * 10, b"0123456789abcde" * 10
    assert keys.hidden(text) is text
    assert keys.hidden_bytes(raw) is raw
    assert not NONE
    assert NONE.hidden(KEY) == KEY


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        (KEY, "012…def"),
        (f"a{KEY}{KEY}b", "a012…def012…defb"),
        (f"cut: {KEY[:20]}…", "cut: 012…def…"),
        (f"{KEY[:31]} {KEY[:16]} {KEY[:15]}", f"012…def 012…def {KEY[:15]}"),
        (KEY[:-1] + "x", "012…defx"),
    ],
)
def test_a_key_is_hidden_even_if_the_text_is_cut_within_it(text, hidden):
    keys = OwnKeys([KEY])
    assert keys.hidden(text) == hidden
    assert keys.hidden_bytes(text.encode()) == hidden.encode()


def test_a_key_with_special_characters_is_hidden_in_json_and_html():
    key = "a/b\\c&d<e>fghijklmnop"
    keys = OwnKeys([key])
    once = json.dumps(key)
    slashes = once.replace("/", "\\/")
    for text in (once, json.dumps(once), slashes, json.dumps(slashes)):
        hidden = json.loads(keys.hidden(text))
        assert (hidden if text in (once, slashes) else json.loads(hidden)) == mask_key(key)
    for text in (key, html.escape(key)):
        assert html.unescape(keys.hidden(text)) == mask_key(key)


def test_short_keys_are_hidden_only_as_whole_words():
    assert OwnKeys(["secret"]).hidden("sec secre secret") == "sec secre se…"


def test_many_keys_in_a_large_text_are_hidden_quickly():
    text = KEY.encode() * (4 * 2**20 // 32) + (KEY[:20] + " ").encode() * 50_000
    began = time.monotonic()
    assert KEY[:16].encode() not in OwnKeys([KEY]).hidden_bytes(text)
    assert time.monotonic() - began < 2


def test_a_fault_keeps_its_location(uvicorn, pair, viewer):
    body = f'{{"api_key":"{both(pair)}","event_type":"é" "x"}}'.encode()
    deliver(uvicorn, body, f"?token={both(pair)}")
    shown = viewer.get(f"/api/events/1?pair={pair.pk}").json()
    (problem, *_) = [each for each in shown["problems"] if "offset" in each]
    raw = shown["raw"]
    full = with_keys(uvicorn, pair).get("/api/events/1").json()
    (as_sent, *_) = [each for each in full["problems"] if "offset" in each]
    place = full["raw"].encode()[as_sent["offset"] :]
    assert raw.encode()[problem["offset"] :] == place
    assert raw[problem["column"] - 1 :] == full["raw"][as_sent["column"] - 1 :]
