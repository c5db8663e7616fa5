"""`POST /api/expect` waits for the expected events, or reports the closest miss."""

from __future__ import annotations

import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.support.http import send_raw
from tests.support.vendors import VENDORS
from viewer.qa.expectations import ExpectationError, parse_expectations


@pytest.fixture
def pair(new_pair, stored):
    return new_pair("eventbunker")


@pytest.fixture
def expect(server, pair):
    def request(*expectations: object, of=pair, text: bool = False, **body) -> requests.Response:
        return requests.post(
            f"{server.url}/api/expect{'?format=text' if text else ''}",
            json={"expect": list(expectations), **body},
            auth=(of.api_key, of.auth_key),
            timeout=70,
        )

    return request


@pytest.fixture
def send(server, pair):
    def deliver(name: str = "paid", run: str = "", **fields) -> None:
        body = json.dumps({"event_name": name, **fields}).encode()
        headers = [f"X-Run: {run}"] if run else []
        request = VENDORS["eventbunker"].deliver(pair.api_key, pair.auth_key, body, *headers)
        assert send_raw(server.port, request).status in (200, 400)

    return deliver


def result(answer: requests.Response) -> dict:
    (only,) = answer.json()["results"]
    return only


def test_it_answers_immediately_if_all_events_exist(expect, send):
    send(price=3)
    answer = expect(
        {"match": "name:paid", "fields": {"price": 3}}, {"none": "name:refunded"}, wait=60
    )
    assert answer.status_code == 200
    assert answer.json()["satisfied"]
    assert answer.json()["waited"] < 5
    assert [one["events"] for one in answer.json()["results"]] == [[1], []]


def test_it_waits_and_is_woken_by_the_event(expect, send):
    timer = threading.Timer(1.0, send)
    timer.start()
    began = time.monotonic()
    answer = expect({"match": "name:paid"}, wait=60)
    assert (answer.status_code, result(answer)["events"]) == (200, [1])
    assert 0.9 < time.monotonic() - began < 4  # not the periodic check after 5 s


COUNTS = [
    ({"match": "name:paid"}, True),
    ({"match": "name:paid", "at_least": 3}, True),
    ({"match": "name:paid", "at_least": 4}, False),
    ({"match": "name:paid", "at_most": 3}, True),
    ({"match": "name:paid", "at_most": 2}, False),
    ({"match": "name:paid", "exactly": 3}, True),
    ({"match": "name:paid", "exactly": 2}, False),
    ({"match": "name:paid", "exactly": 4}, False),
    ({"match": "name:none", "exactly": 0}, True),
    ({"none": "name:paid"}, False),
    ({"none": "name:none"}, True),
    ({"match": "name:paid", "at_least": 1, "at_most": 5}, True),
    ({"match": "", "exactly": 4}, True),
]


@pytest.mark.parametrize(("expectation", "is_met"), COUNTS, ids=lambda one: str(one))
def test_counts(expect, send, expectation, is_met):
    for _ in range(3):
        send()
    send("other")
    answer = expect(expectation)
    assert (answer.status_code, answer.json()["satisfied"]) == (200 if is_met else 412, is_met)


def test_too_many_are_reported_without_waiting_for_the_end(expect, send):
    send()
    answer = expect({"none": "name:paid"}, {"match": "name:later"}, wait=60)
    assert answer.json()["waited"] < 5
    assert answer.json()["results"][0]["message"] == "1 event matches; none expected."


def test_absence_is_watched_for_a_while(expect, send):
    threading.Timer(0.5, send).start()
    answer = expect({"none": "name:paid"}, settle=5)
    assert (answer.status_code, result(answer)["events"]) == (412, [1])
    answer = expect({"match": "name:paid", "exactly": 1}, settle=1)
    assert answer.status_code == 200
    assert answer.json()["waited"] >= 1


def user(who: str) -> dict:
    return {"customer_identifier": who}


ORDERS = [
    ([("a", "x"), ("b", "x")], "user", True, "In order for 1 user(s)."),
    ([("b", "x"), ("a", "x")], "user", False, "Event 1 (name:b) has no name:a before it"),
    ([("a", "x"), ("b", "y")], "user", False, "Event 2 (name:b) has no name:a before it"),
    ([("a", "x"), ("b", "y")], "any", True, "In order."),
    ([("a", "x")], "user", False, "No event matches name:b yet."),
    ([], "user", False, "No event matches name:a yet."),
    ([("a", "x"), ("a", "y"), ("b", "y"), ("b", "x")], "user", True, "In order for 2 user(s)."),
]


