"""The OpenID provider's discovery document, fetched once an hour."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import Any

import requests

from viewer.config.environment import OpenIdClient, is_safe_address

GOOD_FOR = 3_600  # seconds
AWAY_FOR = 5  # seconds before the next attempt, because callers wait for it
TIMEOUT = 5
ALGORITHMS = ("RS256", "ES256", "RS384", "ES384", "RS512", "ES512")


class ProviderUnavailable(Exception):
    """The provider does not respond, or responds incorrectly; the message is for operators."""


@dataclass(frozen=True)
class Provider:
    issuer: str  # as its tokens name it
    authorization: str
    token: str
    userinfo: str | None
    keys: str
    algorithm: str  # of signatures
    takes_basic: bool  # otherwise the client's secret is sent in the form


class Discovery:
    """The cached discovery document of a client's provider. One thread fetches at a time."""

    def __init__(self, client: OpenIdClient) -> None:
        self._client = client
        self._lock = threading.Lock()
        self._known: Provider | None = None
        self._away = ""
        self._until = 0.0

    def provider(self) -> Provider:
        """Raises ProviderUnavailable."""
        with self._lock:
            if time.monotonic() >= self._until:
                self._ask()
            if self._known is None:
                raise ProviderUnavailable(self._away)
            return self._known

    def _ask(self) -> None:
        try:
            self._known = _read(self._client.issuer)
        except ProviderUnavailable as error:  # the earlier document remains valid
            self._away = str(error)
            self._until = time.monotonic() + AWAY_FOR
        else:
            self._until = time.monotonic() + GOOD_FOR


def _read(issuer: str) -> Provider:
    url = f"{issuer}/.well-known/openid-configuration"
    try:
        answer = requests.get(url, timeout=TIMEOUT)
        answer.raise_for_status()
        document = answer.json()
    except requests.RequestException as error:
        raise ProviderUnavailable(f"{url} did not answer as it should: {error}") from None
    return _understood(document, issuer)


def _understood(document: Any, issuer: str) -> Provider:
    try:
        found = Provider(
            issuer=document["issuer"],
            authorization=document["authorization_endpoint"],
            token=document["token_endpoint"],
            userinfo=document.get("userinfo_endpoint"),
            keys=document["jwks_uri"],
            algorithm=_algorithm(document.get("id_token_signing_alg_values_supported", ["RS256"])),
            takes_basic="client_secret_post"
            not in document.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]),
        )
    except (TypeError, KeyError, AttributeError) as error:
        raise ProviderUnavailable(f"The OpenID configuration of {issuer} lacks {error}.") from None
    if str(found.issuer).rstrip("/") != issuer:
        raise ProviderUnavailable(
            f"OIDC_ISSUER is {issuer}, but its provider says {found.issuer!r}."
        )
    addresses = [found.authorization, found.token, found.keys, found.userinfo or found.token]
    for address in addresses:
        if not is_safe_address(str(address)):
            raise ProviderUnavailable(
                f"The OpenID configuration of {issuer} names {address!r}: not https."
            )
    return found


def _algorithm(offered: list[str]) -> str:
    """The algorithm that providers must support, or else the first asymmetric one."""
    for algorithm in ALGORITHMS:
        if algorithm in offered:
            return algorithm
    raise KeyError("a signature of " + ", ".join(ALGORITHMS))
