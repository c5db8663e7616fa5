"""Rows left behind by strangers and by time are bounded: unfinished and expired sessions, and the
audit log."""

from __future__ import annotations

from datetime import timedelta

import pytest
import requests

from tests.support.openid_provider import running_provider
from tests.support.server import running
from tests.support.visitors import anonymous, owner, share_visitor

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


def test_an_unfinished_company_sign_in_expires_quickly(desk, no_sessions):
    for _ in range(5):
        answer = requests.get(f"{desk.url}/oidc/", allow_redirects=False, timeout=10)
        assert answer.status_code == 302
        (cookie,) = answer.cookies
        assert cookie.expires is not None
    assert len(left := seconds_left()) == 5
    assert max(left) <= TEN_MINUTES


def test_a_signed_in_user_stays_so_for_thirty_days(desk, provider, no_sessions):
    someone = anonymous(desk)
    location = someone.get("/oidc/").history[0].headers["Location"]
    subject = provider.know("stays", preferred_username="stays")
    answer = someone.ask("GET", provider.agree(location, subject).removeprefix(desk.url))
    assert answer.status_code == 302
    assert someone.get("/account/").url.endswith("/account/")
    assert max(seconds_left()) > 29 * 86_400


def test_one_address_can_begin_a_limited_number_of_sessions(desk, no_sessions):
    """Repeated requests from one browser do not create more sessions."""
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


def test_addresses_are_counted_separately_and_together(monkeypatch):
    from viewer.sso import sign_in_limit

    counted = sign_in_limit.SignInLimit(600)
    assert [counted.allows("a") for _ in range(sign_in_limit.OF_A_NETWORK + 1)][-2:] == [
        True,
        False,
    ]
    assert counted.allows("b")
    monkeypatch.setattr(sign_in_limit, "OF_ALL", sign_in_limit.OF_A_NETWORK + 1)
    assert not counted.allows("c")
    again = sign_in_limit.SignInLimit(0)
    assert all(again.allows("a") for _ in range(sign_in_limit.OF_A_NETWORK + 1))


def test_expired_sessions_are_deleted_automatically(no_sessions, django_db_setup, monkeypatch):
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    from viewer.access import expired_rows
    from viewer.access.audit_log import COMMAND_LINE, log_action
    from viewer.models import Action

    past, future = (timezone.now() + timedelta(days=days) for days in (-1, 1))
    Session.objects.create(session_key="expired", session_data="", expire_date=past)
    Session.objects.create(session_key="present", session_data="", expire_date=future)
    for _ in range(expired_rows.EVERY):
        log_action(COMMAND_LINE, Action.RENAMED)
    assert list(Session.objects.values_list("pk", flat=True)) == ["present"]


def test_a_start_clears_expired_sessions(tmp_path):
    import sqlite3
    from contextlib import closing

    from tests.support.server import Server

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
    from viewer.models import AuditLogEntry

    AuditLogEntry.objects.all().delete()


@pytest.mark.slow
def test_the_audit_log_keeps_the_newest_entries(no_entries, monkeypatch):
    from viewer.access import expired_rows
    from viewer.access.audit_log import COMMAND_LINE, log_action
    from viewer.models import Action, AuditLogEntry

    monkeypatch.setattr(expired_rows, "ENTRIES_KEPT", 30)
    for number in range(250):
        log_action(COMMAND_LINE, Action.RENAMED, detail=str(number))
    expired_rows.delete_all_expired()
    kept = list(AuditLogEntry.objects.order_by("pk").values_list("detail", flat=True))
    assert kept == [str(number) for number in range(220, 250)]
    for number in range(250, 600):
        log_action(COMMAND_LINE, Action.RENAMED, detail=str(number))
        assert AuditLogEntry.objects.count() <= 30 + expired_rows.EVERY


def test_the_audit_log_keeps_nothing_older_than_its_age(no_entries):
    from django.utils import timezone

    from viewer.access import expired_rows
    from viewer.access.audit_log import COMMAND_LINE, log_action
    from viewer.models import Action, AuditLogEntry

    log_action(COMMAND_LINE, Action.RENAMED, detail="old")
    log_action(COMMAND_LINE, Action.RENAMED, detail="new")
    old = timezone.now() - expired_rows.ENTRY_AGE - timedelta(hours=1)
    AuditLogEntry.objects.filter(detail="old").update(at=old)
    expired_rows.delete_all_expired()
    assert [entry.detail for entry in AuditLogEntry.objects.all()] == ["new"]


@pytest.mark.slow
def test_repeated_actions_of_a_key_pair_evict_no_others_from_the_audit_log(
    no_entries, new_pair, monkeypatch
):
    from viewer.access import expired_rows
    from viewer.access.audit_log import COMMAND_LINE, log_action
    from viewer.models import Action, AuditLogEntry

    monkeypatch.setattr(expired_rows, "ENTRIES_OF_ACTION", 30)
    pair, other = new_pair("natero"), new_pair("natero")
    log_action(COMMAND_LINE, Action.ROTATED, pair)
    log_action(COMMAND_LINE, Action.RENAMED, other)
    for _ in range(500):
        log_action(COMMAND_LINE, Action.RENAMED, pair)
    entries = AuditLogEntry.objects
    assert entries.filter(action=Action.ROTATED, pair_id=pair.pk).count() == 1
    assert entries.filter(pair_id=other.pk).count() == 1
    assert entries.filter(pair_id=pair.pk).count() <= 31 + expired_rows.EVERY


