"""People join by invitation, get rights and lose them; each change is in force within 5 s."""

from __future__ import annotations

import re
import time

import pytest
from websockets.exceptions import ConnectionClosed

from tests.support.browser import send
from tests.support.vendors import fresh
from tests.support.visitor import next_frame
from tests.support.visitors import PASSWORD, anonymous, holder, member, owner, signed_in, support

IN_FORCE = 5.0  # seconds

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def manager(daphne, pair):
    return member(daphne, f"manager-{pair.pk}", pair, "manage")


def settings_of(pair) -> str:
    return f"/pairs/{pair.pk}/settings/"


def invite(someone, path: str, **fields: str) -> str:
    """Invite a person and return the path of the link."""
    made = someone.post(f"{path}invite/", **fields)
    assert made.status_code == 200, made.text
    return re.search(r"/invitation/[\w-]+/", made.text).group()


def accept_as_new(server, link: str, name: str):
    someone = anonymous(server)
    passwords = {"password1": PASSWORD, "password2": PASSWORD}
    return someone, someone.post(link, username=name, **passwords)


def test_an_invitation_creates_an_account_with_access_to_the_pair(daphne, pair, manager):
    link = invite(manager, settings_of(pair), role="view", label="Nia of QA")
    assert "Nia of QA" in manager.ask("GET", settings_of(pair)).text
    assert pair.name in anonymous(daphne).ask("GET", link).text
    nia, answer = accept_as_new(daphne, link, f"nia-{pair.pk}")
    assert answer.headers["Location"] == f"/pairs/{pair.pk}/"
    assert nia.ask("GET", f"/pairs/{pair.pk}/").status_code == 200
    assert nia.ask("GET", settings_of(pair)).status_code == 404


def test_an_invitation_works_once(daphne, pair, manager):
    link = invite(manager, settings_of(pair), role="view")
    accept_as_new(daphne, link, f"first-{pair.pk}")
    second, answer = accept_as_new(daphne, link, f"second-{pair.pk}")
    assert answer.status_code == 404
    assert second.ask("GET", f"/pairs/{pair.pk}/").status_code == 302


def test_a_withdrawn_invitation_does_not_work(daphne, pair, manager):
    from viewer.models import Invitation

    link = invite(manager, settings_of(pair), role="view")
    kept = Invitation.objects.get(keypair=pair)
    manager.post(settings_of(pair) + "uninvite/", invitation=kept.pk)
    assert anonymous(daphne).ask("GET", link).status_code == 404


def test_a_weak_password_is_refused_and_the_invitation_stays(daphne, pair, manager):
    link = invite(manager, settings_of(pair), role="view")
    someone = anonymous(daphne)
    answer = someone.post(link, username=f"poor-{pair.pk}", password1="1234", password2="1234")
    assert (answer.status_code, "too short" in answer.text) == (400, True)
    assert accept_as_new(daphne, link, f"better-{pair.pk}")[1].status_code == 302


def test_the_name_of_the_owner_cannot_be_taken(daphne, pair, manager):
    """The link of `make run` signs in as this owner."""
    link = invite(manager, settings_of(pair), role="view")
    for name in ("owner", "Owner"):
        answer = accept_as_new(daphne, link, name)[1]
        assert (answer.status_code, "already exists" in answer.text) == (400, True)


def test_an_existing_account_accepts_and_loses_no_right(daphne, pair, manager):
    link = invite(manager, settings_of(pair), role="view")
    assert manager.post(link).status_code == 302
    assert manager.ask("GET", settings_of(pair)).status_code == 200  # still a manager
    other = signed_in(daphne, f"other-{pair.pk}")
    other.post(invite(manager, settings_of(pair), role="manage"))
    assert other.ask("GET", settings_of(pair)).status_code == 200


def test_a_removed_member_loses_access_immediately_and_open_pages_close(daphne, pair, manager):
    from viewer.models import Member

    vera = member(daphne, f"vera-{pair.pk}", pair, "view")
    kept = Member.objects.get(keypair=pair, role="view")
    with vera.feed(pair.pk) as feed:
        next_frame(feed)
        manager.post(settings_of(pair) + "remove-member/", member=kept.pk)
        began = time.monotonic()
        assert closed_with(feed, daphne, pair) == 4404
        assert time.monotonic() - began < IN_FORCE
    assert vera.ask("GET", f"/pairs/{pair.pk}/").status_code == 404


def closed_with(feed, server, pair) -> int:
    """The code that closes a feed while events arrive."""
    while True:
        send(server, pair, fresh())
        try:
            feed.recv(timeout=0.2)
        except TimeoutError:
            continue
        except ConnectionClosed as closed:
            return closed.rcvd.code


