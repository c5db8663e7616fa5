"""One visitor of each kind on one server, for tests of permissions."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field
from typing import Any

import requests

from tests.support.server import Server
from tests.support.visitor import Visitor

KINDS = ("stranger", "outsider", "view", "manage", "holder", "basic", "share", "support", "owner")
PASSWORD = "a-long-test-password"


@dataclass
class Someone(Visitor):
    """Submits forms as a page does: with the token of its cookie, and the page's origin."""

    headers: dict[str, str] = field(default_factory=dict)

    def ask(self, method: str, path: str, **options: Any) -> requests.Response:
        headers = {**self.headers, "Origin": self.server.url, "Referer": self.server.url + "/"}
        if method not in ("GET", "HEAD"):
            headers["X-CSRFToken"] = self._token()
        headers |= options.pop("headers", {})
        return self.http.request(
            method,
            self.server.url + path,
            headers=headers,
            timeout=70,
            allow_redirects=False,
            **options,
        )

    def post(self, path: str, **data: Any) -> requests.Response:
        return self.ask("POST", path, data=data)

    def _token(self) -> str:
        name = self.server.csrf_cookie
        if name not in self.http.cookies:
            self.http.get(f"{self.server.url}/sign-in/", timeout=10)
        if name not in self.http.cookies:  # a signed-in user has it from another page
            self.http.get(f"{self.server.url}/", timeout=10)
        return self.http.cookies[name]


def anonymous(server: Server) -> Someone:
    return Someone(server, requests.Session())


@functools.cache
def hashed_password() -> str:
    """Hashing is slow by design, so the hash is computed once."""
    from django.contrib.auth.hashers import make_password

    return make_password(PASSWORD)


def signed_in(server: Server, name: str, **rights: Any) -> Someone:
    """A user, created if needed, who signs in with a password. Needs the database."""
    from django.contrib.auth.models import User

    user, is_new = User.objects.get_or_create(username=name, defaults=rights)
    if is_new:
        user.password = hashed_password()
        user.save()
    someone = anonymous(server)
    answer = someone.post("/sign-in/", username=name, password=PASSWORD)
    assert answer.status_code == 302, answer.text
    return someone


def member(server: Server, name: str, pair: Any, role: str) -> Someone:
    from django.contrib.auth.models import User

    from viewer.models import Member

    someone = signed_in(server, name)
    Member.objects.update_or_create(
        keypair=pair, user=User.objects.get(username=name), defaults={"role": role}
    )
    return someone


def support(server: Server, name: str = "sam of support") -> Someone:
    from django.contrib.auth.models import Group, User

    someone = signed_in(server, name)
    group, _ = Group.objects.get_or_create(name="support")
    User.objects.get(username=name).groups.add(group)
    return someone


def owner(server: Server, name: str = "olga the owner") -> Someone:
    return signed_in(server, name, is_superuser=True, is_staff=True)


def holder(server: Server, pair: Any) -> Someone:
    someone = anonymous(server)
    answer = someone.post("/open/", api_key=pair.api_key, auth_key=pair.auth_key)
    assert answer.status_code == 302, answer.text
    return someone


def with_keys(server: Server, pair: Any) -> Someone:
    """Authenticate as a script does: Basic auth, no cookie."""
    someone = anonymous(server)
    someone.http.auth = (pair.api_key, pair.auth_key)
    return someone


def share_visitor(manager: Someone, pair: Any, **fields: str) -> tuple[Someone, str]:
    """A visitor who opened a share link, and the path of the page it leads to."""
    made = manager.post(f"/pairs/{pair.pk}/settings/share/", **{"lifetime": "1d", **fields})
    assert made.status_code == 200, made.text
    token = made.text.split("/shared/open/")[1].split("/")[0]
    someone = anonymous(manager.server)
    opened = someone.post(f"/shared/open/{token}/")
    assert opened.status_code == 302, opened.text
    return someone, opened.headers["Location"]


def one_of_each(server: Server, pair: Any, other: Any) -> dict[str, Someone]:
    """One visitor of each kind. Only the outsider and staff can see the key pair `other`."""
    tag = f"{pair.pk}"
    manager = member(server, f"manager {tag}", pair, "manage")
    return {
        "stranger": anonymous(server),
        "outsider": member(server, f"outsider {tag}", other, "manage"),
        "view": member(server, f"viewer {tag}", pair, "view"),
        "manage": manager,
        "holder": holder(server, pair),
        "basic": with_keys(server, pair),
        "share": share_visitor(manager, pair)[0],
        "support": support(server),
        "owner": owner(server),
    }
