"""Every route × every kind of visitor. A route missing from the table fails the first test."""

from __future__ import annotations

import contextlib
import json
from typing import NamedTuple

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.support.browser import send
from tests.support.vendors import fresh
from tests.support.visitor import next_frame
from tests.support.visitors import KINDS, Someone, one_of_each

JSON = {"Content-Type": "application/json"}


class Row(NamedTuple):
    """The status for each kind of visitor, in the order of KINDS."""

    route: str
    method: str
    path: str
    statuses: str
    body: bytes = b""


SETTINGS_ACTIONS = {
    "rename": 400,
    "reveal": 200,
    "rotate": 400,
    "end-old-keys": 400,
    "retention": 400,
    "senders": 400,
    "delete": 400,
    "change-role": 400,
    "remove-member": 400,
    "invite": 400,
    "uninvite": 400,
    "share": 400,
    "revoke-share": 400,
}

# stranger outsider view manage holder basic share support owner
#
# Pages redirect visitors without an identity to the sign-in (302). Objects that a visitor is not
# allowed to see do not exist for them (404), except over REST, which forbids the action (403).
# Forms are sent empty: the page reports the missing field (400), and a form without required
# fields is processed.
TABLE = [
    Row("", "GET", "/", "302 200 200 200 200 302 302 200 200"),
    Row("pairs/new/", "GET", "/pairs/new/", "302 403 403 403 403 302 302 403 200"),
    Row("pairs/new/", "POST", "/pairs/new/", "302 403 403 403 403 302 302 403 400"),
    Row("pairs/<int:pair_id>/", "GET", "/pairs/{pair}/", "302 404 200 200 200 302 302 200 200"),
    Row(
        *("pairs/<int:pair_id>/settings/", "GET", "/pairs/{pair}/settings/"),
        "302 404 404 200 404 302 302 404 200",
    ),
    *(
        Row(
            f"pairs/<int:pair_id>/settings/{action}/",
            method,
            f"/pairs/{{pair}}/settings/{action}/",
            f"302 404 404 {status} 404 302 302 404 {status}",
        )
        for action, sent in SETTINGS_ACTIONS.items()
        for method, status in (("GET", 302), ("POST", sent))
    ),
    Row(
        *("pairs/<int:pair_id>/why/", "GET", "/pairs/{pair}/why/"),
        "302 404 200 200 200 302 302 200 200",
    ),
    Row(
        *("pairs/<int:pair_id>/plan/", "GET", "/pairs/{pair}/plan/"),
        "302 404 200 200 200 302 302 200 200",
    ),
    Row(
        *("pairs/<int:pair_id>/runs/", "GET", "/pairs/{pair}/runs/"),
        "302 404 200 200 200 302 302 200 200",
    ),
    Row(
        *("pairs/<int:pair_id>/runs/<int:run_id>/", "GET", "/pairs/{pair}/runs/0/"),
        "302 404 404 404 404 302 302 404 404",
    ),
    Row(
        *("shared/open/<str:token>/", "GET", "/shared/open/none/"),
        "404 404 404 404 404 404 404 404 404",
    ),
    Row(
        *("shared/<int:link_id>/", "GET", "/shared/{share}/"),
        "404 404 404 404 404 404 200 404 404",
    ),
    Row("account/", "GET", "/account/", "302 200 200 200 404 302 302 200 200"),
    Row("account/", "POST", "/account/", "302 400 400 400 404 302 302 400 400"),
    Row(
        *("invitation/<str:token>/", "GET", "/invitation/none/"),
        "404 404 404 404 404 404 404 404 404",
    ),
    Row("people/", "GET", "/people/", "302 404 404 404 404 302 302 404 200"),
    *(
        Row(
            f"people/{action}/",
            method,
            f"/people/{action}/",
            f"302 404 404 404 404 302 302 404 {status}",
        )
        for action, sent in {"invite": 200, "uninvite": 400, "change": 400}.items()
        for method, status in (("GET", 302), ("POST", sent))
    ),
    Row("support/", "GET", "/support/", "302 404 404 404 404 302 302 200 200"),
    Row("support/", "POST", "/support/", "302 404 404 404 404 302 302 200 200"),
    Row("audit-log/", "GET", "/audit-log/", "302 404 404 404 404 302 302 200 200"),
    Row(
        "unmatched-requests/", "GET", "/unmatched-requests/", "302 404 404 404 404 302 302 200 200"
    ),
    Row("help/problems", "GET", "/help/problems", "200 200 200 200 200 200 200 200 200"),
    Row("sign-in/", "GET", "/sign-in/", "200 302 302 302 200 200 200 302 302"),
    Row("sign-in/", "POST", "/sign-in/", "403 403 403 403 403 403 403 403 403"),
    Row("sign-in/<str:token>/", "GET", "/sign-in/none/", "200 200 200 200 200 200 200 200 200"),
    Row("sign-out/", "GET", "/sign-out/", "405 405 405 405 405 405 405 405 405"),
    Row("oidc/", "GET", "/oidc/", "404 404 404 404 404 404 404 404 404"),
    Row("oidc/callback/", "GET", "/oidc/callback/", "404 404 404 404 404 404 404 404 404"),
    Row("open/", "GET", "/open/", "405 405 405 405 405 405 405 405 405"),
    Row("api/events", "GET", "/api/events", "401 404 200 200 200 200 401 200 200"),
    Row("api/events", "DELETE", "/api/events", "401 404 403 400 403 403 401 403 400"),
    Row("api/events/<int:seq>", "GET", "/api/events/1", "401 404 200 200 200 200 401 200 200"),
    Row("api/deliveries", "GET", "/api/deliveries", "401 404 200 200 200 200 401 200 200"),
    Row(
        *("api/deliveries/<int:delivery>", "GET", "/api/deliveries/1"),
        "401 404 200 200 200 200 401 200 200",
    ),
    Row("api/keys", "POST", "/api/keys", "401 404 403 200 200 200 401 200 200"),
    Row(
        "api/unmatched-requests",
        "GET",
        "/api/unmatched-requests",
        "403 403 403 403 403 403 403 200 200",
    ),
    Row("api/summary", "GET", "/api/summary", "401 404 200 200 200 200 401 200 200"),
    Row("api/fields", "GET", "/api/fields", "401 404 200 200 200 200 401 200 200"),
    Row("api/coverage", "GET", "/api/coverage", "401 404 200 200 200 200 401 200 200"),
    Row("api/mistake", "GET", "/api/mistake", "401 404 200 200 200 200 401 200 200"),
    Row("api/chart", "GET", "/api/chart", "401 404 200 200 200 200 401 200 200"),
    Row("api/export", "GET", "/api/export", "401 404 200 200 200 200 401 200 200"),
    Row("api/checklist", "GET", "/api/checklist", "401 404 200 200 200 200 401 200 200"),
    Row("api/views", "GET", "/api/views", "401 404 200 200 200 200 401 200 200"),
    Row("api/views", "POST", "/api/views", "401 404 400 400 400 400 401 403 400", b"{}"),
    Row(
        *("api/views/<int:view_id>", "PUT", "/api/views/0"),
        "401 404 404 404 404 404 401 403 404",
        b'{"name":"x"}',
    ),
    Row("api/views/<int:view_id>", "DELETE", "/api/views/0", "401 404 404 404 404 404 401 403 404"),
    Row("api/plan", "GET", "/api/plan", "401 404 200 200 200 200 401 200 200"),
    Row("api/plan", "PUT", "/api/plan", "401 404 403 400 400 400 401 403 400", b"x"),
    Row("api/plan/versions", "GET", "/api/plan/versions", "401 404 200 200 200 200 401 200 200"),
    Row("api/plan/inferred", "GET", "/api/plan/inferred", "401 404 200 200 200 200 401 200 200"),
    Row(
        *("api/openapi.json", "GET", "/api/openapi.json"),
        "200 200 200 200 200 200 200 200 200",
    ),
    Row("api/runs", "GET", "/api/runs", "401 404 200 200 200 200 401 200 200"),
    Row("api/runs", "POST", "/api/runs", "401 404 400 400 400 400 401 403 400", b"x"),
    Row("api/runs/finish", "POST", "/api/runs/finish", "401 404 400 400 400 400 401 403 400"),
    Row("api/runs/report", "GET", "/api/runs/report", "401 404 400 400 400 400 401 400 400"),
    Row(
        *("api/runs/<int:run_id>", "GET", "/api/runs/0"),
        "401 404 404 404 404 404 401 404 404",
    ),
    Row(
        *("api/runs/<int:run_id>", "PUT", "/api/runs/0"),
        "401 404 400 400 400 400 401 403 400",
        b"x",
    ),
    Row(
        *("api/runs/<int:run_id>/finish", "POST", "/api/runs/0/finish"),
        "401 404 404 404 404 404 401 403 404",
    ),
    Row(
        *("api/runs/<int:run_id>/report", "GET", "/api/runs/0/report"),
        "401 404 404 404 404 404 401 404 404",
    ),
    Row(
        *("api/runs/<int:run_id>/comparison", "GET", "/api/runs/0/comparison"),
        "401 404 404 404 404 404 401 404 404",
    ),
    Row("api/expect", "POST", "/api/expect", "401 404 400 400 400 400 401 400 400", b"{}"),
    Row("api/validate", "POST", "/api/validate", "401 404 200 200 200 200 401 200 200", b"{}"),
    Row("api/<path:rest>", "GET", "/api/none", "404 404 404 404 404 404 404 404 404"),
    Row("record/", "GET", "/record/", "301 301 301 301 301 301 301 301 301"),
    Row("strays/", "GET", "/strays/", "301 301 301 301 301 301 301 301 301"),
    Row("api/strays", "GET", "/api/strays", "301 301 301 301 301 301 301 301 301"),
    Row("admin", "GET", "/admin", "302 302 302 302 302 302 302 302 302"),
    Row("admin/", "GET", "/admin/", "302 404 404 404 404 302 302 404 200"),
    Row("healthz", "GET", "/healthz", "200 200 200 200 200 200 200 200 200"),
    Row("readyz", "GET", "/readyz", "200 200 200 200 200 200 200 200 200"),
    Row("metrics", "GET", "/metrics", "404 404 404 404 404 404 404 404 404"),
    Row("ws/pairs/<int:pair_id>/", "WS", "{pair}", "404 404 200 200 200 404 404 200 200"),
]