def test_a_role_changes(daphne, pair, manager):
    from viewer.models import Member

    vera = member(daphne, f"vera-{pair.pk}", pair, "view")
    kept = Member.objects.get(keypair=pair, role="view")
    manager.post(settings_of(pair) + "change-role/", member=kept.pk, role="manage")
    assert vera.ask("GET", settings_of(pair)).status_code == 200


def test_a_manager_cannot_change_members_of_another_pair(daphne, pair, manager, new_pair):
    from viewer.models import Member

    other = new_pair("natero")
    member(daphne, f"far-{pair.pk}", other, "manage")
    far = Member.objects.get(keypair=other)
    answer = manager.post(settings_of(pair) + "remove-member/", member=far.pk)
    assert (answer.status_code, Member.objects.filter(pk=far.pk).exists()) == (400, True)


def test_owners_invite_staff_and_deactivate_users(daphne, pair):
    from django.contrib.auth.models import User

    olga = owner(daphne)
    link = invite(olga, "/people/", group="support", label="the new one")
    sue, _ = accept_as_new(daphne, link, f"sue-{pair.pk}")
    assert sue.ask("GET", "/support/").status_code == 200
    assert sue.ask("GET", "/people/").status_code == 404
    user = User.objects.get(username=f"sue-{pair.pk}")
    olga.post("/people/change/", user=user.pk, group="support")  # support cannot sign in
    assert sue.ask("GET", "/support/").status_code == 302
    again = sue.post("/sign-in/", username=user.username, password=PASSWORD)
    assert again.status_code == 403


def test_owners_cannot_change_themselves(daphne):
    from django.contrib.auth.models import User

    olga = owner(daphne)
    own = User.objects.get(username="olga the owner")
    assert olga.post("/people/change/", user=own.pk, group="").status_code == 400
    assert olga.ask("GET", "/people/").status_code == 200


def test_a_new_password_ends_the_other_sessions(daphne, pair):
    one = signed_in(daphne, f"pat-{pair.pk}")
    other = signed_in(daphne, f"pat-{pair.pk}")
    new = "another-long-test-password"
    fields = {"old_password": PASSWORD, "new_password1": new, "new_password2": new}
    assert one.post("/account/", **fields).status_code == 302
    assert one.ask("GET", "/account/").status_code == 200
    assert other.ask("GET", "/account/").status_code == 302


def test_support_works_with_any_key_pair(daphne, pair):
    sam = support(daphne)
    answer = sam.ask("DELETE", f"/api/events?pair={pair.pk}&through=1")
    assert answer.status_code == 403


def test_a_holder_loses_the_page_when_the_keys_are_replaced(daphne, pair, manager):
    someone = holder(daphne, pair)
    with someone.feed(pair.pk) as feed:
        next_frame(feed)
        manager.post(settings_of(pair) + "rotate/", grace="0", confirmed="0")
        began = time.monotonic()
        assert closed_with(feed, daphne, pair) == 4404
        assert time.monotonic() - began < IN_FORCE
    assert someone.ask("GET", f"/pairs/{pair.pk}/").status_code == 302


def test_a_session_remembers_several_pairs(daphne, pair, new_pair):
    other = new_pair("usermaven")
    someone = holder(daphne, pair)
    someone.post("/open/", api_key=other.api_key, auth_key=other.auth_key)
    for one in (pair, other):
        assert someone.ask("GET", f"/pairs/{one.pk}/").status_code == 200
    assert someone.post("/sign-out/").status_code == 302
    assert someone.ask("GET", f"/pairs/{pair.pk}/").status_code == 302


def test_one_key_gives_no_access(daphne, pair, new_pair):
    other = new_pair("natero")
    someone = anonymous(daphne)
    for keys in (
        {"api_key": pair.api_key, "auth_key": other.auth_key},
        {"api_key": pair.auth_key, "auth_key": pair.api_key},
        {"api_key": pair.api_key, "auth_key": ""},
        {"api_key": "\0", "auth_key": "\0"},
    ):
        answer = someone.post("/open/", **keys)
        assert (answer.status_code, pair.api_key in answer.text) == (403, False)


def test_a_password_with_an_old_hash_works_and_is_rehashed(daphne):
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User

    old = make_password(PASSWORD, hasher="pbkdf2_sha256")
    user = User.objects.create(username="from the old days", password=old)
    signed_in(daphne, user.username)
    user.refresh_from_db()
    assert user.password.startswith("scrypt$")
    signed_in(daphne, user.username)
