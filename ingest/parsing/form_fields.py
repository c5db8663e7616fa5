"""Fields of a query string or form. Only so many are read: each costs an object, and a request
with more of them is no vendor's."""

from __future__ import annotations

from urllib.parse import parse_qsl

MAX_FIELDS = 100
MAX_FIELD = 2000  # characters as sent; no key with its name is longer, in a query


def fields_of(text: str, longest: int = MAX_FIELD) -> list[tuple[str, str]]:
    """Names and values of the first MAX_FIELDS fields, without empty and too long ones."""
    if len(text) > longest or has_too_many(text):
        fields = text.split("&", MAX_FIELDS)[:MAX_FIELDS]
        text = "&".join([field for field in fields if len(field) <= longest])
    return parse_qsl(text)


def has_too_many(text: str) -> bool:
    return text.count("&") >= MAX_FIELDS
