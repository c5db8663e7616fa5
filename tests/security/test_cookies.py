"""Forms are accepted from our own origin and refused from other sites. Cookies belong to one
server, although browsers share them among the ports of a host."""

from __future__ import annotations

import http.cookies
import re

import pytest
import requests

from tests.support.server import Server, running
from tests.support.visitor import sign_in


def answer_to(server: Server, **options) -> requests.Response:
    """The reply to a stranger's form, which names a key pair that does not exist."""
    url = f"{server.url}/open/"
    fields = {"api_key": "no-such-key", "auth_key": "no-such-key"} | options.pop("fields", {})
    return requests.post(url, fields, timeout=10, allow_redirects=False, **options)


def was_taken(answer: requests.Response) -> bool:
    assert answer.status_code == 403
    return "No key pair in force" in answer.text


def test_our_own_page_needs_no_token(server):
    assert was_taken(answer_to(server, headers={"Origin": server.url}))


def test_our_own_page_needs_no_valid_token(server):
    """Another tab signed in, or another program on this host overwrote the cookie."""
    cookies = {server.csrf_cookie: "x" * 32}
    fields = {"csrfmiddlewaretoken": "y" * 32}
    own = {"Origin": server.url}
    assert was_taken(answer_to(server, headers=own, cookies=cookies, fields=fields))


@pytest.mark.parametrize(
    "origin",
    ["http://elsewhere.example", "http://127.0.0.1", "http://127.0.0.1:1", "null", "", "http://"],
)
def test_another_site_is_refused(server, origin):
    assert not was_taken(answer_to(server, headers={"Origin": origin}))


def test_another_scheme_is_another_site(server):
    origin = server.url.replace("http://", "https://")
    assert not was_taken(answer_to(server, headers={"Origin": origin}))


def test_another_site_is_refused_with_a_valid_token(server):
    page = requests.get(f"{server.url}/sign-in/", timeout=10)
    token = page.text.split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    options = {"cookies": page.cookies, "fields": {"csrfmiddlewaretoken": token}}
    assert was_taken(answer_to(server, **options))
    assert not was_taken(
        answer_to(server, headers={"Origin": "http://elsewhere.example"}, **options)
    )


def test_without_an_origin_the_token_decides(server):
    assert not was_taken(answer_to(server))
    assert not was_taken(answer_to(server, fields={"csrfmiddlewaretoken": "y" * 32}))


def test_the_admin_accepts_forms_of_our_own_pages(server):
    owner = sign_in(server)
    url = f"{server.url}/admin/auth/group/add/"
    for headers, status in (({"Origin": server.url}, 200), ({"Origin": "http://else.where"}, 403)):
        answer = owner.http.post(url, {"name": ""}, headers=headers, timeout=10)
        assert answer.status_code == status
    assert (
        "This field is required"
        in owner.http.post(url, {"name": ""}, headers={"Origin": server.url}, timeout=10).text
    )


def test_a_page_opened_before_a_sign_in_still_works(server):
    """Signing in rotates the token, so the form of another tab holds the previous one."""
    owner = sign_in(server)
    fields = {"csrfmiddlewaretoken": "x" * 64}
    own = {"Origin": server.url}
    url = f"{server.url}/sign-out/"
    answer = owner.http.post(url, fields, headers=own, timeout=10, allow_redirects=False)
    assert answer.status_code == 302


# -- names of cookies ------------------------------------------------------------------------------


def cookies_of(answer: requests.Response) -> list[http.cookies.Morsel[str]]:
    jar = http.cookies.SimpleCookie()
    for line in answer.raw.headers.getlist("Set-Cookie"):
        jar.load(line)
    return list(jar.values())


def test_two_servers_of_a_host_have_different_cookie_names(daphne, uvicorn):
    names = [set(dict(sign_in(server).http.cookies)) for server in (daphne, uvicorn)]
    assert names[0].isdisjoint(names[1])
    for server, found in zip((daphne, uvicorn), names, strict=True):
        assert all(name.endswith(f"_{server.port}") for name in found)


def test_under_tls_cookies_belong_to_this_host_only(tmp_path):
    environment = {"PUBLIC_URL": "https://127.0.0.1:8443", "FORWARDED_ALLOW_IPS": "127.0.0.1"}
    with running("uvicorn", tmp_path, **environment) as server:
        link = re.sub(r"https://[^/]+", server.url, server.manage("signin").strip())
        secure = {"X-Forwarded-Proto": "https", "Origin": "https://127.0.0.1:8443"}
        answer = requests.post(link, headers=secure, timeout=10, allow_redirects=False)
    assert answer.status_code == 302
    found = cookies_of(answer)
    assert {cookie.key for cookie in found} == {
        "__Host-viewer_session_8443",
        "__Host-viewer_csrf_8443",
    }
    for cookie in found:
        assert cookie["secure"]
        assert (cookie["path"], cookie["domain"]) == ("/", "")


@pytest.mark.parametrize(
    "origin", ["http://[", "http://[::1", "//", "\xff", "http://a:b:c", "null"]
)
def test_an_invalid_origin_is_refused_like_a_foreign_one(server, origin):
    logged = len(server.log)
    headers = {"Origin": origin}
    refused = requests.post(f"{server.url}/api/expect", data="{}", headers=headers, timeout=10)
    assert refused.status_code == 403
    upgrade = {"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13"}
    upgrade |= {"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}
    url = f"{server.url}/ws/pairs/1/"
    assert requests.get(url, headers=headers | upgrade, timeout=10).status_code in (400, 403)
    assert server.log[logged:] == ""
