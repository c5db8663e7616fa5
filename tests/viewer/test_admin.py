"""Only owners can use /admin, and no invariant of the product can be broken there."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.support.browser import cookies_of, send
from tests.support.http import post, send_raw
from tests.support.vendors import fresh
from tests.support.visitors import KINDS, PASSWORD, anonymous, one_of_each, owner, signed_in

OTHERS = {
    "stranger": 302,
    "outsider": 404,
    "view": 404,
    "manage": 404,
    "holder": 404,
    "basic": 302,
    "share": 302,
    "support": 404,
}
MODELS = [
    *("user", "group", "identity", "keypair", "member", "invitation", "sharelink"),
    *("savedview", "auditlogentry", "unmatchedrequest", "accessattempt"),
]
EDITABLE = {"user", "group", "member"}
DELETABLE = EDITABLE | {"identity", "savedview", "accessattempt"}


def models() -> dict[str, object]:
    from django.contrib import admin

    return {model._meta.model_name: model for model in admin.site._registry}


def address(model: object, page: str, *arguments: object) -> str:
    meta = model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_{page}", args=arguments)


@pytest.fixture(scope="module")
def boss(daphne, django_db_setup, django_db_blocker):
    with django_db_blocker.unblock():
        yield owner(daphne)


@pytest.fixture(scope="module")
def filled(daphne, boss, new_pair, django_db_blocker):
    """Objects of every model by name, and the key pair."""
    from axes.models import AccessAttempt
    from django.contrib.auth.models import Group, User

    from viewer.models import Identity, SavedView

    with django_db_blocker.unblock():
        pair, other = new_pair("natero"), new_pair("natero")
        send(daphne, pair, fresh())
        send_raw(daphne.port, post("/v1/unknown/keys-at-all", b"{}"))
        visitors = one_of_each(daphne, pair, other)
        boss.post("/people/invite/", label="Ines", group="support")
        anonymous(daphne).post("/sign-in/", username="mallory", password="wrong")
        user = User.objects.create_user(f"of a company {pair.pk}")
        Identity.objects.create(user=user, issuer="https://id.example", subject=f"{pair.pk}")
        SavedView.objects.create(keypair=pair, name="mine", search="q=x")
        newest = {
            name: model.objects.order_by("-pk").first().pk for name, model in models().items()
        }
        newest["user"], newest["keypair"] = user.pk, pair.pk
        newest["group"] = Group.objects.get(name="support").pk
        assert AccessAttempt.objects.exists()
        yield newest, pair, visitors


def test_it_works(boss):
    assert "Stored data" in boss.get("/admin/").text
    assert boss.get("/admin").url == f"{boss.server.url}/admin/"


def test_all_objects_that_operators_need_are_there():
    assert sorted(models()) == sorted(MODELS)


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "owner"])
def test_only_owners_can_open_any_page(filled, kind):
    newest, _, visitors = filled
    paths = ["/admin/", "/admin/jsi18n/", "/admin/autocomplete/", "/admin/auth/", "/admin/none/"]
    for name, model in models().items():
        paths += [address(model, "changelist"), address(model, "add")]
        paths += [address(model, page, newest[name]) for page in ("change", "delete", "history")]
    got = {path: visitors[kind].ask("GET", path).status_code for path in paths}
    assert got == dict.fromkeys(paths, OTHERS[kind])
    for path in (address(models()["user"], "add"), address(models()["member"], "changelist")):
        assert visitors[kind].ask("POST", path).status_code == OTHERS[kind]


def test_staff_in_djangos_sense_only_have_no_access(daphne, stored):
    someone = signed_in(daphne, "staff alone", is_staff=True)
    assert someone.get("/admin/").status_code == 404


def test_strangers_are_sent_to_the_ordinary_sign_in(daphne):
    answer = anonymous(daphne).get("/admin/login/")
    assert answer.url == f"{daphne.url}/sign-in/?next=/admin/"
    answer = anonymous(daphne).post("/admin/login/", username="olga the owner", password=PASSWORD)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("name", MODELS)
def test_protected_objects_cannot_be_added_changed_or_deleted(boss, filled, name):
    newest, _, _ = filled
    model = models()[name]
    assert boss.get(address(model, "changelist")).status_code == 200
    assert boss.get(address(model, "change", newest[name])).status_code == 200
    added = boss.ask("GET", address(model, "add")).status_code
    assert added == (200 if name in EDITABLE else 403)
    changed = boss.post(address(model, "change", newest[name])).status_code
    assert changed == {"group": 302}.get(name, 200 if name in EDITABLE else 403)
    deleted = boss.ask("GET", address(model, "delete", newest[name])).status_code
    # the group "support" cannot be deleted
    assert deleted == (200 if name in DELETABLE - {"group"} else 403)


def test_no_secret_is_on_any_page(boss, filled):
    from django.contrib.auth.models import User

    from viewer.models import Invitation, ShareLink

    newest, pair, _ = filled
    secrets = [pair.api_key, pair.auth_key, "scrypt$"]
    secrets += [user.password for user in User.objects.filter(password__contains="$")]
    secrets += [link.token_hash for link in (*Invitation.objects.all(), *ShareLink.objects.all())]
    for name, model in models().items():
        for path in (address(model, "changelist"), address(model, "change", newest[name])):
            text = boss.get(path).text
            assert [secret for secret in secrets if secret in text] == []


def test_key_pairs_link_to_their_own_page(boss, filled):
    _, pair, _ = filled
    text = boss.get(f"/admin/ingest/keypair/{pair.pk}/change/").text
    assert f'href="/pairs/{pair.pk}/settings/"' in text


# -- people ----------------------------------------------------------------------------------------


def person(name: str):
    from django.contrib.auth.models import User

    return User.objects.get_or_create(username=name)[0]


def newest_entry():
    from viewer.models import AuditLogEntry

    return AuditLogEntry.objects.order_by("-pk").first()


def test_a_new_owner_has_all_rights_and_it_is_recorded(boss, stored):
    user = person("promoted")
    fields = {"username": "promoted", "is_active": "on", "is_superuser": "on"}
    assert boss.post(f"/admin/auth/user/{user.pk}/change/", **fields).status_code == 302
    user.refresh_from_db()
    assert user.is_staff
    assert user.is_superuser
    entry = newest_entry()
    assert (entry.action, entry.actor) == ("person changed", "olga the owner")
    assert entry.detail.startswith("admin: user promoted: Changed")


def test_owners_cannot_change_or_delete_themselves(daphne, stored):
    boss, me = owner(daphne, "oona"), person("oona")
    path = f"/admin/auth/user/{me.pk}"
    assert boss.post(f"{path}/change/", username="oona").status_code == 302
    me.refresh_from_db()
    assert me.is_superuser
    assert me.is_active
    assert boss.ask("GET", f"{path}/delete/").status_code == 403
    many = {"action": "delete_selected", "_selected_action": str(me.pk), "post": "yes"}
    boss.post("/admin/auth/user/", **many)
    assert person("oona").pk == me.pk


def test_a_deleted_user_loses_all_memberships_and_the_audit_log_records_it(boss, new_pair, stored):
    from viewer.models import Member

    user = person("leaver")
    Member.objects.create(keypair=new_pair("natero"), user=user)
    assert boss.post(f"/admin/auth/user/{user.pk}/delete/", post="yes").status_code == 302
    assert not Member.objects.filter(user_id=user.pk).exists()
    assert newest_entry().detail == "admin: user leaver: deleted"


def test_a_membership_created_here_is_valid_and_recorded(boss, new_pair, stored):
    pair, user = new_pair("natero"), person("joined here")
    fields = {"keypair": str(pair.pk), "user": str(user.pk), "role": "view"}
    assert boss.post("/admin/viewer/member/add/", **fields).status_code == 302
    assert pair.members.get().user == user
    entry = newest_entry()
    assert (entry.action, entry.pair_id) == ("member changed", pair.pk)


def test_a_locked_out_user_can_be_unlocked(boss, daphne, stored):
    from axes.models import AccessAttempt

    for _ in range(6):
        anonymous(daphne).post("/sign-in/", username="locked", password="wrong")
    assert anonymous(daphne).post("/sign-in/", username="locked", password="w").status_code == 429
    attempt = AccessAttempt.objects.get(username="locked")
    path = f"/admin/axes/accessattempt/{attempt.pk}/delete/"
    assert boss.post(path, post="yes").status_code == 302
    assert anonymous(daphne).post("/sign-in/", username="locked", password="w").status_code == 403
    assert newest_entry().action == "sign-in unlocked"


# -- in the browser --------------------------------------------------------------------------------


def test_every_page_opens_under_the_strict_policy(boss, daphne, filled, new_page):
    """The fixture fails the test if the browser reports a violation."""
    newest, _, _ = filled
    page = new_page(daphne, cookies=cookies_of(boss))
    page.goto("/admin/")
    assert page.locator("#content h1").inner_text() == "Stored data"
    for name, model in models().items():
        page.goto(address(model, "changelist"))
        assert page.locator("#result_list tbody tr").count() > 0, name
        page.goto(address(model, "change", newest[name]))
        assert page.locator("#content form").count() == 1
        if name in EDITABLE:
            page.goto(address(model, "add"))
        if name in DELETABLE - {"group"}:
            page.goto(address(model, "delete", newest[name]))
            assert page.locator("#content form").count() == 1


def test_the_theme_of_other_pages_is_unchanged(boss, daphne, new_page):
    page = new_page(daphne, cookies=cookies_of(boss))
    page.goto("/")
    page.evaluate("localStorage.setItem('theme', 'dark')")
    page.goto("/admin/")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(20, 24, 31)"
    assert page.evaluate("localStorage.getItem('theme')") == "dark"


def test_signing_out_there_signs_out_everywhere(daphne, new_page, stored):
    someone = owner(daphne, "olaf the owner")
    page = new_page(daphne, cookies=cookies_of(someone))
    page.goto("/admin/")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{daphne.url}/sign-in/")
