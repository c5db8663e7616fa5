"""The table of rights is defined once, and code, docs and pages agree with it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.support.visitors import holder, member, support
from viewer.access import permissions
from viewer.access.permissions import Right

ROOT = Path(__file__).resolve().parents[2]
COLUMNS = (Right.SEE, Right.WORK, Right.PLAN, Right.KEYS, Right.MANAGE)
IN_FORCE = {
    "owner": permissions.OF_OWNER,
    "support": permissions.OF_SUPPORT,
    "member, may view": permissions.OF_ROLE[permissions.Role.VIEW],
    "member, may manage": permissions.OF_ROLE[permissions.Role.MANAGE],
    "who holds both keys": permissions.OF_HOLDER,
}
IN_DOCSTRING = {
    "owner (superuser)": "owner",
    "support (member of that group)": "support",
    "member with the role view": "member, may view",
    "member with the role manage": "member, may manage",
}
PLAN = {"events": {"a": {"type": "object"}}}


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("natero")


def table(text: str) -> dict[str, frozenset[Right]]:
    """Visitor → rights, from the first Markdown table whose rows begin with a visitor."""
    rows = re.findall(r"^\| (\w[^|]*?) \| (?:all|theirs|that one) \|(.*)\|$", text, re.MULTILINE)
    return {
        IN_DOCSTRING.get(who, who): frozenset(
            right
            for right, cell in zip(COLUMNS, cells.split("|"), strict=True)
            if cell.strip().startswith("yes")
        )
        for who, cells in rows
    }


def test_the_docs_agree_with_the_code():
    section = (ROOT / "docs" / "security.md").read_text().split("## Roles and rights")[1]
    assert table(section) == IN_FORCE


def test_the_docstring_agrees_with_the_code():
    assert table(permissions.__doc__) == IN_FORCE


def test_viewers_cannot_change_the_plan_for_all(daphne, pair):
    viewer = member(daphne, f"viewer {pair.pk}", pair, "view")
    answer = viewer.ask("PUT", f"/api/plan?pair={pair.pk}", json=PLAN)
    assert answer.status_code == 403
    assert "plan" in answer.json()["error"]
    assert viewer.get(f"/api/plan?pair={pair.pk}").json()["version"] == 0
    assert viewer.ask("POST", f"/api/runs?pair={pair.pk}", json={"name": "r"}).status_code == 201
    page = viewer.get(f"/pairs/{pair.pk}/plan/").text
    assert "data-plan-save" not in page
    assert "can change the plan" in page


def test_managers_and_holders_of_the_keys_can(daphne, pair):
    manager = member(daphne, f"manager {pair.pk}", pair, "manage")
    for someone in (manager, holder(daphne, pair)):
        answer = someone.ask("PUT", f"/api/plan?pair={pair.pk}", json=PLAN)
        assert answer.status_code == 200
        assert "data-plan-save" in someone.get(f"/pairs/{pair.pk}/plan/").text


def test_support_can_test_a_plan_and_stores_nothing(daphne, pair):
    sam = support(daphne)
    of = f"?pair={pair.pk}"
    assert sam.ask("POST", f"/api/validate{of}", json={"a": 1}).status_code == 200
    expected = {"expect": [{"none": "name:x"}]}
    assert sam.ask("POST", f"/api/expect{of}", json=expected).status_code == 200
    for method, path, body in (
        ("PUT", "/api/plan", PLAN),
        ("POST", "/api/runs", {"name": "r"}),
        ("POST", "/api/views", {"name": "v", "search": ""}),
    ):
        assert sam.ask(method, path + of, json=body).status_code == 403
    page = sam.get(f"/pairs/{pair.pk}/runs/").text
    assert "data-run-form" not in page
    assert "Read-only." in page