@pytest.mark.parametrize(("sent", "by", "is_met", "message"), ORDERS)
def test_order_for_the_same_user(expect, send, sent, by, is_met, message):
    for name, who in sent:
        send(name, **user(who))
    outcome = result(expect({"order": ["name:a", "name:b"], "by": by}))
    assert (outcome["satisfied"], outcome["message"][: len(message)]) == (is_met, message)


def test_an_order_without_a_user_is_reported(expect, send):
    send("a")
    outcome = result(expect({"order": ["name:a", "name:b"]}))
    assert outcome["message"] == "1 of name:a came, but without user."


def test_an_order_can_have_any_number_of_steps(expect, send):
    for name in ("a", "b", "c"):
        send(name, **user("x"))
    assert expect({"order": ["name:a", "name:b", "name:c"]}).status_code == 200
    assert expect({"order": ["name:a", "name:c", "name:b"]}).status_code == 412
    # one event matches only one step
    assert expect({"order": ["name:a", "name:a"]}).status_code == 412


def test_an_order_that_arrives_during_the_wait(expect, send):
    def come() -> None:
        for name in ("a", "b"):
            time.sleep(0.4)
            send(name, **user("x"))

    threading.Thread(target=come).start()
    answer = expect({"order": ["name:a", "name:b"]}, wait=30)
    assert (answer.status_code, answer.json()["waited"] < 5) == (200, True)


def test_the_closest_miss_is_reported_field_by_field(expect, send):
    send("paid", price=5, card={"kind": "visa"}, Curency="EUR")
    send("paid", price=3)
    send("other")
    outcome = result(
        expect(
            {
                "match": "name:paid price>2",
                "fields": {"price": 3, "card.kind": "amex", "currency": "EUR"},
            }
        )
    )
    assert (outcome["found"], outcome["message"]) == (0, "0 events match; at least 1 expected.")
    nearest = outcome["nearest"]
    assert [(near["seq"], near["matched"], near["of"]) for near in nearest] == [
        (2, 3, 5),
        (1, 2, 5),
    ]
    first = {one["path"]: one for one in nearest[1]["differences"]}
    assert (first["/price"]["wanted"], first["/price"]["got"]) == ("3", "5")
    assert (first["/card/kind"]["wanted"], first["/card/kind"]["got"]) == ("amex", '"visa"')
    assert first["/currency"]["got"] is None
    assert first["/currency"]["hint"] == ("There is no “currency”. Did the sender mean “Curency”?")


def test_a_nested_field_is_named_where_the_top_level_is_meant(expect, send):
    send("paid", event_attributes={"plan": "pro", "a": {"deep": 1}}, price=1)
    outcome = result(expect({"match": "name:paid", "fields": {"plan": "pro", "deep": 1}}))
    assert outcome["message"] == (
        "0 events match; at least 1 expected. “plan” is at event_attributes.plan. “deep” is at "
        "event_attributes.a.deep."
    )
    (near,) = outcome["nearest"]
    assert [one["hint"] for one in near["differences"]] == [
        "There is no “plan” at the top level; “plan” is at event_attributes.plan.",
        "There is no “deep” at the top level; “deep” is at event_attributes.a.deep.",
    ]
    alone = result(expect({"match": "plan:pro"}))
    assert alone["nearest"] == []
    assert alone["message"].endswith("“plan” is at event_attributes.plan.")


def test_a_field_at_the_top_level_can_be_nested_also(expect, send):
    send("paid", price=1, card={"price": 2, "name": "x"})
    outcome = result(expect({"match": "price:5"}))
    assert outcome["message"].endswith("expected. “price” is also at card.price.")
    for query in ("name:none", "card.price:5"):
        outcome = result(expect({"match": query}))
        assert outcome["message"] == "0 events match; at least 1 expected."


def test_differences_in_columns_text_and_negations(expect, send):
    send("paid", note="hello")
    outcome = result(expect({"match": '"goodbye" -name:paid verdict:valid'}))
    (near,) = outcome["nearest"]
    assert [(one["term"], one["wanted"], one["got"]) for one in near["differences"]] == [
        ('"goodbye"', "goodbye", None),
        ("-name:paid", "not paid", "paid"),
    ]


def test_a_run_is_evaluated_separately_and_can_begin_later(expect, send):
    send(run="other")
    threading.Timer(0.5, send, kwargs={"run": "mine"}).start()
    answer = expect({"match": "name:paid", "exactly": 1}, run="mine", wait=30)
    assert (answer.status_code, result(answer)["events"]) == (200, [2])
    answer = expect({"match": "name:paid"}, run="never")
    assert (answer.status_code, answer.json()["run"]) == (412, {"name": "never", "begun": False})


