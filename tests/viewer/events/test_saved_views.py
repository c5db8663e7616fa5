"""`/api/views`: the state of a page, saved under a name for every user of the key pair."""

from __future__ import annotations

import pytest
import requests

from tests.support.visitor import sign_in


@pytest.fixture
def pair(new_pair):
    return new_pair("natero")


@pytest.fixture
def ask(uvicorn, pair):
    def request(method: str, path: str = "", of=pair, **options) -> requests.Response:
        url = f"{uvicorn.url}/api/views{path}"
        return requests.request(method, url, auth=(of.api_key, of.auth_key), timeout=10, **options)

    return request


def names(answer: requests.Response) -> list[str]:
    return [view["name"] for view in answer.json()["views"]]


def test_the_parts_of_a_view_are_stored_in_a_fixed_order(ask):
    assert ask("GET").json() == {"views": []}
    answer = ask(
        "POST", json={"name": " My   faults ", "search": "?columns=a,b.c&q=verdict:invalid"}
    )
    assert answer.status_code == 201
    view = answer.json()
    assert set(view) == {"id", "name", "search", "created_at"}
    assert view["name"] == "My faults"
    assert view["search"] == "q=verdict%3Ainvalid&columns=a%2Cb.c"
    assert ask("GET").json() == {"views": [view]}


def test_it_is_renamed_overwritten_and_deleted(ask):
    view = ask("POST", json={"name": "b", "search": "q=name:x"}).json()
    ask("POST", json={"name": "a"})
    assert names(ask("GET")) == ["a", "b"]
    path = f"/{view['id']}"
    assert ask("PUT", path, json={"name": "c"}).json() == {**view, "name": "c"}
    changed = ask("PUT", path, json={"search": "time=utc&group=1"}).json()
    assert changed == {**view, "name": "c", "search": "group=1&time=utc"}
    assert ask("DELETE", path).json() == {"deleted": changed}
    assert names(ask("GET")) == ["a"]
    for method in ("PUT", "DELETE"):
        assert ask(method, path, json={"name": "d"}).status_code == 404


def test_a_name_is_unique(ask, new_pair):
    view = ask("POST", json={"name": "x"}).json()
    other = ask("POST", json={"name": "y"}).json()
    for answer in (
        ask("POST", json={"name": "x"}),
        ask("PUT", f"/{other['id']}", json={"name": "x"}),
    ):
        assert answer.status_code == 409
        assert answer.json()["error"] == "There is a view named “x” already."
    assert ask("PUT", f"/{view['id']}", json={"name": "x"}).status_code == 200
    assert ask("POST", of=new_pair("natero"), json={"name": "x"}).status_code == 201


def test_views_of_another_pair_are_neither_shown_nor_changed(ask, new_pair):
    view = ask("POST", json={"name": "x"}).json()
    other = new_pair("natero")
    assert ask("GET", of=other).json() == {"views": []}
    assert ask("PUT", f"/{view['id']}", of=other, json={"name": "y"}).status_code == 404
    assert ask("DELETE", f"/{view['id']}", of=other).status_code == 404
    assert names(ask("GET")) == ["x"]


BAD = [
    ({"name": ""}, "name must have"),
    ({"name": "x" * 61}, "name must have"),
    ({"name": "a\u202eb"}, "that show"),
    ({"name": 5}, "name must have"),
    ({"search": "q=a"}, "name is missing"),
    ({"name": "x", "search": 5}, "search must be text"),
    ({"name": "x", "search": "q=" + "a" * 4_000}, "search must be text"),
    ({"name": "x", "search": "since=5"}, "not “since”"),
    ({"name": "x", "search": "mode=odd"}, "mode must be highlight"),
    ({"name": "x", "search": "time=mars"}, "time must be utc or relative"),
    ({"name": "x", "colour": "red"}, "name, search or both"),
    ({}, "name, search or both"),
    ([], "name, search or both"),
]


@pytest.mark.parametrize(("bad", "words"), BAD)
def test_an_invalid_request_is_a_400_with_the_reason(ask, bad, words):
    answer = ask("POST", json=bad)
    assert (answer.status_code, words in answer.json()["error"]) == (400, True)
    assert ask("GET").json() == {"views": []}


def test_malformed_json_is_a_400_too(ask):
    assert ask("POST", data="name=x").status_code == 400
    assert ask("POST", data=b"\xff").status_code == 400
    assert ask("POST", data=b"[" * 40_000).status_code == 400


def test_an_error_in_the_query_is_reported_with_its_location(ask):
    answer = ask("POST", json={"name": "x", "search": "q=name:a+verdict:odd"})
    assert answer.status_code == 400
    assert (answer.json()["parameter"], answer.json()["at"]) == ("q", 15)


def test_a_pair_has_at_most_a_hundred(ask):
    for number in range(100):
        assert ask("POST", json={"name": str(number)}).status_code == 201
    answer = ask("POST", json={"name": "one more"})
    assert answer.status_code == 409
    assert "delete one first" in answer.json()["error"]


def test_they_are_only_for_users_of_the_pair(server, pair, ask):
    visitor = sign_in(server)
    url = f"{server.url}/api/views"
    asked = {"params": {"pair": pair.pk}, "json": {"name": "x"}, "timeout": 10}
    own = {"Origin": server.url}
    assert visitor.http.post(url, headers=own, **asked).status_code == 201
    assert names(ask("GET")) == ["x"]
    for headers in ({}, {"Origin": "https://evil.example"}):
        assert visitor.http.post(url, headers=headers, **asked).status_code == 403
    assert requests.get(url, params={"pair": pair.pk}, timeout=10).status_code == 401
    assert requests.post(url, headers=own, **asked).status_code == 401
    assert ask("PATCH").status_code == 405
