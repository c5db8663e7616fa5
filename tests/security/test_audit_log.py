"""Every action that ends a right, affects other users or removes data has an entry in the audit
log."""

from __future__ import annotations

import re

import pytest

from tests.support.visitors import (
    PASSWORD,
    Someone,
    anonymous,
    holder,
    member,
    owner,
    signed_in,
    with_keys,
)

pytestmark = pytest.mark.usefixtures("stored")


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


def entries(**of: object) -> list[tuple[str, str, str]]:
    """Action, actor and detail, oldest first."""
    from viewer.models import AuditLogEntry

    found = AuditLogEntry.objects.filter(**of).order_by("pk")
    return list(found.values_list("action", "actor", "detail"))


def uninvite(someone: Someone, path: str) -> None:
    someone.post(f"{path}invite/", label="Nia of QA", role="view", group="")
    page = someone.get(path).text
    number = re.search(r'name="invitation" value="(\d+)"', page).group(1)
    assert someone.post(f"{path}uninvite/", invitation=number).status_code == 302
    assert someone.post(f"{path}uninvite/", invitation=number).status_code == 302  # gone


def test_withdrawing_an_invitation(daphne, pair):
    name = f"keeper {pair.pk}"
    uninvite(member(daphne, name, pair, "manage"), f"/pairs/{pair.pk}/settings/")
    withdrawn = entries(pair_id=pair.pk, action="invitation withdrawn")
    assert withdrawn == [("invitation withdrawn", name, "Nia of QA")]


def test_withdrawing_an_invitation_to_the_server(daphne, pair):
    name = f"owner of {pair.pk}"
    uninvite(owner(daphne, name), "/people/")
    withdrawn = entries(actor=name, action="invitation withdrawn")
    assert withdrawn == [("invitation withdrawn", name, "Nia of QA")]


def test_replacing_the_plan(uvicorn, pair):
    scripts = with_keys(uvicorn, pair)
    for names in (["a"], ["a"], ["a", "b"]):  # the second call repeats the first
        answer = scripts.http.put(
            f"{uvicorn.url}/api/plan", json={"required_names": names}, timeout=20
        )
        assert answer.status_code == 200, answer.text
    dry = scripts.http.put(f"{uvicorn.url}/api/plan?dry=1", json={}, timeout=20)
    assert dry.status_code == 200
    who = "holder of the keys"
    assert entries(pair_id=pair.pk, action="plan changed") == [
        ("plan changed", who, "version 1"),
        ("plan changed", who, "version 2"),
    ]


def test_setting_a_password(daphne, pair):
    name = f"pia {pair.pk}"
    someone = signed_in(daphne, name)
    new = "another-long-test-password"
    wrong = {"old_password": "x", "new_password1": new, "new_password2": new}
    assert someone.post("/account/", **wrong).status_code == 400
    assert someone.post("/account/", **{**wrong, "old_password": PASSWORD}).status_code == 302
    assert entries(actor=name, action="password set") == [("password set", name, "")]
    from viewer.models import AuditLogEntry

    assert not AuditLogEntry.objects.filter(detail__contains=new).exists()


def test_deleting_a_saved_view(uvicorn, pair):
    scripts = with_keys(uvicorn, pair)
    view = scripts.http.post(
        f"{uvicorn.url}/api/views", json={"name": "ours", "search": ""}, timeout=20
    )
    vera = member(uvicorn, f"vera {pair.pk}", pair, "view")
    url = f"/api/views/{view.json()['id']}?pair={pair.pk}"
    assert vera.ask("DELETE", url).status_code == 200
    assert vera.ask("DELETE", url).status_code == 404
    assert entries(pair_id=pair.pk, action="view deleted") == [
        ("view deleted", f"vera {pair.pk}", "ours")
    ]


def test_changing_and_finishing_a_run(uvicorn, pair):
    scripts = with_keys(uvicorn, pair)
    url = f"{uvicorn.url}/api/runs"
    run = scripts.http.post(url, json={"name": "r"}, timeout=20).json()["id"]
    expected = {"expect": [{"match": "name:a"}]}
    assert scripts.http.put(f"{url}/{run}", json=expected, timeout=20).status_code == 200
    for _ in range(2):  # only the first call finishes it
        assert scripts.http.post(f"{url}/finish?name=r", timeout=20).status_code == 200
    assert [(action, detail) for action, _, detail in entries(pair_id=pair.pk)] == [
        ("run changed", "r"),
        ("run finished", "r"),
    ]


def test_a_flood_of_run_changes_is_counted_in_few_entries(uvicorn, pair):
    scripts = with_keys(uvicorn, pair)
    url = f"{uvicorn.url}/api/runs"
    run = scripts.http.post(url, json={"name": "r"}, timeout=20).json()["id"]
    for _ in range(25):
        assert scripts.http.put(f"{url}/{run}", json={"expect": []}, timeout=20).status_code == 200
    changed = entries(pair_id=pair.pk, action="run changed")
    assert len(changed) <= 12
    assert "repeated within a minute" in changed[-1][2]


def test_signing_out(daphne, pair):
    name = f"olga {pair.pk}"
    someone = signed_in(daphne, name)
    for _ in range(2):  # the second time, no user is signed in
        someone.post("/sign-out/")
    assert entries(actor=name, action="signed out") == [("signed out", name, "")]


def test_holders_sign_out_and_strangers_leave_no_entry(daphne, pair):
    def count() -> int:
        from viewer.models import AuditLogEntry

        return AuditLogEntry.objects.filter(action="signed out").count()

    before = count()
    anonymous(daphne).post("/sign-out/")
    assert count() == before
    holder(daphne, pair).post("/sign-out/")
    assert count() == before + 1


def test_every_action_fits_its_column():
    from viewer.models import Action, AuditLogEntry

    longest = AuditLogEntry._meta.get_field("action").max_length
    assert all(len(action) <= longest for action in Action.values)
