"""Fields of a query string or form. The number of fields is limited, because each costs memory; no
vendor's client sends as many."""

from __future__ import annotations

from urllib.parse import parse_qsl

MAX_FIELDS = 100
MAX_FIELD = 2000  # characters as sent; longer than any key with its name in a query


def fields_of(text: str, longest: int = MAX_FIELD) -> list[tuple[str, str]]:
    """Names and values of the first MAX_FIELDS fields, without those that are empty or longer than
    `longest`."""
    if len(text) > longest or has_too_many(text):
        fields = text.split("&", MAX_FIELDS)[:MAX_FIELDS]
        text = "&".join([field for field in fields if len(field) <= longest])
    return parse_qsl(text)


def has_too_many(text: str) -> bool:
    return text.count("&") >= MAX_FIELDS
