"""Environment variables, read strictly: a value that is not understood stops the start
with a sentence that names it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any

from django.core.exceptions import ImproperlyConfigured


def text(name: str, default: str) -> str:
    return os.environ.get(name, default)


def switch(name: str, default: bool) -> bool:
    value = os.environ.get(name, str(default))
    if value not in ("True", "False"):
        raise ImproperlyConfigured(f"{name} must be True or False, not {value!r}.")
    return value == "True"


def choice(name: str, default: str, choices: Sequence[str]) -> str:
    value = os.environ.get(name, default)
    if value not in choices:
        known = ", ".join(choices)
        raise ImproperlyConfigured(f"{name} must be one of {known}, not {value!r}.")
    return value


def number(name: str, default: int, least: int = 1) -> int:
    value = os.environ.get(name, str(default))
    if not value.isdecimal() or int(value) < least:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} up, not {value!r}.")
    return int(value)


def database(name: str) -> dict[str, Any] | None:
    """A PostgreSQL address, as libpq takes it, in Django's words; None where none is given."""
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


def words(name: str, default: str) -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]
