"""The command line creates and changes key pairs, and sends sample traffic."""

from __future__ import annotations

import json
import re
from io import StringIO
from itertools import count
from uuid import uuid4

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from ingest.auth import key_pairs
from ingest.models import Event, KeyPair, RetiredKeys
from ingest.storage.cleanup import key_pair_deletion
from ingest.storage.store import Store
from tests.support.http import send_raw
from tests.support.ports import free_port
from tests.support.stored_data import events_of, faults_of, last_delivery, verdicts_of
from tests.support.vendors import NATERO, VENDORS
from tests.support.wait import until
from tests.support.write_requests import judged, write_request
from viewer.models import Action, AuditLogEntry

_number = count(1)
ADD = ("--dialect", "natero", "--json")
ONE_KEY = "key-17-of-17-letters"


@pytest.fixture
def keypair(django_db_setup, stored):
    """Run `keypair …` and return what it prints."""

    def run(*arguments: str) -> str:
        printed = StringIO()
        call_command("keypair", *arguments, stdout=printed)
        return printed.getvalue()

    return run


@pytest.fixture
def name() -> str:
    return f"command {next(_number)}"


def test_add_prints_what_a_script_needs(keypair, name):
    shown = json.loads(keypair("add", name, "--dialect", "natero", "--json"))
    pair = KeyPair.objects.get(name=name)
    assert shown == {
        "id": pair.pk,
        "name": name,
        "dialect": "natero",
        "api_key": pair.api_key,
        "auth_key": pair.auth_key,
        "endpoint": f"{settings.PUBLIC_URL}/v1/{pair.auth_key}/{pair.api_key}",
        "viewer_url": f"{settings.PUBLIC_URL}/pairs/{pair.pk}/",
    }


@pytest.mark.parametrize(
    ("dialect", "path"),
    [
        ("natero", "/v1/{auth}/{api}"),
        ("usermaven", "/api/v1/s2s/event?token={api}.{auth}"),
        ("eventbunker", "/post"),
    ],
)
def test_given_keys_are_in_the_endpoint(keypair, name, dialect, path):
    api, auth = f"api-{uuid4()}", f"auth-{uuid4()}"
    keys = ("--api-key", api, "--auth-key", auth)
    shown = json.loads(keypair("add", name, "--dialect", dialect, *keys, "--json"))
    assert (shown["api_key"], shown["auth_key"]) == (api, auth)
    assert shown["endpoint"] == settings.PUBLIC_URL + path.format(api=api, auth=auth)


def test_generated_keys_are_long_and_differ(keypair, name):
    shown = json.loads(keypair("add", name, "--dialect", "usermaven", "--json"))
    assert len(shown["api_key"]) >= 32
    assert len(shown["auth_key"]) >= 32
    assert shown["api_key"] != shown["auth_key"]


def test_freshsuccess_is_another_name_for_natero(keypair, name):
    shown = json.loads(keypair("add", name, "--dialect", "freshsuccess", "--json"))
    assert shown["dialect"] == "natero"


def test_without_json_the_output_is_for_people(keypair, name):
    printed = keypair("add", name, "--dialect", "natero")
    pair = KeyPair.objects.get(name=name)
    assert pair.api_key in printed
    assert f"/v1/{pair.auth_key}/{pair.api_key}" in printed


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("add", "x", "--dialect", "segment"), "natero, usermaven, eventbunker, freshsuccess"),
        (("add", "", "--dialect", "natero"), "1 to 100 characters"),
        (("add", "   ", "--dialect", "natero"), "1 to 100 characters"),
        (("add", "x" * 101, "--dialect", "natero"), "1 to 100 characters"),
        (("add", "x", "--dialect", "natero", "--api-key", "abc def"), "spaces"),
        (("add", "x", "--dialect", "natero", "--api-key", "éééééé"), "printable ASCII"),
        (("add", "x", "--dialect", "natero", "--api-key", "k" * 201), "at most 200"),
        (
            ("add", "x", "--dialect", "natero", "--api-key", ONE_KEY, "--auth-key", ONE_KEY),
            "must differ",
        ),
        (
            ("add", "x", "--dialect", "natero", "--auth-key", "fifteen-letters"),
            "The auth key must have at least 16 characters",
        ),
        (("add", "x", "--dialect", "usermaven", "--api-key", "abc.def"), "dot"),
        (("add", "x", "--dialect", "natero", "--api-key", "five5"), "at least 6 characters"),
        (("add", "x", "--dialect", "natero", "--auth-key", "abc/def"), "can’t contain “/”"),
        (("add", "x", "--dialect", "natero", "--auth-key", "abc[0]"), "can’t contain “[”"),
        (("add", "x", "--dialect", "usermaven", "--auth-key", "abc+def"), "can’t contain “+”"),
        (("add", "x", "--dialect", "eventbunker", "--api-key", "abc,def"), "can’t contain “,”"),
        (("disable", "unknown"), "no key pair named “unknown”"),
        (("enable", "unknown"), "no key pair named “unknown”"),
        (("rotate", "unknown"), "no key pair named “unknown”"),
    ],
)
def test_an_impossible_option_is_reported_in_one_sentence(keypair, arguments, words):
    before = KeyPair.objects.count()
    with pytest.raises(CommandError, match=re.escape(words)):
        keypair(*arguments)
    assert KeyPair.objects.count() == before


