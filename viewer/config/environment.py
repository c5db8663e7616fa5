"""Reads environment variables strictly: an invalid value stops the start with a sentence that names
it."""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def read_text(name: str, default: str) -> str:
    return os.environ.get(name, default)


def read_switch(name: str, default: bool) -> bool:
    value = os.environ.get(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
    return value == "True"


def read_choice(name: str, default: str, choices: Sequence[str]) -> str:
    value = os.environ.get(name, default)
    if value not in choices:
        known = ", ".join(choices)
        raise ImproperlyConfigured(f"{name} must be one of {known}, not {value!r}.")
    return value


def read_number(name: str, default: int, least: int = 1) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} up, not {value!r}.")
    return int(value)


def read_database(name: str) -> dict[str, Any] | None:
    """Parse a libpq PostgreSQL address into Django's settings; None if there is none."""
    address = os.environ.get(name, "")
    if not address:
        return None
    if not address.startswith(("postgresql://", "postgres://")):
        raise ImproperlyConfigured(f"{name} must begin with postgresql://.")
    from psycopg import ProgrammingError
    from psycopg.conninfo import conninfo_to_dict

    try:
        parts = conninfo_to_dict(address)
    except ProgrammingError as error:
        raise ImproperlyConfigured(f"{name} is not understood: {error}.") from None
    known = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host"}
    known["PORT"] = "port"
    ours = {key: str(parts.pop(part, "")) for key, part in known.items()}
    return {"ENGINE": "django.db.backends.postgresql", **ours, "OPTIONS": parts}


@dataclass(frozen=True)
class OpenIdClient:
    """The OpenID Connect client configuration. `title` is the label of the button."""

    issuer: str  # without a trailing slash
    client_id: str
    client_secret: str = field(repr=False)
    title: str


def read_openid_client() -> OpenIdClient | None:
    """None if none of the variables is set."""
    names = ("OIDC_ISSUER", "OIDC_CLIENT_ID", "OIDC_CLIENT_SECRET")
    issuer, client_id, client_secret = (os.environ.get(name, "") for name in names)
    missing = [name for name in names if not os.environ.get(name)]
    if len(missing) == len(names):
        return None
    if missing:
        raise ImproperlyConfigured(
            f"{', '.join(names)} go together: {' and '.join(missing)} is not set."
        )
    if not is_safe_address(issuer):
        raise ImproperlyConfigured(f"OIDC_ISSUER must begin with https://, not {issuer!r}.")
    title = read_text("OIDC_TITLE", "your company account")
    return OpenIdClient(issuer.rstrip("/"), client_id, client_secret, title)


def is_safe_address(url: str) -> bool:
    """Whether the connection cannot be read by others: TLS, or this machine."""
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in ("127.0.0.1", "localhost", "::1")
    return bool(parts.hostname) and (parts.scheme == "https" or is_here)


def port_of(url: str) -> int:
    parts = urlsplit(url)
    try:
        return parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError as error:
        raise ImproperlyConfigured(f"The port of {url!r} is not understood: {error}.") from None


def read_networks(name: str) -> list[str]:
    """Addresses and networks such as 10.0.0.0/8; `*` is any address."""
    found = read_words(name, "")
    for word in found:
        try:
            if word != "*":
                ipaddress.ip_network(word)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name} holds {word!r}: {error}.") from None
    return found


def read_words(name: str, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]
