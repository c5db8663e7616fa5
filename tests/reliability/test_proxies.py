"""TLS in front of the server: forwarded headers are trusted only from configured proxies."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
import requests

from tests.support.http import post, request, send_raw
from tests.support.server import ROOT, Server, running

SPOOFED = ("X-Forwarded-For: 203.0.113.9", "X-Forwarded-Proto: https")
NAME = "viewer.acme.example"
DEPLOYED = {
    "PUBLIC_URL": f"https://{NAME}",
    "ALLOWED_HOSTS": f"{NAME},127.0.0.1",
    "FORWARDED_ALLOW_IPS": "127.0.0.1,10.0.0.0/8",
}
KINDS = ["daphne", "uvicorn"]


@pytest.fixture(scope="module", params=KINDS)
def plain(request, tmp_path_factory):
    """A server without a proxy."""
    with running(request.param, tmp_path_factory.mktemp("plain")) as server:
        yield server


@pytest.fixture(scope="module", params=KINDS)
def deployed(request, tmp_path_factory):
    with running(request.param, tmp_path_factory.mktemp("deployed"), **DEPLOYED) as server:
        yield server


@pytest.fixture(scope="module", params=KINDS)
def unproxied(request, tmp_path_factory):
    """TLS is required, but no proxy is configured."""
    environment = {**DEPLOYED, "FORWARDED_ALLOW_IPS": ""}
    with running(request.param, tmp_path_factory.mktemp("unproxied"), **environment) as server:
        yield server


def sender_of_delivery(server: Server, *headers: str, sender: str = "127.0.0.1") -> str:
    """The recorded sender."""
    name = f"pair {len(json.loads(server.manage('keypair', 'list', '--json')))}"
    pair = json.loads(server.manage("keypair", "add", name, "--dialect", "natero", "--json"))
    path = f"/v1/{pair['auth_key']}/{pair['api_key']}"
    assert send_raw(server.port, post(path, b"{}", *headers), sender=sender).status == 200
    asked = requests.get(
        f"{server.url}/api/deliveries",
        auth=(pair["api_key"], pair["auth_key"]),
        headers={"X-Forwarded-Proto": "https"},
        timeout=10,
    )
    return str(asked.json()["deliveries"][0]["sender"])


def get(server: Server, path: str, *headers: str, sender: str = "127.0.0.1"):
    return send_raw(server.port, request("GET", path, *headers), sender=sender)


# -- no proxy is configured ------------------------------------------------------------------------


def test_a_client_cannot_choose_its_address(plain):
    assert sender_of_delivery(plain, *SPOOFED) == "127.0.0.1"


def test_nor_count_failed_sign_ins_for_another_address(plain):
    """Otherwise a lock-out would have no effect."""
    statuses = []
    for number in range(11):
        session = requests.Session()
        page = session.get(f"{plain.url}/sign-in/", timeout=10)
        token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
        fields = {"api_key": f"k-{number}", "auth_key": "a", "csrfmiddlewaretoken": token}
        headers = {"X-Forwarded-For": f"203.0.113.{number}"}
        answer = session.post(f"{plain.url}/open/", data=fields, headers=headers, timeout=10)
        statuses.append(answer.status_code)
    assert statuses == [403] * 10 + [429]


def test_a_client_cannot_declare_a_plain_request_secure(unproxied):
    answer = get(unproxied, "/sign-in/", *SPOOFED)
    assert answer.status == 301
    assert answer.headers["location"] == "https://127.0.0.1/sign-in/"
    assert "strict-transport-security" not in answer.headers


# -- proxies are configured ------------------------------------------------------------------------


def test_a_configured_proxy_is_trusted(deployed):
    assert sender_of_delivery(deployed, *SPOOFED) == "203.0.113.9"
    assert get(deployed, "/sign-in/", *SPOOFED).status == 200


def test_the_last_address_that_is_not_a_proxy_is_the_senders(deployed):
    """The sender could have forged the addresses before it."""
    chain = "X-Forwarded-For: 198.51.100.1, 203.0.113.9, 10.1.2.3"
    assert sender_of_delivery(deployed, chain, SPOOFED[1]) == "203.0.113.9"


def test_another_address_is_not_trusted(deployed):
    assert sender_of_delivery(deployed, *SPOOFED, sender="127.0.0.7") == "127.0.0.7"
    answer = get(deployed, "/sign-in/", *SPOOFED, sender="127.0.0.7")
    assert answer.status == 301


def test_replies_over_tls_have_security_headers(deployed):
    headers = get(deployed, "/sign-in/", *SPOOFED).headers
    assert headers["strict-transport-security"] == "max-age=31536000"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "default-src 'none'" in headers["content-security-policy"]
    cookie = headers["set-cookie"]
    assert cookie.startswith("__Host-viewer_csrf_443=")
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_the_session_cookie_requires_tls(deployed):
    link = deployed.manage("signin").strip().removeprefix(f"https://{NAME}")
    headers = {"X-Forwarded-Proto": "https", "Host": NAME, "Referer": f"https://{NAME}/"}
    page = requests.get(deployed.url + link, headers=headers, timeout=10)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    name = "__Host-viewer_csrf_443"
    headers["Cookie"] = f"{name}={page.cookies[name]}"
    answer = requests.post(
        deployed.url + link,
        data={"csrfmiddlewaretoken": token},
        headers=headers,
        timeout=10,
        allow_redirects=False,
    )
    assert answer.status_code == 302
    (cookie,) = (cookie for cookie in answer.cookies if cookie.name == "__Host-viewer_session_443")
    assert cookie.secure
    assert cookie.has_nonstandard_attr("HttpOnly")


# -- start-up checks -------------------------------------------------------------------------------


def checked(tmp_path, **given: str) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environment = {**os.environ, "DATA_DIR": str(tmp_path), **given}
    return subprocess.run(
        words, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=60
    )


def test_a_deployment_causes_no_django_warning(tmp_path):
    ended = checked(tmp_path, **DEPLOYED)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_server_without_tls_gets_a_warning(tmp_path):
    """Confirms that the check detects the condition."""
    ended = checked(tmp_path)
    assert ended.returncode != 0
    assert "security.W008" in ended.stderr


def test_tls_that_cannot_be_detected_gets_a_warning(tmp_path):
    ended = checked(tmp_path, **{**DEPLOYED, "FORWARDED_ALLOW_IPS": ""})
    assert ended.returncode != 0
    assert "viewer.W001" in ended.stderr


def test_an_invalid_proxy_address_is_one_sentence(tmp_path):
    ended = checked(tmp_path, FORWARDED_ALLOW_IPS="127.0.0.1,proxy.example")
    assert ended.stderr.strip().startswith("FORWARDED_ALLOW_IPS holds 'proxy.example': ")
    assert len(ended.stderr.strip().splitlines()) == 1
