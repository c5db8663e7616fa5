"""The page of one delivery: its reply, and its other events."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
import requests

from ingest.models import Delivery
from ingest.receiving.redaction import REPLY_KEPT
from tests.support.browser import send, send_good
from tests.support.http import Answer, post, send_raw
from tests.support.vendors import VENDORS
from tests.support.visitor import sign_in

SERVERS_OWN = {"date", "server"}  # added by the web server to every response


@pytest.fixture(params=VENDORS)
def pair(request, new_pair):
    return new_pair(request.param)


def delivery_of(server, pair, number: int = 1, around: int = 0) -> dict[str, Any]:
    answer = requests.get(
        f"{server.url}/api/deliveries/{number}?around={around}",
        auth=(pair.api_key, pair.auth_key),
        timeout=10,
    )
    assert answer.status_code == 200
    return answer.json()


def assert_stored(delivery: dict[str, Any], answer: Answer) -> None:
    """Check that REST reports the reply exactly as it was on the wire."""
    headers = {name: answer.headers[name] for name in answer.headers.keys() - SERVERS_OWN}
    stored_delivery = delivery["reply"]
    assert delivery["status"] == answer.status
    assert stored_delivery["headers"] == headers
    assert stored_delivery["body"].encode() == answer.body
    assert (stored_delivery["size"], stored_delivery["cut"]) == (len(answer.body), False)


def test_the_reply_to_a_valid_delivery_is_shown_exactly(server, pair):
    answer = send(server, pair, VENDORS[pair.dialect].good)
    assert answer.status == 200
    assert_stored(delivery_of(server, pair), answer)


def test_a_browser_gets_additional_headers(uvicorn, pair):
    vendor = VENDORS[pair.dialect]
    origin = "Origin: https://shop.example"
    request = vendor.deliver(pair.api_key, pair.auth_key, vendor.good, origin)
    answer = send_raw(uvicorn.port, request)
    stored_delivery = delivery_of(uvicorn, pair)
    assert_stored(stored_delivery, answer)
    assert (
        stored_delivery["reply"]["headers"]["access-control-allow-origin"] == "https://shop.example"
    )


def test_the_reply_to_a_refused_request_is_shown_with_our_reason(uvicorn, pair):
    vendor = VENDORS[pair.dialect]
    answer = send_raw(uvicorn.port, vendor.deliver(pair.api_key, pair.auth_key, b""))
    stored_delivery = delivery_of(uvicorn, pair)
    if pair.dialect == "natero":  # accepts an empty body
        assert answer.status == 200
    else:
        assert stored_delivery["refused"]
        assert stored_delivery["reply"]["headers"]["x-problem"] == "empty-body"
    assert_stored(stored_delivery, answer)


def test_a_vendors_refusal_of_an_event_is_shown_with_the_reasons(uvicorn, new_pair):
    pair = new_pair("eventbunker")
    answer = send(uvicorn, pair, '{"event_name":"signed in"}')
    stored_delivery = delivery_of(uvicorn, pair)
    assert answer.status == 400
    assert_stored(stored_delivery, answer)
    assert json.loads(stored_delivery["reply"]["body"])["errors"]


def test_a_long_reply_is_cut_and_its_length_stated(uvicorn, new_pair):
    pair = new_pair("eventbunker")
    answer = send(uvicorn, pair, json.dumps({f"key {n} {'x' * 90}": [1, "a"] for n in range(200)}))
    stored_delivery = delivery_of(uvicorn, pair)["reply"]
    assert (stored_delivery["size"], stored_delivery["cut"]) == (len(answer.body), True)
    assert answer.body.startswith(stored_delivery["body"].encode())
    assert len(stored_delivery["body"].encode()) == REPLY_KEPT


def test_the_shown_reply_contains_no_secret(uvicorn, new_pair):
    pair = new_pair("usermaven")
    origin = f"Origin: https://{pair.auth_key}.example"
    path = f"/api/v1/event?token={pair.api_key}.{pair.auth_key}"
    answer = send_raw(uvicorn.port, post(path, VENDORS["usermaven"].good, origin))
    assert pair.auth_key in str(answer.headers)
    assert pair.auth_key not in json.dumps(delivery_of(uvicorn, pair))


def test_replies_from_older_versions_have_only_a_status(uvicorn, new_pair, stored):
    pair = new_pair("natero")
    send_good(uvicorn, pair)
    Delivery.objects.filter(keypair=pair).update(reply=None)
    stored_delivery = delivery_of(uvicorn, pair)
    assert (stored_delivery["status"], stored_delivery["reply"]) == (200, None)


# -- other events of the delivery --------------------------------------------------------------


def siblings(server, pair, around: int = 0) -> list[int]:
    return [event["seq"] for event in delivery_of(server, pair, 2, around)["siblings"]]


def test_siblings_are_events_of_the_same_delivery_near_a_number(uvicorn, new_pair):
    pair = new_pair("natero")
    send_good(uvicorn, pair, 3)
    send_good(uvicorn, pair, 20)
    send_good(uvicorn, pair, 3)
    assert siblings(uvicorn, pair) == list(range(4, 16))
    assert siblings(uvicorn, pair, around=14) == list(range(8, 20))
    assert siblings(uvicorn, pair, around=23) == list(range(12, 24))
    (event, *_) = delivery_of(uvicorn, pair, 1)["siblings"]
    assert event == {"seq": 1, "line": 1, "verdict": "valid", "name": "sessionIdle"}


def test_a_refused_request_has_no_siblings(uvicorn, new_pair):
    pair = new_pair("eventbunker")
    send(uvicorn, pair, "")
    assert delivery_of(uvicorn, pair)["siblings"] == []


def test_compressed_and_decompressed_sizes_are_shown(uvicorn, new_pair):
    pair = new_pair("natero")
    body = b"\n".join([VENDORS["natero"].good] * 50)
    packed = gzip.compress(body)
    path = f"/v1/{pair.auth_key}/{pair.api_key}"
    send_raw(uvicorn.port, post(path, packed, "Content-Encoding: gzip"))
    stored_delivery = delivery_of(uvicorn, pair)
    assert (stored_delivery["wire_size"], stored_delivery["size"]) == (len(packed), len(body))


def test_deliveries_of_other_pairs_are_not_found(uvicorn, new_pair):
    pair, other = new_pair("natero"), new_pair("natero")
    send_good(uvicorn, other)
    keys = (pair.api_key, pair.auth_key)
    url = f"{uvicorn.url}/api/deliveries/1"
    assert requests.get(url, auth=keys, timeout=10).status_code == 404
    visitor = sign_in(uvicorn)
    assert visitor.get("/api/deliveries/1", pair=other.pk).status_code == 200
    assert requests.get(f"{url}?pair={other.pk}", timeout=10).status_code == 401