def test_names_and_keys_are_unique(keypair, name):
    shown = json.loads(keypair("add", name, "--dialect", "natero", "--json"))
    add = ("--dialect", "natero")
    with pytest.raises(CommandError, match="named"):
        keypair("add", name, *add)
    with pytest.raises(CommandError, match="API key is in use"):
        keypair("add", f"{name} b", *add, "--api-key", shown["api_key"])
    with pytest.raises(CommandError, match="auth key is in use"):
        keypair("add", f"{name} b", *add, "--auth-key", shown["auth_key"])


def test_list_masks_secrets(keypair, name):
    keypair("add", name, "--dialect", "natero")
    pair = KeyPair.objects.get(name=name)
    printed, rows = keypair("list"), keypair("list", "--json")
    assert name in printed
    assert [row["id"] for row in json.loads(rows) if row["name"] == name] == [pair.pk]
    for secret in (pair.api_key, pair.auth_key):
        assert secret not in printed + rows


def test_rotate_prints_the_new_secrets(keypair, name):
    old = json.loads(keypair("add", name, "--dialect", "natero", "--json"))
    new = json.loads(keypair("rotate", name, "--json"))
    assert new["id"] == old["id"]
    assert {new["api_key"], new["auth_key"]}.isdisjoint({old["api_key"], old["auth_key"]})


def test_a_change_is_in_force_within_5_seconds(uvicorn, keypair, new_pair):
    """The keys are in constant use."""
    disabled, rotated = new_pair("natero"), new_pair("natero")
    requests = [NATERO.deliver(p.api_key, p.auth_key, NATERO.good) for p in (disabled, rotated)]
    answers = [send_raw(uvicorn.port, request).status for request in requests]
    assert answers == [200, 200]
    keypair("disable", disabled.name)
    keypair("rotate", rotated.name, "--keep", "0")

    def refused() -> bool:
        return [send_raw(uvicorn.port, request).status for request in requests] == [400, 400]

    until(refused, seconds=5)
    assert faults_of(last_delivery(disabled)) == ["error disabled"]
    assert faults_of(last_delivery(rotated)) == ["error rotated"]
    keypair("enable", disabled.name)
    until(lambda: send_raw(uvicorn.port, requests[0]).status == 200, seconds=5)


@pytest.mark.parametrize(
    ("option", "seconds"), [((), 7 * 86_400), (("--keep", "12h"), 43_200), (("--grace", "90"), 90)]
)
def test_old_keys_are_accepted_for_the_given_time(keypair, name, option, seconds):
    keypair("add", name, "--dialect", "natero")
    keypair("rotate", name, *option)
    retired = RetiredKeys.objects.get(keypair__name=name)
    assert retired.works_until - retired.retired_at == seconds * 1000
    keypair("rotate", name, "--keep", "0")
    assert RetiredKeys.objects.filter(keypair__name=name, works_until=None).count() == 1


@pytest.mark.parametrize("duration", ["-1", "soon", "1w", "7 d"])
def test_a_wrong_duration_is_reported(keypair, name, duration):
    keypair("add", name, "--dialect", "natero")
    with pytest.raises(CommandError, match="isn’t a duration"):
        keypair("rotate", name, f"--keep={duration}")


def test_delete_asks_first(keypair, name, monkeypatch):
    monkeypatch.setattr(key_pair_deletion, "KEYS_FORGOTTEN", 0)
    pair = KeyPair.objects.get(pk=json.loads(keypair("add", name, *ADD))["id"])
    Store().append([write_request(pair, [judged()] * 3)])
    for typed in ("", name.upper()):
        monkeypatch.setattr("builtins.input", lambda _, typed=typed: typed)
        with pytest.raises(CommandError, match="Nothing is deleted"):
            keypair("delete", name)
    assert KeyPair.objects.get(pk=pair.pk).last_seq == 3
    monkeypatch.setattr("builtins.input", lambda _: name)
    assert keypair("delete", name) == f"“{name}” and its 3 events are deleted.\n"
    assert not KeyPair.objects.filter(pk=pair.pk).exists()
    assert not Event.objects.filter(keypair_id=pair.pk).exists()
    entry = AuditLogEntry.objects.get(pair_id=pair.pk, action=Action.DELETED)
    assert entry.pair_name == name


# -- send ------------------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", VENDORS)
def test_send_sends_realistic_traffic_with_faults(daphne, new_pair, stored, dialect):
    pair = new_pair(dialect)
    printed = daphne.manage("send", "--pair", pair.name, "--count", "6", "--rate", "1000")
    assert len(printed.splitlines()) == 6
    verdicts = set(verdicts_of(pair))
    assert len(events_of(pair)) == 6
    assert {"valid", "invalid", "malformed"} <= verdicts


def test_send_prints_why_a_request_is_refused(daphne, new_pair, stored):
    pair = new_pair("eventbunker")
    key_pairs.disable_key_pair(pair)
    printed = daphne.manage("send", "--pair", pair.name, "--count", "2", "--rate", "1000")
    assert re.fullmatch(r"(\d: 4\d\d disabled: The key pair is disabled since .*\n){2}", printed)


def test_send_reports_errors(stored):
    with pytest.raises(CommandError, match="no key pair named “unknown”"):
        call_command("send", "--pair", "unknown", "--count", "1")


def test_send_reports_a_server_that_does_not_answer(new_pair, stored, settings):
    settings.PUBLIC_URL = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(CommandError, match="does not answer"):
        call_command("send", "--pair", new_pair("natero").name, "--count", "1")
