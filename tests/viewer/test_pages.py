"""The page of key pairs: what it shows of each, its order and its search."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client

from ingest.auth import key_pairs
from ingest.models import KeyPair
from ingest.storage.write_request import WriteRequest
from tests.support.write_requests import head, judged, write_request
from viewer.access.permissions import Visitor
from viewer.accounts.sign_in import BACKEND
from viewer.pages import show_pair

AT = 1_795_227_547_000

pytestmark = pytest.mark.usefixtures("stored")


def test_the_last_event_is_no_refused_request(new_pair, store):
    pair = new_pair("natero")
    refused = WriteRequest(pair.pk, head(AT + 60_000, refused=True))
    store.append([refused])
    pair.refresh_from_db()
    assert pair.last_received_at == AT + 60_000
    assert show_pair(pair).last_event_at is None
    store.append([write_request(pair, [judged()], AT)])
    store.append([refused])
    assert show_pair(pair).last_event_at.timestamp() == AT / 1000


def test_the_last_event_is_known_after_it_was_deleted(new_pair, store):
    pair = new_pair("natero")
    key_pairs.set_retention(pair, 1, 1)
    for moment in (AT, AT + 5_000):
        store.append([write_request(pair, [judged("a"), judged("b", "invalid")], moment)])
    assert show_pair(pair).last_event_at.timestamp() == (AT + 5_000) / 1000


def test_names_differ_in_more_than_case(new_pair):
    pair = new_pair("natero")
    key_pairs.rename_key_pair(pair, f"  ACMÉ GmbH {pair.pk} ")
    assert pair.name == f"ACMÉ GmbH {pair.pk}"
    with pytest.raises(key_pairs.KeyPairError, match=f"“ACMÉ GmbH {pair.pk}” already"):
        key_pairs.create_key_pair(f"acmé gmbh {pair.pk}", "natero")
    key_pairs.rename_key_pair(pair, f"acmé GmbH {pair.pk}")  # its own name in another case
    assert KeyPair.objects.get(pk=pair.pk).folded_name == f"acmé gmbh {pair.pk}"


def test_pairs_are_sorted_without_regard_to_case(new_pair):
    names = [f"{word} {new_pair('natero').pk}" for word in ("beta", "Alpha", "ärger", "Ähre")]
    for name in names:
        key_pairs.create_key_pair(name, "natero")
    by_name = KeyPair.objects.filter(name__in=names).order_by("folded_name", "name")
    assert [pair.name.split()[0] for pair in by_name] == ["Alpha", "beta", "Ähre", "ärger"]


@pytest.mark.parametrize(
    ("public_url", "is_local"),
    [
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8001", True),
        ("https://v.example", False),
    ],
)
def test_only_visitors_of_a_local_server_are_sent_to_its_terminal(public_url, is_local, settings):
    settings.PUBLIC_URL = public_url
    page = Client(headers={"Host": "127.0.0.1"}).get("/sign-in/").content.decode()
    assert ("manage.py signin" in page) is is_local
    assert ("Ask an owner of this server for an invitation." in page) is not is_local


@pytest.mark.parametrize("is_owner", [True, False])
def test_without_key_pairs_a_visitor_reads_what_to_do(is_owner, monkeypatch):
    monkeypatch.setattr(Visitor, "pairs", lambda self: KeyPair.objects.none())
    user = User.objects.create_user(f"new {is_owner}", is_superuser=is_owner)
    client = Client(headers={"Host": "127.0.0.1"})
    client.force_login(user, BACKEND)
    page = client.get("/").content.decode()
    empty = page[page.index("No key pairs yet") :]
    assert ("/pairs/new/" in empty) is is_owner
    assert ("Ask an owner of this server to add you" in empty) is not is_owner


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics"])
def test_probes_address_a_server_by_any_name(path, settings):
    settings.ALLOWED_HOSTS = ["viewer.example.com"]
    settings.METRICS_TOKEN = "of-prometheus"
    client = Client(headers={"Host": "10.1.2.3:8000", "Authorization": "Bearer of-prometheus"})
    assert client.get(path).status_code == 200
    assert client.get("/sign-in/").status_code == 400