@pytest.mark.slow
def test_repeated_actions_of_a_visitor_are_counted_in_one_entry(no_entries, new_pair):
    from viewer.access.audit_log import COMMAND_LINE, log_action
    from viewer.models import Action, AuditLogEntry

    pair, other = new_pair("natero"), new_pair("natero")
    for number in range(200):
        log_action(COMMAND_LINE, Action.EXPORTED, pair, f"export {number}")
    log_action(COMMAND_LINE, Action.EXPORTED, other, "of another")
    log_action(COMMAND_LINE, Action.ROTATED, pair)
    details = list(AuditLogEntry.objects.order_by("pk").values_list("detail", flat=True))
    repeated = "export 10; repeated within a minute: 189"
    assert details == [*(f"export {n}" for n in range(10)), repeated, "of another", ""]


def test_a_detail_that_looks_like_a_count_is_recorded(no_entries, new_pair):
    from viewer.access.audit_log import _AND_MORE, COMMAND_LINE, log_action
    from viewer.models import Action, AuditLogEntry

    pair = new_pair("natero")
    for _ in range(20):
        log_action(COMMAND_LINE, Action.RUN_FINISHED, pair, f"x{_AND_MORE}many")
    assert AuditLogEntry.objects.filter(pair_id=pair.pk).count() == 11
    assert AuditLogEntry.objects.latest("pk").detail.endswith(f"{_AND_MORE}9")


@pytest.mark.slow
def test_a_key_pair_keeps_a_bounded_number_of_earlier_keys(stored, new_pair):
    from ingest.auth import key_pairs
    from ingest.models import RetiredKeys

    pair = new_pair("natero")
    for _ in range(key_pairs.MAX_RETIRED_IN_FORCE):
        key_pairs.rotate_keys(pair, 3_600)
    with pytest.raises(key_pairs.KeyPairError, match="End one of them first"):
        key_pairs.rotate_keys(pair, 3_600)
    for _ in range(key_pairs.MAX_RETIRED + 10):
        key_pairs.rotate_keys(pair)
    kept = RetiredKeys.objects.filter(keypair=pair)
    assert kept.filter(works_until__isnull=False).count() == key_pairs.MAX_RETIRED_IN_FORCE
    assert kept.count() == key_pairs.MAX_RETIRED_IN_FORCE + key_pairs.MAX_RETIRED


def test_a_key_pair_has_a_bounded_number_of_invitations_and_closed_links(uvicorn, new_pair, stored):
    from viewer.accounts import invitations
    from viewer.models import Invitation, ShareLink
    from viewer.sharing import share_links

    pair = new_pair("natero")
    boss = owner(uvicorn)
    path = f"/pairs/{pair.pk}/settings/"
    Invitation.objects.bulk_create(
        Invitation(token_hash=f"{pair.pk} {number}", keypair=pair)
        for number in range(invitations.MAX_OPEN)
    )
    answer = boss.post(f"{path}invite/", role="view", label="one more")
    assert (answer.status_code, "withdraw one first" in answer.text) == (400, True)
    Invitation.objects.filter(keypair=pair).update(created_at="2020-01-01T00:00Z")
    assert boss.post(f"{path}invite/", role="view", label="new").status_code == 200
    assert Invitation.objects.filter(keypair=pair).count() == 1
    ShareLink.objects.bulk_create(
        ShareLink(token_hash=f"{pair.pk} {n}", keypair=pair, expires_at="2020-01-01T00:00Z")
        for n in range(share_links.MAX_LINKS + 100)
    )
    assert boss.post(f"{path}share/", lifetime="1d").status_code == 200
    assert ShareLink.objects.filter(keypair=pair).count() == share_links.MAX_LINKS + 1


def test_a_network_opens_few_sessions_with_the_keys_of_a_pair(uvicorn, new_pair, stored):
    from viewer.accounts.key_sign_in import OPENINGS

    def open_pair(pair) -> requests.Response:
        keys = {"api_key": pair.api_key, "auth_key": pair.auth_key}
        headers = {"Origin": uvicorn.url}
        url = f"{uvicorn.url}/open/"
        return requests.post(url, keys, headers=headers, timeout=10, allow_redirects=False)

    pair, other = new_pair("natero"), new_pair("natero")
    assert {open_pair(pair).status_code for _ in range(OPENINGS)} == {302}
    refused = open_pair(pair)
    assert (refused.status_code, "Try again later" in refused.text) == (429, True)
    assert open_pair(other).status_code == 302


def test_a_session_that_only_opened_a_link_lasts_seven_days(uvicorn, new_pair, stored):
    from viewer.access.session_store import SessionStore

    def days(someone) -> float:
        key = someone.http.cookies[f"viewer_session_{uvicorn.port}"]
        return SessionStore(key).get_expiry_age() / 86_400

    pair = new_pair("natero")
    guest, _ = share_visitor(owner(uvicorn), pair)
    assert 6.9 < days(guest) <= 7
    keys = {"api_key": pair.api_key, "auth_key": pair.auth_key}
    assert guest.post("/open/", **keys).status_code == 302
    assert days(guest) > 20
