"""Text that is only sent on purpose gets a reply in words, from either database."""

from __future__ import annotations

from base64 import b64encode

import pytest
import requests
from django.test import RequestFactory

from tests.support.visitors import PASSWORD, anonymous, member, owner, support
from viewer.accounts.sign_in import page_of_ours


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def test_an_invalid_redirect_target_is_dropped(daphne, pair):
    name = f"goal {pair.pk}"
    someone = member(daphne, name, pair, "view")
    signed_in = someone.ask("GET", "/sign-in/", params={"next": "abc"})
    by_password = anonymous(daphne).post("/sign-in/", username=name, password=PASSWORD, next="abc")
    for answer in (signed_in, by_password):
        assert (answer.status_code, answer.headers["Location"]) == (302, "/")


@pytest.mark.parametrize(
    ("wanted", "goal"),
    [
        ("/account/", "/account/"),
        ("/pairs/1/?q=a b", "/pairs/1/?q=a b"),
        *((wanted, "/") for wanted in ("", "abc", "pairs", "a:b", "//evil.example/", "\\evil")),
    ],
)
def test_a_redirect_target_is_a_path(wanted, goal):
    request = RequestFactory().get("/", headers={"Host": "localhost"})
    assert page_of_ours(request, wanted) == goal


@pytest.mark.parametrize("odd", ["abcdefgh\0ijklmnopqrst", "\0", "a\0"])
def test_a_wrong_key_with_a_nul_is_counted_like_any_other(daphne, pair, odd):
    from viewer.models import Action, AuditLogEntry

    opened = anonymous(daphne).post("/open/", api_key=odd, auth_key="x")
    basic = b64encode(f"{odd}:x".encode()).decode()
    asked = requests.get(
        f"{daphne.url}/api/events", headers={"Authorization": f"Basic {basic}"}, timeout=10
    )
    assert (opened.status_code, asked.status_code) == (403, 401)
    details = AuditLogEntry.objects.filter(action=Action.WRONG_KEYS).values_list(
        "detail", flat=True
    )
    assert len(details) == 2
    assert all(detail.isprintable() for detail in details)


def test_lists_are_not_filtered_by_a_nul(daphne, pair):
    from viewer.accounts.audit_log_page import matching_entries

    for text, action in (("\0", ""), ("", "\0"), ("", "revealed\0")):
        assert matching_entries(text, action).query.is_empty()
    assert support(daphne).ask("GET", "/audit-log/?action=%00").status_code == 200
    boss = owner(daphne)
    for address in ("viewer/auditlogentry/?action=%00", "ingest/keypair/?dialect__exact=%00"):
        assert boss.ask("GET", f"/admin/{address}").status_code == 400
