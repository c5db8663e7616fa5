"""Owners can filter the lists of /admin by the listed fields, but cannot read a secret through any
other field in the address."""

from __future__ import annotations

import pytest

from tests.support.visitors import owner

SECRETS = (
    "ingest/keypair/?auth_key__startswith={key}",
    "ingest/keypair/?auth_key={key}",
    "ingest/keypair/?api_key__gte={key}",
    "ingest/keypair/?retired_keys__auth_key__startswith={key}",
    "ingest/keypair/?members__user__password__startswith=s",
    "ingest/unmatchedrequest/?excerpt__contains=a",
    "ingest/unmatchedrequest/?headers__contains=a",
    "auth/user/?password__startswith=scrypt",
    "auth/user/?signinlink__token_hash__startswith=a",
    "auth/group/?user__password__startswith=s",
    "viewer/sharelink/?token_hash__startswith=a",
    "viewer/sharelink/?keypair__auth_key__startswith={key}",
    "viewer/invitation/?token_hash__startswith=a",
    "viewer/member/?keypair__auth_key__startswith={key}",
    "viewer/member/?user__password__startswith=s",
    "viewer/member/?role__regex=.",
    "viewer/savedview/?keypair__api_key__startswith={key}",
    "viewer/identity/?user__password__startswith=s",
    "viewer/auditlogentry/?detail__startswith=a",
    "axes/accessattempt/?user_agent__contains=a",
)
LISTED = (
    "ingest/keypair/?dialect__exact=natero",
    "ingest/keypair/?dialect=natero",
    "ingest/keypair/?q=natero",
    "ingest/unmatchedrequest/?status=404",
    "auth/user/?is_superuser__exact=1",
    "auth/user/?is_active__exact=1&groups__id__exact=1",
    "auth/user/?groups__isnull=True",
    "viewer/member/?role__exact=view",
    "viewer/auditlogentry/?action=signed+in",
)


@pytest.fixture(scope="module")
def boss(daphne, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield owner(daphne)


@pytest.mark.parametrize("address", SECRETS)
def test_no_filter_reveals_a_secret(boss, new_pair, address):
    key = new_pair("natero").auth_key[:1]
    assert boss.ask("GET", f"/admin/{address.format(key=key)}").status_code == 400


@pytest.mark.parametrize("address", LISTED)
def test_the_listed_filters_work(boss, new_pair, address):
    new_pair("natero")
    assert boss.ask("GET", f"/admin/{address}").status_code == 200


def test_keys_are_neither_searched_nor_sorted_by(boss, new_pair):
    pair = new_pair("natero")
    for column in range(1, 9):
        page = boss.ask("GET", f"/admin/ingest/keypair/?o={column}").text
        assert pair.api_key not in page
    found = boss.ask("GET", f"/admin/ingest/keypair/?q={pair.auth_key}").text
    assert f"/admin/ingest/keypair/{pair.pk}/" not in found


def test_no_column_and_no_search_reads_a_secret():
    from django.contrib import admin

    secrets = ("api_key", "auth_key", "token_hash", "password", "session_key")
    for model in admin.site._registry.values():
        named = [*model.search_fields, *model.list_filter, *model.list_display]
        named += [
            getattr(getattr(model, name, None), "admin_order_field", None) or ""
            for name in model.list_display
            if isinstance(name, str)
        ]
        assert not [name for name in named if str(name).split("__")[-1] in secrets]
