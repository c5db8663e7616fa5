"""Rows that strangers and time leave behind are bounded: sessions that were only begun, expired
ones, and the audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from tests.openid_provider import running_provider
from tests.server import running
from tests.visitors import nobody

TEN_MINUTES = 600


@pytest.fixture(scope="module")
def provider():
    with running_provider() as provider:
        yield provider


@pytest.fixture(scope="module")
def desk(provider, data_dir, django_db_setup):
    with running("uvicorn", data_dir, **provider.environment) as server:
        yield server


@pytest.fixture
def no_sessions(stored):
    from django.contrib.sessions.models import Session

    Session.objects.all().delete()


def seconds_left() -> list[float]:
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    expire = Session.objects.values_list("expire_date", flat=True)
    return [(date - timezone.now()).total_seconds() for date in expire]


def test_a_company_sign_in_that_was_only_begun_is_forgotten_soon(desk, no_sessions):
    for _ in range(5):
        answer = requests.get(f"{desk.url}/oidc/", allow_redirects=False, timeout=10)
        assert answer.status_code == 302
        (cookie,) = answer.cookies
        assert cookie.expires is not None
    assert len(left := seconds_left()) == 5
    assert max(left) <= TEN_MINUTES


def test_who_signed_in_stays_so_for_thirty_days(desk, provider, no_sessions):
    someone = nobody(desk)
    location = someone.get("/oidc/").history[0].headers["Location"]
    subject = provider.know("stays", preferred_username="stays")
    answer = someone.ask("GET", provider.agree(location, subject).removeprefix(desk.url))
    assert answer.status_code == 302
    assert someone.get("/account/").url.endswith("/account/")
    assert max(seconds_left()) > 29 * 86_400


def test_one_address_begins_only_so_many(desk, no_sessions):
    """Who goes on in one browser begins no further session."""
    with requests.Session() as browser:
        for _ in range(20):
            browser.get(f"{desk.url}/oidc/", allow_redirects=False, timeout=10)
    assert len(seconds_left()) == 1
    statuses = [
        requests.get(f"{desk.url}/oidc/", allow_redirects=False, timeout=10).status_code
        for _ in range(210)
    ]
    assert (statuses[0], statuses[-1]) == (302, 429)
    assert len(seconds_left()) <= 201


def test_addresses_are_counted_apart_and_together(monkeypatch):
    from viewer.people import begun

    counted = begun.Begun(600)
    assert [counted.allows("a") for _ in range(begun.OF_A_NETWORK + 1)][-2:] == [True, False]
    assert counted.allows("b")
    monkeypatch.setattr(begun, "OF_ALL", begun.OF_A_NETWORK + 1)
    assert not counted.allows("c")
    again = begun.Begun(0)
    assert all(again.allows("a") for _ in range(begun.OF_A_NETWORK + 1))


def test_expired_sessions_go_by_themselves(no_sessions, django_db_setup, monkeypatch):
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from viewer.access import housekeeping
    from viewer.access.record import COMMAND_LINE, note
    from viewer.models import Action

    past, future = (timezone.now() + timedelta(days=days) for days in (-1, 1))
    Session.objects.create(session_key="expired", session_data="", expire_date=past)
    Session.objects.create(session_key="present", session_data="", expire_date=future)
    for _ in range(housekeeping.EVERY):
        note(COMMAND_LINE, Action.RENAMED)
    assert list(Session.objects.values_list("pk", flat=True)) == ["present"]


def test_a_start_clears_what_expired(tmp_path):
    import sqlite3
    from contextlib import closing

    from tests.server import Server

    server = Server("uvicorn", tmp_path, port=8000)
    server.manage("prepare")
    with closing(sqlite3.connect(tmp_path / "viewer.sqlite3", isolation_level=None)) as database:
        for number in range(1_500):
            values = (f"expired {number}", "", "2020-01-01 00:00:00")
            database.execute("INSERT INTO django_session VALUES (?, ?, ?)", values)
        server.manage("prepare")
        assert database.execute("SELECT count(*) FROM django_session").fetchone() == (0,)


@pytest.fixture
def no_entries(stored, django_db_setup):
    from viewer.models import RecordEntry

    RecordEntry.objects.all().delete()


def test_the_audit_log_keeps_the_newest_entries(no_entries, monkeypatch):
    from viewer.access import housekeeping
    from viewer.access.record import COMMAND_LINE, note
    from viewer.models import Action, RecordEntry

    monkeypatch.setattr(housekeeping, "ENTRIES_KEPT", 30)
    for number in range(250):
        note(COMMAND_LINE, Action.RENAMED, detail=str(number))
    housekeeping.tidy_all()
    kept = list(RecordEntry.objects.order_by("pk").values_list("detail", flat=True))
    assert kept == [str(number) for number in range(220, 250)]
    for number in range(250, 600):
        note(COMMAND_LINE, Action.RENAMED, detail=str(number))
        assert RecordEntry.objects.count() <= 30 + housekeeping.EVERY


def test_the_audit_log_keeps_nothing_older_than_its_age(no_entries):
    from django.utils import timezone

    from viewer.access import housekeeping
    from viewer.access.record import COMMAND_LINE, note
    from viewer.models import Action, RecordEntry

    note(COMMAND_LINE, Action.RENAMED, detail="old")
    note(COMMAND_LINE, Action.RENAMED, detail="new")
    old = timezone.now() - housekeeping.ENTRY_AGE - timedelta(hours=1)
    RecordEntry.objects.filter(detail="old").update(at=old)
    housekeeping.tidy_all()
    assert [entry.detail for entry in RecordEntry.objects.all()] == ["new"]
