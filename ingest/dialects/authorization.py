"""The header Authorization of dialects that read `Bearer KEY` in it: the reason why no key, or not
the right one, is read from it.

A key may be in the place of the scheme, so only known words are repeated in messages.
"""

from __future__ import annotations

import re

from ingest.values import Refusal

_BEARER = re.compile(r"bearer(?P<sign>\s|[:=,;+_-]|%20)?", re.IGNORECASE)
_OTHER_SCHEME = re.compile(
    r"(?:basic|token|(?:x-)?api[-_]?key|key|access[-_]?token|auth[-_]?token|digest|jwt|oauth2?"
    r"|negotiate|hmac|write[-_]?key|server[-_]?token|secret|splunk|usermaven|bea[a-z]{1,4}"
    r"|\"bearer|'bearer)[:=]?",
    re.IGNORECASE,
)
_SECOND_SCHEME = re.compile(r"(bearer|basic|token|api[-_]?key|key)\b[\s:=]*(?=\S)", re.IGNORECASE)
_SIGNS = {"\t": "a tab", None: "the key itself"}


def authorization_error(value: str, title: str, expected: str) -> Refusal | None:
    """None if the value is as it has to be. `expected` is the hint that shows how it looks."""
    value = value.strip()
    scheme, _, rest = value.partition(" ")
    if scheme.lower() == "bearer" and rest:
        return _second_scheme(rest.strip(), title, expected)
    if not value or scheme.lower() == "bearer":
        return Refusal("empty-key", {"place": "The header Authorization"})
    joined = _BEARER.match(value)
    if joined:
        sign = joined["sign"]
        args = {"sign": _SIGNS.get(sign, f"“{sign}”"), "expected": expected}
        return Refusal("no-space-after-bearer", args)
    if rest and _OTHER_SCHEME.fullmatch(scheme):
        args = {"scheme": scheme.strip("\"':="), "title": title, "expected": expected}
        return Refusal("other-scheme", args)
    return Refusal("scheme-missing", {"expected": expected})


def _second_scheme(rest: str, title: str, expected: str) -> Refusal | None:
    second = _SECOND_SCHEME.match(rest)
    if second is None:
        return None
    if second[1].lower() == "bearer":
        return Refusal("scheme-twice")
    args = {"scheme": f"Bearer {second[1]}", "title": title, "expected": expected}
    return Refusal("other-scheme", args)
