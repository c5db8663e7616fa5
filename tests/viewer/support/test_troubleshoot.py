"""The explanations that support gets for a key pair: derived from real requests, in sentences."""

from __future__ import annotations

import json
import time

import pytest

from ingest.dialects import BY_NAME
from tests.support.browser import send
from tests.support.http import post, send_raw
from tests.support.vendors import fresh
from viewer.onboarding.user_agents import client_name
from viewer.support import troubleshoot
from viewer.support.search import find_key_pairs

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def report(pair) -> str:
    return "\n".join(
        f"{f.topic}: {f.sentence} {f.hint}"
        for f in troubleshoot.diagnose(troubleshoot.read_facts(pair))
    )


def test_no_requests_arrived(pair):
    assert report(pair).startswith("Last request: No request with these keys has arrived yet.")


def test_all_is_well(daphne, pair):
    send(daphne, pair, fresh(), fresh())
    text = report(pair)
    assert "answered 200; it held 2 events in" in text
    assert "Both keys of that request were right." in text
    assert "The vendor would silently drop none of 2 events received" in text


def test_swapped_keys_are_reported_first(daphne, pair):
    agent = "User-Agent: okhttp/4.9.2"
    send_raw(daphne.port, post(f"/v1/{pair.api_key}/{pair.auth_key}", fresh(), agent))
    findings = list(troubleshoot.diagnose(troubleshoot.read_facts(pair)))
    assert (findings[0].state, findings[0].code) == ("fault", "keys-swapped")
    text = report(pair)
    assert "No request with these keys was ever taken in." in text
    assert "sent by okhttp 4.9.2" in text


def test_disabled_and_retiring_keys(daphne, pair):
    from ingest.auth import key_pairs

    key_pairs.rotate_keys(pair, 3_600)
    key_pairs.disable_key_pair(pair)
    text = report(pair)
    assert "The key pair is disabled since" in text
    assert "The old ones are still accepted, until" in text


def test_the_clock_and_the_share_of_faults(daphne, pair):
    hours_ago = int((time.time() - 2.5 * 3_600) * 1000)
    late = json.dumps({**json.loads(fresh()), "createdAt": hours_ago})
    send(daphne, pair, late, b'{"action":"feature"}', b"{broken")
    text = report(pair)
    assert "happened 2 hours before they arrived" in text
    assert "The vendor would silently drop 2 (67%) of" in text
    assert text.count("Problem: Found") == troubleshoot.TOP_PROBLEMS


@pytest.mark.parametrize(
    ("agent", "client"),
    [
        ("python-requests/2.31.0", "Python Requests 2.31"),
        ("curl/8.5.0", "curl 8.5.0"),
        ("OurOwnThing/3 (build 7)", "OurOwnThing/3 (build 7)"),
        ("", ""),
    ],
)
def test_the_client(agent, client):
    assert client_name(f"host: x\nuser-agent: {agent}\naccept: */*").startswith(client)


@pytest.mark.alone
def test_a_user_agent_of_any_length_is_parsed_quickly():
    began = time.monotonic()
    client_name("user-agent: " + "Mozilla/5.0 (((((" * 10_000)
    assert time.monotonic() - began < 1


# -- search -----------------------------------------------------------------------------------


def names(needle: str) -> list[str]:
    return [match.pair.name for match in find_key_pairs(needle).matches]


def test_found_by_parts_of_keys_and_name(pair):
    assert names(pair.api_key[5:17]) == [pair.name]
    assert names(pair.auth_key[-13:].upper()) == [pair.name]
    assert names(pair.auth_key[-9:]) == []  # a key cannot be searched piece by piece
    assert pair.name in names(pair.name.upper())


def test_found_by_a_name_in_any_script_and_case(pair):
    from ingest.auth import key_pairs

    name = f"Ünïcødé ΣΊΣΥΦΟΣ {pair.pk}"
    key_pairs.rename_key_pair(pair, name)
    for needle in ("ünïcødé", "ÜNÏCØDÉ", f"σίσυφοσ {pair.pk}"):
        assert name in names(needle)


def test_found_by_a_key_from_before_a_rotation(pair):
    from ingest.auth import key_pairs

    old = pair.api_key
    key_pairs.rotate_keys(pair)
    (match,) = find_key_pairs(old[3:20]).matches
    assert (match.pair.pk, "before it was rotated" in match.reasons[0]) == (pair.pk, True)


@pytest.mark.parametrize("dialect", BY_NAME)
def test_found_by_an_account_or_user_of_its_events(daphne, new_pair, dialect):
    from ingest.models import Event

    pair = new_pair(dialect)
    text = BY_NAME[dialect].samples(int(time.time() * 1000), pair.api_key)[0]
    send(daphne, pair, text)
    event = Event.objects.filter(keypair=pair).first()
    mark = f"somebody-{pair.pk}"
    Event.objects.filter(keypair=pair).update(user=mark)
    (match,) = find_key_pairs(mark).matches
    assert (match.pair.pk, match.seq) == (pair.pk, event.seq)
    Event.objects.filter(keypair=pair).update(user=None, account=mark)
    assert names(mark) == [pair.name]


def test_found_by_the_address_of_a_sender(daphne, pair):
    from ingest.models import Delivery

    send(daphne, pair, fresh())
    Delivery.objects.filter(keypair=pair).update(sender="203.0.113.77")
    assert names("203.0.113.77") == [pair.name]
    assert names("203.0.113.78") == []


def test_a_deleted_pair_is_not_found(pair):
    from ingest.models import KeyPair

    KeyPair.objects.filter(pk=pair.pk).update(deleted_at=1)
    assert names(pair.api_key) == []
    KeyPair.objects.filter(pk=pair.pk).delete()