def test_from_a_given_number_on(expect, send):
    send()
    last = expect({"match": "name:paid"}).json()["last"]
    assert expect({"match": "name:paid"}, after=last).status_code == 412
    send()
    assert result(expect({"match": "name:paid"}, after=last))["events"] == [2]


def test_the_reply_as_text_for_a_terminal(expect, send):
    send(price=5)
    answer = expect(
        {"match": "name:paid", "fields": {"price": 3}}, {"match": "name:paid"}, text=True
    )
    assert answer.status_code == 412
    assert answer.text.splitlines() == [
        "FAIL at least 1 of name:paid .price:3: 0 events match; at least 1 expected.",
        "       nearest: event 1, 1 of 2 terms",
        "         .price:3: got 5.",
        "ok   at least 1 of name:paid: 1 event matches; at least 1 expected.",
        "1 of 2 not met.",
    ]


def test_many_wait_concurrently(expect, send):
    def wait_for(number: int) -> int:
        return expect({"match": f"number:{number}"}, wait=30).status_code

    with ThreadPoolExecutor(30) as pool:
        waiting = [pool.submit(wait_for, number) for number in range(30)]
        time.sleep(0.5)
        for number in range(30):
            send(number=number)
        assert [one.result() for one in waiting] == [200] * 30


BAD = [
    ([], "", "array"),
    ([5], "/0", "object"),
    ([{}], "/0", "one of match"),
    ([{"match": "a", "none": "b"}], "/0", "one of match"),
    ([{"match": "a", "atleast": 1}], "/0/atleast", "Did you mean “at_least”?"),
    ([{"match": "verdict:odd"}], "/0/match", "no verdict"),
    ([{"match": "a", "at_least": "1"}], "/0/at_least", "whole number"),
    ([{"match": "a", "at_least": True}], "/0/at_least", "whole number"),
    ([{"match": "a", "exactly": 1, "at_most": 2}], "/0/exactly", "excludes"),
    ([{"match": "a", "at_least": 3, "at_most": 2}], "/0/at_most", "less than"),
    ([{"match": "a", "fields": [1]}], "/0/fields", "object"),
    ([{"match": "a", "fields": {"x": [1]}}], "/0/fields", "text, number"),
    ([{"order": ["a"]}], "/0/order", "2 to 10"),
    ([{"order": ["a", "name:"]}], "/0/order/1", ""),
    ([{"order": ["a", "b"], "by": "colour"}], "/0/by", "one of"),
    ([{"match": "a", "label": 5}], "/0/label", "text"),
    ("x", "", "array"),
    ([{"match": "a"}] * 51, "", "at most 50"),
]


@pytest.mark.parametrize(("given", "path", "words"), BAD[1:])
def test_an_invalid_expectation_is_reported_with_its_location(given, path, words):
    with pytest.raises(ExpectationError) as error:
        parse_expectations(given)
    assert error.value.path == path
    assert words in str(error.value)


@pytest.mark.parametrize(
    "body", [{}, {"wait": 61}, {"wait": "1"}, {"after": -1}, {"run": ""}, {"run": 5}, {"odd": 1}]
)
def test_an_invalid_call_is_a_400(expect, body):
    given = {"expect": [{"match": "a"}], **body} if body else {"expect": []}
    expectations = given.pop("expect")
    assert expect(*expectations, **given).status_code == 400


def test_fields_of_any_name_and_value_are_found(expect, send):
    odd = {"a b": 'x"\\y', "c": True, "d": None, "e": -1.5, "größe": "ß", "user": "n", "f\n": "\t"}
    send(**odd)
    for name, value in odd.items():
        answer = expect({"match": "", "fields": {name: value}})
        assert answer.status_code == 200, (name, answer.text)
    assert expect({"match": "", "fields": odd}).status_code == 200
    assert expect({"match": "", "fields": odd | {"e": -1.6}}).status_code == 412


def test_it_is_only_for_holders_of_the_keys(server, pair, new_pair):
    url = f"{server.url}/api/expect"
    body = {"expect": [{"match": "a"}]}
    assert requests.post(url, json=body, timeout=10).status_code == 403
    own = {"Origin": server.url}
    assert requests.post(url, json=body, headers=own, timeout=10).status_code == 401
    auth = (pair.api_key, new_pair("natero").auth_key)
    assert requests.post(url, json=body, auth=auth, timeout=10).status_code == 401
    assert requests.get(url, auth=(pair.api_key, pair.auth_key), timeout=10).status_code == 405
