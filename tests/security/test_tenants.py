"""Two customers on one server: no reply to one contains data of the other."""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
import requests
from websockets.exceptions import InvalidStatus

from tests.support.browser import send
from tests.support.http import post, send_raw
from tests.support.visitor import next_frame
from tests.support.visitors import (
    Someone,
    anonymous,
    holder,
    member,
    owner,
    share_visitor,
    support,
    with_keys,
)
from tests.viewer.test_routes import JSON, TABLE, Row

KINDS = ("anonymous", "view", "manage", "holder", "basic", "share")


class Customer(NamedTuple):
    """`marker` is in all data of this customer."""

    marker: str
    pair: object
    visitors: dict[str, Someone]
    share: str  # path of a share link's page


def event_of(marker: str, **fields: str) -> bytes:
    base = {"accountId": f"a-{marker}", "userId": f"u-{marker}", "sessionId": f"s-{marker}"}
    event = {**base, "action": "feature", "feature": f"f-{marker}", "createdAt": 1_700_000_000_000}
    return json.dumps({**event, f"x{marker}": 1, **fields}).encode()


def load(server, new_pair, marker: str) -> Customer:
    """Create one of each kind of data: events, faults, refused requests, a view, a share link,
    members."""
    pair = new_pair("natero", api_key=f"api-{marker}-key", auth_key=f"auth-{marker}-key")
    pair.name = f"pair {marker}"
    pair.save(update_fields=["name"])
    bad = event_of(marker, createdAt=f"date {marker}")
    send(server, pair, event_of(marker), bad, f'{{"broken": {marker}')
    agent = f"User-Agent: client-{marker}/1.0"
    send_raw(server.port, post(f"/v1/wrong-{marker}/{pair.api_key}", b"{}", agent))
    send_raw(server.port, post(f"/v1/unmatched-{marker}/none-{marker}", b"{}", agent))
    visitors = {
        "anonymous": anonymous(server),
        "view": member(server, f"view {marker}", pair, "view"),
        "manage": member(server, f"manage {marker}", pair, "manage"),
        "holder": holder(server, pair),
        "basic": with_keys(server, pair),
    }
    view = json.dumps({"name": f"view {marker}", "search": f"q={marker}"}).encode()
    answer = visitors["manage"].ask("POST", f"/api/views?pair={pair.pk}", data=view, headers=JSON)
    assert answer.status_code in (200, 201), answer.text
    visitors["share"], share = share_visitor(visitors["manage"], pair, name=f"share {marker}")
    return Customer(marker, pair, visitors, share)


@pytest.fixture(scope="module")
def customers(daphne, new_pair, django_db_blocker):
    with django_db_blocker.unblock():
        yield load(daphne, new_pair, "kestrel31"), load(daphne, new_pair, "walrus26")


@pytest.mark.parametrize("kind", KINDS)
def test_no_reply_contains_data_of_another_customer(customers, kind):
    for own, other in (customers, customers[::-1]):
        for row in (row for row in TABLE if row.method != "WS"):
            for about in (own, other):
                path, answer = ask(own.visitors[kind], row, about)
                assert other.marker not in answer.text + str(answer.headers), path


def ask(visitor: Someone, row: Row, about: Customer) -> tuple[str, requests.Response]:
    path = row.path.format(pair=about.pair.pk, share=about.share.split("/")[-2])
    if path.startswith("/api/"):
        path += f"?pair={about.pair.pk}"
    headers = JSON if row.body else {}
    return path, visitor.ask(row.method, path, data=row.body, headers=headers)


@pytest.mark.parametrize("kind", ["view", "manage", "holder"])
def test_no_frame_contains_data_of_another_customer(customers, kind):
    own, other = customers
    with own.visitors[kind].feed(own.pair.pk) as feed:
        text = json.dumps(next_frame(feed))
    assert own.marker in text
    assert other.marker not in text
    with pytest.raises(InvalidStatus) as refused, own.visitors[kind].feed(other.pair.pk):
        pass
    assert other.marker not in refused.value.response.body.decode()


def test_each_customer_sees_their_own_data(customers):
    """Otherwise the tests above would pass with empty replies."""
    own, _ = customers
    for kind in ("view", "manage", "holder"):
        for path in ("/", f"/pairs/{own.pair.pk}/", f"/pairs/{own.pair.pk}/why/"):
            assert own.marker in own.visitors[kind].ask("GET", path).text, (kind, path)
    for kind in ("view", "manage", "holder", "basic"):
        for path in ("events", "deliveries", "summary", "fields", "coverage", "export", "views"):
            answer = own.visitors[kind].ask("GET", f"/api/{path}?pair={own.pair.pk}")
            assert own.marker in answer.text, (kind, path)
    assert own.marker in own.visitors["share"].ask("GET", own.share).text


def test_support_copies_for_one_customer_only_that_customers_data(daphne, customers, stored):
    sam = support(daphne)
    for own, other in (customers, customers[::-1]):
        page = sam.ask("GET", f"/pairs/{own.pair.pk}/why/").text
        assert f"client-{own.marker}" in page
        assert other.marker not in page


def test_support_sees_no_secret_until_one_is_revealed(daphne, customers, stored):
    own, _ = customers
    sam = support(daphne)
    # path and headers of a request; the bytes of an event are shown as they were sent
    for path in (
        f"/pairs/{own.pair.pk}/",
        f"/pairs/{own.pair.pk}/why/",
        "/support/",
        "/unmatched-requests/",
    ):
        text = sam.ask("GET", path).text
        assert own.pair.api_key not in text, path
        assert own.pair.auth_key not in text, path
    revealed = sam.ask("POST", f"/api/keys?pair={own.pair.pk}").json()
    assert revealed["auth_key"] == own.pair.auth_key
    log = owner(daphne).ask("GET", f"/audit-log/?text={own.marker}&action=revealed").text
    assert "sam of support" in log
