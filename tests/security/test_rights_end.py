"""Invitations and share links end with the right of the user who made them. Background work that a
user started ends with the user's right to it."""

from __future__ import annotations

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.support.visitors import Someone, anonymous, member, owner, share_visitor, signed_in
from tests.support.write_requests import judged, write_request
from tests.viewer.accounts.test_people import accept_as_new, invite, settings_of


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


@pytest.fixture
def boss(daphne, pair) -> Someone:
    return owner(daphne)


@pytest.fixture
def leaver(daphne, pair) -> Someone:
    return member(daphne, f"leaver {pair.pk}", pair, "manage")


def shut_out(boss: Someone, name: str, group: str = "", **fields: str) -> str:
    """The People page's message about the user."""
    from django.contrib.auth.models import User

    user = User.objects.get(username=name)
    answer = boss.post("/people/change/", user=user.pk, group=group, **fields)
    assert answer.status_code == 302
    return boss.get("/people/").text


def membership(name: str) -> int:
    from viewer.models import Member

    return Member.objects.get(user__username=name).pk


def test_a_removed_owner_leaves_no_way_back(daphne, boss, pair):
    name = f"former owner {pair.pk}"
    former = signed_in(daphne, name, is_superuser=True, is_staff=True)
    link = invite(former, "/people/", label="Back door", group="owners")
    page_text = shut_out(boss, name)
    assert "Back door" in page_text
    assert accept_as_new(daphne, link, f"comeback {pair.pk}")[1].status_code == 404
    shut_out(boss, name, active="on", group="owners")
    assert anonymous(daphne).ask("GET", link).status_code == 404  # not even with the right restored


def test_a_demoted_owner_leaves_no_way_back_either(daphne, boss, pair):
    name = f"demoted owner {pair.pk}"
    former = signed_in(daphne, name, is_superuser=True, is_staff=True)
    link = invite(former, settings_of(pair), role="manage")
    shut_out(boss, name, active="on")
    assert anonymous(daphne).ask("GET", link).status_code == 404


@pytest.mark.parametrize("how", ["remove-member", "change-role"])
def test_a_demoted_manager_leaves_no_link(daphne, boss, pair, leaver, how):
    link = invite(leaver, settings_of(pair), role="manage", label="Back door")
    viewer, page = share_visitor(leaver, pair, name="For a friend")
    assert viewer.ask("GET", page).status_code == 200
    boss.post(f"{settings_of(pair)}{how}/", member=membership(f"leaver {pair.pk}"), role="view")
    page_text = boss.get(settings_of(pair)).text
    assert "Back door" in page_text
    assert "For a friend" in page_text
    assert anonymous(daphne).ask("GET", link).status_code == 404
    assert viewer.ask("GET", page).status_code == 404


def test_links_of_a_user_removed_elsewhere_stop_working(daphne, boss, pair, leaver):
    """The user is removed through the admin or in the database, without withdrawing the links."""
    from django.contrib.auth.models import User

    link = invite(leaver, settings_of(pair), role="manage")
    viewer, page = share_visitor(leaver, pair)
    user = User.objects.filter(username=f"leaver {pair.pk}")
    user.update(is_active=False)
    assert anonymous(daphne).ask("GET", link).status_code == 404
    assert viewer.ask("GET", page).status_code == 404
    assert "can no longer share" in boss.get(settings_of(pair)).text
    user.get().delete()
    assert anonymous(daphne).ask("GET", link).status_code == 404
    assert viewer.ask("GET", page).status_code == 404


def test_links_of_remaining_users_continue_to_work(daphne, boss, pair, leaver):
    other = member(daphne, f"stays {pair.pk}", pair, "manage")
    link = invite(other, settings_of(pair), role="view")
    viewer, page = share_visitor(other, pair)
    boss.post(
        settings_of(pair) + "remove-member/", member=membership(f"leaver {pair.pk}"), role="view"
    )
    assert anonymous(daphne).ask("GET", link).status_code == 200
    assert viewer.ask("GET", page).status_code == 200


def test_the_database_query_agrees_with_the_permission_rule(pair, stored):
    from django.contrib.auth.models import User

    from viewer.access.permissions import Right, Visitor, made_by_manager
    from viewer.models import Member, ShareLink

    for role in ("view", "manage", ""):
        for is_superuser in (False, True):
            user = User.objects.create(
                username=f"{pair.pk} {role} {is_superuser}", is_superuser=is_superuser
            )
            if role:
                Member.objects.create(keypair=pair, user=user, role=role)
            link = ShareLink.objects.create(
                token_hash=f"hash of {user.pk}",
                keypair=pair,
                created_by=user,
                expires_at="2999-01-01T00Z",
            )
            good = ShareLink.objects.filter(made_by_manager("created_by"), pk=link.pk).exists()
            assert good == (Right.MANAGE in Visitor(user).rights(pair))


def test_links_created_by_the_server_stay(daphne, pair):
    from viewer.access import link_tokens
    from viewer.models import Invitation

    token = link_tokens.new_token()
    Invitation.objects.create(token_hash=link_tokens.token_digest(token), keypair=pair, role="view")
    assert anonymous(daphne).ask("GET", f"/invitation/{token}/").status_code == 200


def test_a_user_removed_while_waiting_for_unmatched_requests_gets_none(daphne, boss, pair):
    name = f"waiting owner {pair.pk}"
    former = signed_in(daphne, name, is_superuser=True, is_staff=True)
    with ThreadPoolExecutor(1) as pool:
        waiting = pool.submit(former.ask, "GET", f"/api/unmatched-requests?after={2**40}&wait=3")
        time.sleep(0.5)
        shut_out(boss, name)
        assert waiting.result(10).status_code == 403


@pytest.mark.slow
@pytest.mark.parametrize("ends", [True, False])
def test_a_deletion_ends_with_the_right_to_it(pair, store, monkeypatch, ends):
    from ingest.auth import key_pairs
    from ingest.models import Event
    from viewer.access.permissions import Right
    from viewer.events import deletion
    from viewer.workload.visitor_queries import Asker, RightEnded

    store.append([write_request(pair, [judged()] * 3_000)])
    monkeypatch.setattr(deletion, "RIGHTS_EVERY", 0)
    delete = deletion.delete_up_to
    keys = pair.api_key, pair.auth_key

    def pieces(*arguments):
        for count in delete(*arguments):
            if ends:
                key_pairs.rotate_keys(pair)
            yield count

    monkeypatch.setattr(deletion, "delete_up_to", pieces)
    asker = Asker(pair.pk, Right.MANAGE, "visitor", "127.0.0.1", keys=keys)
    deleting = deletion._delete(asker, 3_000)
    if ends:
        with pytest.raises(RightEnded):
            asyncio.run(deleting)
    else:
        assert asyncio.run(deleting) == 3_000
    assert Event.objects.filter(keypair=pair).count() == (2_500 if ends else 0)
