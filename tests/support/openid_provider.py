"""An OpenID provider for tests in a separate process: oidc-provider-mock, which requires PKCE and
returns one false value if a test asks for it. `python -m tests.support.openid_provider PORT`"""

from __future__ import annotations

import base64
import contextlib
import hashlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests

from tests.support.ports import free_port
from tests.support.server import ROOT

if TYPE_CHECKING:
    import flask

CLIENT = ("a client", "a secret of the client")


class Provider:
    """A user's sign-in at the provider, and the false value that the provider returns."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.environment = {
            "OIDC_ISSUER": self.url,
            "OIDC_CLIENT_ID": CLIENT[0],
            "OIDC_CLIENT_SECRET": CLIENT[1],
            "OIDC_TITLE": "Acme",
        }

    def know(self, subject: str, **claims: Any) -> str:
        requests.put(f"{self.url}/users/{subject}", json=claims, timeout=10).raise_for_status()
        return subject

    def lie(self, about: str) -> None:
        requests.put(f"{self.url}/lie/{about}", timeout=10).raise_for_status()

    def agree(self, location: str, subject: str) -> str:
        """Press the provider's button as `subject`; return the redirect."""
        answer = requests.post(location, data={"sub": subject}, timeout=10, allow_redirects=False)
        assert answer.status_code == 302, answer.text
        return answer.headers["Location"]


@contextlib.contextmanager
def running_provider() -> Iterator[Provider]:
    port = free_port()
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.openid_provider", str(port)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    provider = Provider(port)
    try:
        _wait_for(provider, process)
        yield provider
    finally:
        process.terminate()
        process.wait(10)


def _wait_for(provider: Provider, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, "the provider ended"
        with contextlib.suppress(requests.ConnectionError):
            requests.get(provider.url, timeout=5)
            return
        time.sleep(0.1)
    raise RuntimeError("the provider was not ready in time")


# -- in the provider's process: its dependencies warn, and tests treat warnings as errors -------


def serve(port: int) -> None:
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"
    app = oidc_provider_mock.app(require_nonce=True)
    challenges: dict[str, str] = {}
    lie = {"about": "nothing"}
    _add_lies(app, lie)
    _demand_pkce(app, challenges, lie)
    app.run(host="127.0.0.1", port=port, threaded=True, use_reloader=False)


def _demand_pkce(app: flask.Flask, challenges: dict[str, str], lie: dict[str, str]) -> None:
    """RFC 7636: a client that presents a code must prove that it made the challenge."""

    @app.after_request
    def remember(response: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/authorize" and response.status_code == 302:
            (code,) = parse_qs(urlsplit(response.location).query).get("code", [""])
            assert flask.request.args["code_challenge_method"] == "S256"
            challenges[code] = flask.request.args["code_challenge"]
        return response

    @app.before_request
    def compare() -> tuple[dict[str, str], int] | None:
        form = flask.request.form
        if flask.request.path != "/oauth2/token":
            return None
        if lie["about"] == "client" or _client_of(flask.request) != CLIENT:
            return {"error": "invalid_client"}, 401
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        shown = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if challenges.pop(form.get("code", ""), "") != shown:
            return {"error": "invalid_grant"}, 400
        return None


def _client_of(request: flask.Request) -> tuple[str | None, str | None]:
    given = request.authorization or request.form
    return (
        given.get("username", given.get("client_id")),
        given.get("password", given.get("client_secret")),
    )


def _add_lies(app: flask.Flask, lie: dict[str, str]) -> None:
    @app.put("/lie/<about>")
    def lie_about(about: str) -> tuple[str, int]:
        lie["about"] = about
        return "", 204

    @app.after_request
    def tell(response: flask.Response) -> flask.Response:
        if flask.request.path == "/oauth2/token" and response.status_code == 200:
            tokens = response.get_json()
            tokens["id_token"] = _signed(tokens["id_token"], lie["about"])
            response.set_data(flask.json.dumps(tokens))
        if flask.request.path == "/userinfo" and lie["about"] == "userinfo":
            response.set_data(flask.json.dumps({**response.get_json(), "sub": "somebody-else"}))
        return response


def _signed(token: str, lie: str) -> str:
    """Sign the ID token again, unchanged or with a false value."""
    own = flask.g.oidc_provider_mock_storage.jwk
    claims = jwt.decode(token, options={"verify_signature": False})
    claims |= {
        "nonce": {"nonce": "of another sign-in"},
        "audience": {"aud": ["another client"]},
        "party": {"azp": "another client"},
        "issuer": {"iss": "http://127.0.0.1:1"},
        "expired": {"exp": int(time.time()) - 120},
        "subject": {"sub": "s" * 256},
        "clock": {"iat": int(time.time()) + 30},
    }.get(lie, {})
    headers = {"kid": own.thumbprint()}
    if lie == "unsigned":
        return jwt.encode(claims, None, algorithm="none", headers=headers)
    if lie == "secret":  # no signature, although a public key is announced
        return jwt.encode(claims, CLIENT[1] * 2, algorithm="HS256", headers=headers)
    key = jwt.PyJWK(own.as_dict(is_private=True) | {"alg": "RS256"}).key
    if lie == "signature":
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return jwt.encode(claims, key, algorithm="RS256", headers=headers)


if __name__ == "__main__":
    import flask
    import jwt
    import oidc_provider_mock
    from cryptography.hazmat.primitives.asymmetric import rsa

    serve(int(sys.argv[1]))
