"""POST /api/validate gives the same result as the endpoint, and stores nothing."""

from __future__ import annotations

import gzip
import json
import threading

import pytest
import requests

from tests.support.http import send_raw
from tests.support.server import running
from tests.support.vendors import VENDORS
from tests.support.visitor import sign_in

BROKEN = b'{"a":1 "b":2}'


@pytest.fixture
def validate(uvicorn):
    def ask(pair, body: bytes, server=uvicorn, parameters=None, **headers: str):
        return requests.post(
            f"{server.url}/api/validate",
            data=body,
            params=parameters,
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            auth=(pair.api_key, pair.auth_key),
            timeout=60,
        )

    return ask


def codes(problems) -> list[str]:
    return [problem["code"] for problem in problems]


# -- the same answer as the endpoint's -----------------------------------------------------------


@pytest.mark.parametrize("dialect", VENDORS)
@pytest.mark.parametrize("body", [None, BROKEN, b"", b"[]", b"[1,2]", b"{}", b"\xff", b"a=1"])
def test_status_body_and_verdicts_equal_the_endpoints(uvicorn, new_pair, validate, dialect, body):
    pair, vendor = new_pair(dialect), VENDORS[dialect]
    body = vendor.good if body is None else body
    answer = validate(pair, body)
    assert answer.status_code == 200
    validated = answer.json()
    sent = send_raw(uvicorn.port, vendor.deliver(pair.api_key, pair.auth_key, body))
    assert validated["status"] == sent.status
    assert validated["body"][:18] == sent.body.decode()[:18]  # then a random number
    stored = requests.get(
        f"{uvicorn.url}/api/events", auth=(pair.api_key, pair.auth_key), timeout=10
    ).json()["events"]
    same = ("line", "verdict", "name", "problems", "raw")
    assert [[event[name] for name in same] for event in validated["events"]] == [
        [event[name] for name in same] for event in stored
    ]


def test_an_event_has_the_documented_shape(new_pair, validate):
    validated = validate(new_pair("natero"), BROKEN).json()
    assert list(validated) == ["status", "body", "problems", "balance", "events"]
    (event,) = validated["events"]
    assert set(event) == {"line", "verdict", "name", "problems", "raw", "fixed"}
    assert event["fixed"] == {
        "text": '{"a":1, "b":2}', "parts": [["=", '{"a":1'], ["+", ","], ["=", ' "b":2}']]
    }  # fmt: skip
    assert (event["verdict"], event["raw"]) == ("malformed", BROKEN.decode())
    (problem,) = event["problems"]
    assert (problem["code"], problem["offset"], problem["column"]) == ("missing-comma", 6, 7)


def test_nothing_is_stored(uvicorn, new_pair, validate):
    pair = new_pair("natero")
    validate(pair, VENDORS["natero"].good)
    validate(pair, b"x", Content_Encoding="gzip")
    summary = requests.get(
        f"{uvicorn.url}/api/summary", auth=(pair.api_key, pair.auth_key), timeout=10
    ).json()
    assert set(summary["balance"].values()) == {0}


def test_every_line_counts_even_if_not_all_are_listed(new_pair, validate):
    body = b"\n".join([VENDORS["natero"].good, BROKEN] * 2_000)
    validated = validate(new_pair("natero"), body).json()
    balance = validated["balance"]
    assert (balance["received"], balance["malformed"]) == (4_000, 2_000)
    assert sum(balance.values()) == 2 * balance["received"]
    assert [event["line"] for event in validated["events"]] == list(range(1, 1_001))
    few = validate(new_pair("natero"), body, parameters={"limit": 3}).json()
    assert len(few["events"]) == 3


def test_bytes_that_are_not_text_are_included(new_pair, validate):
    (event,) = validate(new_pair("natero"), b'{"a":"\xff"}').json()["events"]
    assert event["raw"] == '{"a":"�"}'
    assert event["raw_base64"]


# -- headers ---------------------------------------------------------------------------------------


def test_gzip_is_decompressed(new_pair, validate):
    body = gzip.compress(VENDORS["natero"].good)
    validated = validate(new_pair("natero"), body, Content_Encoding="gzip").json()
    assert validated["balance"]["received"] == 1
    assert validated["events"][0]["raw"] == VENDORS["natero"].good.decode()


def test_invalid_gzip_is_a_refusal_with_its_problem(new_pair, validate):
    validated = validate(new_pair("natero"), b"{}", Content_Encoding="gzip").json()
    assert validated["status"] == 400
    assert validated["problems"]
    assert validated["events"] == []


def test_an_unknown_encoding_is_reported(new_pair, validate):
    validated = validate(new_pair("natero"), b"{}", Content_Encoding="zstd").json()
    assert codes(validated["problems"]) == ["unknown-encoding"]


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_form_is_parsed_as_by_the_endpoint(new_pair, validate, kind):
    validated = validate(new_pair("usermaven"), b"data=e30%3D", Content_Type=kind).json()
    assert [event["raw"] for event in validated["events"]] == [
        "{}" if kind.endswith("urlencoded") else "data=e30%3D"
    ]