def routes() -> set[str]:
    from viewer.asgi import FEEDS
    from viewer.urls import urlpatterns

    return {str(route.pattern) for route in [*urlpatterns, *FEEDS]}


def test_every_route_is_in_the_table_and_no_other():
    assert {row.route for row in TABLE} == routes()


@pytest.fixture(scope="module")
def visitors(daphne, new_pair, django_db_blocker):
    with django_db_blocker.unblock():
        pair, other = new_pair("natero"), new_pair("natero")
        send(daphne, pair, fresh())
        found = one_of_each(daphne, pair, other)
        from viewer.models import ShareLink

        share = ShareLink.objects.get(keypair=pair).pk
    return found, {"pair": pair.pk, "share": share}


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.method} {row.path}")
def test_each_visitor_gets_the_listed_status(row, visitors):
    found, ids = visitors
    got = {kind: status_of(found[kind], kind, row, ids) for kind in KINDS}
    assert got == dict(zip(KINDS, map(int, row.statuses.split()), strict=True))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/record/?text=a%26b", "/audit-log/?text=a%26b"),
        ("/strays/", "/unmatched-requests/"),
        ("/api/strays?after=7", "/api/unmatched-requests?after=7"),
    ],
)
def test_an_old_address_redirects_to_the_new_one(client, old, new):
    reply = client.get(old)
    assert (reply.status_code, reply["Location"]) == (301, new)


def status_of(visitor: Someone, kind: str, row: Row, ids: dict[str, int]) -> int:
    if row.method == "WS":
        return 200 if is_fed(visitor, ids["pair"]) else 404
    path = row.path.format(**ids)
    if path.startswith("/api/") and kind != "basic":
        path += f"?pair={ids['pair']}"
    headers = JSON if row.body else {}
    return visitor.ask(row.method, path, data=row.body, headers=headers).status_code


def is_fed(visitor: Someone, pair: int) -> bool:
    with contextlib.suppress(ConnectionClosed, InvalidStatus), visitor.feed(pair) as feed:
        frame = next_frame(feed)
        assert frame["type"] in ("events", "error"), json.dumps(frame)
        return frame["type"] == "events"
    return False