# -- sizes -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(tmp_path_factory, django_db_setup):
    limits = {"WIRE_BYTES": "2000", "BODY_BYTES": "5000", "LINE_BYTES": "500", "BODY_LINES": "50"}
    with running("uvicorn", tmp_path_factory.mktemp("small"), **limits) as server:
        yield server


@pytest.fixture(scope="module")
def small_pair(small):
    from types import SimpleNamespace

    made = json.loads(small.manage("keypair", "add", "p", "--dialect", "natero", "--json"))
    return SimpleNamespace(api_key=made["api_key"], auth_key=made["auth_key"])


@pytest.mark.parametrize(
    ("body", "encoding", "code"),
    [
        (b"x" * 2_001, "", "body-too-large"),
        (gzip.compress(b"x" * 5_001, mtime=0), "gzip", "inflated-too-large"),
        (b"{}\n" * 60, "", "too-many-lines"),
    ],
)
def test_the_endpoints_limits_apply(small, small_pair, validate, body, encoding, code):
    headers = {"Content_Encoding": encoding} if encoding else {}
    validated = validate(small_pair, body, server=small, **headers).json()
    assert (validated["status"], codes(validated["problems"]), validated["events"]) == (
        413,
        [code],
        [],
    )


def test_a_body_without_a_length_is_limited_too(small, small_pair):
    answer = requests.post(
        f"{small.url}/api/validate",
        data=(part for part in [b"x" * 1_500] * 2),
        auth=(small_pair.api_key, small_pair.auth_key),
        timeout=10,
    )
    assert codes(answer.json()["problems"]) == ["body-too-large"]


def test_a_long_line_is_cut(small, small_pair, validate):
    (event,) = validate(small_pair, b"x" * 600, server=small).json()["events"]
    assert codes(event["problems"]) == ["line-too-long"]
    assert len(event["raw"]) == 500


def test_a_large_body_does_not_delay_others(uvicorn, new_pair, validate):
    pair = new_pair("natero")
    asking = threading.Thread(target=validate, args=(pair, (BROKEN + b"\n") * 20_000))
    asking.start()
    answered = 0
    while asking.is_alive():
        requests.get(f"{uvicorn.url}/healthz", timeout=30)
        answered += 1
    assert answered > 2


# -- permissions -----------------------------------------------------------------------------------


def test_without_keys_or_session_it_is_refused(uvicorn, new_pair):
    url = f"{uvicorn.url}/api/validate"
    origin = {"Origin": uvicorn.url}
    for auth in (None, ("a", "b"), (new_pair("natero").api_key, "wrong")):
        answer = requests.post(url, data=b"{}", auth=auth, headers=origin, timeout=10)
        assert answer.status_code == 401
    pair = new_pair("natero").pk
    asked = requests.post(f"{url}?pair={pair}", data=b"{}", headers=origin, timeout=10)
    assert asked.status_code == 401


def test_a_session_can_name_a_pair_that_it_can_see(uvicorn, new_pair):
    visitor, origin = sign_in(uvicorn), {"Origin": uvicorn.url}
    url = f"{uvicorn.url}/api/validate?pair="
    pair = new_pair("eventbunker").pk
    assert visitor.http.post(f"{url}{pair}", data=b"{}", headers=origin).json()["status"] == 400
    assert visitor.http.post(f"{url}999999", data=b"{}", headers=origin).status_code == 404


def test_a_visitor_without_a_pair_is_refused(uvicorn, new_pair, stored):
    from django.contrib.auth.models import User

    from viewer.access.session_store import SessionStore

    user = User.objects.create_user(f"visitor {new_pair('natero').pk}")
    session = SessionStore()
    session["_auth_user_id"] = str(user.pk)
    session["_auth_user_backend"] = "django.contrib.auth.backends.ModelBackend"
    session["_auth_user_hash"] = user.get_session_auth_hash()
    session.save()
    answer = requests.post(
        f"{uvicorn.url}/api/validate?pair={new_pair('natero').pk}",
        data=b"{}",
        headers={"Origin": uvicorn.url},
        cookies={uvicorn.session_cookie: session.session_key},
        timeout=10,
    )
    assert answer.status_code == 404


@pytest.mark.parametrize("origin", [None, "null", "https://elsewhere.example", "http://127.0.0.1"])
def test_other_sites_cannot_use_a_session(uvicorn, new_pair, origin):
    visitor = sign_in(uvicorn)
    url = f"{uvicorn.url}/api/validate?pair={new_pair('natero').pk}"
    headers = {"Origin": origin} if origin else {}
    assert visitor.http.post(url, data=b"{}", headers=headers).status_code == 403


def test_only_post_is_allowed(uvicorn, new_pair):
    pair = new_pair("natero")
    auth = (pair.api_key, pair.auth_key)
    answer = requests.get(f"{uvicorn.url}/api/validate", auth=auth, timeout=10)
    assert (answer.status_code, answer.json()["error"]) == (405, "Use POST.")


def test_daphne_answers_the_same(daphne, new_pair, validate):
    pair = new_pair("natero")
    assert validate(pair, BROKEN, server=daphne).json() == validate(pair, BROKEN).json()
